"""`seatsync edit promote`: a role in a team."""

from __future__ import annotations

import click

from seatsync.commands import options
from seatsync.commands.console import Console
from seatsync.commands.edit.carrying import Run, carry_out
from seatsync.staffing.roles import promote


@options.command
@options.person
@click.argument("role", type=click.Choice(["primary", "secondary", "sso"]))
@click.option("--team", metavar="TEAM", help="In this team; else the only one that the person is in.")
@options.day
@options.target
@options.dry_run
def run(
    console: Console, *, person: str, role: str, team: str | None, target: str | None, day: str | None, dry_run: bool
) -> int:
    """Give a person a role in a team.

    It takes the place of the role that the person has there. A former primary admin stays as secondary admin.
    """
    return carry_out(console, Run(target, day, dry_run), lambda declared: promote(declared, person, role, team))
