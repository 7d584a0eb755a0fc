"""`seatsync account runs`: what each command changed, by the numbers that `apply --undo` takes."""

from __future__ import annotations

from seatsync.commands.account.embedded import embedded
from seatsync.commands.console import Console
from seatsync.reporting import past_text
from seatsync.targets.sql_reports import runs


def run(console: Console, *, target: str | None) -> int:
    """List the runs that changed the account or opened a case, oldest first."""
    console.answer(past_text.runs(runs(embedded(console, target)), console.paint))
    return 0
