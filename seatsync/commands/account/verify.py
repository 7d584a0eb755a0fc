"""`seatsync account verify`: whether anybody altered the account's file or its log."""

from __future__ import annotations

from seatsync.commands import options
from seatsync.commands.account.embedded import embedded
from seatsync.commands.console import Console
from seatsync.reporting import account_text
from seatsync.targets.sql_reports import verify


@options.command
@options.target
def run(console: Console, *, target: str | None) -> int:
    """Check the audit log and the account for tampering."""
    verdict = verify(embedded(console, target))
    console.answer(account_text.verdict(verdict, console.paint))
    return 0 if verdict.ok else 1
