"""`seatsync status`: open cases by person, and when the real account was last seen."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.plan_inputs import open_as_of, project_of, read_state, require_target
from seatsync.declaration.declared import Project
from seatsync.declaration.project import find_root
from seatsync.errors import ProjectNotFound
from seatsync.insight.open_cases import status_of
from seatsync.reporting.formats import STATUSES


@options.command
@options.directory
@options.target
@options.day
@options.text_json_or_markdown
@options.output
def run(
    console: Console, *, directory: str | None, target: str | None, day: str | None, form: str, output: Sequence[str]
) -> int:
    """Show open cases by person: since when, what waits for them.

    In a mirror of the real account, also when each source was last read. Reads only the project file.

    Examples:
      seatsync status
      seatsync status --format markdown
    """
    where = outputs(form, output, STATUSES, console)
    folder = console.directory(directory)
    project: Project | None = None
    try:
        folder = find_root(folder)
        project = None if target and ":" in target else project_of(console, directory)
    except ProjectNotFound:
        if target is None:
            raise
    url = require_target(target, project)
    state = read_state(open_as_of(url, folder, console, day), console, for_plans=False)
    status = status_of(state, console.clock(day, state.account.timezone))
    deliver(where, lambda name, paint: STATUSES[name](status, paint), console)
    return 0
