"""`seatsync edit offboard`: somebody leaves."""

from __future__ import annotations

import click

from seatsync.commands import options
from seatsync.commands.console import Console
from seatsync.commands.edit.carrying import Run, carry_out
from seatsync.staffing.offboard import offboard


@options.command
@options.person
@click.option("--replace-by", "successor", metavar="OTHER", help="Who takes over the roles (seats are freed).")
@options.day
@options.target
@options.dry_run
def run(
    console: Console, *, person: str, successor: str | None, target: str | None, day: str | None, dry_run: bool
) -> int:
    """Take somebody who leaves out of every file.

    A primary admin, contract manager or software coordinator cannot leave without somebody who takes over.
    """
    return carry_out(console, Run(target, day, dry_run), lambda declared: offboard(declared, person, successor))
