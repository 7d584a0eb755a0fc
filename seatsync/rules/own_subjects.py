"""The subjects of the project's own rules: the things of a declaration, one by one, and indexes of its people."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from seatsync.clock import Days, lasts, overlap
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredSubscription, DeclaredTeam
from seatsync.declaration.mentions import Mention, People
from seatsync.declaration.pools import Pool, pools
from seatsync.declaration.project_values import Each
from seatsync.finding import Location, Related

Things: TypeAlias = tuple[tuple[str, str], ...]


class Place(NamedTuple):
    """An entry of a list of people, whose location is only looked up for a finding."""

    people: People
    number: int

    @property
    def at(self) -> Location:
        """The location."""
        return self.people.at(self.number)


def _related(where: Place | Mention) -> tuple[Related, ...]:
    """Return the place of a person in a named list."""
    return where.people.related(where.number) if isinstance(where, Place) else ()


class Seat(NamedTuple):
    """A seat of a person, direct or through a group, in a team or a contract."""

    user: str
    product: str
    where: Place | Mention
    days: Days | None
    team: str | None = None
    group: str | None = None
    contract: str | None = None

    @property
    def at(self) -> Location:
        """The location of the person among the holders."""
        return self.where.at

    @property
    def related(self) -> tuple[Related, ...]:
        """The place of the person in a named list, if one stands for them."""
        return _related(self.where)

    @property
    def things(self) -> Things:
        """The things that a finding about the seat concerns."""
        scope = ("contract", self.contract or "") if self.team is None else ("team", self.team)
        group = (("group", self.group),) if self.group is not None else ()
        return (scope, *group, ("user", self.user), ("product", self.product))


class RoleEntry(NamedTuple):
    """A role of a person in a team, or for a subscription or a contract."""

    user: str
    role: str
    where: Place | Mention
    days: Days | None = None
    team: str | None = None
    subscription: str | None = None
    contract: str | None = None

    @property
    def at(self) -> Location:
        """The location of the person in the role."""
        return self.where.at

    @property
    def related(self) -> tuple[Related, ...]:
        """The place of the person in a named list, if one stands for them."""
        return _related(self.where)

    @property
    def things(self) -> Things:
        """The things that a finding about the role concerns."""
        named = (("team", self.team), ("subscription", self.subscription), ("contract", self.contract))
        return (*((kind, name) for kind, name in named if name is not None), ("user", self.user))


class Someone(NamedTuple):
    """A declared person."""

    user: str
    at: Location
    related: tuple[Related, ...] = ()

    @property
    def things(self) -> Things:
        """The things that a finding about the person concerns."""
        return (("user", self.user),)


class Owned(NamedTuple):
    """A team, a subscription, a contract, or a group with its team: `it` is the pair of the team and the group."""

    it: Any
    at: Location
    things: Things
    days: Days | None = None
    related: tuple[Related, ...] = ()


class Bought(NamedTuple):
    """A pool with its team, product and subscriptions, also one that nothing is assigned from."""

    pool: Pool
    at: Location
    related: tuple[Related, ...] = ()

    @property
    def things(self) -> Things:
        """The things that a finding about the pool concerns."""
        return self.pool.things


Subject: TypeAlias = "Seat | RoleEntry | Someone | Owned | Bought"


class Facts:
    """A declaration on a day, and indexes of its people that are made when a rule asks for them."""

    def __init__(self, declared: Declaration, day: str) -> None:
        self.declared = declared
        self.day = day

    def subjects(self, each: Each) -> Iterator[Subject]:
        """Yield the things of a kind in the order of the files, without those that were not read in full."""
        yield from _SUBJECTS[each](self)

    @cached_property
    def seats(self) -> list[Seat]:
        """Every seat of a declared person that is not over."""
        return [seat for seat in _seats(self.declared) if self._judged(seat.user, seat.days)]

    @cached_property
    def roles(self) -> list[RoleEntry]:
        """Every role of a declared person that is not over."""
        return [entry for entry in _roles(self.declared) if self._judged(entry.user, entry.days)]

    @cached_property
    def pools(self) -> list[Bought]:
        """Every pool, also of products that are bought and not assigned."""
        teams = self.declared.teams
        found = [Bought(pool, pool.at) for pool in pools(self.declared)]
        known = {(each.pool.team.name, each.pool.product) for each in found}
        idle: dict[tuple[str, str], list[DeclaredSubscription]] = {}
        for sub in self.declared.subscriptions.values():
            if sub.team in teams and not sub.broken and (sub.team, sub.product) not in known:
                idle.setdefault((sub.team or "", sub.product), []).append(sub)
        for (name, product), subs in idle.items():
            found.append(Bought(Pool(teams[name], product, tuple(subs), ()), subs[0].at))
        return found

    def _judged(self, user: str, days: Days | None) -> bool:
        return user in self.declared.users and (days is None or days[1] is None or self.day <= days[1])

    def on_day(self, days: Days | None) -> bool:
        """Return True if an entry is valid on the day."""
        return lasts(days, self.day)

    @cached_property
    def teams_of(self) -> Mapping[str, list[str]]:
        """The teams that name a person on the day."""
        return _index((user, team.name) for team in self.declared.teams.values() for user in self.members_of(team))

    @cached_property
    def groups_of(self) -> Mapping[str, list[str]]:
        """The groups of a person on the day, as `team/group`."""
        return _index(
            (user, f"{team.name}/{group.name}")
            for team in self.declared.teams.values()
            for group in team.groups.values()
            for user in sorted(group.members_on(self.day))
        )

    @cached_property
    def products_of(self) -> Mapping[str, list[str]]:
        """The products that a person holds on the day."""
        return _index((seat.user, seat.product) for seat in self.seats if self.on_day(seat.days))

    @cached_property
    def roles_of(self) -> Mapping[tuple[str, str], list[str]]:
        """The teams, subscriptions and contracts of a person in a role on the day."""
        found: dict[tuple[str, str], list[str]] = {}
        for entry in self.roles:
            if self.on_day(entry.days):
                where = entry.contract or entry.subscription or entry.team or ""
                found.setdefault((entry.user, entry.role), []).append(where)
        return found

    @cached_property
    def subscriptions_of(self) -> Mapping[str, list[DeclaredSubscription]]:
        """The subscriptions of a team."""
        found: dict[str, list[DeclaredSubscription]] = {}
        for sub in self.declared.subscriptions.values():
            found.setdefault(sub.team or "", []).append(sub)
        return found

    @cached_property
    def offerings_of(self) -> Mapping[tuple[str, str], list[str]]:
        """The offerings in term of a team for a product."""
        subs = (sub for sub in self.declared.subscriptions.values() if sub.in_term(self.day))
        return _index(((sub.team or "", sub.product), sub.offering) for sub in subs)

    def members_of(self, team: DeclaredTeam) -> list[str]:
        """Return everybody whom a team names on the day."""
        return sorted(team.named_on(self.day))

    def members_of_contract(self, contract: DeclaredContract) -> list[str]:
        """Return everybody whom a contract names on the day."""
        found = {user for people in contract.lists() for user in people.on(self.day)}
        found.update(each.user for each in (contract.contract_manager, contract.coordinator) if each is not None)
        return sorted(found)

    def days_until(self, day: str | None) -> int | None:
        """Return the number of days from today to a day."""
        return None if day is None else (date.fromisoformat(day) - self._today).days

    @cached_property
    def _today(self) -> date:
        return date.fromisoformat(self.day)


def _index(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    """Return the values by key, each value once, in the order in which they come."""
    found: dict[Any, dict[Any, None]] = {}
    for key, value in pairs:
        found.setdefault(key, {})[value] = None
    return {key: list(values) for key, values in found.items()}


def _seats(declared: Declaration) -> Iterator[Seat]:
    for team in declared.teams.values():
        for product, people in team.seats.items():
            yield from _in_list(people, product, None, team.name)
        for group in team.groups.values():
            for product, days in group.given():
                yield from _in_list(group.members, product, days, team.name, group.name)
        for product, mentions in team.by_user.items():
            for mention in mentions:
                yield Seat(mention.user, product, mention, mention.days, team.name)
    for contract in declared.contracts.values():
        for product, people in contract.users.items():
            for seat in _in_list(people, product, None, None):
                yield seat._replace(contract=contract.number)


def _in_list(
    people: People, product: str, days: Days | None, team: str | None, group: str | None = None
) -> Iterator[Seat]:
    """Yield the seats of people in a list that gives a product on some days (None: always)."""
    for index, user in people.distinct():
        yield Seat(user, product, Place(people, index), overlap(people.days.get(index), days), team, group)


def _roles(declared: Declaration) -> Iterator[RoleEntry]:
    for team in declared.teams.values():
        if team.primary is not None:
            yield RoleEntry(team.primary.user, "primary", team.primary, team=team.name)
        for role, people in team.role_lists():
            for index, user in people.distinct():
                yield RoleEntry(user, role, Place(people, index), people.days.get(index), team.name)
    for sub in declared.subscriptions.values():
        if sub.contract_manager is not None:
            manager = sub.contract_manager
            yield RoleEntry(manager.user, "manager", manager, team=sub.team, subscription=sub.id)
    for contract in declared.contracts.values():
        named = (("manager", contract.contract_manager), ("coordinator", contract.coordinator))
        for title, mention in named:
            if mention is not None:
                yield RoleEntry(mention.user, title, mention, contract=contract.number)


def _groups(facts: Facts) -> Iterator[Owned]:
    for team in facts.declared.teams.values():
        for group in team.groups.values():
            if not group.broken and facts.on_day(group.days):
                things = (("team", team.name), ("group", group.name))
                yield Owned((team, group), group.at, things, group.days)


def _named(kind: str, things: Iterable[tuple[str, Any]]) -> Iterator[Owned]:
    return (Owned(it, it.at, ((kind, name),)) for name, it in things if not it.broken)


_SUBJECTS: Mapping[Each, Callable[[Facts], Iterable[Subject]]] = {
    "person": lambda facts: (Someone(user, person.at) for user, person in facts.declared.users.items()),
    "seat": lambda facts: facts.seats,
    "role": lambda facts: facts.roles,
    "group": _groups,
    "team": lambda facts: _named("team", facts.declared.teams.items()),
    "subscription": lambda facts: _named("subscription", facts.declared.subscriptions.items()),
    "contract": lambda facts: _named("contract", facts.declared.contracts.items()),
    "pool": lambda facts: facts.pools,
}
