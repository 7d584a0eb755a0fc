"""The lock of a store, for one writer at a time.

The lease expires by itself, and at once if the holder's process has died on this machine. Every transaction checks the
token. A holder that was overtaken can therefore not write any more, and a wrong guess about a dead process costs an
error message, never a change.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seatsync.errors import TargetProblem
from seatsync.targets.sql.database import Database

LEASE = 60
"""Seconds after which the lock of an idle holder can be taken over."""

_PROCESS = re.compile(r"(.*)/(\d+)/(\d*)")
_ENDED = "ended"

Seconds = Callable[[], float]
"""The current time in seconds since 1970. Always that of the machine: `--at` does not affect a lease."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A held lock."""

    database: Database
    token: int
    now: Seconds

    def renew(self) -> None:
        """Extend the lease, within a transaction. Raises TargetProblem if another process has taken the lock."""
        renewed = self.database.run(
            "UPDATE lock SET expires = ? WHERE token = ? AND holder IS NOT NULL", (_expiry(self.now), self.token)
        )
        if not renewed:
            problem = "this run paused for so long that another one has taken its lock"
            raise TargetProblem(self.database.url, problem, "plan again; the steps done so far are saved")

    def release(self) -> None:
        """Release the lock."""
        # If that fails, the lease expires as it would after a power cut; the work that it guarded is done.
        with suppress(TargetProblem), self.database.writing():
            self.database.run("UPDATE lock SET holder = NULL WHERE token = ?", (self.token,))


def take_lock(database: Database, actor: str | None, now: Seconds) -> Lock:
    """Take the lock. Raises TargetProblem with holder and time if another process holds it."""
    with database.writing():
        row = database.row("SELECT token, holder, process, since, expires FROM lock")
        if row is None or not isinstance(row[0], int):
            raise TargetProblem(database.url, "the file is damaged: table lock has no row", "restore it from a backup")
        token, holder, process, since, expires = row
        holds = holder is not None and isinstance(expires, int) and expires > now()
        if holds and not _dead(process):
            problem = f"{holder} has been changing this account since {since} (process {process})"
            raise TargetProblem(database.url, problem, "try again when that has finished")
        values = (token + 1, actor or "the owner", this_process(), _stamp(now), _expiry(now))
        database.run("UPDATE lock SET token = ?, holder = ?, process = ?, since = ?, expires = ?", values)
    return Lock(database, token + 1, now)


def this_process() -> str:
    """Return an id of this process: machine, process id and, if the system provides it, start time."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}"


def _machine() -> str:
    import socket  # noqa: PLC0415 - slow to import, needed only to take a lock

    return socket.gethostname()


def _dead(process: object) -> bool:
    """Return True if a process of this machine has certainly ended: its id is unused, or was reused by another."""
    match = _PROCESS.fullmatch(process) if isinstance(process, str) else None
    if match is None or match[1] != _machine() or os.name != "posix":
        return False
    try:
        os.kill(int(match[2]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    started = _started(int(match[2]))
    return bool(match[3]) and bool(started) and started != match[3]


def _started(number: int) -> str:
    """Return the start time of a process in clock ticks since boot, "" if the system does not provide it."""
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *facts = text.rpartition(")")[2].split()
    return _ENDED if state in {"Z", "X"} else facts[18]


def _expiry(now: Seconds) -> int:
    return int(now()) + LEASE


def _stamp(now: Seconds) -> str:
    return datetime.fromtimestamp(now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
