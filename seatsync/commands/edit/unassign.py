"""`seatsync edit unassign`: a seat less."""

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
    target: str | None,
    day: str | None,
    dry_run: bool,
) -> int:
    """Take a seat away from a person.

    Whoever has nothing else in the team stays its member.
    """
    how = Run(target, day, dry_run)
    if contract is None:
        return carry_out(console, how, lambda declared: seats.unassign(declared, person, product, team))
    if team is not None:
        raise WrongUsage("a seat is one of a team or of a contract: --team or --contract, not both")
    return carry_out(console, how, lambda declared: contracts.unassign(declared, person, product, contract))
