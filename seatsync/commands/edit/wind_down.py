"""`seatsync edit wind-down`: free what a team has, and remove it."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.staffing.winding_down import wind_down


@options.command
@click.argument("team")
@click.option("--to", metavar="OTHER", help="Team that gets the subscriptions (default: they stay until they end).")
@click.option("--with-people", is_flag=True, help="Move the people to OTHER, too, with their seats.")
@options.editing
def run(console: Console, *, team: str, to: str | None, with_people: bool, how: EditOptions) -> int:
    """Wind a team down.

    Frees its seats, groups and members. If it has no subscriptions then and `policy.prune` contains `teams`, the team
    is removed too, as the last step of the plan; otherwise it keeps its admins, and the command says what waits.

    --to and --with-people merge the team into another: seats, memberships, and places in groups of the same name go
    along; admin roles end.

    Examples:
      seatsync edit wind-down design --dry-run
      seatsync edit wind-down design --to studio
      seatsync edit wind-down design --to studio --with-people
    """
    return run_edit(
        console,
        how,
        lambda declared, _: wind_down(declared, team, to, with_people=with_people),
    )
