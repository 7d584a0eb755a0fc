"""`seatsync fleet refresh`: record in every mirror what is new in the vendor's account."""

from __future__ import annotations

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.fleet.request import Request
from seatsync.commands.shared.fleet.start import start
from seatsync.commands.shared.options import FleetOptions, RunningOptions


@options.command
@options.of_fleet
@options.day
@options.running
def run(console: Console, *, which: FleetOptions, day: str | None, running: RunningOptions) -> int:
    """Record in every mirror what is new in the vendor's account.

    Runs `seatsync refresh` for each account whose project has a portal.

    Examples:
      seatsync fleet refresh --wait
    """
    request = Request("refresh", {"day": day}, again=running.again)
    return start(console, which, running, request)
