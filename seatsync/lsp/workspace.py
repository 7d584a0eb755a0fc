"""The open documents of an editor, and the repository as it would be with them saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from os.path import realpath
from pathlib import Path

from seatsync.declaration.changing.change_record import UnfinishedChange, must_be_whole
from seatsync.declaration.files import PROJECT_FILE, Files, Folder, Unreadable, content
from seatsync.declaration.load import Loaded, included_by, load
from seatsync.declaration.project import find_root
from seatsync.editing.changeset import Overlay
from seatsync.editing.occurrences import SourceFiles
from seatsync.errors import FileProblem, ProjectNotFound, SeatsyncError
from seatsync.finding import Finding, Severity
from seatsync.fleet.reading import FLEET_FILE, find_fleet, read_fleet
from seatsync.lsp.positions import Text, Units
from seatsync.reading.plain_text import text_of_table
from seatsync.rules import check

_SYNTAX_ERRORS = ("YAML001", "YAML003", "YAML004", "YAML005")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class View(SourceFiles):
    """A repository and its findings; or the file of a fleet, with the CSVs that it names."""

    root: Path
    day: str
    findings: tuple[Finding, ...]
    is_fleet: bool = False

    def name_of(self, real: str) -> str | None:
        """Return the name of the file at a real path; None if the repository does not include it."""
        return next((name for name, place in self.names.items() if place == real), None)

    def unreadable(self) -> set[str]:
        """Return the files with syntax errors, which were not read to their end."""
        return {
            finding.location.file
            for finding in self.findings
            if finding.code in _SYNTAX_ERRORS and finding.severity is Severity.ERROR and finding.location is not None
        }


def read(root: Path, unsaved: Mapping[str, bytes], today: Callable[[str], str]) -> View:
    """Read a repository, with the unsaved contents of files by their real paths, and check every rule.

    `today` returns the current day in a time zone. A project file that cannot be read and an interrupted change
    are findings without a place.
    Raises `ProjectNotFound` if there is neither a project nor a fleet.
    """
    files = Overlay(Folder(root), unsaved)
    if files.kind(f"{files.top}/{PROJECT_FILE}") is None and files.kind(f"{files.top}/{FLEET_FILE}") is not None:
        return _fleet(root, files, today)
    try:
        must_be_whole(root)
        loaded = load(root, None, files)
    except (FileProblem, UnfinishedChange) as problem:
        loaded = Loaded(None, [Finding("SCHEMA001", Severity.ERROR, str(problem))])
    declared = loaded.declaration
    names = {PROJECT_FILE: files.real(f"{files.top}/{PROJECT_FILE}")}
    if declared is None:
        return View(files, names, None, root, today("UTC"), tuple(loaded.findings))
    names.update((file.name, file.real) for file in included_by(declared.project, files)[0])
    day = today(declared.project.timezone or "UTC")
    findings = check(declared, day, loaded.findings).findings
    return View(files, names, declared, root, day, findings)


def _fleet(root: Path, files: Files, today: Callable[[str], str]) -> View:
    """Read the file of a fleet."""
    try:
        findings = read_fleet(root / FLEET_FILE, files)[1]
    except FileProblem as problem:
        findings = [Finding("SCHEMA001", Severity.ERROR, str(problem))]
    there = {FLEET_FILE, *(each.location.file for each in findings if each.location is not None)}
    names = {name: files.real(f"{files.top}/{name}") for name in sorted(there)}
    return View(files, names, None, root, today("UTC"), tuple(findings), is_fleet=True)


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


@dataclass(slots=True)
class OpenDocument:
    """A document open in the editor. `real` is the real path of its file."""

    uri: str
    real: str
    text: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Views:
    """A repository as it is, and the same with the last readable content of files that have syntax errors."""

    exact: View
    readable: View


@dataclass(frozen=True, slots=True)
class ProjectDocument:
    """The current text of a document, and its repository when it was read last (see `Views`)."""

    view: View
    readable: View
    name: str
    text: Text


@dataclass(slots=True)
class Workspace:
    """The open documents by URI, and the views of their repositories by root.

    `today` returns the current day in a time zone. Roots in `stale` have changed since they were read.
    """

    today: Callable[[str], str]
    units: Units = "utf-16"
    documents: dict[str, OpenDocument] = field(default_factory=dict)
    views: dict[Path, Views] = field(default_factory=dict)
    stale: set[Path] = field(default_factory=set)
    readable_contents: dict[str, bytes] = field(default_factory=dict)
    """The last content of each open file, by real path, that had no syntax error."""

    def update(self, uri: str, path: str, text: str, version: int | None) -> None:
        """Open a document or replace its text."""
        self.documents[uri] = OpenDocument(uri, realpath(path), text, version)

    def close(self, uri: str) -> None:
        """Close a document; from now on its saved file is read."""
        document = self.documents.pop(uri, None)
        if document is not None:
            self.readable_contents.pop(document.real, None)

    def root_of(self, path: str) -> Path | None:
        """Return the root of the repository that a file belongs to, or else the folder of the fleet."""
        try:
            return find_root(Path(path).parent)
        except ProjectNotFound:
            with suppress(SeatsyncError):
                return find_fleet(Path(path).parent).parent
        except SeatsyncError:
            pass
        return None

    def uri(self, root: Path, name: str) -> str:
        """Return the URI of a file: the editor's own if it is open, since editors compare URIs as text."""
        views = self.views.get(root)
        real = None if views is None else views.exact.names.get(name)
        known = next((document.uri for document in self.documents.values() if document.real == real), None)
        return known or (root / name).as_uri()

    def uris(self, view: View) -> list[str]:
        """Return the URIs of the open documents of a repository."""
        ours = set(view.names.values())
        return [document.uri for document in self.documents.values() if document.real in ours]

    def has_open_documents(self, root: Path) -> bool:
        """Return True if any document below a root is open."""
        return any(Path(document.real).is_relative_to(root) for document in self.documents.values())

    def unsaved(self) -> dict[str, bytes]:
        """Return the contents of the open documents by real path."""
        return {document.real: _bytes(document.text) for document in self.documents.values()}

    def unsaved_names(self, view: View) -> set[str]:
        """Return the names of the open files of a repository whose text is not the saved one."""
        names = {real: name for name, real in view.names.items()}
        opened = {document.real: document.text for document in self.documents.values() if document.real in names}
        return {names[real] for real, text in opened.items() if _saved_text(real) != text.removeprefix("\ufeff")}

    def read(self, root: Path, unsaved: dict[str, bytes]) -> Views | None:
        """Read a repository with unsaved contents; None if it no longer exists.

        Stores nothing, and is safe to call from another thread.
        """
        try:
            view = read(root, unsaved, self.today)
        except ProjectNotFound:
            return None
        if not view.unreadable():
            return Views(view, view)
        return Views(view, recovered(view, (dict(self.readable_contents), _saved(view)), self.today))

    def store(self, root: Path, views: Views | None, unsaved: dict[str, bytes]) -> None:
        """Store what was read with these unsaved contents; None removes what is stored."""
        if views is None:
            self.views.pop(root, None)
            return
        self.views[root] = views
        broken = {views.exact.names.get(name) for name in views.exact.unreadable()}
        self.readable_contents.update((real, content) for real, content in unsaved.items() if real not in broken)

    def document(self, uri: str) -> ProjectDocument | None:
        """Return a document with its repository as it was read last; None if it belongs to none."""
        document = self.documents.get(uri)
        root = None if document is None else self.root_of(document.real)
        views = None if root is None else self.views.get(root)
        name = None if document is None or views is None else views.exact.name_of(document.real)
        if document is None or views is None or name is None:
            return None
        return ProjectDocument(views.exact, views.readable, name, Text(document.text, self.units))


def _saved(view: View) -> dict[str, bytes]:
    """Return the saved contents of the files with syntax errors, by real path."""
    found = {}
    for name in sorted(view.unreadable() & view.names.keys()):
        with suppress(Unreadable):
            found[view.names[name]] = content(view.names[name])
    return found


def _saved_text(real: str) -> str | None:
    """Return the saved text of a file as editors show it; None if it cannot be read."""
    try:
        return text_of_table(content(real))
    except Unreadable:
        return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
