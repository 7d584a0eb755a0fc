"""What an editor has open, and the repositories that it belongs to, as they were last read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from os.path import realpath
from pathlib import Path

from seatsync.declaration.files import Unreadable, content
from seatsync.declaration.project import find_root
from seatsync.editor.places import Text, Units
from seatsync.editor.view import View, mended, read
from seatsync.errors import ProjectNotFound, SeatsyncError


@dataclass(slots=True)
class Open:
    """A document that is open. `real`: the real path of its file."""

    uri: str
    real: str
    text: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """A document within its repository, as it is now."""

    view: View
    name: str
    text: Text


@dataclass(slots=True)
class Desk:
    """Open documents by their URI, and what became of them. `today` says which day it is in a time zone."""

    today: Callable[[str], str]
    units: Units = "utf-16"
    documents: dict[str, Open] = field(default_factory=dict)
    views: dict[Path, View] = field(default_factory=dict)
    stale: set[Path] = field(default_factory=set)
    good: dict[str, bytes] = field(default_factory=dict)
    """The last content of each open file, by real path, that could be read to its end."""

    def put(self, uri: str, path: str, text: str, version: int | None) -> None:
        """Open a document, or change it."""
        self.documents[uri] = Open(uri, realpath(path), text, version)

    def take_away(self, uri: str) -> None:
        """Close a document: its file counts again."""
        document = self.documents.pop(uri, None)
        if document is not None:
            self.good.pop(document.real, None)

    def root_of(self, path: str) -> Path | None:
        """The repository that a file belongs to."""
        try:
            return find_root(Path(path).parent)
        except SeatsyncError:
            return None

    def uri(self, root: Path, name: str) -> str:
        """The URI of a file: the editor's own where it is open, for only by that the editor knows it."""
        view = self.views.get(root)
        real = None if view is None else view.names.get(name)
        known = next((document.uri for document in self.documents.values() if document.real == real), None)
        return known or (root / name).as_uri()

    def uris(self, view: View) -> list[str]:
        """The URIs of the documents that are open and belong to a repository."""
        ours = set(view.names.values())
        return [document.uri for document in self.documents.values() if document.real in ours]

    def has_open(self, root: Path) -> bool:
        """Whether a document is open that lies below a root."""
        return any(Path(document.real).is_relative_to(root) for document in self.documents.values())

    def unsaved(self) -> dict[str, bytes]:
        """The contents of what is open, by real path."""
        return {document.real: _bytes(document.text) for document in self.documents.values()}

    def refresh(self, root: Path) -> View | None:
        """Read a repository anew; None where there is none any more."""
        unsaved = self.unsaved()
        view = self.read(root, unsaved)
        self.keep(root, view, unsaved)
        return view

    def read(self, root: Path, unsaved: dict[str, bytes]) -> View | None:
        """A repository with what is unsaved; nothing is remembered, so that any thread may do it."""
        try:
            return read(root, unsaved, self.today)
        except ProjectNotFound:
            return None

    def keep(self, root: Path, view: View | None, unsaved: dict[str, bytes]) -> None:
        """Remember a repository as it was read, with what was unsaved then."""
        self.stale.discard(root)
        if view is None:
            self.views.pop(root, None)
            return
        self.views[root] = view
        broken = {view.names.get(name) for name in view.unread()}
        self.good.update((real, content) for real, content in unsaved.items() if real not in broken)

    def where(self, uri: str, *, fresh: bool = True) -> Where | None:
        """A document in its repository; None where it belongs to none. `fresh`: read anew if anything changed."""
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
        return Where(view, name, Text(document.text, self.units))

    def known(self, view: View) -> View:
        """A view in which files that are broken now are as they were last, so that what they declare is known."""
        if not view.unread():
            return view
        return mended(view, (self.good, _saved(view)), self.today)


def _saved(view: View) -> dict[str, bytes]:
    """The contents on the disk of the files that are broken."""
    found = {}
    for name in sorted(view.unread() & view.names.keys()):
        with suppress(Unreadable):
            found[view.names[name]] = content(view.names[name])
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
