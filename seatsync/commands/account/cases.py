"""`seatsync account cases`: list open forms and support requests."""

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
    """List open forms and support requests."""
    account = embedded(console, target)
    report = cases(account, closed=everything)
    console.output(account_report.cases(report.items, console.paint, closed=everything))
    return integrity_exit_code(console, account, report.problem)
