"""`seatsync edit wind-down`: free what a team has, and remove it."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import EditOptions, run_edit
from seatsync.staffing.winding_down import wind_down


@options.command
@click.argument("team")
@click.option("--to", metavar="OTHER", help="Team that gets the subscriptions (default: they stay until they end).")
@options.day
@options.target
@options.dry_run
def run(
    console: Console,
    *,
    team: str,
    to: str | None,
    target: str | None,
    day: str | None,
    dry_run: bool,
) -> int:
    """Wind a team down.

    Frees its seats, groups and members. If it has no subscriptions then and `policy.prune` contains `teams`, the team
    is removed too, as the last step of the plan; otherwise it keeps its admins, and the command says what waits.

    Examples:
      seatsync edit wind-down design --dry-run
      seatsync edit wind-down design --to studio
    """
    return run_edit(console, EditOptions(target, day, dry_run), lambda declared, _: wind_down(declared, team, to))
