"""Log records of the work on a fleet. `reporting/log_lines.py` renders them as lines of text or JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

Level: TypeAlias = Literal["debug", "info", "warning", "error"]


class LogRecord(NamedTuple):
    """One event: of an account, or with an empty `account` of the whole fleet. `run` is the key of the run.

    `event` is a word or two such as `started`, `finished`, `failed`, `retried`, `waiting`, `taken over`, `store away`.
    """

    event: str
    level: Level = "info"
    account: str = ""
    verb: str = ""
    run: str = ""
    seconds: float | None = None
    error: str = ""


Log: TypeAlias = Callable[[LogRecord], None]
"""Writes one record. It may be called from several threads."""
