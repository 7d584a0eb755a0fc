"""`seatsync account roles`: print the SQL that lets roles of a database read and change an account."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import embedded
from seatsync.errors import WrongUsage


@options.command
@click.option("--reader", metavar="ROLE", default="seatsync_reader", show_default=True, help="May plan and report.")
@click.option("--writer", metavar="ROLE", default="seatsync_writer", show_default=True, help="May apply as well.")
@options.target
def run(console: Console, *, reader: str, writer: str, target: str | None) -> int:
    """Print the SQL that lets roles of PostgreSQL use an account.

    Nothing is run, and no server is asked: pipe it into psql, as the owner of the account's tables. The roles are
    created if they do not exist; members of the one can plan and report, members of the other can apply as well.
    Neither can change entries of the log, or the tables themselves.

    Examples:
      seatsync account roles --target postgresql://db/seats?schema=acme
      seatsync account roles --reader ci --writer admins
    """
    account = embedded(console, target, may_be_new=True)
    sql = account.place.roles(reader, writer)
    if sql is None:
        raise WrongUsage(f"{account.url}: has no roles; give rights to the file and its folder")
    console.output(sql)
    return 0
