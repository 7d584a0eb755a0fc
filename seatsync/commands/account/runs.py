"""`seatsync account runs`: list runs with their changes and the numbers for `apply --undo`."""

from __future__ import annotations

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import embedded, integrity_exit_code
from seatsync.reporting import outcome_report
from seatsync.targets.sql.inquiries import runs


@options.command
@options.target
def run(console: Console, *, target: str | None) -> int:
    """List the changes and cases of each run, for `apply --undo`.

    Examples:
      seatsync account runs
    """
    account = embedded(console, target)
    report = runs(account)
    console.output(outcome_report.runs(report.items, console.paint))
    return integrity_exit_code(console, account, report.problem)
