"""The allowance of calls to the Team Admin API, which all runs on a store share: in a small file beside it, or in it.

The vendor counts calls by team and UTC minute. Here at most as many are made within any minute, so that the clock of
this machine need not agree with the vendor's.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Protocol

from seatsync.errors import FileProblem
from seatsync.vendor.http_client import Timing
from seatsync.vendor.settings import CALLS_A_MINUTE

_TEAM: Final = re.compile(r"/teams/([^/]+)")
_PATIENCE: Final = 30.0
"""Seconds to wait while other runs count a call, which takes them milliseconds."""
_SHORTEST: Final = 0.001
"""Seconds; a clock does not advance by less."""


class Calls(Protocol):
    """Counts the calls of the last minute."""

    def count(self, team: str, minute: float, most: int) -> float:
        """Count a call of a team and return 0, or return the seconds until one is allowed: `most` within a `minute`."""


class RateBudget:
    """A `Budget` that allows 50 calls a minute for each team, and as many for the list of teams.

    `minute` is its length in seconds. `waiting` is called with the seconds of each wait before it begins, and with 0
    when a call is counted. What it raises ends the waiting. `of_app` counts the calls for the list of teams, whose
    allowance is that of the app, for several accounts; without it they are counted with those of the teams.
    """

    def __init__(
        self,
        calls: Calls,
        timing: Timing,
        minute: float = 60.0,
        waiting: Callable[[float], None] = lambda _: None,
        of_app: Calls | None = None,
    ) -> None:
        self._calls, self._timing, self._minute, self._waiting = calls, timing, minute, waiting
        self._of_app = of_app or calls

    def take(self, path: str) -> None:
        """Count a call of a path such as `/teams/100001/users`, after waiting until one is allowed.

        Raises FileProblem if it cannot be counted.
        """
        found = _TEAM.match(path)
        team = found[1] if found else ""
        calls = self._calls if team else self._of_app
        while seconds := calls.count(team, self._minute, CALLS_A_MINUTE):
            self._waiting(seconds)
            self._timing.sleep(seconds)
        self._waiting(0.0)


class CallFile:
    """Counts calls in a file, by the clock of this machine."""

    def __init__(self, path: Path, timing: Timing) -> None:
        self._path, self._timing = path, timing

    def count(self, team: str, minute: float, most: int) -> float:
        """Count a call and return 0, or return the seconds until one is allowed."""
        now = self._timing.now().timestamp()
        with self._counting() as database:
            database.execute("CREATE TABLE IF NOT EXISTS calls (team TEXT NOT NULL, at REAL NOT NULL)")
            database.execute("DELETE FROM calls WHERE at <= ?", (now - minute,))
            # Calls of the future were made before the clock was put back, nobody knows how long ago.
            database.execute("UPDATE calls SET at = ? WHERE at > ?", (now, now))
            made = database.execute("SELECT at FROM calls WHERE team = ? ORDER BY at", (team,)).fetchall()
            if len(made) < most:
                database.execute("INSERT INTO calls VALUES (?, ?)", (team, now))
                return 0.0
            (earliest,) = made[-most]
            return max(_SHORTEST, float(earliest) + minute - now)

    @contextmanager
    def _counting(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction, which keeps other runs out. A killed run leaves nothing half done."""
        try:
            self._path.parent.mkdir(exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)) as database:
                database.execute("PRAGMA synchronous = OFF")  # after a power cut the minute is over anyway
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            problem = f"calls to the vendor's API cannot be counted in this file ({reason})"
            raise FileProblem(str(self._path), problem, "check its folder; delete it if it is damaged") from None
