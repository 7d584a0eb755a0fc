"""Random pairs of valid states of one account, for properties of plans."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Literal

from seatsync.account.model import (
    Account,
    Contract,
    ContractProduct,
    Group,
    Sso,
    Subscription,
    Team,
    User,
)

DAY = "2026-06-15"
PEOPLE = [f"p{number}@acme.example" for number in range(7)]
PRODUCTS = ["AutoCAD", "Revit"]
TEAMS = ["build", "design"]
GROUPS = ["cad", "lab", "site"]


def pair(random: Random, *, classic: bool = True) -> tuple[Account, Account]:
    """Return two states of one account; the second needs no purchases but seats."""
    before = _account(random, None, classic=classic)
    return before, _account(random, before, classic=classic)


def left_alone(before: Account, after: Account) -> None:
    """Leave SSO and external users of teams as they are where the files that `after` is written to omit them."""
    for name, team in after.teams.items():
        team.sso = team.sso or before.teams[name].sso
        staying = before.teams[name].external & team.members
        team.external = team.external or frozenset(staying - {team.primary, *team.admins})


def _account(random: Random, earlier: Account | None, *, classic: bool) -> Account:
    account = Account("acme", "5f0c6a44-0000-4000-8000-00000000beef", 1)
    for name in TEAMS:
        account.teams[name] = _team(random)
    for number in range(5):
        _subscribe(random, account, f"s-{number}", earlier)
    for name, team in account.teams.items():
        _assign(random, account, name, team)
    if classic:
        account.contracts["110"] = _contract(random, earlier.contracts["110"] if earlier else None)
    for sub in account.subscriptions.values():
        if sub.team is None:  # its manager may be in any team, but must be somewhere
            account.teams["build"].members |= {sub.contract_manager}
    members = {user for team in account.teams.values() for user in team.members}
    members |= {user for contract in account.contracts.values() for user in contract.members}
    for user in sorted(members):
        name = random.choice(["Ana", "Ben"])
        account.users[user] = User(user, name, "Doe", random.choice(["active", "active", "pending"]), "2026-06-14")
    return account


def some(random: Random, things: Iterable[str], most: int | None = None) -> list[str]:
    """Return some of the things, in a random order."""
    pool = sorted(things)
    return random.sample(pool, random.randint(0, min(len(pool), len(pool) if most is None else most)))


def _team(random: Random) -> Team:
    members = set(some(random, PEOPLE)) or {random.choice(PEOPLE)}
    team = Team(random.choice(sorted(members)), members=members)
    for user in some(random, members - {team.primary}, 3):
        team.admins[user] = "sso" if random.random() < 0.4 else "secondary"
    if random.random() < 0.5:
        team.external = frozenset(some(random, members - {team.primary, *team.admins}, 3))
    if random.random() < 0.5:
        team.sso = Sso((random.choice(["acme.example", "other.example"]),), None)
    for name in some(random, GROUPS):
        team.groups[name] = Group(set(some(random, members)), set())
    return team


def _subscribe(random: Random, account: Account, key: str, earlier: Account | None) -> None:
    known = earlier.subscriptions[key] if earlier is not None else None
    if known is not None and (known.channel == "store" or random.random() < 0.4):
        # The manager stays, so the subscription can only be where they are, and moves by who is admin there.
        account.subscriptions[key] = known
        if known.team is not None:
            account.teams[known.team].members |= {known.contract_manager}
        return
    team = known.team if known is not None else random.choice([*TEAMS, *TEAMS, None])
    manager = random.choice(sorted(account.teams[team].members)) if team else random.choice(PEOPLE)
    if known is not None and team is None:
        manager = known.contract_manager
    if known is not None:
        account.subscriptions[key] = known._replace(team=team, contract_manager=manager)
        return
    sub = Subscription(
        team,
        random.choice(PRODUCTS),
        "single-user",
        random.randint(0, 4),
        None,
        "store",
        manager,
        "2026-01-01",
        "2026-12-31",
    )
    if random.random() < 0.1:
        sub = sub._replace(offering="flex", seats=None, tokens=100)
    if random.random() < 0.2:
        sub = sub._replace(auto_renew=True, ends=random.choice(["2026-03-31", "2026-12-31"]))
    account.subscriptions[key] = sub._replace(channel="reseller") if random.random() < 0.7 else sub


def _room(account: Account, name: str, product: str) -> int:
    subs = [s for s in account.subscriptions.values() if s.team == name and s.product == product and s.in_term(DAY)]
    return 99 if any(sub.offering != "single-user" for sub in subs) else sum(sub.seats or 0 for sub in subs)


def _assign(random: Random, account: Account, name: str, team: Team) -> None:
    for product in PRODUCTS:
        room = _room(account, name, product)
        if not room:
            continue
        held: set[str] = set()
        for group in team.groups.values():
            if random.random() < 0.5 and len(held | group.members) <= room:
                group.products |= {product}
                held |= group.members
        for user in some(random, team.members):
            if len(held | {user}) <= room:
                held.add(user)
                team.seats[product] = team.seats.get(product, set()) | {user}


def _contract(random: Random, earlier: Contract | None) -> Contract:
    members = set(some(random, PEOPLE)) or {random.choice(PEOPLE)}
    channels: list[Literal["store", "reseller"]] = ["store", "reseller"]
    channel = earlier.channel if earlier else random.choice(channels)
    manager = earlier.contract_manager if earlier and channel == "store" else random.choice(sorted(members))
    members.add(manager)
    contract = Contract(manager, random.choice(sorted(members)), "maintenance", channel, members=members)
    for product in ("Inventor 2019", "Maya 2019"):
        bought = earlier.products[product] if earlier else ContractProduct(random.randint(1, 2), "123-4")
        contract.products[product] = bought
        holders = set(some(random, members, bought.seats))
        if holders:
            contract.seats[product] = holders
    for service in ("Rendering", "Drive"):
        users = set(some(random, members, 3))
        if users:
            contract.services[service] = users
    contract.support = set(some(random, members))
    return contract
