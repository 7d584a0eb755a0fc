"""`seatsync fleet worker`: work through the queue of a fleet until it is told to stop."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, Outputs
from seatsync.commands.shared.fleet.fleet_run import fleet_of
from seatsync.commands.shared.fleet.start import missing
from seatsync.commands.shared.options import FleetOptions


@options.command
@options.of_fleet
@options.lease
@click.option("--of", "parent", type=int, hidden=True)
def run(console: Console, *, which: FleetOptions, lease: float, parent: int | None) -> int:
    """Work through the queue of a fleet until told to stop.

    Any number of workers on any number of machines share the queue, which `store` in fleet.yaml names; each needs
    access to the projects and accounts of the fleet. A worker does one account at a time. On SIGTERM or Ctrl-C it
    ends after the step in progress, and what it has not done goes back to the queue. If a worker is silent for longer
    than its lease, the others take over its runs, and it can write nothing any more.

    Examples:
      seatsync fleet worker
      seatsync fleet worker --file /srv/fleet/fleet.yaml --log-format json
    """
    fleet = fleet_of(console, which, Outputs("text"))
    if fleet is None:
        return 1
    try:
        from seatsync.commands.shared.fleet.working import work_through  # noqa: PLC0415 - DBOS is an optional extra
    except ModuleNotFoundError as error:
        raise missing(error) from error
    return work_through(console, fleet, which, lease, parent)
