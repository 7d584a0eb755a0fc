"""`seatsync account accept`: accept an invitation."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import accepted, clock_of, embedded
from seatsync.reporting.escape import visible
from seatsync.targets.sql.administration import accept


@options.command
@click.option("--user", metavar="EMAIL", required=True, help="The invited person.")
@options.day
@options.target
def run(console: Console, *, user: str, day: str | None, target: str | None) -> int:
    """Accept the invitation of a pending person.

    Examples:
      seatsync account accept --user dee@acme.example
    """
    account = embedded(console, target)
    serial = accepted(accept(account, user, clock_of(console, account, day)))
    console.output(f"{visible(user)} has accepted the invitation. The account is at serial {serial}.\n")
    return 0
