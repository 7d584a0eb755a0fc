"""`seatsync edit move`: move people to another team or group."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.staffing.moves import move


@options.command
@options.people
@click.argument("old", metavar="FROM")
@click.argument("new", metavar="TO")
@click.option("--team", metavar="TEAM", help="FROM and TO are groups of this team.")
@options.editing
def run(console: Console, *, people: tuple[str, ...], old: str, new: str, team: str | None, how: EditOptions) -> int:
    """Move people from one team or group to another.

    Between teams, moves seats, membership, and membership in groups of the same name; admin roles end. If FROM and TO
    are not teams, they are groups of one team.

    Examples:
      seatsync edit move dee@acme.example design civil
      seatsync edit move dee@acme.example cad review --team design
    """
    return run_edit(console, how, lambda declared, _: move(declared, people, old, new, team))
