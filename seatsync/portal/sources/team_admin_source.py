"""The Team Admin API as a source: people, pools and seats of each team, as far as it says anything about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Final
from unicodedata import normalize

from seatsync.account.email import identity
from seatsync.finding import Finding, Location, Severity, has_errors, in_order
from seatsync.portal.observation import Coverage, Fact, Facts, Key, Kind, Moment, Observation, Person, Value
from seatsync.portal.sources.export_tables import LONGEST, one_line, unreadable_source, word
from seatsync.portal.sources.listed_pools import PREFIX, Pool, added_up
from seatsync.portal.sources.row_readers import ROLES, STATUSES
from seatsync.reading.plain_text import first_of, shown
from seatsync.vendor.http_client import Client, Failed, Unavailable
from seatsync.vendor.team_admin import RemotePerson, RemotePool, RemoteSeat, people, pools, seats, teams

_MOST = 3
"""Names in a message."""
_MOST_READS: Final = 3
"""How often a list is read again."""
_AGAIN: Final = (
    "refresh again; if it stays, sign in again with `seatsync login`, and check that you administer the team"
)


@dataclass(frozen=True)
class TeamAdminSource:
    """Teams of the signed-in person, as names with ids. `now` is the clock.

    A team has the name that the vendor has for it, if that is one of the `known_teams`: a rename that is declared may
    still have to be carried out. Otherwise it has the declared one, which may be chosen freely.
    `members` are, by all teams of the mirror, people (identities) who were there before, and must be listed unless they
    have left.
    """

    client: Client
    teams: tuple[tuple[str, str], ...]
    now: Callable[[], datetime]
    known_teams: Collection[str] = ()
    members: Mapping[str, AbstractSet[str]] = field(default_factory=dict)

    def observe(self) -> tuple[list[Observation], list[Finding]]:
        """Return one observation for each team, and the findings. Of a team with errors there is none."""
        observations: list[Observation] = []
        findings: list[Finding] = []
        try:
            names = self._known_names()
        except Failed as failed:
            problem = f"the teams cannot be read: {failed}"
            return [], [unreadable_source(problem, None, _AGAIN, passing=failed.passing)]
        for declared, number in self.teams:
            name = names.get(number, declared)
            if name != declared and self._is_another(declared, name):
                findings.append(_of_another(declared, name, number))
                continue
            moment = Moment.of(self.now().timestamp())
            try:
                listed = self._people(name, number), pools(self.client, number), seats(self.client, number)
            except Failed as failed:
                found = _unreadable(name, f"cannot be read: {failed}", f"{PREFIX}/teams/{number}")
                findings.append(found._replace(passing=failed.passing))
                continue
            team = _Listed(name, number, moment)
            team.add_people(listed[0])
            team.add_pools(listed[1])
            team.add_seats(listed[2])
            findings += team.findings
            if not has_errors(team.findings):
                observations.append(team.observation())
        return observations, in_order(findings)

    def _is_another(self, declared: str, name: str) -> bool:
        """Return True if the name that the vendor has for an id belongs to another team than the declared one."""
        return name in dict(self.teams) or (name in self.members and declared in self.members)

    def _known_names(self) -> dict[str, str]:
        """Return the vendor's names of teams by id: those of known teams that no two have. Raises Failed."""
        if not self.known_teams:
            return {}
        names = {each.id: normalize("NFC", one_line(each.name)) for each in teams(self.client)}
        often = Counter(names.values())
        return {number: name for number, name in names.items() if name in self.known_teams and often[name] == 1}

    def _people(self, name: str, number: str) -> tuple[RemotePerson, ...]:
        """Return the members of a team. Raises Failed.

        Who leaves while pages are read moves others to the page before, where nobody sees them. So a list that lacks
        somebody who was there before is read until it is the same twice.
        """
        listed, known = people(self.client, number), self.members.get(name, frozenset())
        for _ in range(_MOST_READS):
            if known <= {identity(each.email or "") for each in listed}:
                return listed
            before, listed = listed, people(self.client, number)
            if {each.id for each in before} == {each.id for each in listed}:
                return listed
        raise Unavailable(f"/teams/{number}/users", "the list of people changes while it is read")


class _List:
    """A list of the API as the table that facts come from: its rows are the places of items, from 1."""

    def __init__(self, name: str) -> None:
        self.name = name

    def at(self, start: int, first: int, last: int, *, stripped: bool = False) -> Location:  # noqa: ARG002 - as in Source
        """Return the location of an item."""
        return Location(self.name, start, 1, start, 1)

    def may_be_cut(self, start: int) -> bool:  # noqa: ARG002 - as in Source
        """Return False: a list is whole."""
        return False


@dataclass
class _Listed:
    """The facts of one team while they are collected."""

    team: str
    number: str
    moment: Moment
    facts: dict[Coverage, Facts] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)  # identities by id
    pools: dict[str, Pool] = field(default_factory=dict)  # by product
    findings: list[Finding] = field(default_factory=list)

    def observation(self) -> Observation:
        """Return what is known about the team."""
        facts = {about: dict(sorted(found.items(), key=itemgetter(0))) for about, found in self.facts.items()}
        return Observation(f"{PREFIX}{self.team}", self.moment, facts, pools=self.pools, team_id=self.number)

    def add_people(self, listed: Iterable[RemotePerson]) -> None:
        """Add the members, and their roles and status as far as the API says them in known words."""
        table = self._table("users")
        found, roles, status = self._cover("people"), dict[Key, Fact](), dict[Key, Fact]()
        unknown = dict[tuple[str, str], int]()  # first places of words
        says_roles = True
        for place, each in enumerate(listed, 1):
            user = self._identified(each.id, each.email, table, place)
            if user is None:
                continue
            if (user,) in found:
                self._problem(f"two people have the address {shown(each.email or '')}", table, place)
            found[user,] = _fact(Person(one_line(each.email or ""), *self._names(each, table, place)), table, place)
            says_roles = says_roles and each.roles is not None
            roles[user,] = _fact(_role(each.roles or (), unknown, place), table, place)
            status[user,] = _fact(_status(each.status, unknown, place), table, place)
        if says_roles and [fact.value for fact in roles.values()].count("primary") == 1:
            self.facts["roles", self.team] = roles
        if any(fact.value is not None for fact in status.values()):
            self.facts["status", self.team] = status
        for (column, text), place in unknown.items():
            message = f"the {column} {shown(text)} is unknown, so nothing is planned about it"
            self.findings.append(Finding("SOURCE006", Severity.WARNING, message, table.at(place, 0, 0)))

    def add_pools(self, listed: Iterable[RemotePool]) -> None:
        """Add the pools, by product."""
        table, seen = self._table("product-pools"), self.moment.as_text()
        names, found = dict[str, str](), dict[str, list[Pool]]()
        for place, each in enumerate(listed, 1):
            product = normalize("NFC", one_line(each.product))
            if len(product) > LONGEST:
                self._problem(f"the name of a product has {len(product)} characters", table, place)
            pool = Pool(each.product_id, each.total, each.assigned, each.unlimited, each.starts, each.ends, seen)
            alike = found.setdefault(product, [])
            if alike and alike[0].id != pool.id:
                self._problem(f"two products are called {shown(product)}", table, place)
            if names.setdefault(pool.id, product) != product:  # nobody knows of which one a seat is
                self._problem(f"a product is called {shown(names[pool.id])} and {shown(product)}", table, place)
            alike.append(pool)
        self.pools = {product: added_up(alike, self.moment.day) for product, alike in found.items()}
        several = sorted(shown(product) for product, alike in found.items() if len(alike) > 1)
        if several and not has_errors(self.findings):
            message = f"team {shown(self.team)} has several pools of {first_of(several, _MOST)}, which are added up"
            hint = "this is assumed, as it is not documented; compare the numbers with the portal"
            at, things = table.at(1, 0, 0), (("team", self.team),)
            self.findings.append(Finding("SOURCE009", Severity.INFO, message, at, hint, things=things))

    def add_seats(self, listed: Iterable[RemoteSeat]) -> None:
        """Add the seats of products that have a pool. Whoever has one is a member, also if the list lacks them."""
        table, found, members = self._table("assignments"), self._cover("seats"), self.facts["people", self.team]
        names = {pool.id: product for product, pool in self.pools.items()}
        others = set[str]()
        for place, each in enumerate(listed, 1):
            user = self.users.get(each.user_id) or self._identified(each.user_id, each.email, table, place)
            if user is None:
                continue
            if (user,) not in members:
                members[user,] = _fact(Person(one_line(each.email or "")), table, place)
                for kind in ("roles", "status"):
                    if (kind, self.team) in self.facts:
                        self.facts[kind, self.team][user,] = _fact(None, table, place)
            product = names.get(each.product_id)
            if product is None:
                others.add(each.product_id)
            else:
                found[product, user] = _fact(_HELD[each.is_direct], table, place)
        if others:
            some = first_of([shown(each) for each in sorted(others)], _MOST)
            message = f"seats of {some} in team {shown(self.team)} are in no pool, so their product is unknown"
            hint = "download the users export, which shows them"
            at = table.at(1, 0, 0)
            things = (("team", self.team),)
            self.findings.append(Finding("SOURCE007", Severity.INFO, message, at, hint, things=things))

    def _table(self, what: str) -> _List:
        return _List(f"{PREFIX}/teams/{self.number}/{what}")

    def _cover(self, kind: Kind) -> Facts:
        return self.facts.setdefault((kind, self.team), {})

    def _identified(self, number: str, email: str | None, table: _List, place: int) -> str | None:
        """Return the identity of somebody; None, with a finding, without a readable address."""
        user = None if email is None else identity(email)
        if user is None:
            what = "no e-mail address" if email is None else f"the address {shown(email)}, which cannot be read"
            self._problem(f"{shown(number)} has {what}, so people cannot be told apart", table, place)
        else:
            self.users[number] = user
        return user

    def _names(self, each: RemotePerson, table: _List, place: int) -> tuple[str | None, str | None]:
        first, last = (None if name is None else one_line(name) for name in (each.first_name, each.last_name))
        if len(first or "") > LONGEST or len(last or "") > LONGEST:
            self._problem(f"a name has more than {LONGEST} characters", table, place)
        return first, last

    def _problem(self, message: str, table: _List, place: int) -> None:
        self.findings.append(_unreadable(self.team, message, table.name, place))


_HELD: Final[Mapping[bool | None, str]] = {True: "direct", False: "inherited", None: ""}
"""The values of facts about seats, by whether they are held directly."""


def _fact(value: Value, table: _List, place: int) -> Fact:
    return Fact(value, table, place, 0)


def _role(words: Iterable[str], unknown: dict[tuple[str, str], int], place: int) -> str | None:
    """Return the role that words mean: of several, that of an admin. None if one is unknown, or they do not agree."""
    meanings = dict[str | None, None]()
    for text in words:
        meaning = ROLES.get(word(text))
        meanings[meaning] = None
        if meaning is None:
            unknown.setdefault(("role", text), place)
    if len(meanings) > 1:
        meanings.pop("member", None)
    return next(iter(meanings)) if len(meanings) == 1 else None


def _status(text: str | None, unknown: dict[tuple[str, str], int], place: int) -> str | None:
    found = None if text is None else STATUSES.get(word(text))
    if found is None and text:
        unknown.setdefault(("status", text), place)
    return found


def _of_another(declared: str, name: str, number: str) -> Finding:
    """Return a SOURCE001 about an id that stands at the wrong team in the project file."""
    message = f"team {shown(declared)}: its id {shown(number)} is that of team {shown(name)}"
    hint = "correct `portal.team_admin.teams` in the project file; without an id there, `seatsync login` finds it"
    at = Location(f"{PREFIX}/teams/{number}", 1, 1, 1, 1)
    return Finding("SOURCE001", Severity.ERROR, message, at, hint, things=(("team", declared),))


def _unreadable(team: str, message: str, file: str, place: int = 1) -> Finding:
    """Return a SOURCE001 about a team."""
    at = Location(file, place, 1, place, 1)
    return Finding("SOURCE001", Severity.ERROR, f"team {shown(team)}: {message}", at, _AGAIN, things=(("team", team),))
