"""Where relative targets begin, and which target is meant where a command line names none."""

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
    """The folder of the project that the run is in; without one, the folder of the run."""
    try:
        return find_root(console.folder)
    except ProjectNotFound:
        return console.folder


def target_or_project(console: Console, target: str | None) -> str:
    """The target of the command line, else the one of the project file."""
    if target:
        return target
    try:
        project, _ = read_project(find_root(console.folder))
    except ProjectNotFound:
        project = None
    if project is None or not project.target:
        raise WrongUsage("no target: say --target URL, set SEATSYNC_TARGET, or run it where seatsync.yaml names one")
    return project.target


def open_on(url: str, root: Path, console: Console, day: str | None) -> Target:
    """The target of a URL, relative to a folder; a repository as a state is taken on the day that `--at` gives."""
    return open_target(url, root, console.environment, None if day is None else Clock.at(day))


def read_state(target: Target, console: Console) -> State:
    """The whole state of a target: a phase of the run."""
    with console.phase("account", "reading the account"):
        return target.read()


def seen_from(url: str, base: Path, folder: Path) -> str:
    """The URL of a target that was relative to `base`, for a project in another folder."""
    for prefix in (PREFIX, _FILE):
        if url.lower().startswith(prefix):
            path = url[len(prefix) :]
            if not path or Path(path).is_absolute():
                return url
            return prefix + Path(os.path.relpath(base / path, folder)).as_posix()
    return url
