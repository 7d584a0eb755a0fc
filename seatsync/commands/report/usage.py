"""`seatsync report usage`: who uses what they hold."""

from __future__ import annotations

from typing import get_args

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.options import ReportOptions
from seatsync.commands.shared.report_inputs import write_report
from seatsync.insight.reports.usage_report import By, usage_report


@options.command
@options.reporting
@click.option(
    "--by",
    type=click.Choice(get_args(By)),
    default="product",
    help="Count by this (default product).",
)
@click.option(
    "--months",
    metavar="N",
    type=click.IntRange(1, 120),
    default=12,
    help="Number of months, up to the present one (default 12).",
)
def run(console: Console, *, asked: ReportOptions, by: By, months: int) -> int:
    """Show who uses what they hold, by product, team, group or person.

    Counts seats that are held and used, people, days of use and tokens, in all months and by month. Primary and
    secondary admins see the usage of their teams, SSO admins only that of single-user and Flex offerings.

    Examples:
      seatsync report usage --by team --months 6
      seatsync report usage --format html --output usage.html
    """
    return write_report(console, asked, lambda inputs: usage_report(inputs, by, months), reads_files=False)
