"""`seatsync edit extend`: give people what they have for longer."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.errors import WrongUsage
from seatsync.reading.plain_text import listed
from seatsync.staffing.extension import extend


@options.command
@click.argument("words", metavar="PERSON... [PRODUCT|GROUP]", nargs=-1, required=True)
@click.option("--until", metavar="DATE", type=options.read_day, required=True, help="New last day.")
@click.option("--team", metavar="TEAM", help="Team of the entry (default: the only possible one).")
@options.editing
def run(console: Console, *, words: tuple[str, ...], until: str, team: str | None, how: EditOptions) -> int:
    """Set a later last day for what people have for a limited time.

    The entry that grants the product, or the place in the group, gets the new last day. Without PRODUCT or GROUP, all
    that ends. Nothing is shortened, and what has no last day is left alone.

    Examples:
      seatsync edit extend dee@acme.example --until 2027-06-30
      seatsync edit extend dee@acme.example AutoCAD --until 2027-06-30
    """
    people = tuple(word for word in words if "@" in word)
    things = [word for word in words if "@" not in word]
    if not people:
        raise WrongUsage("name the people by their e-mail addresses")
    if len(things) > 1:
        raise WrongUsage(f"cannot extend {listed(things)} at once; name one product or group")
    what = things[0] if things else None
    return run_edit(
        console,
        how,
        lambda declared, today: extend(declared, people, what, team, until, today),
    )
