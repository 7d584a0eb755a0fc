"""`seatsync account cases`: forms and support requests that wait."""

from __future__ import annotations

from seatsync.commands.account.embedded import embedded
from seatsync.commands.console import Console
from seatsync.reporting import account_text
from seatsync.targets.sql_reports import cases


def run(console: Console, *, everything: bool, target: str | None) -> int:
    """List the open cases, or all."""
    account = embedded(console, target)
    console.answer(account_text.cases(cases(account, closed=everything), console.paint, closed=everything))
    return 0
