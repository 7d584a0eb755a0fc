"""`seatsync account cases`: list cases, and how they were closed."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import embedded, integrity_exit_code
from seatsync.reporting import account_report
from seatsync.targets.sql.inquiries import cases


@options.command
@click.option("--all", "everything", is_flag=True, help="Include closed ones.")
@options.target
def run(console: Console, *, everything: bool, target: str | None) -> int:
    """List cases: what people carry out.

    Forms and support requests; in a mirror of the real account, every step. Those of route api are closed by apply.

    Examples:
      seatsync account cases
    """
    account = embedded(console, target)
    report = cases(account, closed=everything)
    console.output(account_report.cases(report.items, console.paint, closed=everything))
    return integrity_exit_code(console, account, report.problem)
