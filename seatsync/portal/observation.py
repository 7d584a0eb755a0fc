"""Observations of the real account: facts with their origin, and the kinds and teams that a source covers completely.

A fact that no source covers is unknown, never absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

from seatsync.account.attributes import Offering, SalesChannel
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.plain_text import shown
from seatsync.reading.tabular import Source as TableSource

Kind: TypeAlias = Literal[
    "people", "status", "roles", "groups", "group_products", "seats", "subscriptions", "contract_managers"
]

TITLES: Final[Mapping[Kind, str]] = {
    "people": "the members",
    "status": "whether people accepted their invitation",
    "roles": "the roles",
    "groups": "the groups",
    "group_products": "the products of groups",
    "seats": "the seats",
    "subscriptions": "the subscriptions",
    "contract_managers": "the contract managers",
}
"""Every kind of fact, in words."""

SOURCES: Final[Mapping[Kind, str]] = {
    "people": "users export",
    "status": "users export",
    "roles": "users export",
    "groups": "groups export",
    "group_products": "usage report",
    "seats": "users export",
    "subscriptions": "subscriptions export",
}
"""The export that shows a kind of fact. None of the present ones names contract managers."""

_ONE_LOOK: Final = timedelta(hours=1)
"""Sources that are not further apart were read in one look, and have to agree."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a team: the address as written, and the names, empty if unknown."""

    email: str
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A subscription. The offering is assumed from the name of the product; channel and renewal are None if unknown."""

    product: str
    offering: Offering
    quantity: int
    channel: SalesChannel | None
    starts: str
    ends: str
    auto_renew: bool | None = None


Value: TypeAlias = str | Person | Purchase | None
"""The value of a fact. None is unknown; relations have an empty text."""

Key: TypeAlias = tuple[str, ...]


class Origin(NamedTuple):
    """The cell that a fact comes from. Its location is computed when it is needed: few facts are ever reported."""

    table: TableSource
    start: int
    cell: int

    @property
    def location(self) -> Location:
        """The location of the cell."""
        return self.table.at(self.start, self.cell, self.cell)


class Fact(NamedTuple):
    """One fact of a team, and the cell it comes from. A named tuple, as there are several for each row.

    The keys are those of the account's tables, without the team: (user,), (group, user), (group, product),
    (product, user) or (subscription,).
    """

    value: Value
    origin: Origin


Facts: TypeAlias = dict[Key, Fact]
Coverage: TypeAlias = tuple[Kind, str]
"""A kind of fact in a team."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a source was true: a day, and the instant if more than the day is known."""

    day: str
    instant: datetime | None = None

    @classmethod
    def of(cls, seconds: float) -> Moment:
        """Return the moment of a file's time."""
        instant = datetime.fromtimestamp(seconds, UTC)
        return cls(instant.date().isoformat(), instant)


def is_newer(moment: Moment | None, than: Moment | None) -> bool:
    """Return True if a moment is certainly more than one look later than another."""
    if moment is None or than is None:
        return False
    if moment.instant is not None and than.instant is not None:
        return moment.instant - than.instant > _ONE_LOOK
    return moment.day > than.day


@dataclass(frozen=True, slots=True)
class Observation:
    """The facts of one source. `facts` has an entry, possibly empty, for every kind and team that the source covers.

    The facts of each entry are sorted, so that the order of rows does not matter.
    """

    source: str
    moment: Moment | None
    facts: Mapping[Coverage, Facts]


class Source(Protocol):
    """A source of the real account. It is only read."""

    def observe(self) -> tuple[list[Observation], list[Finding]]:
        """Return the observations, in any order, and the findings (SOURCE001 to SOURCE006).

        A part that cannot be read completely is in no observation, but in a finding.
        """


def combined(observations: Iterable[Observation]) -> tuple[dict[Coverage, Observation], list[Finding]]:
    """Return the newest observation of each kind and team, and SOURCE002 where those of one look contradict another."""
    chosen: dict[Coverage, Observation] = {}
    findings = []
    for observation in sorted(observations, key=lambda each: each.source):
        for about, facts in observation.facts.items():
            before = chosen.get(about)
            if before is None or is_newer(observation.moment, before.moment):
                chosen[about] = observation
            elif not is_newer(before.moment, observation.moment):
                found = _contradiction(about, before, observation, before.facts[about], facts)
                findings += [] if found is None else [found]
    return {about: chosen[about] for about in sorted(chosen)}, findings


def _contradiction(
    about: Coverage, before: Observation, after: Observation, first: Facts, second: Facts
) -> Finding | None:
    kind, team = about
    for key in sorted({*first, *second}):
        one, two = first.get(key), second.get(key)
        if (one is None) != (two is None) or (one is not None and two is not None and one.value != two.value):
            shows, lacks = (after, before) if one is None else (before, after)
            here = two if one is None else one
            name = listing(key)
            difference = f"{shows.source} has {name}, and {lacks.source} does not"
            if one is not None and two is not None:
                difference = f"{before.source} and {after.source} differ about {name}"
            return contradiction(
                kind, team, difference, None if here is None else here.origin, None if one is None else two
            )
    return None


def listing(key: Key) -> str:
    """Return the names of a key for messages."""
    return " in ".join(shown(part) for part in reversed(key))


def contradiction(kind: Kind, team: str, difference: str, at: Origin | None, other: Fact | None = None) -> Finding:
    """Return a SOURCE002."""
    hint = "download both again within an hour, or remove the older one"
    related = () if other is None else (Related(other.origin.location, "the other one"),)
    message = f"two sources contradict each other about {TITLES[kind]} of team {shown(team)}: {difference}"
    return Finding(
        "SOURCE002",
        Severity.ERROR,
        message,
        None if at is None else at.location,
        hint,
        related=related,
        things=(("team", team),),
    )
