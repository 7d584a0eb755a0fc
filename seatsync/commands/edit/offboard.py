"""`seatsync edit offboard`: somebody leaves."""

from __future__ import annotations

from seatsync.commands.console import Console
from seatsync.commands.edit.carrying import Run, carry_out
from seatsync.staffing.offboard import offboard


def run(console: Console, *, person: str, heir: str | None, target: str | None, day: str | None, dry_run: bool) -> int:
    """Take a person out of every file; their roles go to the heir."""
    return carry_out(console, Run(target, day, dry_run), lambda declared: offboard(declared, person, heir))
