"""`seatsync account purchase`: record an order placed with the vendor."""

from __future__ import annotations

from dataclasses import replace

import click

from seatsync.account.attributes import DEPLOYMENTS, LICENSE_TYPES, OFFERINGS, SALES_CHANNELS
from seatsync.account.model import Account
from seatsync.account.orders import Incomplete, Order, lacking
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import accepted, clock_of, embedded
from seatsync.errors import WrongUsage
from seatsync.reading.plain_text import listed
from seatsync.reporting.escape import visible
from seatsync.targets.sql.administration import record_order


@options.command
@click.option("--order", metavar="NO", help="Order number (default: the next one, such as ORDER-1).")
@click.option(
    "--company", metavar="NAME", help="Company that placed the order (default: as before, at first the account's name)."
)
@click.option("--manager", metavar="EMAIL", help="Purchaser, who becomes the contract manager.")
@click.option("--product", metavar="P", help="Product that was bought.")
@click.option("--channel", metavar="|".join(SALES_CHANNELS), help="Sales channel.")
@click.option("--starts", metavar="DATE", type=options.read_day, help="First day of the term.")
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
    order: str | None,
    company: str | None,
    manager: str | None,
    product: str | None,
    channel: str | None,
    starts: str | None,
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

    For an existing subscription or contract, pass what changes: the new total, the new term. A new subscription needs
    --manager, --product, --offering, --seats or --tokens, --channel, --starts, --ends, and --team unless it is in none;
    a new contract --manager, --license-type, --channel, --product, --seats, and --serial or --product-key.

    Examples:
      seatsync account purchase --subscription 574-10000001 --seats 30
      seatsync account purchase --subscription 574-10000001 \
        --starts 2027-01-01 --ends 2027-12-31 --order 4711
      seatsync account purchase --contract 110001234567 \
        --product 'AutoCAD 2019' --seats 5 --serial 123-45678901
    """
    if subscription is not None and contract is not None:
        raise WrongUsage("an order is for a subscription or a contract; pass --subscription or --contract, not both")
    if contract is not None and auto_renew is not None:
        raise WrongUsage("contracts do not renew by themselves; pass --auto-renew with --subscription only")
    account = embedded(console, target)
    clock = clock_of(console, account, day)
    line = Order(
        number=order or "",
        day=clock.day,
        company=company or "",
        manager=manager or "",
        product=product or "",
        channel=channel or "",
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
    if subscription is None and contract is None:
        raise WrongUsage(_for_nothing(line))
    answer = record_order(account, line, clock)
    if isinstance(answer, Incomplete):
        raise WrongUsage(f"{visible(answer.why)}; also pass {_options(answer)}")
    done = accepted(answer)
    thing = f"subscription {subscription}" if contract is None else f"contract {contract}"
    console.output(
        f"Recorded order {visible(done.number)}, for {visible(thing)}. The account is at serial {done.serial}.\n"
    )
    return 0


def _for_nothing(order: Order) -> str:
    """Return the problem of an order for nothing, with what it lacks for either."""
    new = (replace(order, subscription=""), replace(order, contract=""))
    missing = (lacking(Account(""), each) for each in new)
    kinds = zip(("subscription", "contract"), missing, strict=True)
    needs = [f"a new {kind} also needs {_options(each)}" for kind, each in kinds if each is not None]
    either = "an order is for a subscription or a contract; pass --subscription ID or --contract NO"
    return "; ".join([either, *needs])


def _options(missing: Incomplete) -> str:
    """Return the options for the facts that an order lacks, in words: `--seats or --tokens, and --ends`."""
    return listed([f"--{fact.replace(' or ', ' or --').replace('_', '-')}" for fact in missing.facts])
