"""`seatsync edit promote`: a role in a team."""

from __future__ import annotations

from seatsync.commands.console import Console
from seatsync.commands.edit.carrying import Run, carry_out
from seatsync.staffing.roles import promote


def run(
    console: Console, *, person: str, role: str, team: str | None, target: str | None, day: str | None, dry_run: bool
) -> int:
    """Give a person a role, in place of the one they have."""
    return carry_out(console, Run(target, day, dry_run), lambda declared: promote(declared, person, role, team))
