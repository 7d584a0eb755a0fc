"""`seatsync edit assign`: give people a seat."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.errors import WrongUsage
from seatsync.staffing import seat_changes


@options.command
@options.people
@click.argument("product")
@click.option("--team", metavar="TEAM", help="Team of the seat (default: the only possible one).")
@click.option("--contract", metavar="NO", help="Contract of the classic view.")
@click.option("--from", "starts", metavar="DATE", type=options.read_day, help="First day of the seat.")
@click.option("--until", metavar="DATE", type=options.read_day, help="Last day of the seat.")
@options.editing
def run(
    console: Console,
    *,
    people: tuple[str, ...],
    product: str,
    team: str | None,
    contract: str | None,
    starts: str | None,
    until: str | None,
    how: EditOptions,
) -> int:
    """Give people a seat, permanently or for some days.

    Changes the days of a seat that a person already has; --until alone keeps its first day, --from alone its last.

    Examples:
      seatsync edit assign dee@acme.example eli@acme.example AutoCAD
      seatsync edit assign dee@acme.example Revit --until 2027-03-31 --dry-run
    """
    days = None if starts is None and until is None else (starts, until)
    if contract is None:
        return run_edit(console, how, lambda declared, _: seat_changes.assign(declared, people, product, team, days))
    if team is not None:
        raise WrongUsage("a seat belongs to a team or to a contract; pass --team or --contract, not both")
    return run_edit(
        console,
        how,
        lambda declared, _: seat_changes.assign_in_contract(declared, people, product, contract, days),
    )
