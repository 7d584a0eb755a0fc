"""The answer as values: what a person holds, where it is declared, and whether the account has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from seatsync.account.model import Scope, User
from seatsync.clock import Days, lasts
from seatsync.finding import Location

Kind: TypeAlias = Literal["product", "service", "support", "role", "member"]
ENTITLEMENTS: frozenset[Kind] = frozenset({"product", "service", "support"})
SUPPORT = "support benefits"
"""Name of support benefits in lists of products and services."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A seat, service, support, role or membership of a person in a scope.

    `name`: the product or service, or the account's name of the role (`primary`, `manager`, …). `group`: the group
    through which a product is held. `subscription`: the subscription of a contract manager.
    """

    scope: Scope
    kind: Kind
    name: str
    group: str | None = None
    subscription: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the files that declares an assignment.

    `way`: `product`, `user`, `csv` or `group`; `default` if nobody is named; empty if there is only one way.
    `product`: the product in the group, for entries by group. `through`: the named list that stands for the person, and
    their place in it.
    """

    way: str
    at: Location
    days: Days | None = None
    product: Location | None = None
    through: tuple[str, Location] | None = None

    @property
    def places(self) -> tuple[Location, ...]:
        """All locations of the entry."""
        listed = None if self.through is None else self.through[1]
        return tuple(place for place in (self.at, listed, self.product) if place is not None)


@dataclass(frozen=True, slots=True)
class Holding:
    """An assignment with its declaring entries (possibly none).

    `actual` is None if the account is not available, or does not tell.
    """

    assignment: Assignment
    entries: tuple[Entry, ...]
    actual: bool | None

    def on(self, day: str) -> bool:
        """Return True if it is declared for a day."""
        return any(lasts(entry.days, day) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A product, service or benefit in one scope, with all declared or actual ways to hold it.

    `entitled`: the files grant it on the day; `paid`: a subscription or contract covers it on the day.
    """

    scope: Scope
    kind: Kind
    name: str
    entitled: bool
    paid: bool
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that last changed a line: full hash, author, author's date and subject."""

    id: str
    author: str
    day: str
    summary: str


UNCOMMITTED = "not committed yet"


@dataclass(frozen=True, slots=True)
class History:
    """Commits by line, or the reason why there is none. `problem`: the reason why git cannot be used at all."""

    lines: Mapping[tuple[str, int], Commit | str] = field(default_factory=dict)
    problem: str = ""

    def of(self, place: Location) -> Commit | str | None:
        """Return the commit of a location, or the reason for none; None if git cannot be used."""
        return self.lines.get((place.file, place.line))


@dataclass(frozen=True, slots=True)
class ConsultedAccount:
    """The consulted account and its record of the person; `problem`: the reason why it is not available.

    `unknown`: nobody knows whether the person is in it or, if they are, whether they accepted the invitation.
    """

    name: str = ""
    serial: int | None = None
    user: User | None = None
    problem: str = ""
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that a person holds on a day, or only one product."""

    person: str
    full_name: str
    day: str
    product: str | None
    declared_at: Location | None
    entitlements: tuple[Entitlement, ...]
    others: tuple[Holding, ...]
    account: ConsultedAccount
    history: History = field(default_factory=History)

    @property
    def entitled(self) -> bool:
        """True if the files grant the person the product (without one: any product)."""
        return any(each.entitled for each in self.entitlements)

    def places(self) -> list[Location]:
        """Return all locations in the answer."""
        holdings = [holding for each in self.entitlements for holding in each.holdings] + list(self.others)
        found = [place for holding in holdings for entry in holding.entries for place in entry.places]
        return found if self.declared_at is None else [self.declared_at, *found]
