"""Files of a repository that exists only in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seatsync.declaration.files import Kind, Unreadable, must_stay_below


@dataclass(frozen=True, slots=True)
class InMemory:
    """In-memory implementation of `declaration.files.Files`: texts by name."""

    texts: Mapping[str, str]

    @property
    def top(self) -> str:
        """Path of the top folder: empty, so every path below it begins with a slash."""
        return ""

    def inside(self, name: str) -> str:
        """Return the path of a name."""
        must_stay_below(name)
        return f"/{name}" if name else self.top

    def content(self, path: str) -> bytes:
        """Return the bytes of a file."""
        if self.kind(path) != "file":
            raise Unreadable("does not exist")
        return self.texts[path[1:]].encode()

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """List a folder."""
        below = f"{folder}/"
        found = {f"/{name}"[len(below) :].split("/")[0] for name in self.texts if f"/{name}".startswith(below)}
        return [(name, self.kind(f"{below}{name}") or "folder") for name in sorted(found)]

    def kind(self, path: str) -> Kind | None:
        """Return the kind of the entry at a path, None if there is none."""
        if path[1:] in self.texts:
            return "file"
        return "folder" if any(f"/{name}".startswith(f"{path}/") for name in self.texts) else None

    def is_folder(self, link: str) -> bool:
        """Return True for a folder; there are no links."""
        return self.kind(link) == "folder"

    def real(self, path: str) -> str:
        """Return the path unchanged; there are no links."""
        return path
