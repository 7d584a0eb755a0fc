"""`seatsync account create`: create an empty account."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import embedded
from seatsync.reporting.escape import visible
from seatsync.targets.sql.administration import create


@options.command
@click.option("--name", metavar="NAME", required=True, help="Name of the account.")
@click.option(
    "--timezone", metavar="TZ", default="UTC", help="Time zone in which its days begin and end (default UTC)."
)
@options.day
@options.target
def run(console: Console, *, name: str, timezone: str, day: str | None, target: str | None) -> int:
    """Create a new, empty account."""
    account = embedded(console, target, may_be_new=target is not None)
    lineage = create(account, name, timezone, console.clock(day, "UTC"))
    console.output(f"Created account {visible(name)} at {visible(account.url)}, empty (lineage {lineage}).\n")
    return 0
