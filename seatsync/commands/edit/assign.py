"""`seatsync edit assign`: a seat more."""

from __future__ import annotations

import click

from seatsync.commands import options
from seatsync.commands.console import Console
from seatsync.commands.edit.carrying import Run, carry_out
from seatsync.errors import WrongUsage
from seatsync.staffing import contracts, seats


@options.command
@options.person
@click.argument("product")
@click.option("--team", metavar="TEAM", help="In this team; else the only one that can be meant.")
@click.option("--contract", metavar="NO", help="Of this contract of the classic view.")
@click.option("--from", "starts", metavar="DATE", type=options.read_day, help="From this day on.")
@click.option("--until", metavar="DATE", type=options.read_day, help="Through this day.")
@options.day
@options.target
@options.dry_run
def run(
    console: Console,
    *,
    person: str,
    product: str,
    team: str | None,
    contract: str | None,
    starts: str | None,
    until: str | None,
    target: str | None,
    day: str | None,
    dry_run: bool,
) -> int:
    """Give a person a seat, for good or for some days.

    Somebody who has that seat already gets it for these days instead; with --until alone it still begins when it did,
    and with --from alone it still ends when it did.
    """
    how = Run(target, day, dry_run)
    days = None if starts is None and until is None else (starts, until)
    if contract is None:
        return carry_out(console, how, lambda declared: seats.assign(declared, person, product, team, days))
    if team is not None:
        raise WrongUsage("a seat is one of a team or of a contract: --team or --contract, not both")
    if days is not None:
        raise WrongUsage("a seat of a contract has no days: leave --from and --until out")
    return carry_out(console, how, lambda declared: contracts.assign(declared, person, product, contract))
