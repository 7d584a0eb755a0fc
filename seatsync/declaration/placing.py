"""Creation of new files: all of them or none, without overwriting anything."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from seatsync.errors import FileProblem

_NO_LINKS = frozenset((errno.EPERM, errno.ENOTSUP, errno.ENOSYS))
"""Errors of file systems without hard links."""

_IF_EXISTING = "nothing was written; move it, or choose an empty folder"


def write_repository(directory: Path, files: Mapping[str, str]) -> None:
    """Write the files of a repository, given by path relative to its folder, which is created if needed.

    Each file appears atomically, in the order of `files`. Raises `FileProblem`, with nothing written, if one of them
    exists or cannot be written.
    """
    for name in reversed([*files]):  # the project file first: it gives the clearest message
        _refuse_existing(directory, name)
    with ExitStack() as cleanup:
        try:
            staged = [
                (_write_temporary(directory / name, text, cleanup), directory / name) for name, text in files.items()
            ]
            for temporary, place in staged:
                _move(temporary, place)
                cleanup.callback(_clean_up, place.unlink)
            for temporary, _ in staged:
                temporary.unlink(missing_ok=True)
            for folder in sorted({place.parent for _, place in staged}):
                _sync_folder(folder)
        except FileExistsError as error:
            raise FileProblem(str(error.filename2 or error.filename), "already exists", _IF_EXISTING) from error
        except OSError as error:
            place = Path(error.filename or directory)
            if place.suffix == ".new":  # do not expose the temporary name
                place = place.parent
            raise FileProblem(str(place), f"cannot be written ({error.strerror})", "nothing was written") from error
        cleanup.pop_all()


def _refuse_existing(directory: Path, name: str) -> None:
    place = directory / name
    if os.path.lexists(place):
        raise FileProblem(str(place), "already exists", _IF_EXISTING)
    if place.parent != directory and place.parent.is_symlink():
        raise FileProblem(str(place.parent), "is a symbolic link, which may point elsewhere", _IF_EXISTING)


def _write_temporary(place: Path, text: str, cleanup: ExitStack) -> Path:
    """Write a temporary file next to its destination, creating the folder if needed, and return its path."""
    for folder in reversed((place.parent, *place.parent.parents)):
        if not folder.exists():
            folder.mkdir()
            cleanup.callback(_clean_up, folder.rmdir)
    temporary = place.with_name(f".{place.name}.{os.getpid()}.new")
    cleanup.callback(_clean_up, temporary.unlink)
    with temporary.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _move(temporary: Path, place: Path) -> None:
    try:
        os.link(temporary, place)  # unlike a rename, fails if the destination exists by now
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        temporary.rename(place)


def _clean_up(remove: Callable[[], None]) -> None:
    """Call a cleanup function, ignoring file system errors."""
    try:
        remove()
    except OSError:
        return


def _sync_folder(folder: Path) -> None:
    """Flush the entries of a folder to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
