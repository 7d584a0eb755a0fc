"""`seatsync report reclaim`: seats that nobody needs; `--propose` gives them back in the files."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, Outputs
from seatsync.commands.shared.options import ReportOptions
from seatsync.commands.shared.reclaim_proposal import propose
from seatsync.commands.shared.report_inputs import read_inputs, write_report
from seatsync.declaration.changing.transaction import finish_change
from seatsync.declaration.project import find_root
from seatsync.errors import WrongUsage
from seatsync.insight.reports.reclaim import reclaim
from seatsync.insight.reports.reclaim_report import reclaim_report

_LONGEST = 3660


@options.command
@options.reporting
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(1, _LONGEST),
    help="Days without use (default: `policy.reclaim.days`, which is 90).",
)
@click.option("--propose", "proposing", is_flag=True, help="Give the seats back in the files; print a commit message.")
@click.option("--without-notice", is_flag=True, help="Also propose seats whose holders were not told 30 days ago.")
def run(console: Console, *, asked: ReportOptions, days: int | None, proposing: bool, without_notice: bool) -> int:
    """Show seats that can be reclaimed, and why others cannot.

    Lists seats that are known to be unused for some days, and direct seats that a group gives as well. --propose edits
    the files for review, all or none, and prints a commit message without any person. It does not commit, and never
    changes the account.

    Examples:
      seatsync report reclaim --days 60
      seatsync report reclaim --propose
    """
    if not proposing:
        if without_notice:
            raise WrongUsage("--without-notice is for --propose")
        return write_report(console, asked, lambda inputs: reclaim_report(inputs, days))
    if asked.form != "text" or asked.output or asked.table is not None:
        raise WrongUsage("--propose prints a commit message; leave out --format, --table and --output")
    finish_change(find_root(console.directory(asked.directory)), report=console.info)
    inputs = read_inputs(console, asked, Outputs("text"))
    if inputs is None:
        return 1
    declared = inputs.declared
    if declared is None:
        raise WrongUsage("--propose changes the files of a project; run it in its folder")
    with console.phase("report", "judging the seats"):
        found = reclaim(inputs, declared, days)
    return propose(console, asked.day, inputs, declared, found, without_notice=without_notice)
