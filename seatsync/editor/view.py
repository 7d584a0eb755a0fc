"""A repository as the editor sees it: the files on disk, some replaced by unsaved contents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from seatsync.declaration.change_record import UnfinishedChange, must_be_whole
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import Files, Folder, Unreadable
from seatsync.declaration.including import PROJECT_FILE
from seatsync.declaration.load import Loaded, included_by, load
from seatsync.editing.overlay import Overlay
from seatsync.errors import FileProblem
from seatsync.finding import Finding, Severity
from seatsync.reading import yaml_file
from seatsync.reading.tree import Node
from seatsync.rules import check

_SYNTAX_ERRORS = ("YAML001", "YAML003", "YAML004", "YAML005")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class View:
    """A repository and its findings. `declaration` is None if the project file is unusable.

    `names` maps the paths of the files, relative to the root, to their real paths.
    """

    root: Path
    files: Files
    day: str
    declaration: Declaration | None
    findings: tuple[Finding, ...]
    names: Mapping[str, str]

    def name_of(self, real: str) -> str | None:
        """Return the name of the file at a real path; None if the repository does not include it."""
        return next((name for name, place in self.names.items() if place == real), None)

    def text(self, name: str) -> str:
        """Return the text of a file; bytes that are not UTF-8 are replaced, an unreadable file is empty."""
        try:
            raw = self.files.content(self.names.get(name) or self.files.inside(name))
        except Unreadable:
            return ""
        return raw.removeprefix(_BOM).decode("utf-8", "replace")

    def tree(self, name: str) -> Node:
        """Return the data of a YAML file with its positions; None if it cannot be read."""
        try:
            return yaml_file.read(self.files.content(self.names[name]), name)[0]
        except Unreadable:
            return None

    def unreadable(self) -> set[str]:
        """Return the files with syntax errors, which were not read to their end."""
        return {
            finding.location.file
            for finding in self.findings
            if finding.code in _SYNTAX_ERRORS and finding.location is not None
        }


def read(root: Path, unsaved: Mapping[str, bytes], today: Callable[[str], str]) -> View:
    """Read a repository, with the unsaved contents of files by their real paths, and check every rule.

    `today` returns the current day in a time zone. A project file that cannot be read and an interrupted change
    are findings without a place.
    Raises `ProjectNotFound` if there is no project.
    """
    files = Overlay(Folder(root), unsaved)
    try:
        must_be_whole(root)
        loaded = load(root, None, files)
    except (FileProblem, UnfinishedChange) as problem:
        loaded = Loaded(None, [Finding("SCHEMA001", Severity.ERROR, str(problem))])
    declared = loaded.declaration
    names = {PROJECT_FILE: files.real(f"{files.top}/{PROJECT_FILE}")}
    if declared is None:
        return View(root, files, today("UTC"), None, tuple(loaded.findings), names)
    names.update((file.name, file.real) for file in included_by(declared.project, files)[0])
    day = today(declared.project.timezone or "UTC")
    findings = check(declared, day, loaded.findings).findings
    return View(root, files, day, declared, findings, names)


def recovered(view: View, earlier: Iterable[Mapping[str, bytes]], today: Callable[[str], str]) -> View:
    """Return the view with the newest readable content of every file that has syntax errors.

    `earlier` are contents by real path, newest first. A file without readable content stays as it is.
    """
    for contents in earlier:
        broken = [view.names[name] for name in sorted(view.unreadable() & view.names.keys())]
        instead = {real: contents[real] for real in broken if real in contents}
        if instead:
            unsaved = view.files.changed if isinstance(view.files, Overlay) else {}
            view = read(view.root, {**unsaved, **instead}, today)
    return view
