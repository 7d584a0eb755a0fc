"""`seatsync account upgrade`: bring the store of an account to the version of this seatsync."""

from __future__ import annotations

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import embedded
from seatsync.reporting.escape import visible
from seatsync.targets.sql.administration import upgraded


@options.command
@options.target
def run(console: Console, *, target: str | None) -> int:
    """Bring the store of an account to the version of this seatsync.

    Every command that changes an account does that as well. In PostgreSQL it needs the owner of the tables, and other
    roles cannot use an older store; so run this as the owner, once, before you use a new version of seatsync. An older
    seatsync cannot open the store afterwards.

    Examples:
      seatsync account upgrade --target postgresql://owner@db/seats?schema=acme
    """
    account = embedded(console, target)
    before, now = upgraded(account)
    done = f"is up to date (version {now})" if before == now else f"is upgraded from version {before} to {now}"
    console.output(f"The store {visible(account.url)} {done}.\n")
    return 0
