"""`seatsync edit rename`: rename a team or a group."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.errors import WrongUsage
from seatsync.staffing.renames import rename_group, rename_team


@options.command
@click.argument("kind", type=click.Choice(["team", "group"]))
@click.argument("old")
@click.argument("new")
@click.option("--team", metavar="TEAM", help="Team of the group (default: the only one with it).")
@options.editing
def run(console: Console, *, kind: str, old: str, new: str, team: str | None, how: EditOptions) -> int:
    """Rename a team or a group in all files.

    The old name is written into `renamed_from`, so that the plan renames the team or group in the account, and keeps
    its people and seats. Files are not renamed.

    Examples:
      seatsync edit rename team design studio
      seatsync edit rename group cad drafting --team design
    """
    if kind == "group":
        return run_edit(console, how, lambda declared, _: rename_group(declared, old, new, team))
    if team is not None:
        raise WrongUsage("--team names the team of a group; leave it out to rename a team")
    return run_edit(console, how, lambda declared, _: rename_team(declared, old, new))
