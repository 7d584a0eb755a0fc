"""`seatsync edit assign`: a seat more."""

from __future__ import annotations

from seatsync.commands.console import Console
from seatsync.commands.edit.carrying import Run, carry_out
from seatsync.staffing.seats import assign


def run(
    console: Console,
    *,
    person: str,
    product: str,
    team: str | None,
    starts: str | None,
    until: str | None,
    target: str | None,
    day: str | None,
    dry_run: bool,
) -> int:
    """Write a direct seat into the files."""
    days = None if starts is None and until is None else (starts, until)
    return carry_out(console, Run(target, day, dry_run), lambda declared: assign(declared, person, product, team, days))
