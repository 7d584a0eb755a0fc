"""Reads saved plans."""

from __future__ import annotations

import stat
from pathlib import Path

from seatsync.errors import FileProblem, PlanRefused
from seatsync.planning.plan import Plan, from_json

_LARGEST = 1 << 30  # bytes; larger than any plan


def read_plan(path: Path) -> Plan:
    """Read a saved plan. Raises `PlanRefused` if it is not byte for byte as written, `FileProblem` if unreadable."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileProblem(str(path), "is a folder, not a plan", "`seatsync plan --out FILE` saves one")
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise FileProblem(str(path), "is not a regular file")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise FileProblem(str(path), "there is no such plan", "`seatsync plan --out FILE` saves one") from error
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(str(path), f"cannot be read ({(words or 'not a path').lower()})") from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PlanRefused(
            "PLAN002", f"{path} is not a plan: it is not UTF-8 text", "make one with `seatsync plan --out`"
        ) from error
    return from_json(text)
