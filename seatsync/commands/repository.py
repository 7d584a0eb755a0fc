"""Reads and checks a repository, the first half of `validate`, `plan` and `apply`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from seatsync.commands.console import Console
from seatsync.commands.excerpts import excerpts
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.project import find_root
from seatsync.errors import WrongUsage
from seatsync.finding import Finding
from seatsync.reporting.findings_text import LineOf
from seatsync.rules import Silenced, check


class Repository(NamedTuple):
    """A repository with its findings; `declaration` is None if it cannot be read."""

    root: Path
    declaration: Declaration | None
    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...]
    line_of: LineOf


def read_repository(
    console: Console, directory: str | None, day: str | None, prepare: Callable[[Path], None] | None = None
) -> Repository:
    """Read the repository that contains a folder (None: the working folder), and check every rule on the day.

    `prepare` is called with its root first: commands that write files use it to finish an interrupted change. Other
    commands fail on such a change.
    """
    folder = console.path(directory or ".")
    if not folder.is_dir():
        raise WrongUsage(f"{directory}: {'is not a folder' if folder.exists() else 'there is no such folder'}")
    root = find_root(folder)
    if prepare is not None:
        prepare(root)
    with console.phase("read", "reading the files") as work:
        loaded = load(root, progress=work.reached)
    declaration = loaded.declaration
    if declaration is None:
        return Repository(root, None, tuple(loaded.findings), (), excerpts(root, loaded.findings))
    clock = console.clock(day, declaration.project.timezone or "UTC")
    with console.phase("rules", "checking the rules"):
        checked = check(declaration, clock.day, loaded.findings)
    return Repository(root, declaration, checked.findings, checked.suppressed, excerpts(root, checked.findings))


def below_top(root: Path) -> str:
    """Return a project folder relative to the top of its git repository, if any: `""` or `"config/"`."""
    root = root.resolve()
    below = root.relative_to(git_top(root) or root).as_posix()
    return "" if below == "." else f"{below}/"


def git_top(folder: Path) -> Path | None:
    """Return the top of the git repository that contains a real folder; None outside of one."""
    return next((above for above in (folder, *folder.parents) if os.path.lexists(above / ".git")), None)
