"""`seatsync edit move`: from one team or group to another."""

from __future__ import annotations

from seatsync.commands.console import Console
from seatsync.commands.edit.carrying import Run, carry_out
from seatsync.staffing.moves import move


def run(
    console: Console,
    *,
    person: str,
    old: str,
    new: str,
    team: str | None,
    target: str | None,
    day: str | None,
    dry_run: bool,
) -> int:
    """Move a person from one team or group to another."""
    return carry_out(console, Run(target, day, dry_run), lambda declared: move(declared, person, old, new, team))
