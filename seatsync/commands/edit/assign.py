"""`seatsync edit assign`: a seat more."""

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
    starts: str | None,
    until: str | None,
    target: str | None,
    day: str | None,
    dry_run: bool,
) -> int:
    """Write a direct seat into the files."""
    how = Run(target, day, dry_run)
    days = None if starts is None and until is None else (starts, until)
    if contract is None:
        return carry_out(console, how, lambda declared: seats.assign(declared, person, product, team, days))
    if team is not None:
        raise WrongUsage("a seat is one of a team or of a contract: --team or --contract, not both")
    if days is not None:
        raise WrongUsage("a seat of a contract has no days: leave --from and --until out")
    return carry_out(console, how, lambda declared: contracts.assign(declared, person, product, contract))
