"""The files of a folder with some of them as they are going to be, to be read before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seatsync.declaration.files import Files, Kind


@dataclass(frozen=True, slots=True)
class Overlay:
    """As `declaration.files.Files`: those of `under`, and in place of some, by real path, other contents."""

    under: Files
    changed: Mapping[str, bytes]

    @property
    def top(self) -> str:
        """The real path of the folder."""
        return self.under.top

    def inside(self, name: str) -> str:
        """The real path of a name in it."""
        return self.under.inside(name)

    def content(self, path: str) -> bytes:
        """The bytes of a file."""
        return self.changed[path] if path in self.changed else self.under.content(path)

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """What stands in a folder."""
        return self.under.names(folder)

    def kind(self, path: str) -> Kind | None:
        """Return the kind of what is at a path."""
        return self.under.kind(path)

    def is_folder(self, link: str) -> bool:
        """Return True if a link leads to a folder."""
        return self.under.is_folder(link)

    def real(self, path: str) -> str:
        """The path with every link followed."""
        return self.under.real(path)
