"""`seatsync fleet approve`: approve the plans of accounts, and apply what waited for that."""

from __future__ import annotations

import click

from seatsync.account.email import identity
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, outputs
from seatsync.commands.shared.fleet.fleet_run import fleet_of
from seatsync.commands.shared.fleet.request import FrontOptions
from seatsync.commands.shared.fleet.start import missing
from seatsync.commands.shared.options import FleetOptions, RunningOptions
from seatsync.errors import WrongUsage
from seatsync.reporting.formats import FLEET_RUNS


@options.command
@click.argument("accounts", metavar="[ACCOUNT...]", nargs=-1)
@click.option("--as", "person", metavar="EMAIL", default="", help="Approve as this person (default: the operator).")
@click.option("--intent", metavar="INTENT", help="Refuse unless the plan has this intent.")
@options.of_fleet
@options.running
def run(
    console: Console,
    *,
    accounts: tuple[str, ...],
    person: str,
    intent: str | None,
    which: FleetOptions,
    running: RunningOptions,
) -> int:
    """Approve the plans of accounts, and apply what waited for that.

    An approval counts for exactly the plan that was shown last: if the account or its files have changed in a way that
    leads to another plan, the account waits again. It is used up by the run that carries the plan out.

    ACCOUNT may be a pattern of names. What a pattern or --select chooses is passed over if it has no plan to approve.

    Examples:
      seatsync fleet approve acme bolt
      seatsync fleet approve acme --as ana@acme.example --wait
      seatsync fleet approve --select region=eu
    """
    if not accounts and not which.select:
        raise WrongUsage("name the accounts whose plans you approve, or choose them with --select")
    if person and identity(person) is None:
        raise WrongUsage(f"--as {person}: not an e-mail address")
    where = outputs(running.form, running.output, FLEET_RUNS, console)
    fleet = fleet_of(console, which._replace(select=(*which.select, *accounts)), where)
    if fleet is None:
        return 1
    try:
        from seatsync.commands.shared.fleet.approving import Approving, approve  # noqa: PLC0415 - DBOS is an extra
    except ModuleNotFoundError as error:
        raise missing(error) from error
    names = tuple(account.name for account in fleet.accounts)
    return approve(
        console, fleet, Approving(names, frozenset(accounts), person, intent), FrontOptions(which, running), where
    )
