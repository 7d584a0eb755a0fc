"""`seatsync status`: open cases by person, and when the real account was last seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.plan_inputs import open_as_of, read_state, require_target
from seatsync.declaration.files import PROJECT_FILE
from seatsync.declaration.project import find_root, read_project
from seatsync.errors import ProjectNotFound, SeatsyncError
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
    """
    where = outputs(form, output, STATUSES, console)
    folder = console.folder if directory is None else console.path(directory)
    url = target
    try:
        folder = find_root(folder)
        url = url or _of_project(folder)
    except ProjectNotFound:
        if url is None:
            raise
    state = read_state(open_as_of(require_target(url), folder, console, day), console, for_plans=False)
    status = status_of(state, console.clock(day, state.account.timezone))
    deliver(where, lambda name, paint: STATUSES[name](status, paint), console)
    return 0


def _of_project(root: Path) -> str | None:
    """Return the target of a project. Raises `SeatsyncError` if its file has errors."""
    project, _ = read_project(root)
    if project is None:
        raise SeatsyncError(f"{root / PROJECT_FILE} has errors; run `seatsync validate` to see them")
    return project.target
