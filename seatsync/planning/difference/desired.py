"""The desired state of an account: everything declared, and everything else as it is.

As one `Account`, it can be compared with the actual one: every difference has to be changed, and a plan is correct if
it ends exactly here.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from collections.abc import Set as AbstractSet
from copy import copy
from typing import Literal

from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.model import NOBODY, Account, Group, Scope, Team
from seatsync.account.things import CompactSet
from seatsync.clock import lasts
from seatsync.declaration.declared import Declaration, DeclaredGroup, DeclaredTeam, DeclaredUser, Omitted
from seatsync.declaration.mentions import People
from seatsync.finding import Finding, Severity
from seatsync.planning.difference.desired_people import coming_and_going, desired_users
from seatsync.planning.difference.desired_purchases import desired_contracts, desired_subscriptions
from seatsync.planning.difference.exclusions import Authority, Thing, people_left_out
from seatsync.planning.difference.scope_authority import ScopeAuthority, listed_on_other_days
from seatsync.planning.difference.synced import leave_to_directory
from seatsync.planning.difference.uncertain import inherited, not_deleted, with_unknown_role


class DesiredState:
    """The desired state. `managed_*` are the scopes that the declaration governs, including those to be deleted."""

    def __init__(
        self, account: Account, managed_teams: Iterable[str] = (), managed_contracts: Iterable[str] = ()
    ) -> None:
        self.account = account
        self.managed_teams = set(managed_teams)
        self.managed_contracts = set(managed_contracts)
        self.unmanaged: list[Thing] = []
        self.synced: list[Thing] = []
        self.findings: list[Finding] = []

    def managed(self) -> Iterator[Scope]:
        """Yield the teams and contracts that the declaration governs, sorted."""
        yield from (Scope("team", name) for name in sorted(self.managed_teams))
        yield from (Scope("contract", number) for number in sorted(self.managed_contracts))

    def leave_to_directory(
        self, actual: Account, authority: Authority, moved: Iterable[tuple[str, DeclaredUser]] = ()
    ) -> None:
        """Leave what directories keep as it is, and list what should be otherwise. `moved` ones had other addresses."""
        directories = authority.directories
        if directories is not None:
            teams = [name for name in sorted(directories.teams) if authority.covers_team(name)]
            synced = directories.people(actual)
            renamed = {user for user, entry in moved if any(each.user in synced for each in entry.previous)}
            self.synced += leave_to_directory(actual, self.account, directories, teams, self.unmanaged, renamed)


def desired_state(declared: Declaration, actual: Account, authority: Authority, day: str) -> DesiredState:
    """Return the desired state, given the `actual` one after the plan's initial steps."""
    desired = DesiredState(Account(actual.name, actual.lineage, actual.serial, actual.timezone))
    account = desired.account
    account.subscriptions = desired_subscriptions(declared, actual, authority, day, desired.unmanaged, desired.findings)
    managers = _managers(declared, actual, account, authority)
    subscribed = {sub.team for sub in account.subscriptions.values()}
    named = _named_managers(declared)
    for name in dict.fromkeys((*actual.teams, *declared.teams)):
        team = declared.teams.get(name)
        if not authority.covers_team(name):
            if name in actual.teams:
                account.teams[name] = actual.teams[name]
        elif team is not None:
            desired.managed_teams.add(name)
            if name in actual.teams:
                account.teams[name] = _DesiredTeam(team, actual.teams[name], authority, day, desired).settle(
                    managers.get(name, set()), named.get(name, set())
                )
        elif _is_to_be_deleted(name, actual.teams[name], subscribed, authority) and not authority.uncertain.holds(name):
            desired.managed_teams.add(name)
        else:
            if _is_to_be_deleted(name, actual.teams[name], subscribed, authority):
                desired.findings.append(not_deleted(name))
            account.teams[name] = actual.teams[name]
            desired.unmanaged.append((("team", name),))
    settled = desired_contracts(declared, actual, authority, day)
    account.contracts = settled.contracts
    desired.managed_contracts = settled.managed
    desired.unmanaged += settled.unmanaged
    desired.findings += settled.findings
    if authority.excluded:
        _keep_for_later(people_left_out(declared, authority.excluded, day), actual, desired)
    account.users = desired_users(declared, actual, account, desired.managed(), authority)
    desired.leave_to_directory(actual, authority, declared.moved())
    desired.unmanaged.sort()
    return desired


def _keep_for_later(named: set[str], actual: Account, desired: DesiredState) -> None:
    """Retain people in the account who are declared in scopes that are left out and would have no scope any more.

    They stay plain members of their scopes; an undeclared team is retained for them.
    """
    account = desired.account
    waiting = coming_and_going(actual, account)[1] & named
    if not waiting:
        return
    for name in sorted(desired.managed_teams & actual.teams.keys()):
        team = account.teams.get(name)
        staying = waiting & actual.teams[name].members
        if team is None and staying:
            account.teams[name] = actual.teams[name]
            desired.managed_teams.discard(name)
            desired.unmanaged.append((("team", name),))
        elif team is not None and staying:
            account.teams[name] = copy(team)
            account.teams[name].members = team.members | staying
            account.teams[name].external = team.external | (actual.teams[name].external & staying)
            desired.unmanaged += [(("team", name), ("user", user)) for user in sorted(staying)]
    for number in sorted(desired.managed_contracts & actual.contracts.keys()):
        contract = account.contracts[number]
        staying = waiting & actual.contracts[number].members
        if staying:
            account.contracts[number] = copy(contract)
            account.contracts[number].members = contract.members | staying
            desired.unmanaged += [(("contract", number), ("user", user)) for user in sorted(staying)]


def _managers(declared: Declaration, actual: Account, goal: Account, authority: Authority) -> dict[str, set[str]]:
    """Return the contract managers of each team's subscriptions, including those that cannot join it in this run."""
    managers: dict[str, set[str]] = {}
    for sub in goal.subscriptions.values():
        if sub.team is not None:
            managers.setdefault(sub.team, set()).add(sub.contract_manager)
    for key, entry in declared.subscriptions.items():
        if entry.team is not None and entry.contract_manager is not None and key in actual.subscriptions:
            scope = authority.within(Scope("team", entry.team))
            manager = scope.holder_of(entry.contract_manager.user, actual.subscriptions[key].contract_manager)
            managers.setdefault(entry.team, set()).add(manager)
    return managers


def _named_managers(declared: Declaration) -> dict[str, set[str]]:
    """Return the people declared as contract managers of a team's subscriptions, by team."""
    named: dict[str, set[str]] = {}
    for entry in declared.subscriptions.values():
        if entry.team is not None and entry.contract_manager is not None:
            named.setdefault(entry.team, set()).add(entry.contract_manager.user)
    return named


def _is_to_be_deleted(name: str, team: Team, subscribed: Container[str | None], authority: Authority) -> bool:
    """Return True if an undeclared team is pruned: it has no subscriptions, and nothing in it is ignored."""
    general = authority.general
    return general.prunes("teams") and name not in subscribed and not _any_ignored(team, general)


def _any_ignored(team: Team, general: ScopeAuthority) -> bool:
    products = {*team.seats, *(product for group in team.groups.values() for product in group.products)}
    return (
        any(map(general.ignores_user, team.members))
        or any(map(general.ignores_product, products))
        or any(map(general.ignores_group, team.groups))
    )


class _DesiredTeam:
    """A declared team, settled against the actual one."""

    def __init__(self, entry: DeclaredTeam, now: Team, authority: Authority, day: str, desired: DesiredState) -> None:
        self.entry, self.now, self.authority, self.day, self.desired = entry, now, authority, day, desired
        self.name = Scope("team", entry.name)
        self.scope = authority.within(self.name)

    def settle(self, managers: set[str], named: set[str]) -> Team:
        """Return the desired team; `managers` and `named` are its actual and declared contract managers."""
        entry, now = self.entry, self.now
        primary = self._primary()
        admins = self._admins(primary)
        groups = self._groups()
        seats = self._seats()
        sso = now.sso if isinstance(entry.sso, Omitted) else entry.sso
        declared_external = self._declared_external({primary, *admins})
        implied = {primary, *admins, *managers, *declared_external}
        implied.update(*seats.values(), *(group.members for group in groups.values()))
        members = self._members(implied, named)
        external = self._external(declared_external, members, {primary, *admins}, named)
        if self.authority.uncertain.seats:
            self._keep_inherited(seats, members)
        goal = Team(primary, sso, admins, members, groups, seats, external)
        return now if goal == now else goal

    def _unmanaged(self, *pairs: tuple[str, str]) -> None:
        self.desired.unmanaged.append((("team", self.entry.name), *pairs))

    def _primary(self) -> str:
        name = self.entry.name
        primary, found = self.scope.holder(
            "primary admin", f"team {name}", self.entry.primary, self.now.primary, (("team", name),)
        )
        self.desired.findings += found
        return primary

    def _admins(self, primary: str) -> dict[str, Literal["secondary", "sso"]]:
        roles = self._declared_roles(primary)
        elapsed = listed_on_other_days((self.entry.secondary, self.entry.sso_admins), set(roles))
        before = dict(self.now.admins)
        if self.now.primary != primary:
            before[self.now.primary] = "secondary"
        # Declared primary admin, but the present one is ignored and stays: their own role stays too.
        passed_over = {self.entry.primary.user} if self.entry.primary is not None else set()
        external = self.entry.external.on(self.day) if self.entry.external is not None else set[str]()
        for user, role in before.items():
            if user in roles or user == primary:
                continue
            if self.scope.ignores_user(user) or user in passed_over:
                roles[user] = role
            elif user not in elapsed | external and not self.scope.prunes("admins"):
                roles[user] = role
                self._unmanaged(("user", user), ("role", role))
        return roles

    def _declared_roles(self, primary: str) -> dict[str, Literal["secondary", "sso"]]:
        roles: dict[str, Literal["secondary", "sso"]] = {}
        lists: tuple[tuple[People, Literal["secondary", "sso"]], ...] = (
            (self.entry.secondary, "secondary"),
            (self.entry.sso_admins, "sso"),
        )
        for people, role in lists:
            for user in sorted(people.on(self.day)):
                if user == primary:
                    self._two_roles(user, people, ROLE_TITLES[role])
                elif user not in roles and (not self.scope.ignores_user(user) or self.now.admins.get(user) == role):
                    roles[user] = role
        return roles

    def _declared_external(self, admins: set[str]) -> set[str]:
        """Return the declared external users. A primary admin who is not replaced cannot be one."""
        people = self.entry.external
        if people is None:
            return set()
        found = {user for user in people.on(self.day) if not self.scope.ignores_user(user) or user in self.now.external}
        for user in sorted(found & admins):
            if user not in self.entry.secondary.ids and user not in self.entry.sso_admins.ids:
                self._two_roles(user, people, "external user")
        return found - admins

    def _external(
        self, declared: set[str], members: AbstractSet[str], admins: set[str], named: set[str]
    ) -> AbstractSet[str]:
        """Return the desired external users: the declared ones, and present ones who are not declared otherwise."""
        now = self.now.external
        staying = {user for user in now if user in members and user not in admins}
        if self.entry.external is not None and not staying <= declared:
            otherwise = named | self.entry.members_on(self.day)
            otherwise.update(*(self.entry.direct_on(product, self.day) for product in self.entry.products()))
            otherwise.update(*(group.members_on(self.day) for group in self.entry.groups.values()))
            staying = {user for user in staying if user not in otherwise or self.scope.ignores_user(user)}
        return frozenset(declared | staying)

    def _two_roles(self, user: str, people: People, role: str) -> None:
        index, team = people.ids.index(user), self.entry.name
        where = f"is the primary admin of team {team} in the account, but declared as its {role}"
        message, hint = f"{people.written(index)} {where}", "name another `primary_admin`, or remove this entry"
        at, related, things = people.at(index), people.related(index), (("team", team), ("user", user))
        self.desired.findings.append(Finding("ROLE002", Severity.ERROR, message, at, hint, "S0 S1", related, things))

    def _groups(self) -> dict[str, Group]:
        groups: dict[str, Group] = {}
        over: set[str] = set()
        for name, group in self.entry.groups.items():
            if self.scope.ignores_group(name):
                continue
            if not lasts(group.days, self.day):
                over.add(group.former_name(self.now.groups) or name)
                continue
            groups[name] = self._group(group)
        for name, left in self.now.groups.items():
            if name in groups:
                continue
            ignored = self.scope.retains_group(name, left)
            unmanaged = not ignored and name not in over and not self.scope.prunes("groups")
            if ignored or unmanaged:
                groups[name] = left
            if unmanaged:
                self._unmanaged(("group", name))
        return groups

    def _group(self, group: DeclaredGroup) -> Group:
        name, ignores = group.name, self.scope.ignores_product
        now = self.now.groups.get(name, Group())
        members, undeclared = now.members, set[str]()
        if not _same_people(group.members, members):
            declared = group.members.on(self.day)
            elapsed = listed_on_other_days((group.members,), declared)
            members, undeclared = self.scope.settle("groups", declared, elapsed, members)
        products = {product for product in group.products.on(self.day) if not ignores(product)}
        kept = {product for product in now.products if ignores(product)}
        extra = set() if self.scope.prunes("seats") else now.products - set(group.products) - kept
        for user in sorted(undeclared):
            self._unmanaged(("group", name), ("user", user))
        for product in sorted(extra):
            self._unmanaged(("group", name), ("product", product))
        goal = Group(members, products | kept | extra)
        return now if goal == now else goal

    def _seats(self) -> dict[str, AbstractSet[str]]:
        seats: dict[str, AbstractSet[str]] = {}
        for product in dict.fromkeys((*self.entry.seats, *self.entry.by_user, *self.now.seats)):
            actual = self.now.seats.get(product, NOBODY)
            if self.scope.ignores_product(product):
                if actual:
                    seats[product] = actual
                continue
            people, by_user = self.entry.seats.get(product), self.entry.by_user.get(product, [])
            if people is not None and not by_user and _same_people(people, actual):
                seats[product] = actual
                continue
            declared = self.entry.direct_on(product, self.day)
            elapsed: set[str] = set()
            if people is not None:
                elapsed = listed_on_other_days((people,), declared)
            elapsed |= {mention.user for mention in by_user if mention.days} - declared
            holders, undeclared = self.scope.settle("seats", declared, elapsed, actual)
            if holders:
                seats[product] = holders
            for user in sorted(undeclared):
                self._unmanaged(("user", user), ("product", product))
        return seats

    def _keep_inherited(self, seats: dict[str, AbstractSet[str]], members: AbstractSet[str]) -> None:
        """Add the seats of people who stay and have them through a group that no source shows."""
        for product, users in self.now.seats.items():
            for user in sorted((users & members) - seats.get(product, NOBODY)):
                if (self.entry.name, product, user) in self.authority.uncertain.seats:
                    self.desired.findings.append(inherited(self.entry.name, product, user))
                    seats[product] = seats.get(product, frozenset()) | {user}

    def _members(self, implied: set[str], named: set[str]) -> AbstractSet[str]:
        declared = implied | self.entry.members_on(self.day)
        # People declared for a role stay members even if somebody else retains it.
        named = named | ({self.entry.primary.user} if self.entry.primary is not None else set())
        declared |= named & self.now.members
        external = self.entry.external
        elapsed = listed_on_other_days((self.entry.members, *(() if external is None else (external,))), declared)
        elapsed |= {mention.user for mention in self.entry.rows if mention.days} - declared
        tracked = self.authority.tracked.get(self.name, NOBODY)
        members, undeclared = self.scope.settle_members(declared, elapsed, self.now.members, tracked)
        for user in sorted(self.now.members - members) if self.authority.uncertain.people else ():
            if self.authority.uncertain.role(self.entry.name, user):
                self.desired.findings.append(with_unknown_role(self.entry.name, user))
                undeclared.add(user)
                members = members | {user}
        for user in sorted(undeclared):
            self._unmanaged(("user", user))
        # Holders of anything stay members, ignored or not.
        return members | implied if not implied <= members else members


def _same_people(people: People, actual: AbstractSet[str]) -> bool:
    """Return True if a list is known to equal the actual people, without comparing them one by one.

    Most lists are sorted and unchanged.
    """
    return isinstance(actual, CompactSet) and not people.days and actual.lists(people.ids)
