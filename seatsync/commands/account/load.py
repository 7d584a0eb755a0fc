"""`seatsync account load`: a snapshot or repository into an empty account."""

from __future__ import annotations

import click

from seatsync.commands import options
from seatsync.commands.account.embedded import accepted, clock_of, embedded
from seatsync.commands.console import Console
from seatsync.commands.import_ import amount
from seatsync.commands.place import open_on, read_state
from seatsync.reporting.escape import visible
from seatsync.targets.sql_admin import load_state


@options.command
@click.argument("source")
@options.day
@options.target
def run(console: Console, *, source: str, day: str | None, target: str | None) -> int:
    """Load a snapshot or repository into an empty account.

    The account must still be empty, and keeps its own lineage.
    """
    account = embedded(console, target)
    clock = clock_of(console, account, day)
    state = read_state(open_on(f"file:{source}", console.folder, console, clock.day), console).account
    serial = accepted(load_state(account, state, clock))
    console.answer(f"Loaded {visible(source)} ({amount(state)}); the account is at serial {serial}.\n")
    return 0
