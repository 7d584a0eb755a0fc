"""A new repository from the portal's exports, what is odd in them, and what to do next."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from seatsync.account.history import members_by_scope
from seatsync.clock import Clock
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.new_repository import (
    literal_pattern,
    new_repository,
    suppression_notice,
    with_git_ignored,
)
from seatsync.commands.shared.options import RefreshOptions
from seatsync.commands.shared.plan_inputs import base_folder, project_of, refuse_errors
from seatsync.commands.shared.real_account.looks import refresh_mirror
from seatsync.commands.shared.real_account.portal_sources import moment_of
from seatsync.commands.shared.repository import contents, excerpts
from seatsync.declaration.files import OWN_FOLDER, PROJECT_FILE
from seatsync.declaration.project import find_root, read_project
from seatsync.declaration.project_values import DirectorySync, Portal
from seatsync.declaration.writing.write import written_repository
from seatsync.errors import FileProblem, ProjectNotFound, WrongUsage
from seatsync.finding import Finding, Severity
from seatsync.portal.export_rows import at_rows
from seatsync.portal.exports_target import PREFIX, open_exports
from seatsync.portal.observation import unusable
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.findings.findings_text import paragraphs
from seatsync.targets.sql.sqlite import PREFIX as SQLITE
from seatsync.targets.target import TracksPeople, open_target

_MIRROR = "account.db"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def exports_url(console: Console, source: str) -> str | None:
    """Return the URL of a folder of exports, given as `exports:DIR` or by its name; None for any other URL."""
    if not source or _URL.match(source):
        return source if source.lower().startswith(PREFIX) else None
    folder = console.path(source)
    if (folder / PROJECT_FILE).exists():
        raise WrongUsage(f"{source}: is a repository, not a folder of exports; write file:{source}")
    if not folder.is_dir():
        problem = "is a file" if folder.exists() else "there is no such folder"
        raise WrongUsage(f"{source}: {problem}; name the folder of the exports, or a URL such as sqlite:///account.db")
    return PREFIX + (source if Path(source).is_absolute() else os.path.relpath(folder, base_folder(console)))


class Start(NamedTuple):
    """How to make a repository of exports: in which folder, as of which day, with which name of the account."""

    directory: str | None
    day: str | None
    stale_ok: bool = False
    name: str | None = None
    exported: str | None = None

    def refuse(self) -> None:
        """Raise WrongUsage if options were given that are only for exports."""
        given = {"--stale-ok": self.stale_ok, "--name": self.name is not None, "--exported": self.exported is not None}
        for option, is_given in given.items():
            if is_given:
                raise WrongUsage(f"{option} is only for exports; leave it out")


def repository_from_exports(console: Console, url: str, start: Start) -> int:
    """Write what exports show as a repository, with a mirror of the account; say what is odd, and what to do next."""
    base, folder = base_folder(console), console.path(start.directory or ".")
    target = open_exports(url, base, console.environment, None if start.day is None else Clock.at(start.day))
    if start.exported is not None:
        target = replace(target, source=replace(target.source, exported=moment_of(start.exported, "UTC")))
    _refuse_mixed(target.source.folder, folder)
    with console.phase("account", "reading the exports"):
        state, chosen = target.read_and_look(None)
    refuse_errors(target, state)
    old = [each for each in state.findings if each.code == "SOURCE004"]
    if old and not start.stale_ok:
        raise unusable(url, [each._replace(hint="download them again, or pass --stale-ok") for each in old])
    account = state.account
    account.name = start.name or _own_name(base) or folder.resolve().name or "account"
    exports = _seen_from(folder, target.source.folder)
    clock = console.clock(start.day, account.timezone)
    synced = sorted({team for (team, _), kind in state.group_types.items() if kind == "synced"})
    portal = Portal((exports,), tuple(map(DirectorySync, synced)))
    new = new_repository(account, f"{SQLITE}{OWN_FOLDER}/{_MIRROR}", clock.day, state.assumed, portal, state.unknown)
    files = {**new.files, PROJECT_FILE: _explained(new.files[PROJECT_FILE])}
    with _written(console, folder, files, exports) as names:
        _create_mirror(
            console, folder, clock, RefreshOptions(exported=start.exported, stale_ok=start.stale_ok, day=start.day)
        )
    named = start.directory or ""
    show_oddities([*state.findings, *at_rows(new.findings, chosen, named)], base, console)
    lines = "".join(f"  {visible(name)}\n" for name in names)
    facts = number_of(len(state.assumed), "fact")
    assumed = f"Comments mark {facts} that no export has and that were assumed.\n" if state.assumed else ""
    console.output(
        f"Wrote\n{lines}\n"
        f"They declare account {visible(account.name)} as its exports show it: {contents(account, 'nothing')}.\n"
        f"{assumed}{suppression_notice(at_rows(new.suppressed, chosen, named))}\n{next_steps(start.directory)}"
    )
    return 0


_COMMENTS = {
    "account: ": "no export has a name; `init --name` chooses another",
    "target: ": "the mirror: what is known about the vendor's account",
    "  exports: ": "where you put new exports; `seatsync refresh` reads them",
    "  directory_sync:": "assumed: the groups export has synced groups in these teams",
}
"""Comments in the project file, by the start of the line."""


def _explained(text: str) -> str:
    """Return the text of a project file with comments about the portal."""
    for start, comment in _COMMENTS.items():
        text = re.sub(rf"(?m)^({start}.*)$", rf"\1  # {comment}", text, count=1)
    return text


def _create_mirror(console: Console, folder: Path, clock: Clock, options: RefreshOptions) -> None:
    """Create the mirror of a new repository, which declares everybody in it from now on."""
    project = project_of(console, str(folder))
    found = refresh_mirror(console, project, options).found
    if found.has_errors:
        raise unusable(str(folder), [each for each in found.findings if each.severity is Severity.ERROR])
    with open_target(project.target or "", project.root, console.environment).session(None, clock) as session:
        if isinstance(session, TracksPeople):
            session.covers(members_by_scope(session.state().account))


@contextmanager
def _written(console: Console, folder: Path, files: Mapping[str, str], exports: str) -> Iterator[Sequence[str]]:
    """Write the files and `.gitignore`, unless there is one; yield the names. If the body fails, nothing stays."""
    files = with_git_ignored(console, folder, files, exports=(literal_pattern(exports),))
    with written_repository(folder, files), _removed_on_failure(folder / OWN_FOLDER):
        yield sorted(files)


def _own_name(base: Path) -> str:
    """Return the name of the account of a project, empty outside of a project."""
    try:
        project, _ = read_project(find_root(base))
    except ProjectNotFound:
        return ""
    return "" if project is None else project.account


def _refuse_mixed(exports: Path, folder: Path) -> None:
    """Raise WrongUsage if a repository would be written among its exports, over a project, or replace its mirror."""
    if exports.resolve() == folder.resolve():
        raise WrongUsage(f"{folder}: has the exports in it; move them to a folder of their own, such as exports/")
    with suppress(ProjectNotFound):
        project, _ = read_project(folder)
        if project is not None and project.portal is not None and not project.include:
            remedy = "run `seatsync refresh` with these exports, and the command that it names next"
            raise WrongUsage(f"{folder / PROJECT_FILE} declares nothing yet, and has a portal: {remedy}")
    mirror = folder / OWN_FOLDER / _MIRROR
    if os.path.lexists(mirror):
        raise FileProblem(str(mirror), "already exists", "nothing was written; move it, or choose an empty folder")


def _seen_from(folder: Path, exports: Path) -> str:
    """Return the path of exports as it stands in a project file: relative to the project folder, if it can be."""
    start, end = (Path(os.path.realpath(path.parent)) / path.name for path in map(_absolute, (folder, exports)))
    return (f"{os.path.relpath(end, start)}/" if start.anchor == end.anchor else f"{end}/").replace(os.sep, "/")


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would follow a link to the exports themselves


@contextmanager
def _removed_on_failure(own: Path) -> Iterator[None]:
    """Remove the mirror, and its folder if it was not there, if the body fails."""
    there = own.exists()
    try:
        yield
    except BaseException:
        for file in own.glob(f"{_MIRROR}*"):
            file.unlink(missing_ok=True)
        if not there:
            with suppress(OSError):
                own.rmdir()
        raise


def show_oddities(findings: Sequence[Finding], base: Path, console: Console) -> None:
    """Print warnings with their rows, and what no export says; with `-v`, all findings."""
    always = [each for each in findings if each.severity is Severity.WARNING or each.code == "SOURCE007"]
    shown = findings if console.verbose else always
    if shown:
        console.err.write(paragraphs(shown, excerpts(base, shown), console.err_paint) + "\n")


def next_steps(directory: str | None, *, by_api: bool = False) -> str:
    """Return the closing lines: the next three commands. `by_api`: an API carries out some of the steps."""
    where = "" if directory is None else f" {shlex.quote(directory)}"
    inside = "" if directory is None else f" -C {shlex.quote(directory)}"
    done = "do what the API can, and write" if by_api else "write"
    steps = (
        (f"seatsync plan{where}", "compare the files with the account; there is nothing to do yet"),
        (f"git{inside} init", "keep the files in git, and correct what was assumed"),
        (
            f"seatsync apply{where}",
            f"after a change of the files: {done} the checklist for people",
        ),
    )
    width = max(len(command) for command, _ in steps) + 3
    return "Next:\n" + "".join(f"  {command:<{width}}{what}\n" for command, what in steps)
