"""`seatsync edit unassign`: a seat less."""

from __future__ import annotations

from seatsync.commands.console import Console
from seatsync.commands.edit.carrying import Run, carry_out
from seatsync.errors import WrongUsage
from seatsync.staffing import contracts, seats


def run(
    console: Console,
    *,
    person: str,
    product: str,
    team: str | None,
    contract: str | None,
    target: str | None,
    day: str | None,
    dry_run: bool,
) -> int:
    """Take a direct seat out of the files."""
    how = Run(target, day, dry_run)
    if contract is None:
        return carry_out(console, how, lambda declared: seats.unassign(declared, person, product, team))
    if team is not None:
        raise WrongUsage("a seat is one of a team or of a contract: --team or --contract, not both")
    return carry_out(console, how, lambda declared: contracts.unassign(declared, person, product, contract))
