"""`seatsync show`: show a saved plan in any format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from seatsync.commands import options
from seatsync.commands.answer import outputs
from seatsync.commands.console import Console
from seatsync.commands.excerpts import no_line
from seatsync.commands.place import base_folder
from seatsync.commands.plan import show_plan
from seatsync.commands.repository import below_top
from seatsync.commands.saved import read_plan
from seatsync.reporting.approvals_text import wanted
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.paint import PLAIN


@options.command
@click.argument("plan")
@options.format_of_plan
@options.output
@options.by_person
def run(console: Console, *, plan: str, form: str, output: Sequence[str], by_person: bool) -> int:
    """Show a saved plan in any format.

    Shows a plan saved by `plan --out PLAN`, after checking that it was not altered.
    """
    where = outputs(form, output, PLANS, console)
    rendering = RenderOptions(
        no_line,
        PLAIN,
        console.verbose,
        by_person=by_person,
        other_files=(Path(plan).name,),
        below=below_top(base_folder(console)),
    )
    saved = read_plan(console.path(plan))
    show_plan(saved, where, rendering, console)
    if saved.require is not None:
        console.say(f"{wanted(saved.require)} That is {saved.intent()}.")
    return 0
