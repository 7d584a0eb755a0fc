"""`seatsync fleet plan`: plan every account."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.fleet.request import Request
from seatsync.commands.shared.fleet.start import start
from seatsync.commands.shared.options import FleetOptions, RunningOptions


@options.command
@options.of_fleet
@options.day
@options.strict
@options.detailed_exitcode
@click.option("--out", metavar="DIR", help="Save the plans to DIR, as ACCOUNT.json, for `show` and `apply`.")
@options.running
def run(
    console: Console,
    *,
    which: FleetOptions,
    day: str | None,
    strict: bool,
    detailed_exitcode: bool,
    out: str | None,
    running: RunningOptions,
) -> int:
    """Show what there is to change in every account.

    Runs `seatsync plan` for each account whose files, serial or day have changed since the last time, and keeps the
    plan, so that its intent can be approved.

    Examples:
      seatsync fleet plan
      seatsync fleet plan --select tier=gold --workers 4
    """
    request = Request("plan", {"day": day, "strict": strict}, again=running.again)
    return start(
        console, which, running, request, detailed=detailed_exitcode, out=None if out is None else console.path(out)
    )
