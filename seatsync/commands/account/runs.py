"""`seatsync account runs`: what each command changed, by the numbers that `apply --undo` takes."""

from __future__ import annotations

from seatsync.account.past import runs
from seatsync.commands.account.embedded import embedded
from seatsync.commands.console import Console
from seatsync.reporting import past_text


def run(console: Console, *, target: str | None) -> int:
    """List the runs that changed the account, oldest first."""
    console.answer(past_text.runs(runs(embedded(console, target).journal()), console.paint))
    return 0
