"""Runs that share an allowance of calls, as processes on one clock; for `test_sharing_runs.py`.

    python -m tests.vendor.sharing_runs calls URL TOKEN TEAM COUNTS CLOCK SEED
    python -m tests.vendor.sharing_runs killed COUNTS

The first makes as many calls as each line of its input says, with small pauses, and answers with a line. The second is
killed around every statement on the file of the counted calls. It looks whether the next run can go on, and prints how
often it was killed and the first problem, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import struct
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from random import Random
from typing import Any

from seatsync.demo.served_account import OwnClock
from seatsync.vendor.http_client import Client, Timing
from seatsync.vendor.rate_budget import CallFile, RateBudget

START = datetime(2026, 11, 29, 12, 0, 20, tzinfo=UTC).timestamp()
TEAM = "/teams/100001/users"


class SharedClock(OwnClock):
    """A clock in a file. It stands until somebody waits, and then goes on for everybody."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if not os.fstat(self._handle).st_size:
            self._set(START)

    def now(self) -> float:
        (found,) = struct.unpack("d", os.pread(self._handle, 8, 0))
        return float(found)

    def advance(self, seconds: float) -> None:
        """Wait: others may do so at the same time."""
        until = self.now() + seconds
        flock(self._handle, LOCK_EX)
        self._set(max(self.now(), until))
        flock(self._handle, LOCK_UN)

    def timing(self) -> Timing:
        return Timing(self.moment, self.now, self.advance)

    def _set(self, time: float) -> None:
        os.pwrite(self._handle, struct.pack("d", time), 0)


def calls(url: str, token: str, team: str, counts: str, clock_file: str, seed: str) -> None:
    """Read the pools of a team as often as each line says."""
    clock, chance = SharedClock(Path(clock_file)), Random(int(seed))
    budget = RateBudget(CallFile(Path(counts), clock.timing()), clock.timing())
    with Client(url, lambda: token, timing=clock.timing(), budget=budget) as client:
        for line in sys.stdin:
            for _ in range(int(line)):
                clock.advance(chance.choice([0.0, 0.01, 0.1]))
                assert client.get(f"/teams/{team}/product-pools").ok
            said("made")


def killed(counts: str) -> None:
    """Print how often a run was killed, and the first problem of the next one."""
    path = Path(counts)
    for number in range(1, 1000):
        path.unlink(missing_ok=True)
        for _ in range(48):
            taken(path)
        child = os.fork()
        if not child:
            sqlite3.connect = dying(number)
            taken(path)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        waits = [taken(path) for _ in range(3)]
        if not os.WIFSIGNALED(status):
            said(json.dumps([number - 1, ""]))
            return
        # 48, perhaps that of the run that was killed, and three: the wait is before the second or third.
        if waits not in ([[], [], [60]], [[], [60], []]):
            said(json.dumps([number, f"killed at {number}, then {waits}"]))
            return


def said(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def taken(path: Path) -> Sequence[float]:
    """Take one call, and return the seconds of the waits for it."""
    clock, waits = OwnClock(START), list[float]()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.advance(seconds)

    RateBudget(CallFile(path, Timing(clock.moment, clock.now, sleep)), Timing(clock.moment, clock.now, sleep)).take(
        TEAM
    )
    return waits


def dying(number: int) -> Any:  # noqa: ANN401 - as its model
    """Return a way to open a file that kills the process before or after a statement: the second is after the first."""
    made, done = sqlite3.connect, 0

    class Dying(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:  # noqa: ANN401 - passed on
            step()
            found = super().execute(*arguments)
            step()
            return found

    def step() -> None:
        nonlocal done
        done += 1
        if done == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return lambda *arguments, **named: made(*arguments, factory=Dying, **named)


if __name__ == "__main__":
    if sys.argv[1] == "calls":
        calls(*sys.argv[2:])
    else:
        killed(sys.argv[2])
