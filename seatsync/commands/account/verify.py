"""`seatsync account verify`: whether anybody altered the account's file or its log."""

from __future__ import annotations

from seatsync.commands.account.embedded import embedded
from seatsync.commands.console import Console
from seatsync.reporting import account_text
from seatsync.targets.sql_reports import verify


def run(console: Console, *, target: str | None) -> int:
    """Check the chain of the log and all that it vouches for; 1 where something does not hold."""
    verdict = verify(embedded(console, target))
    console.answer(account_text.verdict(verdict, console.paint))
    return 0 if verdict.ok else 1
