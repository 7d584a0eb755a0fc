"""`seatsync account purchase`: an order that was placed with the vendor, recorded."""

from __future__ import annotations

from seatsync.account.orders import Order
from seatsync.commands.account.embedded import accepted, clock_of, embedded
from seatsync.commands.console import Console
from seatsync.errors import WrongUsage
from seatsync.reporting.escape import visible
from seatsync.targets.sql_admin import record_order


def run(
    console: Console,
    *,
    order: str,
    company: str,
    manager: str,
    product: str,
    channel: str,
    starts: str,
    ends: str | None,
    subscription: str | None,
    team: str | None,
    offering: str | None,
    seats: int | None,
    tokens: int | None,
    contract: str | None,
    license_type: str | None,
    deployment: str | None,
    serial: str | None,
    product_key: str | None,
    day: str | None,
    target: str | None,
) -> int:
    """Record one line of an order; what is known already is renewed or topped up."""
    if (subscription is None) == (contract is None):
        raise WrongUsage("an order is for a subscription or for a contract: say --subscription ID or --contract NO")
    account = embedded(console, target)
    clock = clock_of(console, account, day)
    line = Order(
        number=order,
        day=clock.day,
        company=company,
        manager=manager,
        product=product,
        channel=channel,
        starts=starts,
        ends=ends,
        subscription=subscription,
        team=team,
        offering=offering,
        seats=seats,
        tokens=tokens,
        contract=contract,
        license_type=license_type,
        deployment=deployment,
        serial=serial,
        product_key=product_key,
    )
    now = accepted(record_order(account, line, clock))
    thing = f"subscription {subscription}" if contract is None else f"contract {contract}"
    console.answer(f"Recorded order {visible(order)}, for {visible(thing)}. The account is at serial {now}.\n")
    return 0
