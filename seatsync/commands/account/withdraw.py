"""`seatsync account withdraw`: close cases that are no longer requested."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import clock_of, embedded, known_person
from seatsync.errors import WrongUsage
from seatsync.reporting import account_report
from seatsync.targets.sql.administration import withdraw


@options.command
@click.argument("cases", metavar="CASE...", required=True, nargs=-1)
@click.option("--why", metavar="TEXT", required=True, help="The reason, which is kept.")
@click.option("--as", "actor", metavar="EMAIL", help="The person who withdraws them (default: the owner).")
@options.day
@options.target
def run(
    console: Console, *, cases: Sequence[str], why: str, actor: str | None, day: str | None, target: str | None
) -> int:
    """Close cases that are no longer wanted, or will not be done.

    The next plan has their steps again, unless the files or the account change. Open cases that need a withdrawn one
    are named.

    Examples:
      seatsync account withdraw CASE-2 --why 'stays in the team'
    """
    if not why.strip():
        raise WrongUsage("--why needs a reason")
    account = embedded(console, target)
    closed = withdraw(account, cases, why, clock_of(console, account, day), known_person(actor))
    console.output(account_report.closings(closed, console.paint))
    return 1 if any(each.status == "closed before" for each in closed) else 0
