"""Workers that are stopped in the middle of an account until their lease is over, and woken when others have its run.

    python -m tests.fleet.sleepers [TRIES [FAULT]]

A worker stops itself (SIGSTOP) before a random transaction, in PostgreSQL before a random statement. Time passes as
the database measures it: the lease of the worker is over, and the server ends a transaction that stands still. Another
worker takes the run over. The first one is woken as soon as it is given up, while the other one works on the account,
or when that has finished. It must write nothing any more into the account, and the other one must not notice it.
`FAULT`, a key of `FAULTS`, breaks both workers beforehand, for the proof to show that it would be seen. Prints the
number of tries and what was wrong, as JSON.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

import psycopg
import pytest

from seatsync.targets.sql import inquiries, lock
from seatsync.targets.sql.postgres import PostgresDatabase
from seatsync.targets.sql.sqlite import SqliteDatabase
from tests.fleet import crew
from tests.fleet.declared_rounds import DAY, ROUNDS, STEPS, Account, Made, make
from tests.fleet.evidence import effects, problems
from tests.postgres import server

Moment = Literal["is given up", "is replaced", "is no longer needed", "is outdated"]
MOMENTS: Final[tuple[Moment, ...]] = ("is given up", "is replaced", "is no longer needed", "is outdated")

_POINTS: Final = {"sqlite": (SqliteDatabase, ("writing", "reading")), "postgresql": (PostgresDatabase, ("run", "row"))}
"""Where a worker can stop: outside of transactions if one would keep the whole file for itself."""
_MOST_POINTS: Final = {"sqlite": 12, "postgresql": 70}
_LEASE: Final = 1.0
_LOOK: Final = 0.02
_PATIENCE: Final = 60.0


def _no_fence(patch: pytest.MonkeyPatch) -> None:
    """Simulate workers whose stores do not know which attempt at a run is the newest."""
    patch.setattr(lock.RunKey, "of", lambda _: None)


FAULTS: Final[dict[str, crew.Break]] = {"": crew.sound, "no fence": _no_fence}


@dataclass
class _Stop:
    """Stops a process before one of its accesses to a store, with `locked` counted from when it took the lock."""

    kind: str
    number: int
    fault: crew.Break
    locked: bool = False

    def __call__(self, patch: pytest.MonkeyPatch) -> None:
        """Arrange it in a new process."""
        self.fault(patch)
        database, names = _POINTS[self.kind]
        for name in names:
            patch.setattr(database, name, self._stopping(getattr(database, name)))
        patch.setattr(lock, "take_lock", self._taking(lock.take_lock))

    def _stopping(self, access: Any) -> Any:  # noqa: ANN401 - any method
        def stopping(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - as above
            if not self.locked:
                self.number -= 1
                if self.number == 0:
                    os.kill(os.getpid(), signal.SIGSTOP)
            return access(*args, **more)

        return stopping

    def _taking(self, take: Any) -> Any:  # noqa: ANN401 - as above
        def taking(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - as above
            found = take(*args, **more)
            self.locked = False
            return found

        return taking


@dataclass
class Team:
    """The workers that come and go at the accounts of a fleet, one account at a time."""

    made: Made
    database: str
    fault: crew.Break
    processes: list[int] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """The file of all that the processes say."""
        return self.made.root / "log.txt"

    def sql(self, statement: str) -> bool:
        """Run a statement in the database of the fleet; return True if it finds a row."""
        with psycopg.connect(server().url(database=self.database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.description is not None and cursor.fetchone() is not None

    def start(self, *words: str, fault: crew.Break) -> int:
        """Start a command of the fleet."""
        process = crew.start(["fleet", *words, "--file", str(self.made.root / "fleet.yaml")], self.log, fault)
        self.processes.append(process)
        return process

    def worker(self, stop: crew.Break) -> int:
        """Start a worker that stops somewhere."""
        return self.start("worker", "--lease", str(_LEASE), fault=stop)

    def ask(self, account: Account) -> None:
        """Ask for a run of an account."""
        words = ("apply", "--auto-approve", "--workers", "0", "--select", account.folder.name)
        asking = self.start(*words, fault=crew.sound)
        os.waitpid(asking, 0)
        self.processes.remove(asking)

    def stops(self, process: int) -> bool:
        """Return True when a process is stopped, False when the run has ended."""
        return self.wait(lambda: _is_stopped(process), lambda: not self.is_open())

    def is_open(self) -> bool:
        """Return True if a run has not ended."""
        return self.sql("SELECT 1 FROM seatsync_fleet.fleet_run WHERE state IN ('queued', 'running')")

    def wait(self, *events: Callable[[], bool]) -> bool:
        """Wait for one of some events; return True if it is the first."""
        since = time.monotonic()
        while time.monotonic() - since < _PATIENCE:
            happened = [event() for event in events]
            if any(happened):
                return happened[0]
            signal.sigtimedwait({signal.SIGCHLD}, _LOOK)
        raise TimeoutError(self.log.read_text())

    def end(self) -> None:
        """Kill all workers."""
        for process in self.processes:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        self.processes.clear()


def _is_stopped(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def attempt(team: Team, account: Account, turn: int, moment: Moment, number: int) -> list[str] | None:
    """Stop a worker at an access, and wake it; return what is wrong, None if it did not get so far."""
    kind = account.url.partition(":")[0]
    account.declare(turn)
    team.ask(account)
    sleeper = team.worker(_Stop(kind, number, team.fault))
    if not team.stops(sleeper):
        return None
    team.sql("UPDATE seatsync_fleet.fleet_worker SET until = 0")
    team.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
    other = team.worker(_Stop(kind, int(moment == "is replaced"), team.fault, locked=True))
    wrong = []
    if moment == "is given up":
        team.wait(lambda: not team.sql("SELECT 1 FROM seatsync_fleet.fleet_worker WHERE until = 0"))
        os.kill(sleeper, signal.SIGCONT)
    else:
        team.stops(other)
        if moment == "is outdated":
            account.declare(turn + 1)
        wrong = _woken(account, sleeper)
        team.processes.remove(sleeper)
        os.kill(other, signal.SIGCONT)
    team.wait(lambda: not team.is_open())
    return wrong


def _woken(account: Account, sleeper: int) -> list[str]:
    """Wake a worker and wait for its end; return what it wrote."""
    before = len(inquiries.log(account.target).items)
    os.kill(sleeper, signal.SIGCONT)
    os.waitpid(sleeper, 0)
    more = inquiries.log(account.target).items[before:]
    return [f"it wrote {[entry.facts['kind'] for entry in more]}"] if more else []


def sleepers(root: Path, tries: int, fault: str = "", seed: int | None = None) -> tuple[int, list[str]]:
    """Stop workers until some number of tries is reached; return it, and what was wrong."""
    random, database = Random(seed), server().new_database()
    made = make(root, tries, database)
    wanted, count, wrong = effects(made.alone.target), 0, list[str]()
    team = Team(made, database, FAULTS[fault])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for account, turn in itertools.product(made.accounts, range(1, ROUNDS + 1)):
        if count == tries:
            break
        moment = random.choice(MOMENTS if turn < ROUNDS else MOMENTS[:-1])
        number = random.randrange(1, _MOST_POINTS[account.url.partition(":")[0]])
        if fault:
            moment, number = "is outdated", 1
        try:
            found = attempt(team, account, turn, moment, number)
        finally:
            team.end()
        count += found is not None
        found = [*(found or ()), *problems(account.target, wanted[: 1 + STEPS * turn])]
        wrong += [f"{account.folder.name}, round {turn}, stopped at {number}, {moment}: {each}" for each in found]
    return count, wrong


def main(arguments: list[str]) -> int:
    """Run once and print the outcome."""
    tries, fault = [*arguments, *("200", "")[len(arguments) :]]
    os.environ["SEATSYNC_AT"] = DAY
    with tempfile.TemporaryDirectory() as name:
        sys.stdout.write(json.dumps(sleepers(Path(name).resolve(), int(tries), fault)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
