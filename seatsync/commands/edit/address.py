"""`seatsync edit address`: change the addresses of people."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.errors import WrongUsage
from seatsync.staffing.addresses import change_addresses


@options.command
@click.argument("addresses", metavar="OLD NEW [OLD NEW]...", nargs=-1, required=True)
@options.editing
def run(console: Console, *, addresses: tuple[str, ...], how: EditOptions) -> int:
    """Change the addresses of people in every file.

    The old address becomes one of `previous_emails`, so that the account changes the person's address and keeps what
    they have.

    Examples:
      seatsync edit address dee@acme.example dee.kim@acme.example
    """
    if len(addresses) % 2:
        raise WrongUsage("name the old and the new address of each person: OLD NEW [OLD NEW]...")
    pairs = list(zip(addresses[::2], addresses[1::2], strict=True))
    return run_edit(console, how, lambda declared, _: change_addresses(declared, pairs))
