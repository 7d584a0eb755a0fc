"""`seatsync account log`: who did what, and when."""

from __future__ import annotations

import click

from seatsync.commands import options
from seatsync.commands.account.embedded import embedded, trusted
from seatsync.commands.console import Console
from seatsync.reporting import account_text
from seatsync.targets.sql_reports import log


@options.command
@click.option("--person", metavar="EMAIL", help="Only what concerns this person.")
@options.target
def run(console: Console, *, person: str | None, target: str | None) -> int:
    """Show the audit log."""
    account = embedded(console, target)
    report = log(account, person)
    console.answer(account_text.log(report.items, console.paint))
    return trusted(console, account, report.problem)
