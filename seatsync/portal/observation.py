"""Observations of the real account: facts with their origin, and the kinds and teams that a source covers completely.

A fact that no source covers is unknown, never absent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

from seatsync.account.attributes import Offering, SalesChannel
from seatsync.account.unknowns import Seen
from seatsync.account.usage import UsageFile
from seatsync.errors import TargetProblem
from seatsync.finding import Finding, Location, Related, Severity, in_order
from seatsync.portal.sources.listed_pools import Pool
from seatsync.reading.plain_text import shown
from seatsync.reading.tabular import Source as TableSource

Kind: TypeAlias = Literal[
    "people",
    "status",
    "roles",
    "groups",
    "group_products",
    "seats",
    "direct_seats",
    "subscriptions",
    "contract_managers",
]

TITLES: Final[Mapping[Kind, str]] = {
    "people": "the members",
    "status": "the accepted invitations",
    "roles": "the roles",
    "groups": "the groups",
    "group_products": "the products of groups",
    "seats": "the seats",
    "direct_seats": "the seats that people hold by no group",
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
"""The export that shows a kind of fact. None of the present ones names contract managers; that a seat is held directly,
and not by a group alone, is only interesting for those who also have it by a group."""

_ONE_LOOK: Final = timedelta(hours=1)
"""Sources that are not further apart were read in one look, and have to agree."""


def _later(one: str | None, two: str | None) -> str | None:
    """Return the later of two texts, of which None is the first."""
    return two if one is None or (two is not None and two > one) else one


class Person(NamedTuple):
    """A member of a team: the address as written, and the names, None if unknown. A named tuple, as there are many."""

    email: str
    first_name: str | None = None
    last_name: str | None = None

    def with_known(self, other: Person) -> Person:
        """Return the person with what another source or row knows too, whichever of the two comes first."""
        return Person(
            max(self.email, other.email),
            _later(self.first_name, other.first_name),
            _later(self.last_name, other.last_name),
        )


class Contact(NamedTuple):
    """Whom to ask about a subscription: contract number, and name and address of the reseller; empty if unknown."""

    contract: str = ""
    reseller: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A subscription. The offering is assumed from the name of the product.

    Channel, renewal and `active` (False: it expired or was cancelled) are None if unknown. `contact` is for texts
    alone.
    """

    product: str
    offering: Offering
    quantity: int
    channel: SalesChannel | None
    starts: str
    ends: str
    auto_renew: bool | None = None
    active: bool | None = True
    contact: Contact = field(default=Contact(), compare=False)


Value: TypeAlias = str | Person | Purchase | None
"""The value of a fact. None is unknown. Relations have an empty text, seats also `direct` or `inherited`, and groups
their type if it is shown."""

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

    @property
    def place(self) -> Location | None:
        """The location of the cell for findings; None if the fact is only remembered by a mirror."""
        at = self.location
        return at if at.file else None


class Fact(NamedTuple):
    """One fact of a team, and the cell it comes from. One flat named tuple, as there are several for each row.

    The keys are those of the account's tables, without the team: (user,), (group, user), (group, product),
    (product, user) or (subscription,).
    """

    value: Value
    table: TableSource
    start: int
    cell: int

    @property
    def origin(self) -> Origin:
        """The cell that the fact comes from."""
        return Origin(self.table, self.start, self.cell)


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

    def as_text(self) -> str:
        """Return the instant in whole seconds (`2026-06-15T12:00:00Z`), or the day."""
        return self.day if self.instant is None else f"{self.instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def is_newer(moment: Moment | None, than: Moment | None) -> bool:
    """Return True if a moment is certainly more than one look later than another."""
    if moment is None or than is None:
        return False
    if moment.instant is not None and than.instant is not None:
        return moment.instant - than.instant > _ONE_LOOK
    return moment.day > than.day


class ObservedUsage(NamedTuple):
    """The usage in an export, and the cells that name each person and team first."""

    file: UsageFile
    people: Mapping[str, Origin]
    teams: Mapping[str, Origin]


@dataclass(frozen=True, slots=True)
class Observation:
    """The facts of one source. `facts` has an entry, possibly empty, for every kind and team that the source covers.

    The facts of each entry are sorted, so that the order of rows does not matter. `disputed` are the kinds and teams
    about which its own rows contradict each other: they are not in `facts`, and count as not covered by any source.
    `remembered`: this is what a mirror knows, not what a source shows now. `usage` is that of a usage export or report,
    if it is wanted. `pools` are those of the Team Admin API in its team, by product: it lists the seats of no others.
    `team_id` is the vendor's id of that team. `rest` are the sources that what it cannot list was taken from.
    """

    source: str
    moment: Moment | None
    facts: Mapping[Coverage, Facts]
    disputed: tuple[Coverage, ...] = ()
    remembered: bool = False
    usage: ObservedUsage | None = None
    pools: Mapping[str, Pool] | None = None
    team_id: str | None = None
    rest: Mapping[Coverage, Observation] = field(default_factory=dict)

    @property
    def by_api(self) -> bool:
        """True if the Team Admin API showed it."""
        return self.pools is not None


class Source(Protocol):
    """A source of the real account. It is only read."""

    def observe(self) -> tuple[list[Observation], list[Finding]]:
        """Return the observations, in any order, and the findings (SOURCE001 to SOURCE006).

        A part that cannot be read completely is in no observation, but in a finding. A SOURCE002 withholds only the
        kind and team that it is about; every other error stops what the sources are read for (`stopping`).
        """


def stopping(findings: Iterable[Finding]) -> list[Finding]:
    """Return the errors because of which nothing at all is taken from sources, in order."""
    return [each for each in in_order(findings) if each.severity is Severity.ERROR and each.code != "SOURCE002"]


def seen_in(used: Iterable[Observation]) -> tuple[Seen, ...]:
    """Return the sources of observations with their moments, the newest first."""
    ordered = sorted(used, key=lambda each: each.source)
    ordered.sort(key=lambda each: _rank(each.moment), reverse=True)
    return tuple(Seen(each.source, None if each.moment is None else each.moment.as_text()) for each in ordered)


def unusable(named: str, errors: Sequence[Finding]) -> TargetProblem:
    """Return the problem of a target or source that errors make unusable: the first, and the number of the others."""
    first = errors[0]
    place = f"{first.location}: " if first.location else ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return TargetProblem(named, f"{place}{first.code} {first.message}{more}", first.hint)


def combined(
    observations: Iterable[Observation], known_teams: Collection[str] = ()
) -> tuple[dict[Coverage, Observation], list[Finding]]:
    """Return the newest observation of each kind and team, and SOURCE002 where those of one look contradict another.

    A kind and team that a contradiction is about is in no observation, like those that depend on it: the members of a
    team have to be known for its other facts, from these observations or because it is one of the `known_teams`.
    """
    found: dict[Coverage, list[Observation]] = {}
    for observation in sorted(observations, key=lambda each: each.source):
        for about in (*observation.facts, *observation.disputed):
            found.setdefault(about, []).append(observation)
    chosen: dict[Coverage, Observation] = {}
    findings: list[Finding] = []
    unsure: dict[str, set[str]] = {}  # people of whom it is unclear whether they are in a team
    for about, candidates in sorted(found.items(), key=lambda each: (each[0][0] in OF_MEMBERS, each[0])):
        latest = [one for one in candidates if not any(is_newer(other.moment, one.moment) for other in candidates)]
        if any(about in each.disputed for each in latest):
            continue
        doubtful = unsure.get(about[1], set()) if about[0] in OF_MEMBERS else set()
        contradictions = (_contradiction(about, latest[0], each, doubtful) for each in latest[1:])
        first = next((each for each in contradictions if each is not None), None)
        if first is None:
            chosen[about] = max(latest, key=lambda each: (_rank(each.moment), each.by_api))
        else:
            findings.append(first)
        if about[0] == "people":
            unsure[about[1]] = _in_some(each.facts[about] for each in latest)
    withheld = [*_in_two_teams(chosen), *strangers(chosen)]
    findings += [finding for finding, _ in withheld]
    dropped = {about for _, abouts in withheld for about in abouts}
    chosen = {about: each for about, each in chosen.items() if about not in dropped}
    return {
        (kind, team): each
        for (kind, team), each in sorted(chosen.items(), key=itemgetter(0))
        if kind not in OF_MEMBERS
        or ("people", team) in chosen
        or (team in known_teams and ("people", team) not in found)
    }, findings


OF_MEMBERS: Final = frozenset[Kind]({"status", "roles", "seats", "direct_seats", "groups", "group_products"})
"""The kinds of facts that mean nothing unless the members of the team are known."""


def _rank(moment: Moment | None) -> tuple[str, str]:
    if moment is None:
        return ("", "")
    return (moment.day, "" if moment.instant is None else moment.instant.isoformat())


def _in_some(people: Iterable[Facts]) -> set[str]:
    """Return the people whom only some of several observations have."""
    first, *others = [{user for (user,) in facts} for facts in people]
    return first.union(*others) - first.intersection(*others)


def _contradiction(
    about: Coverage, before: Observation, after: Observation, doubtful: Collection[str]
) -> Finding | None:
    """Return a SOURCE002 for the first fact about which two observations differ.

    Facts about `doubtful` people differ because only one of the observations has these: that is reported already.
    """
    kind, team = about
    first, second = before.facts[about], after.facts[about]
    for key in sorted({*first, *second}):
        one, two = first.get(key), second.get(key)
        if key[-1] not in doubtful and (one is None or two is None or _differ(one.value, two.value)):
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


def _differ(one: Value, two: Value) -> bool:
    """Return True if two values contradict each other. What is unknown does not, nor do capitals of addresses."""
    if not one or not two:  # unknown, or how a seat is held or the type of a group is not said
        return False
    if isinstance(one, Person) and isinstance(two, Person):
        pairs = ((one.first_name, two.first_name), (one.last_name, two.last_name))
        return any(a is not None and b is not None and a != b for a, b in pairs)
    if isinstance(one, Purchase) and isinstance(two, Purchase):
        known = {each.name: getattr(two, each.name) for each in fields(one) if getattr(one, each.name) is None}
        other = {each.name: getattr(one, each.name) for each in fields(one) if getattr(two, each.name) is None}
        return replace(one, **known) != replace(two, **other)
    return one != two


def _in_two_teams(chosen: Mapping[Coverage, Observation]) -> Iterator[tuple[Finding, list[Coverage]]]:
    """Yield a SOURCE002 for each two teams that have the same subscription in one look."""
    places: dict[Key, Coverage] = {}
    reported: set[tuple[Coverage, Coverage]] = set()
    for about, observation in chosen.items():
        kind, team = about
        for key, fact in observation.facts[about].items() if kind == "subscriptions" else ():
            before = places.setdefault(key, about)
            moment = chosen[before].moment
            if is_newer(observation.moment, moment):
                places[key] = about
            elif before != about and not is_newer(moment, observation.moment) and (before, about) not in reported:
                reported.add((before, about))
                difference = f"subscription {listing(key)} is also in team {shown(before[1])}"
                other = chosen[before].facts[before][key]
                yield contradiction(kind, team, difference, fact.origin, other), [before, about]


def strangers(chosen: Mapping[Coverage, Observation]) -> Iterator[tuple[Finding, list[Coverage]]]:
    """Yield a SOURCE002 for each team with somebody in a group who is not in the team, unless they left it since."""
    for (kind, team), listed in chosen.items():
        people = chosen.get(("people", team))
        if kind != "groups" or listed.remembered or people is None or is_newer(people.moment, listed.moment):
            continue
        members = people.facts["people", team]
        for key, fact in listed.facts["groups", team].items():
            if key[1:] not in members:
                difference = f"{listed.source} has {listing(key)}, but {people.source} does not have them in the team"
                yield contradiction("people", team, difference, fact.origin), [("people", team)]
                break


def listing(key: Key) -> str:
    """Return the names of a key for messages."""
    return " in ".join(shown(part) for part in reversed(key))


def contradiction(kind: Kind, team: str, difference: str, at: Origin | None, other: Fact | None = None) -> Finding:
    """Return a SOURCE002."""
    hint = "download both again within an hour, or remove the older one"
    place = None if other is None else other.origin.place
    related = () if place is None else (Related(place, "the other one"),)
    message = f"two sources contradict each other about {TITLES[kind]} of team {shown(team)}: {difference}"
    return Finding(
        "SOURCE002",
        Severity.ERROR,
        message,
        None if at is None else at.place,
        hint,
        related=related,
        things=(("team", team),),
    )
