"""Invariants of an account that hold after every step, checked independently of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from seatsync.account.model import Account, Contract, Team

Pool: TypeAlias = tuple[str, ...]
"""What has a limit: ("team", team, product), ("contract", number, product), ("service", number, name) or
("support", number)."""


def violations(account: Account) -> list[str]:
    """Return the violated invariants, in words. Pools over their limit are not among them (see `over`)."""
    found = [*_people(account), *_purchases(account)]
    for name, team in account.teams.items():
        found.extend(f"team {name}: {trouble}" for trouble in _team(team))
    for number, contract in account.contracts.items():
        found.extend(f"contract {number}: {trouble}" for trouble in _contract(contract))
    return [*found, *_indexes(account)]


def over(account: Account, day: str) -> dict[Pool, int]:
    """Return every pool, service and benefit over its limit, with the excess."""
    return {pool: excess for pool, excess in _excess(account, day) if excess > 0}


def worse(before: dict[Pool, int], after: dict[Pool, int]) -> dict[Pool, int]:
    """Return the pools that are further over their limit than before."""
    return {pool: excess for pool, excess in after.items() if excess > before.get(pool, 0)}


def _people(account: Account) -> Iterator[str]:
    members = {user for team in account.teams.values() for user in team.members}
    members |= {user for contract in account.contracts.values() for user in contract.members}
    for user in sorted(members - set(account.users)):
        yield f"{user} is a member of something but not of the account"
    for user in sorted(set(account.users) - members):
        yield f"{user} is in the account but in no scope"


def _purchases(account: Account) -> Iterator[str]:
    for key, sub in account.subscriptions.items():
        if not sub.contract_manager:
            yield f"subscription {key} has no contract manager"
        if sub.team is None:
            continue
        if sub.team not in account.teams:
            yield f"subscription {key} is in no team that exists"
        elif sub.contract_manager not in account.teams[sub.team].members:
            yield f"the contract manager of subscription {key} is not a member of its team"


def _team(team: Team) -> Iterator[str]:
    yield from _roles(team)
    for product, holders in team.seats.items():
        if not holders or holders - team.members:
            yield f"{product} is held by nobody, or by somebody who is no member"
    for name, group in team.groups.items():
        if group.members - team.members:
            yield f"group {name} has a member who is none of the team"


def _roles(team: Team) -> Iterator[str]:
    if team.primary not in team.members:
        yield "the primary admin is no member"
    if team.primary in team.admins:
        yield "the primary admin has a second role"
    for user, role in team.admins.items():
        if user not in team.members or role not in ("secondary", "sso"):
            yield f"{user} is {role} and no member"
    for user in sorted(team.external & {team.primary, *team.admins}):
        yield f"{user} is an external user and has a role"
    for user in sorted(team.external - team.members):
        yield f"{user} is an external user and no member"


def _contract(contract: Contract) -> Iterator[str]:
    if contract.contract_manager not in contract.members or contract.coordinator not in contract.members:
        yield "the contract manager or the coordinator is no member"
    for product, holders in contract.seats.items():
        if product not in contract.products or not holders or holders - contract.members:
            yield f"{product} is not bought, or held by nobody, or by somebody who is no member"
    for service, users in contract.services.items():
        if not users or users - contract.members:
            yield f"service {service} is used by nobody, or by somebody who is no member"
    if contract.support - contract.members:
        yield "somebody with support benefits is no member"


def _indexes(account: Account) -> Iterator[str]:
    """Compare the indexes of an account with those of a fresh copy."""
    fresh = account.copy()
    for user in account.users:
        if account.scopes_of(user) != fresh.scopes_of(user):
            yield f"the scopes of {user} are not up to date"
    for name, team in account.teams.items():
        products = {*team.seats, *(product for group in team.groups.values() for product in group.products)}
        for product in products:
            if account.holders(name, product) != fresh.holders(name, product):
                yield f"the holders of {product} in {name} are not up to date"
    for place in (None, *account.teams):
        if account.subscriptions_of(place) != {k: s for k, s in account.subscriptions.items() if s.team == place}:
            yield f"the subscriptions of {place} are not up to date"


def _excess(account: Account, day: str) -> Iterator[tuple[Pool, int]]:
    for name, team in account.teams.items():
        products = {*team.seats, *(product for group in team.groups.values() for product in group.products)}
        for product in products:
            limit = _limit(account, name, product, day)
            if limit is not None:
                yield ("team", name, product), len(_entitled(team, product)) - limit
    for number, contract in account.contracts.items():
        for product, holders in contract.seats.items():
            yield ("contract", number, product), len(holders) - contract.products[product].seats
        for service, users in contract.services.items():
            yield ("service", number, service), len(users) - 3
        yield ("support", number), len(contract.support) - 6 * sum(p.seats for p in contract.products.values())


def _limit(account: Account, team: str, product: str, day: str) -> int | None:
    """Return the seats counted on a day, None if they are unlimited."""
    running = [
        sub
        for sub in account.subscriptions.values()
        if (sub.team, sub.product) == (team, product) and sub.starts <= day and (day <= sub.ends or sub.auto_renew)
    ]
    if any(sub.offering in ("multi-user", "flex", "token-flex") for sub in running):
        return None
    return sum(sub.seats or 0 for sub in running)


def _entitled(team: Team, product: str) -> set[str]:
    entitled = set(team.seats.get(product, ()))
    for group in team.groups.values():
        if product in group.products:
            entitled |= group.members
    return entitled
