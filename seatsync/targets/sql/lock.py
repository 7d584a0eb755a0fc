"""The lock of a store, for one writer at a time.

The lease expires by itself, and at once if the holder's process has died on this machine. Every transaction checks the
token. A holder that was overtaken can therefore not write any more, and a wrong guess about a dead process costs an
error message, never a change.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from seatsync.errors import Overtaken, TargetBusy, TargetProblem, WrongUsage
from seatsync.targets.sql.database import Database

LEASE = 60
"""Seconds after which the lock of an idle holder can be taken over."""

_PROCESS = re.compile(r"(.*)/(\d+)/(\d*)")
_ENDED = "ended"

Seconds = Callable[[], float]
"""The current time in seconds since 1970. Always that of the machine: `--at` does not affect a lease."""


_VARIABLE: Final = "SEATSYNC_RUN"
_RUN: Final = re.compile(r"([A-Za-z0-9._-]{1,200}):([0-9]{1,18})", re.ASCII)


class RunKey(NamedTuple):
    """A run that may be attempted several times. Every attempt has a higher number than the ones before it.

    A store lets no attempt write after a later one has begun.
    """

    key: str
    number: int

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> RunKey | None:
        """Return the run of an environment, None if it has none. Raises WrongUsage for a malformed one."""
        text = environ.get(_VARIABLE, "")
        if not text:
            return None
        match = _RUN.fullmatch(text)
        if match is None:
            rule = "KEY has up to 200 letters, digits, dots, dashes and underscores, NUMBER up to 18 digits"
            raise WrongUsage(f"{_VARIABLE} is not of the form KEY:NUMBER; {rule}")
        return cls(match[1], int(match[2]))


@dataclass(frozen=True, slots=True)
class Lock:
    """A held lock."""

    database: Database
    token: int
    now: Seconds

    def renew(self) -> None:
        """Extend the lease, within a transaction. Raises Overtaken if another process has taken the lock."""
        renewed = self.database.run(
            "UPDATE lock SET expires = ? WHERE token = ? AND holder IS NOT NULL", (_expiry(self.now), self.token)
        )
        if not renewed:
            problem = "this run paused for so long that another one has taken its lock"
            raise Overtaken(self.database.url, problem, "plan again; the steps done so far are saved")

    def is_held(self) -> bool:
        """Return True if no other process has taken the lock."""
        return self.database.row("SELECT 1 FROM lock WHERE token = ?", (self.token,)) is not None

    def is_of(self, process: str) -> bool:
        """Return True if a process has taken the lock."""
        held = "SELECT 1 FROM lock WHERE token = ? AND process = ?"
        return self.database.row(held, (self.token, process)) is not None

    def release(self) -> None:
        """Release the lock."""
        # If that fails, the lease expires as it would after a power cut; the work that it guarded is done.
        with suppress(TargetProblem), self.database.writing():
            self.database.run("UPDATE lock SET holder = NULL WHERE token = ?", (self.token,))


_TAKE = "UPDATE lock SET token = ?, holder = ?, process = ?, since = ?, expires = ?, fence = ?, key = ?"


def take_lock(database: Database, actor: str | None, now: Seconds, run: RunKey | None = None) -> Lock:
    """Take the lock. Raises TargetBusy with holder and time if another process holds it.

    A `run` takes it over from an earlier attempt of a run with a key. Raises Overtaken if a later one has begun.
    """
    lock: Lock | None = None
    earlier = None if run is None else _earlier(database, run)
    if earlier is not None:
        database.evict(earlier)  # it may be stopped inside a transaction, and writes nothing any more
    with database.writing(lambda: lock is not None and lock.is_of(this_process())):
        row = database.row("SELECT token, holder, process, since, expires, fence, key FROM lock")
        if row is None or not isinstance(row[0], int) or not isinstance(row[5], int):
            raise TargetProblem(database.url, "the file is damaged: table lock has no row", "restore it from a backup")
        token, holder, held_by, since, expires, fence, key = row
        if run is not None and run.number < fence:
            problem = f"a newer attempt of this run has taken over (number {fence}, this one is {run.number})"
            raise Overtaken(database.url, problem, "leave the account to it")
        overtakes = run is not None and key is not None and run.number > fence
        holds = holder is not None and isinstance(expires, int) and expires > now()
        if holds and not overtakes and not database.has_ended(token, held_by):
            problem = f"{holder} has been changing this account since {since} (process {held_by})"
            raise TargetBusy(database.url, problem, "try again when that has finished")
        lock = Lock(database, token + 1, now)
        highest, own_key = (fence, None) if run is None else (run.number, run.key)
        values = (lock.token, actor or "the owner", this_process(), _stamp(now), _expiry(now), highest, own_key)
        database.run(_TAKE, values)
        database.hold(lock.token)
    return lock


def _earlier(database: Database, run: RunKey) -> int | None:
    """Return the token of an earlier attempt of a run with a key that holds the lock, None if there is none."""
    row = database.row(
        "SELECT token FROM lock WHERE holder IS NOT NULL AND key IS NOT NULL AND fence < ?", (run.number,)
    )
    return row[0] if row is not None and isinstance(row[0], int) else None


def this_process() -> str:
    """Return an id of this process: machine, process id and, if the system provides it, start time."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}"


def _machine() -> str:
    import socket  # noqa: PLC0415 - slow to import, needed only to take a lock

    return socket.gethostname()


def has_ended(process: object) -> bool:
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
