"""Access to the files of a repository as bytes. Only regular files inside the repository are opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from seatsync.errors import FileProblem
from seatsync.reading.utf8 import MAX_BYTES

# O_NONBLOCK: opening a FIFO must not wait for a writer. O_NOFOLLOW: the path is resolved, so a link is a race.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)

Kind: TypeAlias = Literal["folder", "link", "file"]
"""Kind of a directory entry; `file` is everything other than a folder or link."""

OVER_A_LINK = "points outside the repository through a symbolic link"
LEADS_NOWHERE = "is a broken symbolic link"


class Unreadable(Exception):
    """A file that cannot be read. `str()` is the reason, phrased to follow the name of the file."""


class Files(Protocol):
    """Source of the files of a repository. Parameters called path are real paths, names are relative to the top."""

    @property
    def top(self) -> str:
        """The real path of the repository."""

    def inside(self, name: str) -> str:
        """Return the real path of a name. Raises `Unreadable` if it is outside the repository."""

    def content(self, path: str) -> bytes:
        """Return the bytes of a regular file, at most `MAX_BYTES + 1`. Raises `Unreadable`."""

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """List a folder: the name and kind of each entry. Raises `Unreadable` if it cannot be listed."""

    def kind(self, path: str) -> Kind | None:
        """Return the kind of the entry at a path, None if there is none. Raises `Unreadable` if access fails."""

    def is_folder(self, link: str) -> bool:
        """Return True if a link leads to a folder. Raises `Unreadable` if it is broken or cannot be followed."""

    def real(self, path: str) -> str:
        """Return a path with all links resolved."""


class Folder:
    """Implementation of `Files` for a folder of the file system."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def top(self) -> str:
        """The real path of the folder."""
        return os.path.realpath(self.root)

    def inside(self, name: str) -> str:
        """Return the real path of a name in the folder."""
        return inside(self.root, name)

    def content(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return content(path)

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """List a folder."""
        try:
            with os.scandir(folder) as entries:
                return [(entry.name, _kind(entry)) for entry in entries]
        except (OSError, ValueError) as error:
            raise Unreadable(_reason(error, "cannot be listed")) from error

    def kind(self, path: str) -> Kind | None:
        """Return the kind of the entry at a path, None if there is none."""
        try:
            mode = os.lstat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise Unreadable(_reason(error)) from error
        return "link" if stat.S_ISLNK(mode) else "folder" if stat.S_ISDIR(mode) else "file"

    def is_folder(self, link: str) -> bool:
        """Return True if a link leads to a folder."""
        try:
            return stat.S_ISDIR(os.stat(link).st_mode)  # noqa: PTH116 - no path object for each of many files
        except FileNotFoundError as error:
            raise Unreadable(LEADS_NOWHERE) from error
        except (OSError, ValueError) as error:
            raise Unreadable(_reason(error)) from error

    def real(self, path: str) -> str:
        """Return a path with all links resolved."""
        return os.path.realpath(path)


def _kind(entry: os.DirEntry[str]) -> Kind:
    """Return the kind of a directory entry, without a system call."""
    if entry.is_symlink():
        return "link"
    return "folder" if entry.is_dir(follow_symlinks=False) else "file"


def inside(root: Path, relative: str) -> str:
    """Return the real path of a file of a repository.

    Raises `Unreadable` for a path that is absolute, contains `..`, or leads outside through a symbolic link.
    """
    must_stay_below(relative)
    try:
        top, real = os.path.realpath(root), os.path.realpath(root / relative)
    except (OSError, ValueError) as error:
        raise Unreadable("is not a valid path on this system") from error
    if real != top and not real.startswith(top.rstrip("/") + "/"):
        raise Unreadable(OVER_A_LINK)
    return real


def is_there(path: Path) -> bool:
    """Return True if anything exists at a path, also a broken link.

    Raises `FileProblem` if access fails: an inaccessible path does not count as absent.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise FileProblem(str(path), _reason(error)) from error
    return True


def must_stay_below(name: str) -> None:
    """Raise `Unreadable` for a name that is absolute or contains `..`."""
    if name.startswith("/") or ".." in name.split("/"):
        raise Unreadable("is outside the repository; use a path below the project file, without `..`")


def content(path: str | Path) -> bytes:
    """Return the bytes of a regular file, at most `MAX_BYTES + 1`. Raises `Unreadable`."""
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
            text = file.read(min(facts.st_size, MAX_BYTES) + 1)  # allocating MAX_BYTES for every file is slow
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


def _reason(error: OSError | ValueError, cannot: str = "cannot be read") -> str:
    words = error.strerror if isinstance(error, OSError) else None
    return f"{cannot} ({words.lower()})" if words else "is not a valid path on this system"
