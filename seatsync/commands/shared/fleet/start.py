"""The start of a command of a fleet, before anything heavy is imported: its request, its options, and what it needs."""

from __future__ import annotations

from pathlib import Path

from seatsync.commands.shared.console import Console, outputs
from seatsync.commands.shared.fleet.fleet_run import fleet_of
from seatsync.commands.shared.fleet.request import FrontOptions, Request
from seatsync.commands.shared.options import FleetOptions, RunningOptions
from seatsync.errors import WrongUsage, how_to_install
from seatsync.reporting.formats import FLEET_RUNS


def start(
    console: Console,
    which: FleetOptions,
    running: RunningOptions,
    request: Request,
    *,
    detailed: bool = False,
    out: Path | None = None,
) -> int:
    """Run a command of a fleet. Raises `WrongUsage` if the library of durable workflows is missing."""
    where = outputs(running.form, running.output, FLEET_RUNS, console)
    fleet = fleet_of(console, which, where)
    if fleet is None:
        return 1
    try:
        from seatsync.commands.shared.fleet.front import run_request  # noqa: PLC0415 - DBOS is an optional extra
    except ModuleNotFoundError as error:
        raise missing(error) from error
    return run_request(console, fleet, request, FrontOptions(which, running, detailed, out), where)


def missing(error: ModuleNotFoundError) -> Exception:
    """Return the error to raise if a module could not be imported."""
    if (error.name or "").partition(".")[0] not in {"dbos", "sqlalchemy"}:
        return error
    return WrongUsage(f"fleet needs the package dbos; {how_to_install('fleet')}")
