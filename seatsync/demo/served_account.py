"""The account behind the made-up portal, in memory or in a store, with its clock, ids and log of effects."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple, Protocol

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.engine import perform
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.sql.stored_account import read_meta


class OwnClock:
    """The clock of a made-up portal, in seconds since 1970: that of the machine, or one that stands at `start`.

    Either can be advanced.
    """

    def __init__(self, start: float | None = None) -> None:
        self._start = start
        self._ahead = 0.0
        self._guard = Lock()

    def now(self) -> float:
        """Return the time."""
        return (time.time() if self._start is None else self._start) + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        with self._guard:
            self._ahead += seconds

    def moment(self) -> datetime:
        """Return the time as a moment in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)


def at_second(moment: datetime) -> OwnClock:
    """Return a clock that stands at a moment until it is advanced."""
    return OwnClock(moment.timestamp())


class Backing(Protocol):
    """The access to the account behind the portal."""

    def read(self) -> Account:
        """Return the account as it is now. The caller does not change it."""

    def perform(self, steps: Sequence[Step], actor: str | None, clock: Clock, /) -> str:
        """Carry out steps, as far as the account allows them; return the first refusal in words, or nothing."""

    def earlier(self) -> Iterable[Step]:
        """Yield the steps since the account was read last by this method: those that others made, too."""


class InMemory:
    """An account in memory. It belongs to the made-up portal from now on."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._steps: list[Step] = []

    def read(self) -> Account:
        """Return the account."""
        return self._account

    def perform(self, steps: Sequence[Step], _: str | None, clock: Clock) -> str:
        """Carry out the steps. Nobody is refused for who they are: the made-up portal has checked that."""
        for step in steps:
            answer = perform(self._account, step, clock)
            if isinstance(answer, Refused):
                return answer.message
            self._steps.append(step)
        return ""

    def earlier(self) -> Iterable[Step]:
        """Return the new steps."""
        found, self._steps = self._steps, []
        return found


class InStore:
    """An account in a store, which other commands may change meanwhile."""

    def __init__(self, target: SqlTarget) -> None:
        self._target = target
        self._account = target.read().account
        self._told = 0

    def read(self) -> Account:
        """Return the account, read again only if it has changed."""
        with self._target.reading() as database:
            serial = read_meta(database).serial
        if serial != self._account.serial:
            self._account = self._target.read().account
        return self._account

    def perform(self, steps: Sequence[Step], actor: str | None, clock: Clock) -> str:
        """Carry out the steps in a session of the actor. Raises TargetProblem if another process has the lock."""
        with self._target.session(actor, clock) as session:
            outcomes = session.perform([(step, False) for step in steps])
        last = outcomes[-1]
        return last.detail if last.status == "refused" else ""

    def earlier(self) -> Iterable[Step]:
        """Yield the steps of the journal that were not yielded yet."""
        serial = self._account.serial or 0
        if serial == self._told:
            return
        for entry in self._target.journal(self._told):
            self._told = entry.serial
            yield entry.step


class Ids:
    """The ids of teams, people and products. Each follows from the first name of the thing, also after a restart."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], str] = {}
        self._made: dict[tuple[str, str], str] = {}

    def follow(self, steps: Iterable[Step]) -> None:
        """Keep the ids of teams that were renamed, and of people with another address."""
        for step in steps:
            if step.action in RENAMES_TEAM:
                self._move("team", step.scope.name, step.text("to"))
            elif step.action in CHANGES_ADDRESS:
                self._move("person", identity(step.text("user")) or "", identity(step.text("to")) or "")

    def team(self, name: str) -> str:
        """Return the id of a team."""
        return self._id("team", name, lambda text: str(100_000 + _number(text) % 899_999_999))

    def context(self, name: str) -> str:
        """Return the id of a team in Insights."""
        return self._id("team", name, lambda text: str(4_000_000 + _number(f"context {text}") % 5_999_999), "context")

    def person(self, user: str) -> str:
        """Return the id of a person."""
        return self._id("person", user, lambda text: f"US{_number(text) % 10**12:012}")

    def product(self, name: str) -> str:
        """Return the id of a product."""
        return self._id("product", name, lambda text: f"prod_{_number(text):012x}"[:17])

    def _move(self, kind: str, old: str, new: str) -> None:
        self._first[kind, new] = self._first.pop((kind, old), old)

    def _id(self, kind: str, name: str, make: _Maker, use: str = "") -> str:
        first = self._first.get((kind, name), name)
        found = self._made.get((use or kind, first))
        if found is None:
            found = self._made[use or kind, first] = make(first)
        return found


class _Maker(Protocol):
    def __call__(self, text: str, /) -> str: ...


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).digest(), "big")


class Effect(NamedTuple):
    """Something that really happened. `user` is an identity; `by` is who asked for it, empty for the portal itself."""

    number: int
    at: float
    kind: str
    team: str
    user: str
    product: str = ""
    by: str = ""


class ServedAccount:
    """The account as the made-up portal uses it."""

    def __init__(self, backing: Backing, clock: OwnClock) -> None:
        self.clock = clock
        self.ids = Ids()
        self.effects: list[Effect] = []
        self._backing = backing
        self._past: list[tuple[float, Account]] = []

    def read(self) -> Account:
        """Return the account as it is now. The caller does not change it."""
        account = self._backing.read()
        self.ids.follow(self._backing.earlier())
        return account

    def read_as_of(self, lag: float) -> Account:
        """Return the account as it was some seconds ago, as far as changes by `perform` are concerned."""
        if not lag:
            return self.read()
        until = self.clock.now() - lag
        return next((account for at, account in self._past if at > until), self.read())

    def today(self) -> str:
        """Return the day in the account's time zone."""
        return self._now(self.read()).day

    def perform(self, steps: Sequence[Step], by: str, effect: Effect | None, *, keep: bool = False) -> str:
        """Carry out steps and log their effect; return the refusal in words, or nothing.

        `keep`: the account as it is now is kept for `read_as_of`.
        """
        account = self.read()
        if keep:
            self._past.append((self.clock.now(), account.copy()))
        refusal = self._backing.perform(steps, by or None, self._now(account))
        if effect is not None and not refusal:
            self.effects.append(effect._replace(number=len(self.effects) + 1, at=self.clock.now(), by=by))
        return refusal

    def _now(self, account: Account) -> Clock:
        return Clock.of(self.clock.moment(), account.timezone)
