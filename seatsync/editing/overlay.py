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

    def exists(self, path: str) -> bool:
        """Whether anything is there."""
        return self.under.exists(path)

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there, or a link to one."""
        return self.under.is_folder(path)

    def is_link(self, path: str) -> bool:
        """Whether a link is there."""
        return self.under.is_link(path)

    def real(self, path: str) -> str:
        """The path with every link followed."""
        return self.under.real(path)
