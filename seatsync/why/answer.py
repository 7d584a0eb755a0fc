"""The answer as values: what ties a person to the account, where it is declared, and whether the account has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from seatsync.account.model import Scope, User
from seatsync.declaration.declared import Days, lasts
from seatsync.finding import Location

Kind: TypeAlias = Literal["product", "service", "support", "role", "member"]
ENTITLEMENTS: frozenset[Kind] = frozenset({"product", "service", "support"})
SUPPORT = "support benefits"
"""The name under which support benefits stand beside products and services."""


@dataclass(frozen=True, slots=True)
class Tie:
    """One thing that a person holds in a scope.

    `name`: the product or service, or the role as in the account's own words (`primary`, `manager`, …).
    `group`: through which group a product is held; `subscription`: what a contract manager manages.
    """

    scope: Scope
    kind: Kind
    name: str
    group: str | None = None
    subscription: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in the files that ties a person.

    `way`: by `product`, `user`, `csv` or `group`; by `default`, where nobody is named; or nothing, if there is but one.
    `product`: of an entry by group, where the group names the product.
    """

    way: str
    at: Location
    days: Days | None = None
    product: Location | None = None

    @property
    def places(self) -> tuple[Location, ...]:
        """Every place that the entry consists of."""
        return (self.at,) if self.product is None else (self.at, self.product)


@dataclass(frozen=True, slots=True)
class Holding:
    """A tie with the places that declare it (none: declared nowhere); `actual` None where no account could be asked."""

    tie: Tie
    entries: tuple[Entry, ...]
    actual: bool | None

    def on(self, day: str) -> bool:
        """Whether it is declared for a day."""
        return any(lasts(entry.days, day) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A product, service or benefit in one scope, with every way a person holds it or could.

    `entitled`: whether the files give it to them on the day; `paid`: whether something that is bought covers it then.
    """

    scope: Scope
    kind: Kind
    name: str
    entitled: bool
    paid: bool
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that wrote a line, by its full hash, with its author's day."""

    id: str
    author: str
    day: str
    summary: str


UNCOMMITTED = "not committed yet"


@dataclass(frozen=True, slots=True)
class History:
    """Who wrote which line: a commit, or in words why git names none. `problem`: why git was of no use at all."""

    lines: Mapping[tuple[str, int], Commit | str] = field(default_factory=dict)
    problem: str = ""

    def of(self, place: Location) -> Commit | str | None:
        """The commit of a place; words in its stead; None where git was of no use."""
        return self.lines.get((place.file, place.line))


@dataclass(frozen=True, slots=True)
class Asked:
    """The account that was asked, and the person as it knows them; `problem`: why it could not be asked."""

    name: str = ""
    serial: int | None = None
    user: User | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything there is to say about a person on a day, or about their hold of one product."""

    person: str
    full_name: str
    day: str
    product: str | None
    declared_at: Location | None
    entitlements: tuple[Entitlement, ...]
    others: tuple[Holding, ...]
    asked: Asked
    history: History = field(default_factory=History)

    @property
    def entitled(self) -> bool:
        """Whether the files give the person the product (without one: anything)."""
        return any(each.entitled for each in self.entitlements)

    def places(self) -> list[Location]:
        """Every place that the answer names."""
        holdings = [holding for each in self.entitlements for holding in each.holdings] + list(self.others)
        found = [place for holding in holdings for entry in holding.entries for place in entry.places]
        return found if self.declared_at is None else [self.declared_at, *found]
