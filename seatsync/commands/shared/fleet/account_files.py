"""The files of one account of a fleet, read quietly: what is wrong with them is about this account alone."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import NamedTuple

from seatsync.commands.shared.console import Console
from seatsync.commands.shared.plan_inputs import project_of, require_target
from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.load import load
from seatsync.errors import SeatsyncError
from seatsync.finding import Severity
from seatsync.fleet.checkout import project_folder
from seatsync.fleet.declared_fleet import Fleet, FleetAccount


class AccountFiles(NamedTuple):
    """The project of an account: its folder, its declaration, and the URL of its target.

    `wrong` is the first error of reading the files; `declared` is then None, as it may be incomplete. `console` is one
    that shows nothing.
    """

    root: Path
    project: Project
    declared: Declaration | None
    wrong: str
    url: str
    console: Console


def files_of(console: Console, fleet: Fleet, account: FleetAccount) -> AccountFiles:
    """Read the files of an account. Raises `SeatsyncError` if its project or its target is not known."""
    quiet = console._replace(out=StringIO(), err=StringIO(), err_width=None, verbose=False)
    root = project_folder(fleet, account, console.environment)
    loaded = load(root)
    first = next((each for each in loaded.findings if each.severity is Severity.ERROR), None)
    wrong = "" if first is None else f"{first.location}: {first.code} {first.message}"
    project = project_of(quiet, str(root)) if loaded.declaration is None else loaded.declaration.project
    declared = None if wrong else loaded.declaration
    return AccountFiles(root, project, declared, wrong, require_target(account.target, project), quiet)


def reason_of(error: SeatsyncError | OSError) -> str:
    """Return why something of an account cannot be read."""
    return str(error) if isinstance(error, SeatsyncError) else f"{error.filename}: {error.strerror}"
