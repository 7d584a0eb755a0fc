"""`seatsync account runs`: list runs with their changes and the numbers for `apply --undo`."""

from __future__ import annotations

from seatsync.commands import options
from seatsync.commands.account.embedded import embedded, integrity_exit_code
from seatsync.commands.console import Console
from seatsync.reporting import past_text
from seatsync.targets.sql_reports import runs


@options.command
@options.target
def run(console: Console, *, target: str | None) -> int:
    """List the changes and cases of each run, for `apply --undo`."""
    account = embedded(console, target)
    report = runs(account)
    console.output(past_text.runs(report.items, console.paint))
    return integrity_exit_code(console, account, report.problem)
