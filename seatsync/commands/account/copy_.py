"""`seatsync account copy`: copy an account, with its log, to another store."""

from __future__ import annotations

import click

from seatsync.account.actions.effects import counted
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import clock_of, embedded
from seatsync.errors import WrongUsage
from seatsync.reporting.escape import visible
from seatsync.targets.sql.copying import copy_account


@options.command
@click.argument("source", metavar="FROM")
@click.argument("to", metavar="TO")
def run(console: Console, *, source: str, to: str) -> int:
    """Copy an account, with its log, to another store.

    FROM and TO are URLs, or names of targets of the project. TO is new or empty. Everything is copied under the lock of
    FROM (state, log, cases, mails, orders, usage, notices), verified, and then saved, all or nothing. FROM stays as it
    is. From then on change only one of the two.

    Examples:
      seatsync account copy sqlite:///account.db postgresql://db/seats?schema=acme
      seatsync account copy prod sqlite:///backup.db
    """
    account, place = embedded(console, source), embedded(console, to, may_be_new=True)
    if account.url == place.url:
        raise WrongUsage("FROM and TO are the same; name a new place as TO")
    copied = copy_account(account, place, clock_of(console, account, None))
    size = f"serial {copied.head.serial}, {counted(copied.entries, 'log entry', 'log entries')}"
    console.output(
        f"Copied account {visible(copied.name)} ({size}) to {visible(place.url)}, and verified the copy. Its head is"
        f" that of the original:\n{copied.head.hash}\nChange only one of the two from now on: name the copy as the"
        f" target, and keep {visible(account.url)} as a backup.\n"
    )
    return 0
