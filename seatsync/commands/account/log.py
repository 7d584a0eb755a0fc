"""`seatsync account log`: show the audit log."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import embedded, integrity_exit_code
from seatsync.reporting import account_report
from seatsync.targets.sql.inquiries import log


@options.command
@click.option("--person", metavar="EMAIL", help="Limit to entries about this person.")
@options.target
def run(console: Console, *, person: str | None, target: str | None) -> int:
    """Show the audit log.

    Examples:
      seatsync account log --person dee@acme.example
    """
    account = embedded(console, target)
    report = log(account, person)
    console.output(account_report.log(report.items, console.paint))
    return integrity_exit_code(console, account, report.problem)
