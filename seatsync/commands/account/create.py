"""`seatsync account create`: a new, empty account."""

from __future__ import annotations

from seatsync.commands.account.embedded import embedded
from seatsync.commands.console import Console
from seatsync.reporting.escape import visible
from seatsync.targets.sql_admin import create


def run(console: Console, *, name: str, timezone: str, day: str | None, target: str | None) -> int:
    """Make it, where no account is yet."""
    account = embedded(console, target)
    lineage = create(account, name, timezone, console.clock(day, "UTC"))
    console.answer(f"Made account {visible(name)} at {visible(account.url)}, empty (lineage {lineage}).\n")
    return 0
