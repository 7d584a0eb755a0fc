"""`seatsync fleet report`: one report over the accounts of a fleet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, get_args

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.fleet.account_files import files_of, reason_of
from seatsync.commands.shared.fleet.fleet_run import fleet_of, of_each
from seatsync.commands.shared.options import FleetOptions, ReportOptions
from seatsync.commands.shared.report_inputs import read_target
from seatsync.errors import SeatsyncError, WrongUsage
from seatsync.fleet.declared_fleet import Fleet, FleetAccount
from seatsync.insight.reports.contracts import contracts_report
from seatsync.insight.reports.cost import cost_report
from seatsync.insight.reports.document import Report
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.insight.reports.reclaim_report import reclaim_report
from seatsync.insight.reports.usage_report import By, usage_report
from seatsync.reporting.formats import FLEET_REPORTS
from seatsync.reporting.reports.fleet_report import AccountReport, merged

_LONGEST = 3660


class _Kind(NamedTuple):
    """A report: how it is made, the options that it has, and whether it needs the files of every project."""

    make: Callable[[ReportInputs, By | None, int | None, int | None], Report]
    options: tuple[str, ...] = ()
    reads_files: bool = True


_REPORTS: dict[str, _Kind] = {
    "usage": _Kind(
        lambda inputs, by, months, _: usage_report(inputs, by or "product", months or 12),
        ("by", "months"),
        reads_files=False,
    ),
    "reclaim": _Kind(lambda inputs, _, __, days: reclaim_report(inputs, days), ("days",)),
    "contracts": _Kind(lambda inputs, *_: contracts_report(inputs)),
    "cost": _Kind(lambda inputs, by, *_: cost_report(inputs, by or "team"), ("by",)),
}


@options.command
@click.argument("name", type=click.Choice([*_REPORTS]))
@options.of_fleet
@options.day
@click.option("--by", type=click.Choice(get_args(By)), help="Of usage and cost: count or allocate by this.")
@click.option("--months", metavar="N", type=click.IntRange(1, 120), help="Of usage: number of months (default 12).")
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(1, _LONGEST),
    help="Of reclaim: days without use (default: the policy's).",
)
@options.format_of_report
@options.table
@options.output
def run(
    console: Console,
    *,
    name: str,
    which: FleetOptions,
    day: str | None,
    by: By | None,
    months: int | None,
    days: int | None,
    form: str,
    table: str | None,
    output: Sequence[str],
) -> int:
    """Report on usage, contracts, cost or unused seats of all accounts.

    The same tables as those of `seatsync report NAME`, with the account as first column. An account whose report cannot
    be made is a row with the reason, and the exit code is 1.

    Examples:
      seatsync fleet report cost --by product
      seatsync fleet report contracts --select region=eu --format csv
    """
    where = outputs(form, output, FLEET_REPORTS, console)
    kind = _REPORTS[name]
    for option, value in (("by", by), ("months", months), ("days", days)):
        if value is not None and option not in kind.options:
            raise WrongUsage(f"--{option}: report {name} has no such option")
    forms = {where.format, *(each for each, _ in where.further)}
    if table is not None and "csv" not in forms:
        raise WrongUsage("--table is for the format csv; add `--format csv`")
    fleet = fleet_of(console, which, where)
    if fleet is None:
        return 1

    def made(account: FleetAccount) -> AccountReport:
        try:
            inputs = _inputs(console, fleet, account, day, reads_files=kind.reads_files)
            in_detail = inputs._replace(in_detail=forms != {"text"})
            return AccountReport(account.name, kind.make(in_detail, by, months, days))
        except (SeatsyncError, OSError) as error:
            return AccountReport(account.name, None, reason_of(error))

    found = of_each(console, fleet, which, f"report {name}", made)
    report = merged(name, fleet.root.name, console.clock(day, "UTC").day, found)
    if table not in {None, *(each.key for each in report.tables)}:
        raise WrongUsage(f"--table {table}: this report has {', '.join(each.key for each in report.tables)}")
    deliver(where, lambda form, paint: FLEET_REPORTS[form](report, table, paint), console)
    return 1 if any(each.error for each in found) else 0


def _inputs(
    console: Console, fleet: Fleet, account: FleetAccount, day: str | None, *, reads_files: bool
) -> ReportInputs:
    """Return what the report on an account is made from. Raises `SeatsyncError` if it cannot be read."""
    files = files_of(console, fleet, account)
    needed = reads_files or files.project.portal is not None
    if needed and files.declared is None:
        raise SeatsyncError(files.wrong)
    asked = ReportOptions(target=files.url, day=day)
    declared = files.declared if needed else None
    return read_target(files.console, asked, files.root, files.project, declared).inputs
