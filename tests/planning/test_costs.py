"""Cost per year: of subscriptions, of seats, and as a plan changes it; against an independent calculation."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from seatsync.account.attributes import OFFERINGS
from seatsync.account.model import Account, Subscription, Team
from seatsync.declaration.prices import allotted, cents, cost_of, yearly_cost
from seatsync.declaration.project_values import Per, Price
from seatsync.errors import PlanRefused
from seatsync.planning import plan_file
from seatsync.planning.costs import Purchase, cost_changes, purchases, totals
from seatsync.planning.plan import CostChange, Plan, to_json
from seatsync.planning.step_routes import Routes, with_routes
from seatsync.reading.schema import validate_document
from seatsync.reporting.plan import plan_html, plan_markdown
from seatsync.reporting.plan.plan_cost import cost_text
from seatsync.reporting.terminal import PLAIN
from tests.declaration.repositories import loaded
from tests.planning.words import plan_of

DAY = "2026-06-15"
TERMS = (("2026-01-01", "2026-12-31"), ("2025-07-01", "2028-06-30"), ("2026-06-01", "2026-08-31"))
ODD = ("2026-02-10", "2026-09-03")  # 206 days, which are no whole months


def subscription(
    offering: str, number: int, term: tuple[str, str], product: str = "P", team: str = "t"
) -> Subscription:
    seats, tokens = (number, None) if offering in {"single-user", "multi-user"} else (None, number)
    return Subscription(team, product, offering, seats, tokens, "store", "ana@a.example", *term)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("per", "term", "amount"),
    [
        ("year", TERMS[0], "5805.30"),
        ("year", TERMS[1], "5805.30"),
        ("month", TERMS[0], "69663.60"),
        ("term", TERMS[0], "5805.30"),
        ("term", TERMS[1], "1935.10"),
        ("term", TERMS[2], "23221.20"),
        ("term", ODD, "10286.09"),  # 5805.30 * 365 / 206 = 10286.0898…
    ],
)
def test_the_cost_of_a_subscription(per: Per, term: tuple[str, str], amount: str) -> None:
    found = cost_of(subscription("single-user", 3, term), Price(Decimal("1935.10"), "EUR", per), 3)
    assert cents(found) == Decimal(amount)


def test_the_cost_of_tokens_is_that_of_their_term() -> None:
    assert cost_of(subscription("flex", 500, TERMS[1]), Price(Decimal("3.0125"), "EUR", "token"), 500) == Fraction(
        500 * 30125, 30000
    )


def test_the_cost_of_a_declared_subscription(tmp_path: Path) -> None:
    price = "price: {amount: 100, currency: EUR, per: year}"
    text = f"""\
users: {{ana@acme.example: }}
subscriptions:
  a: {{product: P, offering: single-user, seats: 3, channel: store, starts: 2026-01-01, ends: 2026-12-31,
      auto_renew: true, from_renewal: {{seats: 2}}, {price}}}
  b: {{product: P, offering: single-user, seats: 3, channel: store, starts: 2026-01-01, ends: 2026-12-31}}
"""
    declaration = loaded(tmp_path, text).declaration
    assert declaration is not None
    one, two = declaration.subscriptions.values()
    assert [yearly_cost(one, day) for day in ("2025-12-31", DAY, "2027-01-01")] == [None, 300, 200]
    assert yearly_cost(two, DAY) is None


# Sums


def independent(account: Account, prices: dict[str, Price]) -> dict[str, tuple[int, int]]:
    """Return cents by currency: of everything, and of what people hold as counted seats. Adds up seat by seat."""
    whole: dict[str, Fraction] = {}
    held: dict[str, Fraction] = {}
    for key, sub in account.subscriptions.items():
        if key not in prices or not sub.starts <= DAY <= sub.ends:
            continue
        price = prices[key]
        number, text = sub.seats if sub.tokens is None else sub.tokens, str(price.amount)
        digits = Fraction(int(text.replace(".", "")), 10 ** len(text.partition(".")[2]))
        years = {"year": Fraction(1), "month": Fraction(1, 12)}.get(price.per)
        if years is None:
            years = {TERMS[0]: Fraction(1), TERMS[1]: Fraction(3), TERMS[2]: Fraction(1, 4), ODD: Fraction(206, 365)}[
                sub.starts, sub.ends
            ]
        cost = digits * (number or 0) / years
        whole[price.currency] = whole.get(price.currency, Fraction(0)) + cost
        if sub.offering != "single-user" or sub.team is None:
            continue
        pool = [
            each.seats or 0
            for each in account.subscriptions.values()
            if (each.team, each.product, each.offering) == (sub.team, sub.product, sub.offering)
            and each.starts <= DAY <= each.ends
        ]
        taken = min(len(account.teams[sub.team].seats.get(sub.product, ())), sum(pool))
        if taken:
            held[price.currency] = held.get(price.currency, Fraction(0)) + cost * taken / sum(pool)
    return {
        currency: (_half_up(amount), _half_up(held.get(currency, Fraction(0)))) for currency, amount in whole.items()
    }


def _half_up(amount: Fraction) -> int:
    number, rest = divmod(amount.numerator * 100, amount.denominator)
    return number + (2 * rest >= amount.denominator)


def random_account(chance: Random) -> tuple[Account, dict[str, Price]]:
    """Return an account with some pools, and prices of most subscriptions."""
    account, prices = Account("acme"), dict[str, Price]()
    for team in ("t", "u"):
        account.teams[team] = Team("ana@a.example")
        for product in ("P", "Q"):
            people = {f"p{number}@a.example" for number in range(chance.choice((0, 1, 3, 7)))}
            if people:
                account.teams[team].seats[product] = people
                account.teams[team].members = {*account.teams[team].members, *people}
    for number in range(chance.randint(1, 6)):
        offering = chance.choice((*OFFERINGS, "single-user", "single-user"))
        sub = subscription(offering, chance.choice((0, 1, 2, 5, 999)), chance.choice((*TERMS, ODD)))
        key = f"s-{number}"
        account.subscriptions[key] = sub._replace(team=chance.choice(("t", "u", None)), product=chance.choice("PQ"))
        per: Per = "token" if sub.tokens is not None else chance.choice(("year", "month", "term"))
        amount = Decimal(chance.randrange(10 ** chance.randint(1, 8))).scaleb(-chance.randint(0, 4))
        if chance.random() < 0.9:
            prices[key] = Price(amount, chance.choice(("EUR", "USD")), per)
    return account, prices


def differences(total: Callable[[Account, dict[str, Price]], dict[str, tuple[int, int]]], count: int) -> int:
    """Return the number of random price tables for which a calculation differs from the independent one."""
    wrong = 0
    for seed in range(count):
        account, prices = random_account(Random(seed))
        wrong += total(account, prices) != independent(account, prices)
    return wrong


def ours(account: Account, prices: dict[str, Price]) -> dict[str, tuple[int, int]]:
    found = totals(purchases(account, prices, DAY))
    return {currency: (int(cents(one) * 100), int(cents(two) * 100)) for currency, (one, two) in found.items()}


def with_floats(account: Account, prices: dict[str, Price]) -> dict[str, tuple[int, int]]:
    """Calculate like `ours`, but with floats that are rounded subscription by subscription: the negative control."""
    found: dict[str, tuple[int, int]] = {}
    for key, price in prices.items():
        sub = account.subscriptions[key]
        if sub.in_term(DAY):
            number = sub.seats if sub.tokens is None else sub.tokens
            cost = round(float(cost_of(sub, price, 1)), 2) * (number or 0)
            whole, held = found.get(price.currency, (0, 0))
            found[price.currency] = (whole + round(cost * 100), held)
    exact = ours(account, prices)
    return {currency: (whole, exact[currency][1]) for currency, (whole, _) in found.items()}


def test_sums_of_random_price_tables_are_exact_to_the_cent() -> None:
    assert differences(ours, 1000) == 0
    assert differences(with_floats, 100) > 20


def test_a_price_that_does_not_suit_the_account_counts_for_nothing() -> None:
    """The account may have seats where the files declare tokens (STEP007)."""
    account = Account("acme")
    account.subscriptions = {"s-1": subscription("multi-user", 3, TERMS[0]), "s-2": subscription("flex", 3, TERMS[0])}
    year, token = Price(Decimal(100), "EUR", "year"), Price(Decimal(100), "EUR", "token")
    assert list(purchases(account, {"s-1": token, "s-2": year}, DAY)) == []
    assert len(list(purchases(account, {"s-1": year, "s-2": token}, DAY))) == 2


def test_parts_add_up_to_the_whole() -> None:
    assert allotted({"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3)}) == {
        "a": Decimal("0.34"),
        "b": Decimal("0.33"),
        "c": Decimal("0.33"),
    }
    assert allotted({}) == {}
    for seed in range(300):
        chance = Random(seed)
        parts = {number: Fraction(chance.randrange(10**6), chance.randint(1, 10**4)) for number in range(9)}
        found = allotted(parts)
        assert sum(found.values()) == cents(sum(parts.values(), Fraction()))
        assert all(abs(Fraction(found[number]) - parts[number]) < Fraction(1, 100) for number in parts)


def test_a_pool_that_is_too_small_costs_no_more() -> None:
    people = frozenset({"a@a.example", "b@a.example", "c@a.example"})
    pool = Purchase("t", "P", "single-user", Fraction(2), {"EUR": Fraction(100)}, people, (), {"EUR": Fraction(2)})
    assert (pool.of_holder("EUR"), pool.held("EUR")) == (Fraction(100, 3), Fraction(100))


# Plans

CURRENT = """\
    users:
      ana@acme.example: {first_name: Ana, last_name: Doe}
      ben@acme.example: {first_name: Ben, last_name: Doe}
      cho@acme.example: {first_name: Cho, last_name: Doe}
    teams:
      design: {primary_admin: ana@acme.example, seats: {AutoCAD: [ben@acme.example]}, members: [cho@acme.example]}
      build: {primary_admin: ana@acme.example}
    subscriptions:
      s-1: {team: design, product: AutoCAD, offering: single-user, seats: 2, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
      s-2: {team: build, product: Revit, offering: single-user, seats: 2, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
"""
DECLARED = """\
    teams:
      design: {primary_admin: ana@acme.example, seats: {AutoCAD: [ben@acme.example, cho@acme.example]}}
      build: {primary_admin: ana@acme.example}
    subscriptions:
      s-1: {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31,
            price: {amount: 1935.00, currency: EUR, per: year}}
      s-2: {team: build, product: Revit, offering: single-user, seats: 2, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31,
            price: {amount: 250.55, currency: USD, per: month}}
"""
EUR = CostChange("EUR", (Decimal("3870.00"), Decimal("5805.00")), (Decimal("1935.00"), Decimal("3870.00")))
USD = CostChange("USD", (Decimal("6013.20"), Decimal("6013.20")), (Decimal("0.00"), Decimal("0.00")))


@pytest.fixture(name="plan")
def _plan(tmp_path: Path) -> Plan:
    return plan_of(tmp_path, CURRENT, DECLARED)


def test_a_plan_says_what_it_changes_per_year(plan: Plan) -> None:
    assert [planned.step.action for planned in plan.steps] == ["seat.assign", "purchase.seats"]
    assert plan.cost == (EUR, USD)
    document = json.loads(to_json(plan))
    assert document["cost"][0] == {
        "currency": "EUR",
        "bought": {"before": "3870.00", "after": "5805.00", "difference": "1935.00"},
        "assigned": {"before": "1935.00", "after": "3870.00", "difference": "1935.00"},
    }
    assert validate_document(document, "plan") == []
    assert plan_file.from_json(to_json(plan)) == plan


@pytest.mark.parametrize(("old", "new"), [('"5805.00"', '"5805.01"'), ('"1935.00"}', '"1935.0"}'), ('"EUR"', '"CHF"')])
def test_the_cost_of_a_saved_plan_cannot_be_altered(plan: Plan, old: str, new: str) -> None:
    text = to_json(plan)
    assert old in text
    with pytest.raises(PlanRefused, match="altered"):
        plan_file.from_json(text.replace(old, new, 1))


def test_without_prices_a_plan_has_no_cost(tmp_path: Path) -> None:
    lines = [line for line in DECLARED.splitlines() if "price" not in line]
    plan = plan_of(tmp_path, CURRENT, "\n".join(lines).replace("2026-12-31,", "2026-12-31}"))
    assert plan.cost == ()
    assert "cost" not in json.loads(to_json(plan))
    assert list(cost_text(plan, PLAIN)) == []


def test_only_what_a_plan_covers_counts(tmp_path: Path) -> None:
    assert plan_of(tmp_path / "1", CURRENT, DECLARED, teams=("build",)).cost == (USD,)
    as_ben = CURRENT.replace("design: {primary_admin: ana", "design: {primary_admin: ben")
    declared = DECLARED.replace("design: {primary_admin: ana", "design: {primary_admin: ben")
    plan = plan_of(tmp_path / "2", as_ben, declared, actor="ben@acme.example")
    assert [change.currency for change in plan.cost] == ["EUR"]


def test_a_plan_of_some_routes_has_no_cost(plan: Plan) -> None:
    assert with_routes(plan, None, ("account",)).cost == (EUR, USD)
    assert with_routes(plan, Routes(lambda _: {1: "console", 2: "purchase"}), ("purchase",)).cost == ()


def test_a_renewal_costs_what_is_bought_now_and_then(tmp_path: Path) -> None:
    before, after = DECLARED.split("      s-2: ")
    after = after.replace("2026", "2027")  # the next term, in which nothing changes
    plan = plan_of(tmp_path, CURRENT, f"{before}      s-2: {after}")
    assert "purchase.renewal" in [planned.step.action for planned in plan.steps]
    assert plan.findings == ()
    assert plan.cost == (EUR, USD)


@pytest.mark.parametrize(
    ("starts", "product", "auto_renew", "difference"),
    [
        ("2026-06-15", "P", False, 10),  # beside the other
        ("2026-07-01", "P", False, 10),
        ("2027-01-01", "P", False, 5),  # in place of the other
        ("2027-01-01", "P", True, 10),
        ("2027-01-01", "Q", False, 10),
    ],
)
def test_what_is_bought_for_later_counts_in_place_of_what_it_follows(
    *, starts: str, product: str, auto_renew: bool, difference: int
) -> None:
    first = subscription("single-user", 1, TERMS[0])._replace(auto_renew=auto_renew)
    before = Account("a")
    before.teams["t"] = Team("ana@a.example")
    before.subscriptions["s-1"] = first
    after = before.copy()
    after.subscriptions["s-2"] = subscription("single-user", 2, (starts, "2028-12-31"), product)
    prices = {key: Price(Decimal(5), "EUR", "year") for key in ("s-1", "s-2")}
    (change,) = cost_changes(before, after, prices, DAY, lambda _: True)
    assert change.bought == (Decimal(5), Decimal(5 + difference))
    (unpriced,) = cost_changes(before, after, {"s-1": prices["s-1"]}, DAY, lambda _: True)
    assert unpriced.bought == (Decimal(5), Decimal(5))


def test_the_cost_in_all_formats(plan: Plan) -> None:
    assert "".join(cost_text(plan, PLAIN)) == (
        "Cost per year\n"
        "  EUR: bought 3,870.00 -> 5,805.00 (+1,935.00); assigned 1,935.00 -> 3,870.00 (+1,935.00)\n"
        "  USD: bought 6,013.20 as before; assigned 0.00 as before\n"
    )
    assert "| Bought, EUR | 3,870.00 | 5,805.00 | +1,935.00 |\n" in plan_markdown.render(plan, None)
    page = plan_html.render(plan, None)
    assert '<tr><th scope="row">Bought, EUR</th><td class="number">3,870.00</td>' in page
    fewer = plan._replace(cost=(CostChange("EUR", EUR.bought[::-1], EUR.assigned),))
    assert "| Bought, EUR | 5,805.00 | 3,870.00 | -1,935.00 |\n" in plan_markdown.render(fewer, None)
    nothing = plan._replace(steps=())
    assert "Cost per year" not in plan_markdown.render(nothing, None) + plan_html.render(nothing, None)
