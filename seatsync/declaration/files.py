"""The files of a repository as bytes: regular files inside it, and nothing else is ever opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from seatsync.reading.utf8 import MAX_BYTES

# O_NONBLOCK: opening a FIFO must not wait for a writer. O_NOFOLLOW: the path was resolved before, a link is a race.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


class Unreadable(Exception):
    """A file that is not read. `str()` says why, in words that follow its name."""


def inside(root: Path, relative: str) -> str:
    """The real path of a file of a repository.

    Raises `Unreadable` for a path that is absolute, climbs with `..`, or leads outside over a symbolic link.
    """
    parts = relative.split("/")
    if relative.startswith("/") or ".." in parts:
        raise Unreadable("leads outside the repository; includes are relative to the project file and stay below it")
    try:
        top, real = os.path.realpath(root), os.path.realpath(root / relative)
    except (OSError, ValueError) as error:
        raise Unreadable("is not a path that this system knows") from error
    if real != top and not real.startswith(top.rstrip("/") + "/"):
        raise Unreadable("leads outside the repository over a symbolic link")
    return real


def content(path: str | Path) -> bytes:
    """The bytes of a regular file, no more than the readers take and one. Raises `Unreadable`."""
    try:
        handle = os.open(path, _FLAGS)
    except FileNotFoundError as error:
        raise Unreadable("does not exist") from error
    except (OSError, ValueError) as error:
        raise Unreadable(_reason(error)) from error
    try:
        _refuse_other_kinds(os.fstat(handle).st_mode)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MAX_BYTES + 1)
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
