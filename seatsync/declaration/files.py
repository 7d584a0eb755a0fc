"""The files of a repository as bytes: regular files inside it, and nothing else is ever opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from seatsync.reading.utf8 import MAX_BYTES

# O_NONBLOCK: opening a FIFO must not wait for a writer. O_NOFOLLOW: the path was resolved before, a link is a race.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)

Kind: TypeAlias = Literal["folder", "link", "file"]
"""What stands in a folder: a folder, a link to whatever it may be, or anything else."""

OVER_A_LINK = "leads outside the repository over a symbolic link"


class Unreadable(Exception):
    """A file that is not read. `str()` says why, in words that follow its name."""


class Files(Protocol):
    """Where the files of a repository are read from. Paths are real ones, unless they are called names."""

    @property
    def top(self) -> str:
        """The real path of the repository's folder."""

    def inside(self, name: str) -> str:
        """The real path of a name relative to the top. Raises `Unreadable` where it leads outside."""

    def content(self, path: str) -> bytes:
        """The bytes of a regular file, no more than the readers take and one. Raises `Unreadable`."""

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """What stands in a folder, and what it is; nothing where it cannot be listed."""

    def exists(self, path: str) -> bool:
        """Whether anything is there, be it a link that leads nowhere."""

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there, or a link to one."""

    def is_link(self, path: str) -> bool:
        """Whether a symbolic link is there."""

    def real(self, path: str) -> str:
        """The path with every link followed."""


class Folder:
    """The files of a folder on this machine, as `Files`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def top(self) -> str:
        """The real path of the folder."""
        return os.path.realpath(self.root)

    def inside(self, name: str) -> str:
        """The real path of a name in it."""
        return inside(self.root, name)

    def content(self, path: str) -> bytes:
        """The bytes of a file."""
        return content(path)

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """What stands in a folder."""
        try:
            with os.scandir(folder) as entries:
                return [(entry.name, _kind(entry)) for entry in entries]
        except OSError:
            return []

    def exists(self, path: str) -> bool:
        """Whether anything is there."""
        return os.path.lexists(path)

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there, or a link to one."""
        return os.path.isdir(path)  # noqa: PTH112 - no path object for each of many files

    def is_link(self, path: str) -> bool:
        """Whether a link is there."""
        return os.path.islink(path)  # noqa: PTH114 - likewise

    def real(self, path: str) -> str:
        """The path with every link followed."""
        return os.path.realpath(path)


def _kind(entry: os.DirEntry[str]) -> Kind:
    """What the listing of its folder says, which asks nobody for each of many files."""
    if entry.is_symlink():
        return "link"
    return "folder" if entry.is_dir(follow_symlinks=False) else "file"


def inside(root: Path, relative: str) -> str:
    """The real path of a file of a repository.

    Raises `Unreadable` for a path that is absolute, climbs with `..`, or leads outside over a symbolic link.
    """
    must_stay_below(relative)
    try:
        top, real = os.path.realpath(root), os.path.realpath(root / relative)
    except (OSError, ValueError) as error:
        raise Unreadable("is not a path that this system knows") from error
    if real != top and not real.startswith(top.rstrip("/") + "/"):
        raise Unreadable(OVER_A_LINK)
    return real


def must_stay_below(name: str) -> None:
    """Raises `Unreadable` for a name that is absolute or climbs with `..`."""
    if name.startswith("/") or ".." in name.split("/"):
        raise Unreadable("leads outside the repository; includes are relative to the project file and stay below it")


def content(path: str | Path) -> bytes:
    """The bytes of a regular file, no more than the readers take and one. Raises `Unreadable`."""
    try:
        handle = os.open(path, _FLAGS)
    except FileNotFoundError as error:
        raise Unreadable("does not exist") from error
    except (OSError, ValueError) as error:
        raise Unreadable(_reason(error)) from error
    try:
        facts = os.fstat(handle)
        _refuse_other_kinds(facts.st_mode)
        with os.fdopen(handle, "rb", closefd=False) as file:
            text = file.read(min(facts.st_size, MAX_BYTES) + 1)  # room for all that may be there takes time to make
            return text if len(text) <= facts.st_size else text + file.read(MAX_BYTES + 1 - len(text))
    except OSError as error:
        raise Unreadable(_reason(error)) from error
    finally:
        os.close(handle)


def _refuse_other_kinds(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise Unreadable("is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise Unreadable("is not a regular file")


def _reason(error: OSError | ValueError) -> str:
    words = error.strerror if isinstance(error, OSError) else None
    return f"cannot be read ({words.lower()})" if words else "is not a path that this system knows"
