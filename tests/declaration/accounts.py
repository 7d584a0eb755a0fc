"""Hypothesis strategies for valid accounts with names that are hard to write as YAML."""

from __future__ import annotations

from random import Random
from typing import Any, Literal

from hypothesis import strategies as st

from seatsync.account.email import identity
from seatsync.account.model import Account, Contract, ContractProduct, Group, Sso, Subscription, Team, User

ADDRESSES = [
    *("ana@acme.example", "Ben@Acme.example", "CHO+x@acme.example", "josé@acme.example", "123@acme.example"),
    *("eli@bücher.example", "o'neil@acme.example", "#fay@acme.example", "-gus@acme.example", "~@acme.example"),
]
NAMES = [
    *("design", "Design", "no", "0123", "1_000", "12:30", "2026-01-01", "~", "null", "1e3", "12", "true", "<<", "a: b"),
    *("../../etc/passwd", "/", ".", "..", "con", "a" * 70, "a" * 69 + "b", "é", "日本", "😀", "- x", "a #b", '"', "'"),
    *("x\u2028y", "a\\b", "seatsync", "?", "?x", "*", "[a]", "---", "\ufeff", "\u202ea"),
]
DAYS = ["2020-01-01", "2026-06-15", "2099-12-31"]

address = st.sampled_from(ADDRESSES)
name = st.sampled_from(NAMES) | st.text("ab -:#'é", min_size=1, max_size=5).map(str.strip).filter(bool)
people = st.sets(address.map(lambda written: identity(written) or ""), max_size=4)
person = address.map(lambda written: identity(written) or "")
day = st.sampled_from(DAYS)
channel: st.SearchStrategy[Literal["store", "reseller"]] = st.sampled_from(("store", "reseller"))


@st.composite
def users(draw: st.DrawFn) -> dict[str, User]:
    """Return all users by identity."""
    found = {}
    for written in ADDRESSES:
        status: Literal["pending", "active"] = draw(st.sampled_from(("pending", "active")))
        invited = draw(st.sampled_from((None, "2026-06-01", "2026-06-01T09:00:00Z")))
        user = identity(written)
        assert user is not None
        found[user] = User(written, draw(st.sampled_from(("", "Ana", "no", "12"))), draw(name), status, invited)
    return found


@st.composite
def teams(draw: st.DrawFn) -> Team:
    """Return a team without the members that its subscriptions add."""
    primary = draw(person)
    sso = Sso(tuple(draw(st.lists(st.sampled_from(("b.example", "a.example")), unique=True))), draw(st.none() | url))
    team = Team(primary, draw(st.none() | st.just(sso)))
    for user in draw(people) - {primary}:
        team.admins[user] = draw(st.sampled_from(("secondary", "sso")))
    team.external = frozenset(draw(people) - {primary, *team.admins})
    for group in draw(st.sets(name, max_size=2)):
        team.groups[group] = Group(draw(people), draw(st.sets(name, max_size=2)))
    team.seats = draw(st.dictionaries(name, people.filter(bool), max_size=2))
    team.members = {primary, *team.admins, *team.external}.union(
        draw(people), *team.seats.values(), *(group.members for group in team.groups.values())
    )
    return team


url = st.sampled_from(("https://idp.acme.example/saml", "https://idp.acme.example/?a=b#c"))


@st.composite
def subscriptions(draw: st.DrawFn, team: str | None) -> Subscription:
    """Return a subscription of a team, or of none."""
    offering: Literal["single-user", "multi-user", "flex", "token-flex"]
    offering = draw(st.sampled_from(("single-user", "multi-user", "flex", "token-flex")))
    count = draw(st.integers(1, 100))
    by_seat = offering in {"single-user", "multi-user"}
    seats, tokens = (count, None) if by_seat else (None, count)
    starts, ends = sorted((draw(day), draw(day)))
    facts = (team, draw(name), offering, seats, tokens, draw(channel), draw(person), starts, ends)
    return Subscription(*facts, auto_renew=draw(st.booleans()))


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """Return a classic contract."""
    kind: Literal["perpetual", "maintenance", "education"]
    kind = draw(st.sampled_from(("perpetual", "maintenance", "education")))
    deployment: st.SearchStrategy[Literal["stand-alone", "networked"]] = st.sampled_from(("stand-alone", "networked"))
    starts, ends = (None, None) if kind == "perpetual" else sorted((draw(day), draw(day)))
    contract = Contract(
        draw(person),
        draw(person),
        kind,
        draw(channel),
        draw(st.none() | deployment),
        starts,
        ends,
        support=draw(people),
    )
    for product in draw(st.sets(name, min_size=1, max_size=2)):
        facts = draw(st.sampled_from((("123-1", None), (None, "001"), ("0123", "K"))))
        contract.products[product] = ContractProduct(draw(st.integers(1, 9)), *facts)
        holders = draw(people)
        if holders:
            contract.seats[product] = holders
    contract.services = draw(st.dictionaries(name, people.filter(bool), max_size=2))
    contract.members = {contract.contract_manager, contract.coordinator}.union(
        draw(people), contract.support, *contract.seats.values(), *contract.services.values()
    )
    return contract


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Return a whole account."""
    lineage = draw(st.none() | st.just("5f0c6a44-0000-4000-8000-00000000beef"))
    account = Account(draw(name), lineage, draw(st.none() | st.integers(0, 9)))
    account.timezone = draw(st.sampled_from(("UTC", "Europe/Lisbon")))
    account.teams = draw(st.dictionaries(name, teams(), max_size=3))
    for number in range(draw(st.integers(0, 3))):
        team = draw(st.sampled_from([*account.teams, None]))
        account.subscriptions[f"{number}{draw(name)}"] = sub = draw(subscriptions(team))
        if team is not None:
            account.teams[team].members |= {sub.contract_manager}
    account.contracts = draw(st.dictionaries(name, contracts(), max_size=2))
    members: set[str] = set()
    members = members.union(*(team.members for team in account.teams.values()))
    members = members.union(*(contract.members for contract in account.contracts.values()))
    account.users = {user: facts for user, facts in draw(users()).items() if user in members}
    return account


UNTIL = {"until": "2099-12-31"}
FROM = {"from": "2020-01-01"}


def with_days(data: dict[str, Any], random: Random, *bounds: dict[str, str]) -> dict[str, Any]:
    """Give days, any of `bounds`, to some groups of a fragment and to some of their products."""
    for team in (data.get("teams") or {}).values():
        for group in (team.get("groups") or {}).values():
            if isinstance(group, dict) and random.random() < 0.4:
                group.update(random.choice(bounds))
                group["products"] = [
                    {"product": product, **random.choice(bounds)}
                    if isinstance(product, str) and random.random() < 0.5
                    else product
                    for product in group.get("products") or ()
                ]
    return data
