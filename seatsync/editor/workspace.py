"""The open documents of an editor, and the repositories they belong to as last read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from os.path import realpath
from pathlib import Path

from seatsync.declaration.files import Unreadable, content
from seatsync.declaration.project import find_root
from seatsync.editor.places import Text, Units
from seatsync.editor.view import View, read, recovered
from seatsync.errors import ProjectNotFound, SeatsyncError


@dataclass(slots=True)
class OpenDocument:
    """A document open in the editor. `real` is the real path of its file."""

    uri: str
    real: str
    text: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ProjectDocument:
    """The current text of a document, and its repository."""

    view: View
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
    views: dict[Path, View] = field(default_factory=dict)
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
        """Return the root of the repository that a file belongs to."""
        try:
            return find_root(Path(path).parent)
        except SeatsyncError:
            return None

    def uri(self, root: Path, name: str) -> str:
        """Return the URI of a file: the editor's own if it is open, since editors compare URIs as text."""
        view = self.views.get(root)
        real = None if view is None else view.names.get(name)
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

    def refresh(self, root: Path) -> View | None:
        """Read a repository again and store the result; None if it no longer exists."""
        unsaved = self.unsaved()
        view = self.read(root, unsaved)
        self.store(root, view, unsaved)
        return view

    def read(self, root: Path, unsaved: dict[str, bytes]) -> View | None:
        """Read a repository with unsaved contents. Stores nothing, and is safe to call from any thread."""
        try:
            return read(root, unsaved, self.today)
        except ProjectNotFound:
            return None

    def store(self, root: Path, view: View | None, unsaved: dict[str, bytes]) -> None:
        """Store a view, read with these unsaved contents; None removes the stored one."""
        self.stale.discard(root)
        if view is None:
            self.views.pop(root, None)
            return
        self.views[root] = view
        broken = {view.names.get(name) for name in view.unreadable()}
        self.readable_contents.update((real, content) for real, content in unsaved.items() if real not in broken)

    def document(self, uri: str, *, fresh: bool = True) -> ProjectDocument | None:
        """Return a document with its repository; None if it belongs to none.

        If `fresh`, a repository that has changed since it was read is read again first.
        """
        document = self.documents.get(uri)
        root = None if document is None else self.root_of(document.real)
        if document is None or root is None:
            return None
        view = self.views.get(root)
        if view is None or (fresh and root in self.stale):
            view = self.refresh(root)
        name = None if view is None else view.name_of(document.real)
        if view is None or name is None:
            return None
        return ProjectDocument(view, name, Text(document.text, self.units))

    def last_readable(self, view: View) -> View:
        """Return a view in which files with syntax errors have their last readable content."""
        if not view.unreadable():
            return view
        return recovered(view, (self.readable_contents, _saved(view)), self.today)


def _saved(view: View) -> dict[str, bytes]:
    """Return the saved contents of the files with syntax errors, by real path."""
    found = {}
    for name in sorted(view.unreadable() & view.names.keys()):
        with suppress(Unreadable):
            found[view.names[name]] = content(view.names[name])
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
