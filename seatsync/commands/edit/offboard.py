"""`seatsync edit offboard`: remove leavers from the files."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.staffing.offboarding import offboard


@options.command
@options.people
@click.option("--replace-by", "successor", metavar="OTHER", help="Person who takes over the roles (seats are freed).")
@options.editing
def run(console: Console, *, people: tuple[str, ...], successor: str | None, how: EditOptions) -> int:
    """Remove leavers from every file.

    A primary admin, contract manager or software coordinator needs a successor (--replace-by). A contract manager of a
    purchase from the store keeps it until its term ends, and nothing else.

    Examples:
      seatsync edit offboard dee@acme.example
      seatsync edit offboard ana@acme.example --replace-by ben@acme.example
    """
    return run_edit(console, how, lambda declared, _: offboard(declared, people, successor))
