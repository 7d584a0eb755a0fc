"""`seatsync fleet validate`: check the files of every account."""

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
@options.running
def run(console: Console, *, which: FleetOptions, day: str | None, strict: bool, running: RunningOptions) -> int:
    """Check the files of every account.

    Runs `seatsync validate` for each account whose files or day have changed since the last time.

    Examples:
      seatsync fleet validate
      seatsync fleet validate --select region=eu --strict
    """
    request = Request("validate", {"day": day, "strict": strict}, again=running.again)
    return start(console, which, running, request)
