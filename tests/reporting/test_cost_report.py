"""Allocation of cost: random accounts and price tables, against a calculation that goes from seat to seat."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest

from seatsync.account.model import Account, Group, Subscription, Team, User
from seatsync.account.usage import Days, Usage, UsageMonth, UsageSource, next_month, usage_month
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration, DeclaredSubscription, Project
from seatsync.declaration.prices import allotted
from seatsync.declaration.project_values import Policy, Price
from seatsync.finding import Location
from seatsync.insight.reports import cost
from seatsync.insight.reports.cost import DIRECT, NOBODY, OPEN, By, cost_report
from seatsync.insight.reports.document import Money, Report
from seatsync.insight.reports.inputs import ReportInputs, Sight
from seatsync.reading.tree import YamlMap
from seatsync.targets.target import State

DAY = "2026-06-15"
MONTHS = [next_month("2025-06", number) for number in range(12)]
PEOPLE = [f"p{number}@a.example" for number in range(6)]
TERM = ("2026-01-01", "2026-12-31")
_Amounts = dict[tuple[str, ...], Fraction]


def random_inputs(chance: Random) -> ReportInputs:
    """Return an account with pools, groups, shared seats and tokens, whose use is known in some teams."""
    account = Account("acme", users={user: User(user) for user in PEOPLE})
    months: list[UsageMonth] = []
    known = []
    for name in ("t", "u"):
        team = account.teams[name] = Team("p0@a.example", members=set(PEOPLE))
        for product in ("P", "Q"):
            holders = {user for user in PEOPLE if chance.random() < 0.4}
            if holders:
                team.seats[product] = holders
        for group in ("g", "h"):
            members = {user for user in PEOPLE if chance.random() < 0.3}
            team.groups[group] = Group(members, {product for product in "PQ" if chance.random() < 0.5})
        if chance.random() < 0.7:
            known.append(name)
            for month in chance.sample(MONTHS, 3):
                days: Days = {chance.randint(1, 28): Decimal(chance.randrange(1, 99)) / 2 for _ in range(3)}
                months.append(usage_month(month, name, chance.choice("PQ"), chance.choice(PEOPLE), days))
    declared = Declaration(Project(Path(), YamlMap(), "acme", None, (), None, Policy()))
    at = Location("a.yaml", 1, 1, 1, 1)
    for number in range(chance.randint(1, 7)):
        offering = chance.choice(("single-user", "single-user", "single-user", "multi-user", "flex"))
        count = chance.choice((0, 1, 3, 10, 250))
        seats, tokens = (None, count) if offering == "flex" else (count, None)
        team_of, product = chance.choice(("t", "u", None)), chance.choice("PQ")
        facts: Any = (team_of, product, offering, seats, tokens, "store", "p0@a.example", *TERM)
        sub = account.subscriptions[f"s{number}"] = Subscription(*facts)
        per = "token" if offering == "flex" else "year"
        amount = Decimal(chance.randrange(10 ** chance.randint(1, 7))).scaleb(-chance.randint(0, 4))
        price = Price(amount, chance.choice(("EUR", "USD")), per) if chance.random() < 0.9 else None  # type: ignore[arg-type]
        more: Any = (f"s{number}", at, YamlMap(), team_of, product, offering, seats, tokens, "store", None, *TERM)
        declared.subscriptions[f"s{number}"] = DeclaredSubscription(*more)._replace(price=price)
        assert sub.seats == seats
    kept = {(row.month, row.team, row.product, row.person): row for row in months}
    source = UsageSource("f.csv", "d", "usage", DAY, "2025-06-01", "2026-05-31", tuple(known), len(kept))
    usage = Usage(tuple(kept[key] for key in sorted(kept)), (), (source,))
    return ReportInputs(State(account), declared, usage, Clock.at(DAY), Sight(account))


_Give = Callable[[str, str | None, str, str, Fraction], None]


def by_hand(inputs: ReportInputs, by: By) -> dict[str, _Amounts]:
    """Return exact amounts by currency and row: each subscription is given out seat by seat, or token by token."""
    account, declared = inputs.account, inputs.declared
    assert declared is not None
    found: dict[str, _Amounts] = {}

    def give(currency: str, team: str | None, product: str, person: str, amount: Fraction) -> None:
        keys = _rows_of(account, by, team, product, person)
        for key in keys:
            rows = found.setdefault(currency, {})
            rows[key] = rows.get(key, Fraction(0)) + amount / len(keys)

    for key, entry in declared.subscriptions.items():
        sub = account.subscriptions[key]
        if entry.price is None:
            continue
        one, currency = Fraction(entry.price.amount), entry.price.currency
        if sub.offering == "multi-user":
            give(currency, sub.team, sub.product, OPEN, one * (sub.seats or 0))
        elif sub.offering == "single-user":
            _seats(account, sub, one, currency, give)
        else:
            _tokens(inputs, sub, one, currency, give)
    return found


def _rows_of(account: Account, by: By, team: str | None, product: str, person: str) -> list[tuple[str, ...]]:
    """Return the rows among which an amount is split."""
    place = team or "(no team)"
    if by != "group":
        return [({"team": place, "product": product, "person": person}[by],)]
    if person.startswith("("):
        return [(place, person)]
    groups = account.teams[place].groups
    both = [name for name in ("g", "h") if product in groups[name].products and person in groups[name].members]
    return [(place, name) for name in both or [DIRECT]]


def _seats(account: Account, sub: Subscription, one: Fraction, currency: str, give: _Give) -> None:
    alike = [each for each in account.subscriptions.values() if each[:3] == sub[:3]]
    pool = sum(each.seats or 0 for each in alike)
    holders = set()
    if sub.team is not None:
        team = account.teams[sub.team]
        holders = {user for user in PEOPLE if user in team.seats.get(sub.product, ())}
        holders |= {user for group in team.groups.values() if sub.product in group.products for user in group.members}
    whole = one * (sub.seats or 0)
    for user in sorted(holders):
        give(currency, sub.team, sub.product, user, whole / max(pool, len(holders)))
    if pool > len(holders):
        give(currency, sub.team, sub.product, NOBODY, whole * (pool - len(holders)) / pool)


def _tokens(inputs: ReportInputs, sub: Subscription, one: Fraction, currency: str, give: _Give) -> None:
    """Give out the tokens of one subscription, of which the part is used that is used of all of the team."""
    usage = inputs.usage
    assert usage is not None
    of_team = [each for each in inputs.account.subscriptions.values() if each.team == sub.team]
    alike = [each for each in of_team if each.tokens is not None and _has_price(inputs, each)]
    names = ", ".join(sorted({each.product for each in alike}))
    pool = sum(each.tokens or 0 for each in alike)
    whole = one * (sub.tokens or 0)
    if sub.team is None or sub.team not in usage.sources[0].teams or not pool:
        give(currency, sub.team, names, OPEN, whole)
        return
    used = Fraction(0)
    for row in usage.months:
        if row.team == sub.team:
            share = Fraction(row.tokens or 0) / pool
            used += share
            give(currency, sub.team, row.product, row.person, whole * share)
    if used < 1:
        give(currency, sub.team, names, NOBODY, whole * (1 - used))


def _has_price(inputs: ReportInputs, sub: Subscription) -> bool:
    """Return True if any subscription that is bought alike has a price: the others are then part of its pool."""
    declared = inputs.declared
    assert declared is not None
    return any(
        entry.price is not None and inputs.account.subscriptions[key][:3] == sub[:3]
        for key, entry in declared.subscriptions.items()
    )


def problems(report: Report, exact: dict[str, _Amounts]) -> list[str]:
    """Return what is wrong with a report: rows that lack, amounts that are not rounded, sums that are not exact."""
    rows: dict[str, dict[tuple[str, ...], Decimal]] = {}
    for row in report.table("cost").rows:
        money = row[-1]
        assert isinstance(money, Money)
        names = tuple(cell for cell in row[:-1] if isinstance(cell, str))
        rows.setdefault(money.currency, {})[names] = money.amount
    found = []
    for currency, parts in exact.items():
        shown = {names: amount for names, amount in rows.get(currency, {}).items() if amount or parts.get(names)}
        amounts = {names: amount for names, amount in parts.items() if amount}
        if shown.keys() != amounts.keys():
            found.append(f"{currency}: rows {sorted(shown)} instead of {sorted(amounts)}")
        whole = sum(amounts.values(), Fraction(0))
        number, rest = divmod(whole.numerator * 100, whole.denominator)
        if sum(shown.values()) * 100 != number + (2 * rest >= whole.denominator):
            found.append(f"{currency}: {sum(shown.values())} instead of {float(whole)}")
        found += [
            f"{currency} {names}: {shown[names]} instead of {float(amounts[names])}"
            for names in sorted(shown.keys() & amounts.keys())
            if abs(Fraction(shown[names]) - amounts[names]) >= Fraction(3, 100)  # three parts in a row
        ]
    return found


@pytest.mark.parametrize("by", get_args(By))
def test_what_is_allocated_adds_up_to_what_is_paid(by: By) -> None:
    for seed in range(1000):
        inputs = random_inputs(Random(seed))
        report = cost_report(inputs, by)
        assert problems(report, by_hand(inputs, by)) == [], seed


def test_parts_that_are_rounded_one_by_one_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the comparison above notices a calculation that rounds as people do."""

    def one_by_one(parts: dict[object, Fraction]) -> dict[object, Decimal]:
        return {key: allotted({key: amount})[key] for key, amount in parts.items()}

    monkeypatch.setattr(cost, "allotted", one_by_one)
    wrong = 0
    for seed in range(200):
        inputs = random_inputs(Random(seed))
        wrong += bool(problems(cost_report(inputs, "person"), by_hand(inputs, "person")))
    assert wrong > 40
