"""Random accounts of the vendor, with names that are hard to write into tables."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Literal

from seatsync.account.email import identity
from seatsync.account.model import Account, Group, Sso, Subscription, Team, User

DAY = "2026-07-30"

PEOPLE = (
    *("Ana@Acme.example", "ben.ode@acme.example", "josé@acme.example", "o'neil@acme.example", "eli@bücher.example"),
    *("dee+x@partner.example", "müller@acme.example", "gus@acme.example", "HAL@ACME.EXAMPLE", "ida@acme.example"),
    *("jo@partner.example", "kim@acme.example", "li@acme.example", "max@acme.example", "0@acme.example"),
)
NAMES = ("", "Ana", "Élodie", 'Anne "Annie"', "Li, Wei", "Two\nLines", "=1+2", "-x", "0", "a;b", "no", "O'Neil", "李")
TEAMS = ("design", "Design", "Civil Works", "überbau", "A/B", "0123", "no", "Team Süd", "Süd", "x, y", "Users", "日本")
GROUPS = ("cad", "Modell ä", "group, 2", "Groups", "=all", "007")
PRODUCTS = ("AutoCAD", "Civil 3D", "Média & Co; Collection", 'Revit "LT"', "Flex")
TERMS = (("2026-01-01", "2026-12-31"), ("2025-08-01", "2026-07-31"), ("2026-07-30", "2029-07-29"))
OVER = ("2025-01-01", "2025-12-31")


def random_account(chance: Random) -> Account:
    """Return a random account. About a third break a rule: a pool that is too small, or an expired term."""
    account = Account("acme", "5f0c6a44-0000-4000-8000-00000000beef", 1)
    tidy = chance.random() < 0.7
    for name in some(chance, TEAMS, 1, 4):
        account.teams[name] = _team(chance)
    for name, team in account.teams.items():
        for product in some(chance, PRODUCTS, 0, 4):
            for _ in range(chance.choice((1, 1, 2))):
                subscribe(chance, account, name, product, OVER if chance.random() < (0 if tidy else 0.2) else None)
            _assign(chance, account, name, product, tidy=tidy)
        if not tidy and chance.random() < 0.3:
            team.seats[chance.choice(PRODUCTS)] = {team.primary}
    if chance.random() < 0.3:
        subscribe(chance, account, None, chance.choice(PRODUCTS), None)
    for user in sorted(set().union(*(team.members for team in account.teams.values()))):
        account.users[user] = _person(chance, user)
    return account


def some(chance: Random, things: Iterable[str], fewest: int, most: int) -> list[str]:
    """Return some of the things, in random order."""
    pool = sorted(things)
    return chance.sample(pool, min(len(pool), chance.randint(fewest, most)))


def user_of(written: str) -> str:
    """Return the identity of an address."""
    found = identity(written)
    assert found is not None
    return found


def _person(chance: Random, user: str) -> User:
    status: Literal["active", "pending"] = chance.choice(("active", "active", "pending"))
    written = next(each for each in PEOPLE if user_of(each) == user)
    return User(written, chance.choice(NAMES), chance.choice(NAMES), status, "2026-07-28")


def _team(chance: Random) -> Team:
    members = set(map(user_of, some(chance, PEOPLE, 1, 12)))
    team = Team(chance.choice(sorted(members)), members=members)
    for user in some(chance, members - {team.primary}, 0, 3):
        team.admins[user] = chance.choice(("secondary", "secondary", "sso"))
    team.external = frozenset(some(chance, members - {team.primary, *team.admins}, 0, 2))
    if chance.random() < 0.3:
        team.sso = Sso(("acme.example",), chance.choice((None, "https://idp.acme.example/saml")))
    for name in some(chance, GROUPS, 0, 3):
        team.groups[name] = Group(set(some(chance, members, 0, 5)), set())
    return team


def subscribe(
    chance: Random, account: Account, team: str | None, product: str, term: tuple[str, str] | None
) -> Subscription:
    """Add a subscription to an account, and return it."""
    people = (
        account.teams[team].members
        if team is not None
        else {user for each in account.teams.values() for user in each.members}
    )
    flex = product == "Flex"
    bought = Subscription(
        team,
        product,
        chance.choice(("flex", "token-flex")) if flex else chance.choice(("single-user", "single-user", "multi-user")),
        None if flex else chance.randint(0, 12),
        chance.randint(1, 900) if flex else None,
        chance.choice(("store", "reseller")),
        chance.choice(sorted(people)),
        *(term or chance.choice(TERMS)),
        auto_renew=chance.random() < 0.3,
    )
    account.subscriptions[f"574-{len(account.subscriptions):08}"] = bought
    return bought


def room(account: Account, team: str, product: str) -> int:
    """Return the seats of a pool."""
    ids = [each for each in account.subscriptions.values() if (each.team, each.product) == (team, product)]
    bought = [each for each in ids if each.in_term(DAY)]
    return 99 if any(each.offering != "single-user" for each in bought) else sum(each.seats or 0 for each in bought)


def _assign(chance: Random, account: Account, name: str, product: str, *, tidy: bool) -> None:
    team, held = account.teams[name], set[str]()
    limit = room(account, name, product) if tidy else 99
    for group in team.groups.values():
        if chance.random() < 0.4 and len(held | group.members) <= limit:
            group.products |= {product}
            held |= group.members
    for user in some(chance, team.members, 0, 8):
        if len(held | {user}) <= limit:
            held.add(user)
            team.seats[product] = {*team.seats.get(product, ()), user}
