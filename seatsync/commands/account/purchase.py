"""`seatsync account purchase`: record an order placed with the vendor."""

from __future__ import annotations

import click

from seatsync.account.attributes import DEPLOYMENTS, LICENSE_TYPES, OFFERINGS, SALES_CHANNELS
from seatsync.account.orders import Order
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import clock_of, embedded, new_serial
from seatsync.errors import WrongUsage
from seatsync.reading.plain_text import listed
from seatsync.reporting.escape import visible
from seatsync.targets.sql.administration import record_order


@options.command
@click.option("--order", metavar="NO", required=True, help="Order number.")
@click.option("--company", metavar="NAME", required=True, help="Company that placed the order.")
@click.option("--manager", metavar="EMAIL", required=True, help="Purchaser, who becomes the contract manager.")
@click.option("--product", metavar="P", required=True, help="Product that was bought.")
@click.option("--channel", metavar="|".join(SALES_CHANNELS), required=True, help="Sales channel.")
@click.option("--starts", metavar="DATE", type=options.read_day, required=True, help="First day of the term.")
@click.option("--ends", metavar="DATE", type=options.read_day, help="Last day of the term.")
@click.option("--subscription", metavar="ID", help="Subscription; an existing one is renewed or topped up.")
@click.option("--team", metavar="TEAM", help="Team of the subscription; created if it is new.")
@click.option("--offering", metavar="O", help=f"{listed(OFFERINGS, 'or')}.")
@click.option("--seats", metavar="N", type=click.IntRange(0), help="New total number of seats.")
@click.option("--tokens", metavar="N", type=click.IntRange(0), help="New total number of tokens.")
@click.option("--contract", metavar="NO", help="Contract of the classic view; an existing one is renewed or topped up.")
@click.option("--license-type", metavar="L", help=f"{listed(LICENSE_TYPES, 'or')}.")
@click.option("--deployment", metavar="D", help=f"{listed(DEPLOYMENTS, 'or')}.")
@click.option("--serial", metavar="S", help="Serial number of the product.")
@click.option("--product-key", metavar="K", help="Product key, if it has no serial number.")
@click.option(
    "--auto-renew/--no-auto-renew", default=None, help="The subscription renews by itself, or no longer does."
)
@options.day
@options.target
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
    auto_renew: bool | None,
    day: str | None,
    target: str | None,
) -> int:
    r"""Record an order: new seats, a renewal, a contract.

    Takes either --subscription, --team, --offering and --seats or --tokens; or --contract, --license-type, --seats and
    --serial. For an existing subscription or contract, the new total and term are enough.

    Examples:
      seatsync account purchase --order 4711 --company Acme \
        --manager ana@acme.example --product AutoCAD --channel store \
        --starts 2027-01-01 --ends 2027-12-31 --subscription 574-10000001 \
        --team design --offering single-user --seats 25
    """
    if (subscription is None) == (contract is None):
        raise WrongUsage("an order is for a subscription or for a contract; pass --subscription ID or --contract NO")
    if contract is not None and auto_renew is not None:
        raise WrongUsage("contracts do not renew by themselves; pass --auto-renew with --subscription only")
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
        auto_renew=auto_renew,
    )
    now = new_serial(record_order(account, line, clock))
    thing = f"subscription {subscription}" if contract is None else f"contract {contract}"
    console.output(f"Recorded order {visible(order)}, for {visible(thing)}. The account is at serial {now}.\n")
    return 0
