"""Stops an apply to PostgreSQL until its lease is over, lets another run take its lock, and wakes it up.

    python -m tests.targets.stops [TRIES [FAULT]]

The apply is stopped (SIGSTOP) at a random round trip under its lock, before or after the server gets it. Time passes as
the server measures it: it ends a transaction that stands still, and the lease is over. Another run takes the lock; the
apply is woken while that holds it, with or without changes of its own, or after it. It must write nothing any more, and
the other run must not notice it. `FAULT`, a key of `FAULTS`, breaks the store beforehand, for the proof to show that it
would be seen. Prints the number of tries and what was wrong, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event
from typing import Final, Literal

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import WHOLE_ACCOUNT
from seatsync.clock import Clock
from seatsync.targets.sql import inquiries
from seatsync.targets.sql.lock import Lock
from seatsync.targets.sql.session import SqlSession
from tests.commands.running import DAY
from tests.postgres import server
from tests.targets.cuts import Project, project, small_batches, undisturbed
from tests.targets.postgres_proxy import Link, Proxy, terminate
from tests.targets.stores import opened

Moment = Literal["holds the lock", "has changed something", "is finished"]
MOMENTS: Final[tuple[Moment, ...]] = ("holds the lock", "has changed something", "is finished")


def _renew_anyway(lock: Lock) -> None:
    """Simulate the bug of transactions that do not check the token."""
    lock.database.run("UPDATE lock SET expires = expires + 60")


def _no_token(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lock, "renew", _renew_anyway)


FAULTS: Final[dict[str, Callable[[pytest.MonkeyPatch], None]]] = {"no token": _no_token}


@dataclass(frozen=True)
class Stopped:
    """An apply in a child process, which is stopped. `link` is the connection at which it stopped."""

    child: int
    link: Link
    go_on: Event

    def wake(self) -> int:
        """Let it go on to its end; return its exit code."""
        self.go_on.set()
        os.kill(self.child, signal.SIGCONT)
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


@contextmanager
def stopped(made: Project, number: int, *, before: bool) -> Iterator[Stopped | None]:
    """Run an apply that is stopped at a round trip, before or after it is passed on; None if it ends earlier."""
    child: Future[int] = Future()
    where: Future[Link] = Future()
    go_on = Event()

    def stop(link: Link) -> None:
        os.kill(child.result(), signal.SIGSTOP)
        where.set_result(link)
        if before:
            go_on.wait()

    with Proxy() as proxy:
        proxy.at(number, stop)
        pid = os.fork()
        if not pid:
            try:
                os._exit(made.apply(proxy.port).code or 0)
            finally:
                os._exit(1)
        child.set_result(pid)
        _, status = os.waitpid(pid, os.WUNTRACED)
        yield Stopped(pid, where.result(), go_on) if os.WIFSTOPPED(status) else None


def let_time_pass(made: Project, link: Link) -> bool:
    """Let the server end a transaction that stands still, and the lease be over; return True if the lock was held."""
    with server().connected() as connection:
        query = "SELECT state FROM pg_stat_activity WHERE pid = %s"
        row = connection.execute(query, (link.process,)).fetchone()
    if row is not None and row[0] != "idle":
        terminate(link)
    with opened(made.store) as database:
        return database.run("UPDATE lock SET expires = 0 WHERE holder IS NOT NULL") > 0


def attempt(folder: Path, number: int, moment: Moment, *, before: bool) -> str | None:
    """Stop an apply, take its lock, wake it up; return what is wrong, None if it did not hold the lock."""
    with project(folder) as made, stopped(made, number, before=before) as apply:
        if apply is None:
            return None
        if not let_time_pass(made, apply.link):
            apply.wake()
            return None
        problems = list(_overtaken(made, apply, moment))
        verified = inquiries.verify(made.store)
        if not verified.ok:
            problems.append(verified.problem)
        again = made.apply()
        if again.code != 3:
            problems.append(f"the next apply ends with {again.code}: {again.last}")
        return "; ".join(problems)


def _overtaken(made: Project, apply: Stopped, moment: Moment) -> Iterator[str]:
    with made.store.session(None, Clock.at(DAY)) as session:
        yield from _changed(session, "One") if moment == "has changed something" else ()
        if moment != "is finished":
            yield from _woken(made, apply)
        yield from _changed(session, "Two")
    if moment == "is finished":
        yield from _woken(made, apply)


def _changed(session: SqlSession, name: str) -> Iterator[str]:
    step = Step.make("user.update", WHOLE_ACCOUNT, user="ana@acme.example", first_name=name, last_name="Silva")
    outcomes = session.perform([(step, False)])
    if [outcome.status for outcome in outcomes] != ["done"]:
        yield f"the other run was disturbed: {outcomes}"


def _woken(made: Project, apply: Stopped) -> Iterator[str]:
    with opened(made.store) as database:
        query = "SELECT token, holder FROM lock"
        log, lock = inquiries.log(made.store), database.row(query)
        code = apply.wake()
        more = inquiries.log(made.store).items[len(log.items) :]
        if more:
            yield f"it wrote {[entry.facts['kind'] for entry in more]}"
        if database.row(query) != lock:
            yield "it changed the lock"
    if code == 0:
        yield "it ended as if nothing had happened"


def stops(tries: int, fault: str = "", seed: int = 0) -> tuple[int, list[str]]:
    """Stop holders until some number of tries is reached; return it, and what was wrong."""
    random, count, wrong = Random(seed), 0, list[str]()
    with small_batches() as patch, tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "project"
        trips, _ = undisturbed(folder)
        if fault:
            FAULTS[fault](patch)
        while count < tries and not (fault and wrong):
            number, moment = random.randrange(1, len(trips) + 1), random.choice(MOMENTS)
            before = random.random() < 0.5
            if fault and "pg_advisory_xact_lock" not in trips[number - 1]:
                continue  # the first statement of a transaction, which checks the token next
            problem = attempt(folder, number, moment, before=before)
            count += problem is not None
            if problem:
                place = f"{number} of {len(trips)} ({trips[number - 1][:60]})"
                wrong.append(f"stopped {'before' if before else 'after'} {place}, the other {moment}: {problem}")
    return count, wrong


if __name__ == "__main__":
    sys.stdout.write(json.dumps(stops(int((sys.argv[1:] or ["200"])[0]), " ".join(sys.argv[2:]))) + "\n")
