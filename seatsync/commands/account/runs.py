"""`seatsync account runs`: what each command changed, by the numbers that `apply --undo` takes."""

from __future__ import annotations

from seatsync.commands import options
from seatsync.commands.account.embedded import embedded, trusted
from seatsync.commands.console import Console
from seatsync.reporting import past_text
from seatsync.targets.sql_reports import runs


@options.command
@options.target
def run(console: Console, *, target: str | None) -> int:
    """List what each run changed or opened, for `apply --undo`."""
    account = embedded(console, target)
    report = runs(account)
    console.answer(past_text.runs(report.items, console.paint))
    return trusted(console, account, report.problem)
