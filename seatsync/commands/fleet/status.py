"""`seatsync fleet status`: a table of the accounts of a fleet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.fleet.fleet_look import look
from seatsync.commands.shared.fleet.fleet_run import fleet_of, of_each
from seatsync.commands.shared.options import FleetOptions
from seatsync.errors import TargetProblem
from seatsync.fleet.declared_fleet import FleetAccount
from seatsync.fleet.seen import AccountSeen, FleetStatus
from seatsync.fleet.stored_work import unfinished_work
from seatsync.reporting.formats import FLEET_STATUSES

_LONGEST = 36_500  # days


@options.command
@options.of_fleet
@options.day
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(0, _LONGEST),
    default=30,
    help="Count pools that are short within N days (default 30).",
)
@options.format_of_report
@options.output
def run(console: Console, *, which: FleetOptions, day: str | None, days: int, form: str, output: Sequence[str]) -> int:
    """Show every account: last seen and applied, cases, drift, short pools.

    Reads every account and its files, changes nothing, and asks no vendor. What cannot be read is unknown, with the
    reason, and the exit code is 1 if that is an account, its files or the store of the fleet.

    Examples:
      seatsync fleet status
      seatsync fleet status --select region=eu --format html --output status.html
    """
    where = outputs(form, output, FLEET_STATUSES, console)
    fleet = fleet_of(console, which, where)
    if fleet is None:
        return 1
    try:
        work, reason = unfinished_work(fleet), ""
    except TargetProblem as problem:
        work, reason = {}, str(problem)

    def seen(account: FleetAccount) -> AccountSeen:
        found = look(console, fleet, account, day, days)
        if reason:
            return replace(found, work=None, unknown=(*found.unknown, ("work", reason)))
        return replace(found, work=work.get(account.name, ()))

    found = of_each(console, fleet, which, "status", seen)
    status = FleetStatus(fleet.root.name, console.clock(day, "UTC").day, days, tuple(found))
    deliver(where, lambda name, paint: FLEET_STATUSES[name](status, paint), console)
    return 1 if status.unreadable or reason else 0
