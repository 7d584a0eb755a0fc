"""`seatsync edit unassign`: take a seat from people."""

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
@options.editing
def run(
    console: Console, *, people: tuple[str, ...], product: str, team: str | None, contract: str | None, how: EditOptions
) -> int:
    """Take a seat away from people.

    They stay members of the team, even without other seats.

    Examples:
      seatsync edit unassign dee@acme.example AutoCAD
      seatsync edit unassign dee@acme.example Revit --team design --dry-run
    """
    if contract is None:
        return run_edit(console, how, lambda declared, _: seat_changes.unassign(declared, people, product, team))
    if team is not None:
        raise WrongUsage("a seat belongs to a team or to a contract; pass --team or --contract, not both")
    return run_edit(
        console,
        how,
        lambda declared, _: seat_changes.unassign_in_contract(declared, people, product, contract),
    )
