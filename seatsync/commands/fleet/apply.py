"""`seatsync fleet apply`: apply the plan of every account, at once or when its intent is approved."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.commands.shared import options
from seatsync.commands.shared.approvals import approval_options, required_approvals
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.fleet.request import Request
from seatsync.commands.shared.fleet.start import start
from seatsync.commands.shared.options import FleetOptions, RunningOptions


@options.command
@options.of_fleet
@options.day
@options.strict
@options.partial
@options.auto_approve
@options.requiring
@options.running
def run(
    console: Console,
    *,
    which: FleetOptions,
    day: str | None,
    strict: bool,
    partial: bool,
    auto_approve: bool,
    require_approval: int | None,
    author: Sequence[str],
    running: RunningOptions,
) -> int:
    """Apply the plan of every account when its intent is approved.

    Plans each account whose files, serial or day have changed since the last time. With --auto-approve, applies at
    once. Without it, an account with something to change waits for `seatsync fleet approve`, for days if need be; the
    approval counts for exactly that plan. Exits with 3 if accounts wait for an approval or for people.

    Examples:
      seatsync fleet apply
      seatsync fleet apply --auto-approve --select tier=test
      seatsync fleet apply --require-approval 2 --author ana@acme.example
    """
    required = required_approvals(approval_options(require_approval, author, ()))
    wanted = {
        "day": day,
        "strict": strict,
        "partial": partial,
        "auto-approve": auto_approve,
        "require": required.approvals if required is not None else 0,
        "author": list(required.authors) if required is not None else [],
    }
    return start(console, which, running, Request("apply", wanted, again=running.again))
