"""`seatsync edit from-csv`: bring the rows of a CSV into the files."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import run_edit
from seatsync.commands.shared.options import EditOptions
from seatsync.declaration.files import Unreadable, content
from seatsync.errors import FileProblem
from seatsync.staffing.from_rows import bring_in


@options.command
@click.argument("file")
@options.editing
def run(console: Console, *, file: str, how: EditOptions) -> int:
    """Bring the people of a CSV into the files.

    Declares who is not declared, and adds the seats, places in groups, roles and memberships of the rows, with their
    days. Names in the CSV replace those in the files. Nothing is taken from anybody, so that a second run changes
    nothing. The columns are those of a CSV of people:
    email, first_name, last_name, team, product, group, role, from, until, previous_emails, language.

    Examples:
      seatsync edit from-csv joiners.csv --dry-run
      seatsync edit from-csv joiners.csv
    """
    try:
        raw = content(console.path(file))
    except Unreadable as problem:
        raise FileProblem(file, str(problem)) from problem
    return run_edit(console, how, lambda declared, today: bring_in(declared, raw, file, today))
