"""`seatsync account load`: load a snapshot or repository into an empty account."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import accepted, clock_of, embedded
from seatsync.commands.shared.plan_inputs import open_as_of, read_state
from seatsync.commands.shared.repository import contents
from seatsync.reporting.escape import visible
from seatsync.targets.sql.administration import load_state


@options.command
@click.argument("source")
@options.day
@options.target
def run(console: Console, *, source: str, day: str | None, target: str | None) -> int:
    """Load a snapshot or repository into an empty account.

    The account must be empty; it keeps its own lineage.

    Examples:
      seatsync account load snapshot.yaml
    """
    account = embedded(console, target)
    clock = clock_of(console, account, day)
    state = read_state(open_as_of(f"file:{source}", console.folder, console, clock.day), console).account
    serial = accepted(load_state(account, state, clock))
    console.output(f"Loaded {visible(source)} ({contents(state, 'nothing')}); the account is at serial {serial}.\n")
    return 0
