"""Files of a repository that are not on disk: those of a git revision, read from its objects, and those in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seatsync.declaration.files import LEADS_NOWHERE, OVER_A_LINK, Kind, Unreadable, must_stay_below
from seatsync.reading.git_objects import Contents, Object

# In memory


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


# A git revision

_LINK = "120000"
_SUBMODULE = "160000"
_REGULAR = frozenset({"100644", "100755", "100664"})
_MOST_LINKS = 40  # as many as Linux follows
_LONGEST_LINK = 4096
_ROUND = "cannot be read (too many levels of symbolic links)"

# The top is "", so joining with a slash gives absolute paths, as in a file system.


@dataclass(frozen=True, slots=True)
class Revision:
    """Implementation of `Files` for one folder at one revision. A submodule is a folder that cannot be listed."""

    objects: Mapping[str, Object]
    folders: Mapping[str, Mapping[str, bool]]
    contents: Contents

    @property
    def top(self) -> str:
        """The path of the top folder."""
        return ""

    def inside(self, name: str) -> str:
        """Return the path of a name with links resolved."""
        must_stay_below(name)
        return self._followed(f"/{name}")

    def content(self, path: str) -> bytes:
        """Return the bytes of a file."""
        found = self.objects.get(path)
        if found is None:
            raise self._absent(path)
        if found.mode == _LINK:  # links are resolved before, so this is a loop
            raise Unreadable(_ROUND)
        if found.mode not in _REGULAR:
            raise Unreadable("is not a regular file")
        data = self.contents.of(found.id)
        if data is None:
            raise Unreadable("cannot be read (its content is missing in the git repository)")
        return data

    def _absent(self, path: str) -> Unreadable:
        """Return the error for a path without a file, worded as by a file system."""
        if path in self.folders:
            return Unreadable("is a folder, not a file")
        above = path.rpartition("/")[0]
        while above:
            if above in self.objects:
                where = "it is in a submodule" if self._is_submodule(above) else "not a directory"
                return Unreadable(f"cannot be read ({where})")
            above = above.rpartition("/")[0]
        problem = Unreadable("does not exist")
        problem.__cause__ = FileNotFoundError(path)
        return problem

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """List a folder. Raises `Unreadable` for a submodule."""
        if folder in self.objects:
            raise Unreadable("cannot be listed (it is a submodule)")
        entries = self.folders.get(folder, {}).items()
        return [(name, "folder" if is_folder else self._kind(f"{folder}/{name}")) for name, is_folder in entries]

    def kind(self, path: str) -> Kind | None:
        """Return the kind of the entry at a path, None if there is none."""
        path = self._parent_followed(path)
        if path in self.folders:
            return "folder"
        if path in self.objects:
            return self._kind(path)
        above = path.rpartition("/")[0]
        if self._is_submodule(above):
            raise self._absent(path)
        if self._is_link(above):  # links are resolved before, so this is a loop
            raise Unreadable(_ROUND)
        return None

    def is_folder(self, link: str) -> bool:
        """Return True if a link leads to a folder."""
        target = self._followed(link)
        if target in self.folders:
            return True
        found = self.objects.get(target)
        if found is None:
            problem = self._absent(target)
            raise Unreadable(LEADS_NOWHERE) if isinstance(problem.__cause__, FileNotFoundError) else problem
        if found.mode == _LINK:
            raise Unreadable(_ROUND)
        return self._is_submodule(target)

    def real(self, path: str) -> str:
        """Return a path with all links resolved, or the path itself if it leads outside."""
        try:
            return self._followed(path)
        except Unreadable:
            return path

    def _kind(self, path: str) -> Kind:
        mode = self.objects[path].mode
        return "link" if mode == _LINK else "folder" if mode == _SUBMODULE else "file"

    def _is_submodule(self, path: str) -> bool:
        return path in self.objects and self.objects[path].mode == _SUBMODULE

    def _is_link(self, path: str) -> bool:
        return path in self.objects and self.objects[path].mode == _LINK

    def _parent_followed(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        return f"{self._followed(folder)}/{name}"

    def _followed(self, path: str) -> str:
        """Return a path without links, `.` and `..`. It need not exist. Raises `Unreadable` if it leads outside."""
        waiting, here, links = path.split("/")[::-1], "", 0
        while waiting:
            part = waiting.pop()
            if part in {"", "."}:
                continue
            if part == "..":
                if not here:
                    raise Unreadable(OVER_A_LINK)
                here = here.rpartition("/")[0]
                continue
            here = f"{here}/{part}"
            if self._is_link(here):
                links += 1
                target = self._target(here)
                if target.startswith("/"):
                    raise Unreadable(OVER_A_LINK)
                if links > _MOST_LINKS:  # a loop, which `content` reports
                    return path
                waiting += target.split("/")[::-1]
                here = here.rpartition("/")[0]
        return here

    def _target(self, link: str) -> str:
        data = self.contents.of(self.objects[link].id)
        if data is None or len(data) > _LONGEST_LINK:
            raise Unreadable("cannot be read (its content is missing in the git repository)")
        return data.decode("utf-8", "surrogateescape")


def revision(listing: Mapping[str, Object], below: str, contents: Contents) -> Revision:
    """Return the files below a folder (`""`, or a name that ends in a slash) of a tree listing."""
    objects: dict[str, Object] = {}
    folders: dict[str, dict[str, bool]] = {"": {}}
    for name, found in listing.items():
        if name.startswith(below):
            path = f"/{name[len(below) :]}"
            objects[path] = found
            _enter(path, folders)
    return Revision(objects, folders, contents)


def _enter(path: str, folders: dict[str, dict[str, bool]]) -> None:
    """Add a file to its folder, and new folders to their parents."""
    folder, _, name = path.rpartition("/")
    is_folder = False
    while True:
        known = folder in folders
        folders.setdefault(folder, {})[name] = is_folder
        if known:
            return
        folder, _, name = folder.rpartition("/")
        is_folder = True
