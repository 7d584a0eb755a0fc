"""`seatsync account show`: what the account contains, when it was seen last, and what is only assumed of it."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.plan_inputs import base_folder, open_as_of, read_state, resolve_target, show_errors
from seatsync.commands.shared.repository import no_line
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.project import find_root
from seatsync.errors import ProjectNotFound
from seatsync.reporting.account_overview import Overview
from seatsync.reporting.formats import OVERVIEWS, RenderOptions


@options.command
@options.target
@options.day
@options.text_or_json
@options.output
def run(console: Console, *, target: str | None, day: str | None, form: str, output: Sequence[str]) -> int:
    """Show what the account contains, and what is only assumed.

    Shows the number of teams, people and seats, when the account was last seen by which source, which kinds of facts no
    source shows, and the facts that are assumed as declared. Works with every target.

    Examples:
      seatsync account show
      seatsync account show --format json
    """
    where = outputs(form, output, OVERVIEWS, console)
    account = open_as_of(resolve_target(console, target), base_folder(console), console, day)
    state = read_state(account, console, _declared(console))
    show_errors(state, console)
    overview = Overview(account.url, state)
    deliver(
        where,
        lambda name, paint: OVERVIEWS[name](overview, RenderOptions(no_line, paint, console.verbose)),
        console,
    )
    return 0


def _declared(console: Console) -> Declaration | None:
    """Return the declaration of the project, if there is one without errors that prevent it."""
    try:
        root = find_root(console.folder)
    except ProjectNotFound:
        return None
    with console.phase("read", "reading the files") as work:
        return load(root, progress=work.reached).declaration
