"""The state an account is to reach: what is declared, and everything the declaration has no say in as it is.

Filling both into one `Account` makes the rest simple: what differs is to be changed, and a plan is right when it ends
exactly here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from copy import copy
from itertools import chain
from typing import Literal

from seatsync.account.model import NOBODY, Account, Contract, Group, Scope, Subscription, Team, User
from seatsync.account.roster import CompactSet
from seatsync.declaration.declared import Declaration, DeclaredSubscription, DeclaredTeam, Omitted, People
from seatsync.finding import Finding, Severity
from seatsync.planning.authority import Authority, Thing, listed_on_other_days, vendor_only
from seatsync.planning.exclusions import people_left_out
from seatsync.planning.wanted_contract import want_contracts


class Wanted:
    """The state to reach. `managed_*` are the scopes the declaration governs, those to be deleted included."""

    def __init__(
        self, account: Account, managed_teams: Iterable[str] = (), managed_contracts: Iterable[str] = ()
    ) -> None:
        self.account = account
        self.managed_teams = set(managed_teams)
        self.managed_contracts = set(managed_contracts)
        self.unmanaged: list[Thing] = []
        self.findings: list[Finding] = []


def want(declared: Declaration, actual: Account, authority: Authority, day: str) -> Wanted:
    """The state to reach from `actual` (after renames, changed addresses, purchases and new teams)."""
    wanted = Wanted(Account(actual.name, actual.lineage, actual.serial, actual.timezone))
    account = wanted.account
    account.subscriptions = _subscriptions(declared, actual, authority, wanted)
    managers = _managers(declared, actual, account, authority)
    subscribed = {sub.team for sub in account.subscriptions.values()}
    named = _named_managers(declared)
    for name in dict.fromkeys((*actual.teams, *declared.teams)):
        team = declared.teams.get(name)
        if not authority.covers_team(name):
            if name in actual.teams:
                account.teams[name] = actual.teams[name]
        elif team is not None:
            wanted.managed_teams.add(name)
            if name in actual.teams:
                account.teams[name] = _TeamWish(team, actual.teams[name], authority, day, wanted).settle(
                    managers.get(name, set()), named.get(name, set())
                )
        elif authority.prunes("teams") and name not in subscribed and not _any_ignored(actual.teams[name], authority):
            wanted.managed_teams.add(name)
        else:
            account.teams[name] = actual.teams[name]
            wanted.unmanaged.append((("team", name),))
    settled = want_contracts(declared, actual, authority, day)
    account.contracts = settled.contracts
    wanted.managed_contracts = settled.managed
    wanted.unmanaged += settled.unmanaged
    wanted.findings += settled.findings
    if authority.excluded:
        _keep_for_later(people_left_out(declared, authority.excluded, day), actual, wanted)
    account.users = _users(declared, actual, wanted, authority)
    wanted.unmanaged.sort()
    return wanted


def _keep_for_later(named: set[str], actual: Account, wanted: Wanted) -> None:
    """Keep people in the account who are declared in what is left out, and would have no scope any more.

    They stay plain members of the scopes that they are in, and an undeclared team stays for them.
    """
    account = wanted.account
    waiting = _coming_and_going(actual, account)[1] & named
    if not waiting:
        return
    for name in sorted(wanted.managed_teams & actual.teams.keys()):
        team = account.teams.get(name)
        staying = waiting & actual.teams[name].members
        if team is None and staying:
            account.teams[name] = actual.teams[name]
            wanted.managed_teams.discard(name)
            wanted.unmanaged.append((("team", name),))
        elif team is not None and staying:
            account.teams[name] = copy(team)
            account.teams[name].members = team.members | staying
            wanted.unmanaged += [(("team", name), ("user", user)) for user in sorted(staying)]
    for number in sorted(wanted.managed_contracts & actual.contracts.keys()):
        contract = account.contracts[number]
        staying = waiting & actual.contracts[number].members
        if staying:
            account.contracts[number] = copy(contract)
            account.contracts[number].members = contract.members | staying
            wanted.unmanaged += [(("contract", number), ("user", user)) for user in sorted(staying)]


def _managers(declared: Declaration, actual: Account, goal: Account, authority: Authority) -> dict[str, set[str]]:
    """The contract managers of each team's subscriptions, also of those that this run does not let join it."""
    managers: dict[str, set[str]] = {}
    for sub in goal.subscriptions.values():
        if sub.team is not None:
            managers.setdefault(sub.team, set()).add(sub.contract_manager)
    for key, said in declared.subscriptions.items():
        if said.team is not None and said.contract_manager is not None and key in actual.subscriptions:
            manager = authority.holder_of(said.contract_manager.user, actual.subscriptions[key].contract_manager)
            managers.setdefault(said.team, set()).add(manager)
    return managers


def _named_managers(declared: Declaration) -> dict[str, set[str]]:
    """Return who is declared as contract manager of a team's subscriptions, by team."""
    named: dict[str, set[str]] = {}
    for said in declared.subscriptions.values():
        if said.team is not None and said.contract_manager is not None:
            named.setdefault(said.team, set()).add(said.contract_manager.user)
    return named


def _any_ignored(team: Team, authority: Authority) -> bool:
    return any(authority.ignores_user(user) for user in team.members)


def _users(declared: Declaration, actual: Account, wanted: Wanted, authority: Authority) -> dict[str, User]:
    """Everyone in a wanted scope; in managed ones with the declared names, as far as they are declared."""
    goal = wanted.account
    arriving, leaving = _coming_and_going(actual, goal)
    renamed = _renamed(declared, actual, authority)
    managed: list[Team | Contract] = [goal.teams[name] for name in sorted(wanted.managed_teams & goal.teams.keys())]
    managed += [goal.contracts[number] for number in sorted(wanted.managed_contracts)]
    # Sets of the few that something is to be done about, and never of everybody.
    concerned = arriving | renamed.keys()
    governed = concerned.intersection(chain.from_iterable(scope.members for scope in managed))
    if authority.actor in concerned:
        governed.add(authority.actor)  # anybody may change their own names
    changed = {user: person for user, person in renamed.items() if user in governed and user not in leaving}
    for user in sorted(arriving):
        said = declared.users.get(user) if user in governed else None
        changed[user] = User(user)
        if said is not None:
            changed[user] = User(said.email, said.first_name or "", said.last_name or "", "pending")
    if not changed and not leaving:
        return actual.users
    users = {**actual.users, **changed}
    for user in sorted(leaving):
        del users[user]
    return users


def _coming_and_going(actual: Account, goal: Account) -> tuple[set[str], set[str]]:
    """Who is in a wanted scope and not in the account yet, and who is in the account and in no wanted scope."""
    arriving: set[str] = set()
    leaving: set[str] = set()
    sides: tuple[tuple[Mapping[str, Team | Contract], Mapping[str, Team | Contract]], ...]
    sides = ((actual.teams, goal.teams), (actual.contracts, goal.contracts))
    for before, after in sides:
        for name in sorted(before.keys() | after.keys()):
            now = before[name].members if name in before else NOBODY
            then = after[name].members if name in after else NOBODY
            if now is not then:
                arriving |= then - now
                leaving |= now - then
    arriving.difference_update(actual.users.keys() & arriving)
    if leaving:
        scopes: list[Team | Contract] = [*goal.teams.values(), *goal.contracts.values()]
        leaving.difference_update(*(scope.members for scope in scopes))
    return arriving, leaving


def _renamed(declared: Declaration, actual: Account, authority: Authority) -> dict[str, User]:
    """The people of the account who are declared under other names."""
    renamed: dict[str, User] = {}
    for user, now in actual.users.items():
        said = declared.users.get(user)
        if said is None:
            continue
        first = now.first_name if said.first_name is None else said.first_name
        last = now.last_name if said.last_name is None else said.last_name
        if (first, last) != (now.first_name, now.last_name) and not authority.ignores_user(user):
            renamed[user] = now._replace(first_name=first, last_name=last)
    return renamed


def _subscriptions(
    declared: Declaration, actual: Account, authority: Authority, wanted: Wanted
) -> dict[str, Subscription]:
    subscriptions: dict[str, Subscription] = {}
    for key, now in actual.subscriptions.items():
        said = declared.subscriptions.get(key)
        if said is None:
            subscriptions[key] = now
            if authority.covers_subscription(key, now.team, now):
                wanted.unmanaged.append((("subscription", key),))
        elif not authority.covers_subscription(key, said.team, now):
            subscriptions[key] = now
        else:
            subscriptions[key] = _subscription(said, now, authority, wanted)
    for key, said in declared.subscriptions.items():
        if key not in actual.subscriptions and authority.covers_subscription(key, said.team, None):
            wish = declared_subscription(said)
            if wish is not None and (wish.team is None or wish.team in actual.teams):
                subscriptions[key] = wish
    return subscriptions


def declared_subscription(said: DeclaredSubscription) -> Subscription | None:
    """A subscription as declared; None without a contract manager, who alone could buy it."""
    if said.contract_manager is None:
        return None
    manager = said.contract_manager.user
    facts = (said.team, said.product, said.offering, said.seats, said.tokens, said.channel)
    return Subscription(*facts, manager, said.starts, said.ends)


def _subscription(said: DeclaredSubscription, now: Subscription, authority: Authority, wanted: Wanted) -> Subscription:
    fixed = (
        ("product", said.product, now.product),
        ("offering", said.offering, now.offering),
        ("channel", said.channel, now.channel),
    )
    for name, wish, fact in fixed:
        if wish != fact:
            wanted.findings.append(
                vendor_only(
                    f"subscription {said.id}", name, fact, wish, said.node.value_at(name), (("subscription", said.id),)
                )
            )
    if said.team is None and now.team is not None:
        place = said.node.value_at("team") if "team" in said.node else said.at
        wanted.findings.append(
            vendor_only(f"subscription {said.id}", "team", now.team, "none", place, (("subscription", said.id),))
        )
    where, things = f"subscription {said.id}", (("subscription", said.id),)
    manager, kept = authority.holder("contract manager", where, said.contract_manager, now.contract_manager, things)
    wanted.findings += kept
    goal = Subscription(
        said.team if said.team is not None else now.team,
        now.product,
        now.offering,
        said.seats,
        said.tokens,
        now.channel,
        manager,
        said.starts,
        said.ends,
    )
    return now if goal == now else goal


class _TeamWish:
    """One declared team, settled against the team as it is."""

    def __init__(self, said: DeclaredTeam, now: Team, authority: Authority, day: str, wanted: Wanted) -> None:
        self.said, self.now, self.authority, self.day, self.wanted = said, now, authority, day, wanted

    def settle(self, managers: set[str], named: set[str]) -> Team:
        """The team to reach; `managers` are the contract managers of its subscriptions, `named` the declared ones."""
        said, now = self.said, self.now
        primary = self._primary()
        admins = self._admins(primary)
        groups = self._groups()
        seats = self._seats()
        sso = now.sso if isinstance(said.sso, Omitted) else said.sso
        implied = {primary, *admins, *managers}
        implied.update(*seats.values(), *(group.members for group in groups.values()))
        wish = Team(primary, sso, admins, self._members(implied, named), groups, seats)
        return now if wish == now else wish

    def _unmanaged(self, *pairs: tuple[str, str]) -> None:
        self.wanted.unmanaged.append((("team", self.said.name), *pairs))

    def _primary(self) -> str:
        name = self.said.name
        primary, kept = self.authority.holder(
            "primary admin", f"team {name}", self.said.primary, self.now.primary, (("team", name),)
        )
        self.wanted.findings += kept
        return primary

    def _admins(self, primary: str) -> dict[str, Literal["secondary", "sso"]]:
        roles = self._declared_roles(primary)
        elapsed = listed_on_other_days((self.said.secondary, self.said.sso_admins), set(roles))
        before = dict(self.now.admins)
        if self.now.primary != primary:
            before[self.now.primary] = "secondary"
        # Declared primary, but the present one is ignored and stays: such a one keeps the role they have.
        passed_over = {self.said.primary.user} if self.said.primary is not None else set()
        for user, role in before.items():
            if user in roles or user == primary:
                continue
            if self.authority.ignores_user(user) or user in passed_over:
                roles[user] = role
            elif user not in elapsed and not self.authority.prunes("admins"):
                roles[user] = role
                self._unmanaged(("user", user), ("role", role))
        return roles

    def _declared_roles(self, primary: str) -> dict[str, Literal["secondary", "sso"]]:
        roles: dict[str, Literal["secondary", "sso"]] = {}
        lists: tuple[tuple[People, Literal["secondary", "sso"]], ...] = (
            (self.said.secondary, "secondary"),
            (self.said.sso_admins, "sso"),
        )
        for people, role in lists:
            for user in sorted(people.on(self.day)):
                if user == primary:
                    self._two_roles(user, role)
                elif user not in roles and (not self.authority.ignores_user(user) or self.now.admins.get(user) == role):
                    roles[user] = role
        return roles

    def _two_roles(self, user: str, role: str) -> None:
        people = self.said.secondary if role == "secondary" else self.said.sso_admins
        self.wanted.findings.append(
            Finding(
                "ROLE002",
                Severity.ERROR,
                f"{people.written(people.ids.index(user))} is the primary admin of team {self.said.name} "
                f"in the account, and declared as its {'secondary' if role == 'secondary' else 'SSO'} admin",
                people.at(people.ids.index(user)),
                "name another `primary_admin`, or take this entry out",
                "S0 S1",
                things=(("team", self.said.name), ("user", user)),
            )
        )

    def _groups(self) -> dict[str, Group]:
        groups: dict[str, Group] = {}
        for name, group in self.said.groups.items():
            now = self.now.groups.get(name, Group())
            members, strangers = now.members, set[str]()
            if not _just(group.members, members):
                declared = group.members.on(self.day)
                elapsed = listed_on_other_days((group.members,), declared)
                members, strangers = self.authority.settle("groups", declared, elapsed, members)
            products = {product for product in group.products if isinstance(product, str)}
            extra = set() if self.authority.prunes("seats") else now.products - products
            wish = Group(members, products | extra)
            groups[name] = now if wish == now else wish
            for user in sorted(strangers):
                self._unmanaged(("group", name), ("user", user))
            for product in sorted(extra):
                self._unmanaged(("group", name), ("product", product))
        for name, left in self.now.groups.items():
            if name in groups:
                continue
            ignored = any(self.authority.ignores_user(user) for user in left.members)
            if ignored or not self.authority.prunes("groups"):
                groups[name] = left
            if not ignored and not self.authority.prunes("groups"):
                self._unmanaged(("group", name))
        return groups

    def _seats(self) -> dict[str, AbstractSet[str]]:
        seats: dict[str, AbstractSet[str]] = {}
        for product in dict.fromkeys((*self.said.seats, *self.said.by_user, *self.now.seats)):
            actual = self.now.seats.get(product, NOBODY)
            people, by_user = self.said.seats.get(product), self.said.by_user.get(product, [])
            if people is not None and not by_user and _just(people, actual):
                seats[product] = actual
                continue
            declared = self.said.direct_on(product, self.day)
            elapsed: set[str] = set()
            if people is not None:
                elapsed = listed_on_other_days((people,), declared)
            elapsed |= {mention.user for mention in by_user if mention.days} - declared
            holders, strangers = self.authority.settle("seats", declared, elapsed, actual)
            if holders:
                seats[product] = holders
            for user in sorted(strangers):
                self._unmanaged(("user", user), ("product", product))
        return seats

    def _members(self, implied: set[str], named: set[str]) -> AbstractSet[str]:
        declared = implied | self.said.members.on(self.day) | {mention.user for mention in self.said.rows}
        # Whoever is declared for a role stays a member also where somebody else keeps it.
        named = named | ({self.said.primary.user} if self.said.primary is not None else set())
        declared |= named & self.now.members
        elapsed = listed_on_other_days((self.said.members,), declared)
        scope = Scope("team", self.said.name)
        members, strangers = self.authority.settle_members(scope, declared, elapsed, self.now.members)
        # Whoever is wanted in something stays a member, ignored or not.
        for user in sorted(strangers):
            self._unmanaged(("user", user))
        return members | implied if not implied <= members else members


def _just(people: People, actual: AbstractSet[str]) -> bool:
    """Whether those in a list are certainly just those who are there: most lists were sorted, and are as they were."""
    return isinstance(actual, CompactSet) and not people.days and actual.lists(people.ids)
