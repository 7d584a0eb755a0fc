"""A repository as an editor has it: the files of the disk, and in place of some what is not saved yet."""

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

_ENDS_THE_READING = ("YAML001", "YAML003", "YAML004", "YAML005")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class View:
    """What stands in a repository and what is wrong with it. `declaration` is None where nothing can be made of it.

    `names` are the files by their paths relative to the root, each with its real path.
    """

    root: Path
    files: Files
    day: str
    declaration: Declaration | None
    findings: tuple[Finding, ...]
    names: Mapping[str, str]

    def name_of(self, real: str) -> str | None:
        """The name of the file at a real path; None where it is none of the repository."""
        return next((name for name, place in self.names.items() if place == real), None)

    def text(self, name: str) -> str:
        """The text of a file, as well as it can be read."""
        try:
            raw = self.files.content(self.names.get(name) or self.files.inside(name))
        except Unreadable:
            return ""
        return raw.removeprefix(_BOM).decode("utf-8", "replace")

    def tree(self, name: str) -> Node:
        """The data of a YAML file, with its places; None where it cannot be read."""
        try:
            return yaml_file.read(self.files.content(self.names[name]), name)[0]
        except Unreadable:
            return None

    def unread(self) -> set[str]:
        """The files that could not be read to their end."""
        return {
            finding.location.file
            for finding in self.findings
            if finding.code in _ENDS_THE_READING and finding.location is not None
        }


def read(root: Path, unsaved: Mapping[str, bytes], today: Callable[[str], str]) -> View:
    """Read a repository, with the unsaved contents of files by their real paths, and check every rule.

    `today` says which day it is in a time zone. A project file that cannot be read, and a change that was
    cut short, are a finding without a place.
    Raises `ProjectNotFound` where there is none.
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


def mended(view: View, earlier: Iterable[Mapping[str, bytes]], today: Callable[[str], str]) -> View:
    """The view, or where files are broken, one with the newest content of each that could be read.

    `earlier` are contents by real path, the newest first. A file without one that is right stays as it is.
    """
    for contents in earlier:
        broken = [view.names[name] for name in sorted(view.unread() & view.names.keys())]
        instead = {real: contents[real] for real in broken if real in contents}
        if instead:
            unsaved = view.files.changed if isinstance(view.files, Overlay) else {}
            view = read(view.root, {**unsaved, **instead}, today)
    return view
