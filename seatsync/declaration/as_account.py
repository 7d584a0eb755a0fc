"""Conversion of a declaration to the account it describes on one day."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from seatsync.account.model import Account, Contract, Group, Subscription, Team, User
from seatsync.clock import Clock
from seatsync.declaration.declared import (
    Declaration,
    DeclaredContract,
    DeclaredSubscription,
    DeclaredTeam,
    DeclaredUser,
    Omitted,
    People,
    lasts,
)


def as_account(declaration: Declaration, clock: Clock) -> Account:
    """Return the state that is declared for the clock's day, with defaults filled in and without people in no scope.

    Requires a declaration without errors: every team has a primary admin or a default, every named person is declared.
    """
    day = clock.day
    managers: dict[str, set[str]] = {}
    account = Account(declaration.project.account, timezone=declaration.project.timezone or "UTC")
    for key, sub in declaration.subscriptions.items():
        account.subscriptions[key] = _subscription(sub)
        if sub.team is not None and sub.contract_manager is not None:
            managers.setdefault(sub.team, set()).add(sub.contract_manager.user)
    for name, declared in declaration.teams.items():
        account.teams[name] = _team(declared, managers.get(name, set()), day)
    for number, contract in declaration.contracts.items():
        account.contracts[number] = _contract(contract, day)
    scopes: list[Team | Contract] = [*account.teams.values(), *account.contracts.values()]
    people = set().union(*(scope.members for scope in scopes))
    account.users = {user: _user(facts) for user, facts in declaration.users.items() if user in people}
    return account


def _user(user: DeclaredUser) -> User:
    names = (user.first_name or "", user.last_name or "")
    return User(user.email, *names, user.status, user.invited_at, user.invitations)


def _subscription(sub: DeclaredSubscription) -> Subscription:
    manager = "" if sub.contract_manager is None else sub.contract_manager.user
    return Subscription(
        sub.team, sub.product, sub.offering, sub.seats, sub.tokens, sub.channel, manager, sub.starts, sub.ends
    )


def _team(declared: DeclaredTeam, managers: set[str], day: str) -> Team:
    """Return a team; its primary admin defaults to the contract manager of its subscriptions."""
    primary = declared.primary.user if declared.primary is not None else min(managers, default="")
    team = Team(primary, None if isinstance(declared.sso, Omitted) else declared.sso)
    team.admins.update(dict.fromkeys(sorted(declared.sso_admins.on(day)), "sso"))
    team.admins.update(dict.fromkeys(sorted(declared.secondary.on(day)), "secondary"))
    team.admins.pop(primary, None)
    for name, group in declared.groups.items():
        products = {item for item in group.products if isinstance(item, str)}
        team.groups[name] = Group(group.members.on(day), products)
    for product in {**declared.seats, **declared.by_user}:
        holders = declared.direct_on(product, day)
        if holders:
            team.seats[product] = holders
    team.members = declared.members.on(day).union(
        managers,
        {primary} - {""},
        team.admins,
        (mention.user for mention in declared.rows if lasts(mention.days, day)),
        *(group.members for group in team.groups.values()),
        *team.seats.values(),
    )
    return team


def _contract(declared: DeclaredContract, day: str) -> Contract:
    """Return a contract; its software coordinator defaults to the contract manager."""
    manager = "" if declared.contract_manager is None else declared.contract_manager.user
    coordinator = manager if declared.coordinator is None else declared.coordinator.user
    contract = Contract(
        manager,
        coordinator,
        declared.license_type or "perpetual",
        declared.channel,
        declared.deployment,
        declared.starts,
        declared.ends,
        products=dict(declared.products),
        seats=_holders(declared.users, day),
        services=_holders(declared.services, day),
        support=declared.support.on(day),
    )
    holders: Iterable[AbstractSet[str]] = (*contract.seats.values(), *contract.services.values(), contract.support)
    contract.members = declared.members.on(day).union({manager, coordinator} - {""}, *holders)
    return contract


def _holders(rosters: dict[str, People], day: str) -> dict[str, AbstractSet[str]]:
    """Return the holders of each item on a day, without items that nobody holds."""
    held = {name: people.on(day) for name, people in rosters.items()}
    return {name: holders for name, holders in held.items() if holders}
