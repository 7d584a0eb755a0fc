"""Random walks of stores: the same operations on several stores must leave the same account, records and log.

    python -m tests.targets.walks [WALKS [FIRST SEED]]

Compares a store in SQLite with one in PostgreSQL, hash by hash, and verifies both.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from seatsync.account.actions.spec import Step
from seatsync.account.engine import Refused, attempt
from seatsync.account.history import PORTAL
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.account.orders import Order
from seatsync.account.sent_notices import Notice
from seatsync.account.usage import SeatUse, UsageFile, UsageSource
from seatsync.clock import Clock
from seatsync.errors import SeatsyncError
from seatsync.targets.sql import administration, inquiries
from seatsync.targets.sql.session import SqlSession
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import CaseRequest, Observed
from tests.account.sample import acme
from tests.account.test_random_walk import DAYS, PEOPLE, PRODUCTS, SCOPES, random_step
from tests.targets.stores import RECORD, at, in_postgresql

LENGTH = 12
"""Operations of a walk."""

_TEXTS = ("", "a", "Z", "ä", "Å", "ß", "'", '"', "%s", "\\", "\n", "\t", "\x1f", "😀", "?", "$1", "{}", " ", "\u2028")


class _Stopped(Exception):
    """The end of a run in the middle of a transaction."""


@dataclass(frozen=True, slots=True)
class Walker:
    """A store, with the random decisions about it, which are the same for every store of a walk."""

    target: SqlTarget
    random: Random

    def step(self) -> object:
        """Do something random; return what is to be the same in every store."""
        operation = self.random.choice(_MIRRORED if self.target.read().mirror is not None else _OPERATIONS)
        try:
            return operation.__name__, operation(self, self._clock())
        except SeatsyncError as problem:
            return operation.__name__, str(problem).removeprefix(f"{self.target.url}: ")

    def _clock(self) -> Clock:
        return Clock.at(self.random.choice(DAYS))

    def _actor(self) -> str | None:
        return self.random.choice([None, None, PORTAL, *PEOPLE])

    def _text(self) -> str:
        return "".join(self.random.choices(_TEXTS, k=self.random.randrange(6)))

    def _steps(self, account: Account, clock: Clock) -> list[Step]:
        """Return up to three steps, most of which are possible."""
        found = []
        for _ in range(self.random.randrange(1, 4)):
            for _ in range(20):
                step = random_step(self.random)
                if not isinstance(attempt(account, step, clock), Refused):
                    break
            found.append(step)
        return found

    def perform(self, clock: Clock) -> object:
        """Carry out steps, or record them as cases."""
        with self.target.session(self._actor(), clock) as session:
            found: list[object] = [session.run]
            for _ in range(self.random.randrange(1, 4)):
                steps = self._steps(session.state().account, clock)
                found.append(session.perform([(step, self.random.random() < 0.2) for step in steps]))
            return found

    def apply(self, clock: Clock) -> object:
        """Change something as a run of seatsync."""
        with self.target.session(self._actor(), clock) as session:
            declared = {Scope("team", self.random.choice(SCOPES["team"])): frozenset(self.random.sample(PEOPLE, 3))}
            session.covers(declared, self.random.choice([None, 0]))
            found = session.perform([(step, False) for step in self._steps(session.state().account, clock)])
            recorded = self.random.choice([session.applied, session.applied_partly])
            recorded(f'{{"users":{{"{self.random.choice(PEOPLE)}":{{}}}}}}', "{}", self._text())
            return found

    def undone(self, clock: Clock) -> object:
        """Restore what was applied before a run."""
        with self.target.session(None, clock) as session:
            session.undone(self.random.randrange(1, session.run + 1))
            return session.state().applied_declaration

    def note(self, clock: Clock) -> object:
        """Write a note of any text."""
        with self.target.session(self._actor(), clock) as session:
            session.note(self._text())
            return session.run

    def stop(self, clock: Clock) -> object:
        """Fail in the middle of a transaction, and go on in the same session."""
        with self.target.session(None, clock) as session:
            with suppress(_Stopped), session.writing() as writer:
                writer.audit("note", text="never", run=0)
                writer.pending.flush()
                writer.database.run("DELETE FROM team_seat")
                raise _Stopped
            return session.state(), session.perform([(self._steps(session.state().account, clock)[0], False)])

    def accept(self, clock: Clock) -> object:
        """Accept an invitation."""
        return administration.accept(self.target, self.random.choice(PEOPLE), clock)

    def order(self, clock: Clock) -> object:
        """Buy more of a subscription."""
        number = self.random.choice(["", "", "O-1", self._text()])
        subscription, seats = self.random.choice(["S-1", "S-3"]), self.random.randrange(9)
        order = Order(number, clock.day, self._text(), "", "", "", subscription=subscription, seats=seats)
        return administration.record_order(self.target, order, clock)

    def confirm(self, clock: Clock) -> object:
        """Confirm every case."""
        return administration.confirm(self.target, None, self._text() or None, clock, self._actor())

    def withdraw(self, clock: Clock) -> object:
        """Withdraw a case."""
        ids = [case.id for case in self.target.read().cases]
        chosen = self.random.sample(ids, min(len(ids), 2))
        return administration.withdraw(self.target, chosen, self._text(), clock)

    def usage(self, clock: Clock) -> object:
        """Record usage by day and by seat."""
        month, person = self.random.choice(DAYS)[:7], self.random.choice(PEOPLE).lower()
        team, product = self.random.choice(SCOPES["team"]), self.random.choice(PRODUCTS)
        days = {self.random.randrange(1, 29): self.random.choice([None, Decimal("0.5"), Decimal(7)]) for _ in range(3)}
        used = SeatUse(team, product, person, held=None, assigned=None, unassigned=None, last=None,
                       days=self.random.choice([None, 3]), tokens=None, active=None, as_of=clock.day)  # fmt: skip
        known = (f"{month}-{min(days):02}", f"{month}-{max(days):02}")
        digest = str(self.random.randrange(9))
        source = UsageSource(f"{self._text()}.csv", digest, "usage", clock.day, *known, (team,), len(days))
        file = UsageFile(source, {(month, team, product, person): days}, {(team, product, person): used})
        with self.target.session(None, clock) as session:
            return session.record_usage([file], self.random.choice(DAYS)[:7])

    def notices(self, clock: Clock) -> object:
        """Record a notice in a state."""
        notice = Notice(
            self.random.choice("abc"), "renewal", PEOPLE[0], (("S-1", "2026-12-31"),), self._text(), "<1@acme>",
            self.random.choice(["sending", "sent"]), clock.stamp, "", "{}",
        )  # fmt: skip
        with self.target.session(None, clock) as session:
            session.record_notices([notice])
            return session.read_notices()

    def ask(self, clock: Clock) -> object:
        """Open cases of a mirror."""
        with self.target.session(self._actor(), clock) as session:
            steps = self._steps(session.state().account, clock)
            routes = ("csv", "console", "form")
            return session.open_cases(
                [
                    CaseRequest(number, step, self.random.choice(routes), (PEOPLE[0],))
                    for number, step in enumerate(steps, 1)
                ]
            )

    def look(self, clock: Clock) -> object:
        """Record what a look at the real account showed."""
        with self.target.session(PORTAL, clock) as session:
            return self._look(session, clock)

    def _look(self, session: SqlSession, clock: Clock) -> int:
        state = session.state()
        (step, *_) = self._steps(state.account, clock)
        rows = attempt(state.account, step, clock)
        changes = [] if isinstance(rows, Refused) else [Observed(step, rows, self._text())]
        seen = {case.id: "a.csv" for case in state.cases if self.random.random() < 0.3}
        return session.observe(changes, self.random.choice([RECORD, "{}"]), seen, {})


_OPERATIONS: tuple[Callable[[Walker, Clock], object], ...] = (
    *(Walker.perform, Walker.perform, Walker.apply, Walker.apply, Walker.undone, Walker.note, Walker.stop),
    *(Walker.accept, Walker.order, Walker.confirm, Walker.withdraw, Walker.usage, Walker.notices),
)
_MIRRORED = (*(Walker.ask, Walker.look, Walker.confirm, Walker.withdraw, Walker.usage, Walker.notices, Walker.note),)


def everything(target: SqlTarget) -> dict[str, Any]:
    """Return all that can be asked about an account."""
    serial = target.read().account.serial or 0
    return {
        "state": target.read(),
        "log": inquiries.log(target).items,
        "of a person": inquiries.log(target, PEOPLE[0]).items,
        "cases": inquiries.cases(target, closed=True),
        "mails": inquiries.mails(target),
        "orders": inquiries.orders(target),
        "runs": inquiries.runs(target),
        "journal": target.journal(serial // 2),
        "own": target.own_changes(0),
        "outside": target.outside(),
        "after": target.after_apply(),
        "usage": target.read_usage(),
        "notices": target.read_notices(),
        "verified": inquiries.verify(target),
    }


def walked(seed: int, *targets: SqlTarget) -> str:
    """Walk in new stores alike; return what differs or is not valid, "" if all is well."""
    walkers = [Walker(target, Random(seed)) for target in targets]
    for walker in walkers:
        mirror = RECORD if seed % 3 == 0 else None
        administration.create(walker.target, "acme", "UTC", Clock.at(DAYS[0]), "9b1c1a52", mirror)
        if mirror is None:
            administration.load_state(walker.target, acme(), Clock.at(DAYS[0]))
        else:
            rows = tuple(acme().rows())
            step = Step.make("account.load", WHOLE_ACCOUNT, account="acme")
            with walker.target.session(PORTAL, Clock.at(DAYS[0])) as session:
                session.observe([Observed(step, rows, "exports")], RECORD, {}, {})
    for number in range(LENGTH):
        first, *others = [walker.step() for walker in walkers]
        if any(other != first for other in others):
            return f"operation {number}: {first} and {others}"
    one, *rest = [everything(target) for target in targets]
    differing = [name for name in one for other in rest if other[name] != one[name]]
    return f"{differing} differ" if differing else str(one["verified"].problem)


def walk(seed: int, folder: Path) -> str:
    """Walk in a store in SQLite and one in PostgreSQL alike, from an empty folder for each."""
    places = (folder / "sqlite", folder / "postgresql")
    for place in places:
        place.mkdir()
    with in_postgresql(places[1]):
        return walked(seed, *map(at, places))


def walk_alike(seed: int) -> int:
    """Walk in temporary folders; return the number of operations."""
    with tempfile.TemporaryDirectory() as folder:
        problem = walk(seed, Path(folder))
    assert problem == "", problem
    return LENGTH


def main() -> int:
    """Walk, and print what is wrong; return the exit code."""
    walks, first = (*map(int, sys.argv[1:]), *(1000, 0)[len(sys.argv) - 1 :])[:2]
    begun, wrong = time.monotonic(), 0
    for seed in range(first, first + walks):
        try:
            walk_alike(seed)
        except AssertionError as problem:
            wrong += 1
            sys.stdout.write(f"seed {seed}: {problem}\n")
    seconds = time.monotonic() - begun
    sys.stdout.write(f"{walks} walks of {LENGTH} operations in two stores, {wrong} wrong, {seconds:.0f} s\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
