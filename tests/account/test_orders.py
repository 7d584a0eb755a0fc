from __future__ import annotations

from dataclasses import replace

import pytest

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Facts
from seatsync.account.model import Account
from seatsync.account.orders import Order, recorded_purchase
from tests.account.sample import acme, effect

SUBSCRIPTION = Order(
    number="O-1",
    day="2026-06-15",
    company="Acme Ltd",
    manager="Ana@acme.example",
    product="AutoCAD",
    channel="reseller",
    starts="2026-06-01",
    ends="2027-05-31",
    subscription="S-6",
    team="design",
    offering="single-user",
    seats=4,
)
KNOWN = replace(SUBSCRIPTION, subscription="S-1", starts="2026-01-01", ends="2026-12-31", seats=5)
CONTRACT = Order(
    number="O-2",
    day="2026-06-15",
    company="Acme Ltd",
    manager="Ivy@acme.example",
    product="AutoCAD 2019",
    channel="reseller",
    starts="2026-06-01",
    contract="C-3",
    license_type="perpetual",
    seats=2,
    serial="123-1",
)
CLASSIC = replace(CONTRACT, contract="C-1", manager="ana@acme.example", license_type=None, serial=None, seats=3)


def recorded(order: Order, account: Account | None = None) -> str:
    """Return the steps of an order, each with its effect."""
    account = account if account is not None else acme()
    steps = recorded_purchase(account, order)
    if isinstance(steps, Refused):
        return f"{steps.code} {steps.message}"
    lines = []
    for step in steps:
        args = " ".join(f"{name}={side(value) if isinstance(value, Facts) else value}" for name, value in step.args)
        lines += [f"{step.action} {step.scope} {args}", *(f"    {row}" for row in effect(step, account).split("\n"))]
    return "\n".join(lines)


def side(facts: Facts) -> str:
    return "(" + ", ".join(f"{name} {value}" for name, value in facts.items) + ")"


def test_a_new_subscription() -> None:
    assert recorded(SUBSCRIPTION).splitlines() == [
        (
            "purchase.subscription team design subscription=S-6 now=None wanted=(team design, product AutoCAD, "
            "offering single-user, seats 4, channel reseller, contract_manager Ana@acme.example, "
            "starts 2026-06-01, ends 2027-05-31)"
        ),
        "    + subscription S-6 design AutoCAD single-user 4 reseller ana@acme.example 2026-06-01 2027-05-31 0",
    ]


def test_a_new_subscription_makes_its_team_and_its_manager_known() -> None:
    order = replace(SUBSCRIPTION, team="site", manager="Ivy@acme.example", offering="flex", seats=None, tokens=50)
    assert recorded(order).splitlines()[1:] == [
        "    + user ivy@acme.example Ivy@acme.example active",
        "    + team site ivy@acme.example",
        "    + team_member site ivy@acme.example",
        "    + subscription S-6 site AutoCAD flex 50 reseller ivy@acme.example 2026-06-01 2027-05-31 0",
    ]


def test_a_new_subscription_in_no_team() -> None:
    assert recorded(replace(SUBSCRIPTION, team=None)).splitlines()[1:] == [
        "    + subscription S-6 AutoCAD single-user 4 reseller ana@acme.example 2026-06-01 2027-05-31 0",
    ]


def test_a_new_subscription_needs_an_end() -> None:
    answer = recorded(replace(SUBSCRIPTION, ends=None)).splitlines()[1]
    assert answer == "    STEP001 Subscription S-6: ends must be a date such as 2026-12-31."


def test_a_top_up() -> None:
    assert recorded(KNOWN).splitlines() == [
        "purchase.seats team design subscription=S-1 now=(seats 3) wanted=(seats 5)",
        "    ~ subscription S-1 3→5",
    ]


def test_a_renewal_and_a_top_up_in_one() -> None:
    assert recorded(replace(KNOWN, starts="2027-01-01", ends="2027-12-31", seats=3, offering=None)).splitlines() == [
        (
            "purchase.renewal team design subscription=S-1 now=(starts 2026-01-01, ends 2026-12-31) "
            "wanted=(starts 2027-01-01, ends 2027-12-31)"
        ),
        "    STEP001 Team design uses 2 seats of AutoCAD and would have 0.",
    ]
    assert recorded(replace(KNOWN, ends="2027-12-31")).splitlines() == [
        "purchase.seats team design subscription=S-1 now=(seats 3) wanted=(seats 5)",
        "    ~ subscription S-1 3→5",
        "purchase.renewal team design subscription=S-1 now=(ends 2026-12-31) wanted=(ends 2027-12-31)",
        "    ~ subscription S-1 2026-12-31→2027-12-31",
    ]


def test_a_subscription_in_no_team_is_topped_up() -> None:
    order = replace(KNOWN, subscription="S-3", product="Revit", team=None)
    assert recorded(order).splitlines()[0] == ("purchase.seats account subscription=S-3 now=(seats 2) wanted=(seats 5)")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (replace(KNOWN, product="Revit"), "product of subscription S-1 is AutoCAD, not Revit."),
        (replace(KNOWN, offering="flex"), "offering of subscription S-1 is single-user, not flex."),
        (replace(KNOWN, channel="store"), "channel of subscription S-1 is reseller, not store."),
        (replace(KNOWN, team="studio"), "team of subscription S-1 is design, not studio."),
        (replace(KNOWN, subscription="S-3", product="Revit"), "team of subscription S-3 is not set, not design."),
        (
            replace(KNOWN, manager="ben@acme.example"),
            "The contract manager of subscription S-1 is ana@acme.example, not ben@acme.example.",
        ),
        (replace(KNOWN, seats=3), "The order changes nothing: the account already has these totals and this term."),
        (replace(KNOWN, contract="C-1"), "An order needs either a subscription or a contract."),
        (
            replace(KNOWN, subscription=None),
            "An order needs either a subscription or a contract.",
        ),
        (replace(CLASSIC, license_type="education"), "license_type of contract C-1 is maintenance, not education."),
        (replace(CLASSIC, deployment="networked"), "deployment of contract C-1 is not set, not networked."),
        (replace(CLASSIC, manager="?"), "The contract manager of contract C-1 is ana@acme.example, not ?."),
        (replace(CLASSIC, seats=1), "The order changes nothing: the account already has these totals and this term."),
    ],
)
def test_orders_that_do_not_fit(order: Order, expected: str) -> None:
    assert recorded(order) == f"STEP001 {expected}"


def test_a_new_contract_comes_with_a_seat_for_its_manager() -> None:
    assert recorded(CONTRACT).splitlines() == [
        (
            "purchase.contract contract C-3 now=None wanted=(contract_manager Ivy@acme.example, "
            "license_type perpetual, channel reseller)"
        ),
        "    + user ivy@acme.example Ivy@acme.example active",
        "    + contract C-3 ivy@acme.example ivy@acme.example perpetual reseller",
        "    + contract_member C-3 ivy@acme.example",
        "purchase.seats contract C-3 product=AutoCAD 2019 now=None wanted=(seats 2, serial 123-1)",
        "    + contract_product C-3 AutoCAD 2019 2 123-1",
        "    + contract_seat C-3 AutoCAD 2019 ivy@acme.example",
    ]


def test_a_new_contract_with_a_term() -> None:
    order = replace(CONTRACT, license_type="maintenance", ends="2027-05-31")
    assert recorded(order).splitlines()[2] == (
        "    + contract C-3 ivy@acme.example ivy@acme.example maintenance reseller 2026-06-01 2027-05-31"
    )


def test_a_further_product_of_a_contract() -> None:
    order = replace(CLASSIC, product="Fusion", product_key="X", starts="2026-01-01", ends="2027-12-31")
    assert recorded(order).splitlines() == [
        "purchase.seats contract C-1 product=Fusion now=None wanted=(seats 3, product_key X)",
        "    + contract_product C-1 Fusion 3 X",
        "    + contract_seat C-1 Fusion ana@acme.example",
        "purchase.renewal contract C-1 now=(ends 2026-12-31) wanted=(ends 2027-12-31)",
        "    ~ contract C-1 2026-12-31→2027-12-31",
    ]


def test_a_known_product_of_a_contract() -> None:
    order = replace(CLASSIC, serial="9", starts="2027-01-01", ends="2027-12-31")
    assert recorded(order).splitlines() == [
        (
            "purchase.seats contract C-1 product=AutoCAD 2019 now=(seats 1, serial 123-45678901) "
            "wanted=(seats 3, serial 9)"
        ),
        "    ~ contract_product C-1 AutoCAD 2019 1→3 123-45678901→9",
        (
            "purchase.renewal contract C-1 now=(starts 2026-01-01, ends 2026-12-31) "
            "wanted=(starts 2027-01-01, ends 2027-12-31)"
        ),
        "    ~ contract C-1 2026-01-01→2027-01-01 2026-12-31→2027-12-31",
    ]
