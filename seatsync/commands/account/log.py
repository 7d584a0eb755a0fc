"""`seatsync account log`: who did what, and when."""

from __future__ import annotations

from seatsync.commands.account.embedded import embedded
from seatsync.commands.console import Console
from seatsync.reporting import account_text
from seatsync.targets.sql_reports import log


def run(console: Console, *, person: str | None, target: str | None) -> int:
    """Show the audit log, oldest first; of a person, what they did and what was done to them."""
    console.answer(account_text.log(log(embedded(console, target), person), console.paint))
    return 0
