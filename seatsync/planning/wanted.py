"""The state an account is to reach: what is declared, and everything the declaration has no say in as it is.

Filling both into one `Account` makes the rest simple: what differs is to be changed, and a plan is right when it ends
exactly here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from seatsync.account.model import Account, Group, Subscription, Team, User
from seatsync.declaration.declared import Declaration, DeclaredSubscription, DeclaredTeam, Omitted, People
from seatsync.finding import Finding, Severity
from seatsync.planning.authority import Authority, Thing, listed_elsewhen, vendor_only
from seatsync.planning.wanted_contract import want_contracts


@dataclass(slots=True)
class Wanted:
    """The state to reach. `managed_*` are the scopes the declaration governs, those to be deleted included."""

    account: Account
    managed_teams: set[str] = field(default_factory=set)
    managed_contracts: set[str] = field(default_factory=set)
    unmanaged: list[Thing] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def want(declared: Declaration, actual: Account, authority: Authority, day: str) -> Wanted:
    """The state to reach from `actual` (after renames, changed addresses, purchases and new teams)."""
    wanted = Wanted(Account(actual.name, actual.lineage, actual.serial, actual.timezone))
    account = wanted.account
    account.subscriptions = _subscriptions(declared, actual, authority, wanted)
    managers: dict[str, set[str]] = {}
    subscribed: set[str] = set()
    for sub in account.subscriptions.values():
        if sub.team is not None:
            subscribed.add(sub.team)
            managers.setdefault(sub.team, set()).add(sub.contract_manager)
    for name in dict.fromkeys((*actual.teams, *declared.teams)):
        team = declared.teams.get(name)
        if not authority.covers_team(name):
            if name in actual.teams:
                account.teams[name] = actual.teams[name]
        elif team is not None:
            wanted.managed_teams.add(name)
            if name in actual.teams:
                account.teams[name] = _TeamWish(team, actual.teams[name], authority, day, wanted).settle(
                    managers.get(name, set())
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
    account.users = _users(declared, actual, wanted, authority)
    wanted.unmanaged.sort()
    return wanted


def _any_ignored(team: Team, authority: Authority) -> bool:
    return any(authority.ignores_user(user) for user in team.members)


def _users(declared: Declaration, actual: Account, wanted: Wanted, authority: Authority) -> dict[str, User]:
    """Everyone in a wanted scope; in managed ones with the declared names, as far as they are declared."""
    goal = wanted.account
    everybody: set[str] = set()
    everybody.update(*(team.members for team in goal.teams.values()))
    everybody.update(*(contract.members for contract in goal.contracts.values()))
    governed: set[str] = set()
    governed.update(*(goal.teams[name].members for name in wanted.managed_teams & goal.teams.keys()))
    governed.update(*(goal.contracts[number].members for number in wanted.managed_contracts))
    if authority.actor is not None:
        governed.add(authority.actor)  # anybody may change their own names
    # Most are just as they are: those who are not stand apart, so that nothing is copied where nobody is.
    differing: dict[str, User] = {}
    for user in everybody - actual.users.keys():
        said = declared.users.get(user) if user in governed else None
        differing[user] = User(user)
        if said is not None:
            differing[user] = User(said.email, said.first_name or "", said.last_name or "", "pending")
    for user, now in actual.users.items():
        said = declared.users.get(user)
        if said is None:
            continue
        first = now.first_name if said.first_name is None else said.first_name
        last = now.last_name if said.last_name is None else said.last_name
        same = first == now.first_name and last == now.last_name
        if not same and user in governed and not authority.ignores_user(user):
            differing[user] = User(now.email, first, last, now.status, now.invited_at)
    if not differing and everybody == actual.users.keys():
        return actual.users
    return {user: differing.get(user) or actual.users[user] for user in everybody}


def _subscriptions(
    declared: Declaration, actual: Account, authority: Authority, wanted: Wanted
) -> dict[str, Subscription]:
    subscriptions: dict[str, Subscription] = {}
    for key, now in actual.subscriptions.items():
        said = declared.subscriptions.get(key)
        if said is None:
            subscriptions[key] = now
            if authority.covers_subscription(now.team, now):
                wanted.unmanaged.append((("subscription", key),))
        elif not authority.covers_subscription(said.team, now):
            subscriptions[key] = now
        else:
            subscriptions[key] = _subscription(said, now, authority, wanted)
    for key, said in declared.subscriptions.items():
        if key not in actual.subscriptions and authority.covers_subscription(said.team, None):
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
    manager = said.contract_manager.user if said.contract_manager is not None else None
    return Subscription(
        said.team if said.team is not None else now.team,
        now.product,
        now.offering,
        said.seats,
        said.tokens,
        now.channel,
        authority.keeps(manager, now.contract_manager),
        said.starts,
        said.ends,
    )


class _TeamWish:
    """One declared team, settled against the team as it is."""

    def __init__(self, said: DeclaredTeam, now: Team, authority: Authority, day: str, wanted: Wanted) -> None:
        self.said, self.now, self.authority, self.day, self.wanted = said, now, authority, day, wanted

    def settle(self, managers: set[str]) -> Team:
        """The team to reach; `managers` are the contract managers of its subscriptions."""
        said, now = self.said, self.now
        primary = self._primary()
        admins = self._admins(primary)
        groups = self._groups()
        seats = self._seats()
        sso = now.sso if isinstance(said.sso, Omitted) else said.sso
        implied = {primary, *admins, *managers}
        implied.update(*seats.values(), *(group.members for group in groups.values()))
        return Team(primary, sso, admins, self._members(implied), groups, seats)

    def _unmanaged(self, *pairs: tuple[str, str]) -> None:
        self.wanted.unmanaged.append((("team", self.said.name), *pairs))

    def _primary(self) -> str:
        mention = self.said.primary
        return self.authority.keeps(mention.user if mention is not None else None, self.now.primary)

    def _admins(self, primary: str) -> dict[str, Literal["secondary", "sso"]]:
        roles = self._declared_roles(primary)
        elapsed = listed_elsewhen((self.said.secondary, self.said.sso_admins), set(roles))
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
            for user in people.on(self.day):
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
            declared = group.members.on(self.day)
            elapsed = listed_elsewhen((group.members,), declared)
            members, strangers = self.authority.settle("groups", declared, elapsed, now.members)
            products = {product for product in group.products if isinstance(product, str)}
            extra = set() if self.authority.prunes("seats") else now.products - products
            groups[name] = Group(members, products | extra)
            for user in strangers:
                self._unmanaged(("group", name), ("user", user))
            for product in extra:
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

    def _seats(self) -> dict[str, set[str]]:
        seats: dict[str, set[str]] = {}
        for product in dict.fromkeys((*self.said.seats, *self.said.by_user, *self.now.seats)):
            declared = self.said.direct_on(product, self.day)
            elapsed: set[str] = set()
            people = self.said.seats.get(product)
            if people is not None:
                elapsed = listed_elsewhen((people,), declared)
            elapsed |= {mention.user for mention in self.said.by_user.get(product, ()) if mention.days} - declared
            actual = self.now.seats.get(product, set())
            holders, strangers = self.authority.settle("seats", declared, elapsed, actual)
            if holders:
                seats[product] = holders
            for user in strangers:
                self._unmanaged(("user", user), ("product", product))
        return seats

    def _members(self, implied: set[str]) -> set[str]:
        declared = implied | self.said.members.on(self.day) | {mention.user for mention in self.said.rows}
        elapsed = listed_elsewhen((self.said.members,), declared)
        members, strangers = self.authority.settle("members", declared, elapsed, self.now.members)
        # Whoever is wanted in something stays a member, ignored or not.
        for user in strangers:
            self._unmanaged(("user", user))
        return members | implied if not implied <= members else members
