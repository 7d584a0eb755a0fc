"""`seatsync edit promote`: give people a role in a team."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.staffing.moves import promote


@options.command
@options.people
@click.argument("role", type=click.Choice(["primary", "secondary", "sso"]))
@click.option("--team", metavar="TEAM", help="Team of the role (default: the only team of each person).")
@options.editing
def run(console: Console, *, people: tuple[str, ...], role: str, team: str | None, how: EditOptions) -> int:
    """Give people a role in a team.

    Replaces the role that they have there. Only one person can become primary admin; the former one becomes a
    secondary admin.

    Examples:
      seatsync edit promote ben@acme.example primary --team design
    """
    return run_edit(console, how, lambda declared, _: promote(declared, people, role, team))
