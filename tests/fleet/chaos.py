"""Workers that are killed at random while they take many accounts through rounds of changes.

    python -m tests.fleet.chaos [ACCOUNTS [KILLS [LEASE [FAULT]]]]

The queue is in PostgreSQL, the accounts are by turns in files and in schemas. Four workers are killed (SIGKILL) at
random moments and started again, but for one, which is not. For some accounts a second run is asked for at the same
time. Then the logs of the accounts are compared with that of one to which the same was applied undisturbed. `FAULT`, a
key of `FAULTS`, breaks the workers beforehand, for the proof to show that it would be seen. Prints figures and what was
wrong, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import psycopg
import pytest

from seatsync.fleet.workflows import Engine
from seatsync.targets.sql import inquiries
from tests.fleet import crew
from tests.fleet.declared_rounds import DAY, ROUNDS, STEPS, Made, make
from tests.fleet.evidence import attempts, effects, problems
from tests.postgres import server

WORKERS: Final = 4
_LAST: Final = 3
"""Runs of the last round that are left when a worker is killed for the last time."""
_PATIENCE: Final = 600.0
"""Seconds without an account that is done, after which the rest is given up."""
_LESS_PATIENCE: Final = 15.0
"""The same where nothing else is expected."""
_LOOK: Final = 0.05
_LAST_DIGIT: Final = "5"
"""Accounts whose name ends with it have two runs in a round."""
_DEFAULTS: Final = ("1000", "100", "30", "")


def _no_take_over(patch: pytest.MonkeyPatch) -> None:
    """Simulate an engine that leaves the runs of dead workers alone."""
    patch.setattr(Engine, "_take_over", lambda _: None)


_STAYS: Final = "no take-over"
FAULTS: Final[dict[str, crew.Break]] = {
    "": crew.sound,
    _STAYS: _no_take_over,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of a run, and what was wrong. `to_the_end`: seconds from the last kill until everything was done."""

    accounts: int
    steps: int
    kills: int
    gave_up: int
    lease: float
    seconds: float
    to_the_end: float
    attempts: int
    cut_off: int
    stuck: int
    wrong: dict[str, int]


@dataclass
class _Watch:
    """The progress of the queue: for the moments of the kills and to give up, not as evidence."""

    database: str
    patience: float
    done: int = 0
    open: int = 0
    since: float = field(default_factory=time.monotonic)

    def look(self) -> None:
        """Count the runs that are done and open."""
        query = "SELECT count(*) FILTER (WHERE state IN ('queued', 'running')), count(*) FROM seatsync_fleet.fleet_run"
        with psycopg.connect(server().url(database=self.database), autocommit=True) as connection:
            try:
                row = connection.execute(query).fetchone() or (0, 0)
            except psycopg.errors.UndefinedTable:
                row = (0, 0)  # the first command is about to create it
        if row[1] - row[0] != self.done:
            self.since = time.monotonic()
        self.open, self.done = row[0], row[1] - row[0]

    @property
    def is_stuck(self) -> bool:
        """True if nothing has been done for a long time."""
        return time.monotonic() - self.since > self.patience


def chaos(root: Path, count: int, kills: int, lease: float, fault: str = "", seed: int | None = None) -> Outcome:
    """Take accounts through the rounds while workers are killed."""
    random, database = Random(seed), server().new_database()
    made = make(root, count, database)
    total = ROUNDS * (count + sum(each.folder.name.endswith(_LAST_DIGIT) for each in made.accounts))
    moments = [*sorted(random.randrange(total - _LAST) for _ in range(kills - 1)), total - _LAST]
    for_good = random.choice(moments[: kills // 2 + 1])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    began, watch, last = time.monotonic(), _Watch(database, _LESS_PATIENCE if fault == _STAYS else _PATIENCE), 0.0
    with crew.Crew(root / "fleet.yaml", root, lease, WORKERS, random, FAULTS[fault]) as workers:
        for turn in range(1, ROUNDS + 1):
            made.declare(turn)
            fronts = _fronts(made)
            while fronts and not watch.is_stuck:
                watch.look()
                while moments and watch.done >= moments[0]:
                    _pause(random.random() * _LOOK)
                    workers.kill(for_good=moments.pop(0) == for_good)
                    for_good = for_good if len(workers.workers) == WORKERS else -1
                    last = time.monotonic()
                workers.restart()
                fronts = [front for front in fronts if crew.ended(front) is None]
                _pause(_LOOK)
            for front in fronts:
                os.kill(front, signal.SIGKILL)
        end = time.monotonic()
        watch.look()
    return _outcome(made, workers, (began, last, end), watch.open)


def _pause(seconds: float) -> None:
    """Wait, at most until a process ends."""
    signal.sigtimedwait({signal.SIGCHLD}, seconds)


def _fronts(made: Made) -> list[int]:
    """Ask for a run of every account, and for a second one of some."""
    words = ["fleet", "apply", "--file", str(made.root / "fleet.yaml"), "--auto-approve", "--wait", "--workers", "0"]
    second = [*words, "--partial", "--select", f"*{_LAST_DIGIT}"]
    return [crew.start(each, made.root / "fronts.txt") for each in (words, second)]


def _outcome(made: Made, workers: crew.Crew, times: tuple[float, float, float], left: int) -> Outcome:
    began, last, end = times
    wanted, wrong, found = effects(made.alone.target), Counter[str](), []
    for account in made.accounts:
        wrong.update(problems(account.target, wanted))
        found += [each for each in attempts(inquiries.log(account.target).items) if each.key is not None]
    cut_off = sum(attempt.is_cut_off for attempt in found)
    figures = (round(end - began, 1), round(end - last, 1), len(found), cut_off)
    return Outcome(
        len(made.accounts), STEPS * ROUNDS, workers.killed, workers.left, workers.lease, *figures, left, dict(wrong)
    )


def main(arguments: list[str]) -> int:
    """Run once and print the outcome."""
    count, kills, lease, fault = [*arguments, *_DEFAULTS[len(arguments) :]]
    os.environ["SEATSYNC_AT"] = DAY
    with tempfile.TemporaryDirectory() as name:
        outcome = chaos(Path(name).resolve(), int(count), int(kills), float(lease), fault)
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
