"""The lock of a store: one applier at a time, and none that was stopped comes back to write.

A row says who holds it. It lapses by itself, and at once where the holder's process has died on this machine. Each
taking has a number of its own (the fencing token) that every transaction looks at: whoever was overtaken is refused, so
a wrong guess about a dead process costs an error message, never a change.
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
from seatsync.targets.sqlite import Database

LEASE = 60
"""Seconds after which a holder that no longer writes may be overtaken."""

_PROCESS = re.compile(r"(.*)/(\d+)/(\d*)")
_ENDED = "ended"

Seconds = Callable[[], float]
"""What says how late it is, as seconds since 1970: a lock is about machines, so `--at` does not move it."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that is held."""

    database: Database
    token: int
    now: Seconds

    def renew(self) -> None:
        """Make sure, within a transaction, that the lock is still ours, and keep it longer."""
        renewed = self.database.run(
            "UPDATE lock SET expires = ? WHERE token = ? AND holder IS NOT NULL", (_in_time(self.now), self.token)
        )
        if not renewed:
            problem = "this run was stopped for so long that another has taken over"
            raise TargetProblem(self.database.url, problem, "plan again; what was done before is kept")

    def release(self) -> None:
        """Give the lock back."""
        # Where that fails, the lock lapses as it would after a power cut; the work that it guarded is done.
        with suppress(TargetProblem), self.database.writing():
            self.database.run("UPDATE lock SET holder = NULL WHERE token = ?", (self.token,))


def take(database: Database, actor: str | None, now: Seconds) -> Lock:
    """Take the lock, or say who holds it since when."""
    with database.writing():
        row = database.row("SELECT token, holder, process, since, expires FROM lock")
        if row is None or not isinstance(row[0], int):
            raise TargetProblem(database.url, "the file is damaged: table lock has no row", "restore it from a backup")
        token, holder, process, since, expires = row
        holds = holder is not None and isinstance(expires, int) and expires > now()
        if holds and not _dead(process):
            problem = f"{holder} is changing this account since {since} (process {process})"
            raise TargetProblem(database.url, problem, "try again when that has finished")
        values = (token + 1, actor or "the owner", this_process(), _stamp(now), _in_time(now))
        database.run("UPDATE lock SET token = ?, holder = ?, process = ?, since = ?, expires = ?", values)
    return Lock(database, token + 1, now)


def this_process() -> str:
    """This process among all that run: machine, number, and, where the system tells, when it started."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}"


def _machine() -> str:
    import socket  # noqa: PLC0415 - slow to import, and only who takes a lock has to know

    return socket.gethostname()


def _dead(process: object) -> bool:
    """Whether a process surely runs no more: one of this machine whose number is free, or was given to another."""
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
    """When a process started, in ticks since the machine did; nothing where the system does not tell."""
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *facts = text.rpartition(")")[2].split()
    return _ENDED if state in {"Z", "X"} else facts[18]


def _in_time(now: Seconds) -> int:
    return int(now()) + LEASE


def _stamp(now: Seconds) -> str:
    return datetime.fromtimestamp(now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
