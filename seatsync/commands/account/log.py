"""`seatsync account log`: who did what, and when."""

from __future__ import annotations

import click

from seatsync.commands import options
from seatsync.commands.account.embedded import embedded
from seatsync.commands.console import Console
from seatsync.reporting import account_text
from seatsync.targets.sql_reports import log


@options.command
@click.option("--person", metavar="EMAIL", help="Only what concerns this person.")
@options.target
def run(console: Console, *, person: str | None, target: str | None) -> int:
    """The audit log."""
    console.answer(account_text.log(log(embedded(console, target), person), console.paint))
    return 0
