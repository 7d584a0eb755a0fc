"""`seatsync edit unassign`: a seat less."""

from __future__ import annotations

from seatsync.commands.console import Console
from seatsync.commands.edit.carrying import Run, carry_out
from seatsync.staffing.seats import unassign


def run(
    console: Console, *, person: str, product: str, team: str | None, target: str | None, day: str | None, dry_run: bool
) -> int:
    """Take a direct seat out of the files."""
    return carry_out(console, Run(target, day, dry_run), lambda declared: unassign(declared, person, product, team))
