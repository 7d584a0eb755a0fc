"""`seatsync fleet drift`: changes made in every account outside of seatsync."""

from __future__ import annotations

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
@options.running
def run(
    console: Console,
    *,
    which: FleetOptions,
    day: str | None,
    strict: bool,
    detailed_exitcode: bool,
    running: RunningOptions,
) -> int:
    """Show changes made in the accounts outside of seatsync.

    Runs `seatsync drift` for each account whose files, serial or day have changed since the last time.

    Examples:
      seatsync fleet drift --detailed-exitcode
    """
    request = Request("drift", {"day": day, "strict": strict}, again=running.again)
    return start(console, which, running, request, detailed=detailed_exitcode)
