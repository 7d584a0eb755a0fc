"""Unfinished work on the accounts of a fleet: what is queued, running, or waits for approval."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

WorkState: TypeAlias = Literal["queued", "running", "waiting"]


class Work(NamedTuple):
    """One unfinished run of one account: its verb, key and state, and since when it has that state (UTC).

    `waiting`: a plan waits for an approval of its intent.
    """

    verb: str
    key: str
    state: WorkState
    since: str
    intent: str = ""
