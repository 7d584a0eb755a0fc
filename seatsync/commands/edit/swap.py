"""`seatsync edit swap`: give people another product in place of one they have."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.staffing.swaps import swap


@options.command
@options.people
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--team", metavar="TEAM", help="Team of the seat (default: the only possible one).")
@options.editing
def run(console: Console, *, people: tuple[str, ...], old: str, new: str, team: str | None, how: EditOptions) -> int:
    """Give people another product in place of one they have.

    OLD and NEW are products; the days stay. Only direct seats are swapped: those of a group belong to all its members.

    Examples:
      seatsync edit swap dee@acme.example AutoCAD Revit
      seatsync edit swap dee@acme.example AutoCAD Revit --team design --dry-run
    """
    return run_edit(console, how, lambda declared, _: swap(declared, people, old, new, team))
