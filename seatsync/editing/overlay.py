"""Files of a folder with replaced contents, so that a change can be checked before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seatsync.declaration.files import Files, Kind


@dataclass(frozen=True, slots=True)
class Overlay:
    """An implementation of `declaration.files.Files`: `under`, with the contents in `changed` by real path."""

    under: Files
    changed: Mapping[str, bytes]

    @property
    def top(self) -> str:
        """The real path of the folder."""
        return self.under.top

    def inside(self, name: str) -> str:
        """Return the real path of a name in the folder."""
        return self.under.inside(name)

    def content(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return self.changed[path] if path in self.changed else self.under.content(path)

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """Return the names in a folder, with their kinds."""
        return self.under.names(folder)

    def kind(self, path: str) -> Kind | None:
        """Return the kind of file at a path; None if there is none."""
        return self.under.kind(path)

    def is_folder(self, link: str) -> bool:
        """Return True if a link leads to a folder."""
        return self.under.is_folder(link)

    def real(self, path: str) -> str:
        """Return the path with every link resolved."""
        return self.under.real(path)
