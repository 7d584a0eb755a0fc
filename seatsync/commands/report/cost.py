"""`seatsync report cost`: what is paid in a year, allocated to teams, products, groups or people."""

from __future__ import annotations

from typing import get_args

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.options import ReportOptions
from seatsync.commands.shared.report_inputs import write_report
from seatsync.insight.reports.cost import By, cost_report


@options.command
@options.reporting
@click.option("--by", type=click.Choice(get_args(By)), default="team", help="Allocate to these (default team).")
def run(console: Console, *, asked: ReportOptions, by: By) -> int:
    """Show what is paid in a year, by team, product, group or person.

    Calculates with `price` of subscriptions and `rates` of the project file, exactly. Seats that nobody holds are a
    line of their own. Tokens of Flex are allocated by measured use. Amounts in different currencies are never added up.

    Examples:
      seatsync report cost --by product
      seatsync report cost --format csv --output cost.csv
    """
    return write_report(console, asked, lambda inputs: cost_report(inputs, by))
