"""Project folder and target of a run, resolved from the command line and the project file."""

from __future__ import annotations

import os
from pathlib import Path

from seatsync.clock import Clock
from seatsync.commands.console import Console
from seatsync.declaration.project import find_root, read_project
from seatsync.errors import ProjectNotFound, WrongUsage
from seatsync.targets.sqlite import PREFIX
from seatsync.targets.target import State, Target, open_target

_FILE = "file:"


def base_folder(console: Console) -> Path:
    """Return the project folder, or the working folder outside of a project."""
    try:
        return find_root(console.folder)
    except ProjectNotFound:
        return console.folder


def resolve_target(console: Console, target: str | None) -> str:
    """Return the URL of the target, by default that of the project file. Raises `WrongUsage` without any."""
    if target:
        return target
    try:
        project, _ = read_project(find_root(console.folder))
    except ProjectNotFound:
        project = None
    if project is None or not project.target:
        raise WrongUsage("no target; pass --target URL, set SEATSYNC_TARGET, or add `target:` to seatsync.yaml")
    return project.target


def open_as_of(url: str, root: Path, console: Console, day: str | None) -> Target:
    """Open a target, relative to a folder; a repository as a target is read as of the date of `--at`."""
    return open_target(url, root, console.environment, None if day is None else Clock.at(day))


def read_state(target: Target, console: Console) -> State:
    """Read the whole state of a target, as a phase of the run."""
    with console.phase("account", "reading the account"):
        return target.read()


def relocated_url(url: str, base: Path, folder: Path) -> str:
    """Rewrite a target URL relative to `base` as one relative to `folder`."""
    for prefix in (PREFIX, _FILE):
        if url.lower().startswith(prefix):
            path = url[len(prefix) :]
            if not path or Path(path).is_absolute():
                return url
            return prefix + Path(os.path.relpath(base / path, folder)).as_posix()
    return url
