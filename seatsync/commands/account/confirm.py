"""`seatsync account confirm`: close granted forms and support requests."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import clock_of, embedded
from seatsync.errors import WrongUsage
from seatsync.reporting import account_report
from seatsync.targets.sql.administration import confirm


@options.command
@click.argument("cases", metavar="[CASE]...", required=False, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Close every open case.")
@click.option("--evidence", metavar="TEXT", help="Evidence that it was granted, such as a ticket number.")
@options.day
@options.target
def run(
    console: Console,
    *,
    cases: Sequence[str],
    everything: bool,
    evidence: str | None,
    day: str | None,
    target: str | None,
) -> int:
    """Close cases whose form or support request was granted."""
    if bool(cases) == everything:
        raise WrongUsage("name the cases, or pass --all; `seatsync account cases` lists them")
    account = embedded(console, target)
    confirmed = confirm(account, None if everything else cases, evidence, clock_of(console, account, day))
    console.output(account_report.confirmed(confirmed, console.paint))
    return 1 if any(each.status == "refused" for each in confirmed) else 0
