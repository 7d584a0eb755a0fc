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

_LEAVE_IT = "nothing was written; move it away, or choose a folder that is empty"


def write_repository(directory: Path, files: Mapping[str, str]) -> None:
    """Write the files of a repository, given by path relative to its folder, which is created if needed.

    Each file appears atomically, in the order of `files`. Raises `FileProblem`, with nothing written, if one of them
    exists or cannot be written.
    """
    for name in reversed([*files]):  # the project file first: it gives the clearest message
        _refuse_what_is_there(directory, name)
    with ExitStack() as undoing:
        try:
            waiting = [(_beside(directory / name, text, undoing), directory / name) for name, text in files.items()]
            for temporary, place in waiting:
                _into_place(temporary, place)
                undoing.callback(_gone, place.unlink)
            for temporary, _ in waiting:
                temporary.unlink(missing_ok=True)
            for folder in sorted({place.parent for _, place in waiting}):
                _settle(folder)
        except FileExistsError as error:
            raise FileProblem(str(error.filename2 or error.filename), "is there already", _LEAVE_IT) from error
        except OSError as error:
            place = Path(error.filename or directory)
            if place.suffix == ".new":  # do not expose the temporary name
                place = place.parent
            raise FileProblem(str(place), f"cannot be written ({error.strerror})", "nothing was written") from error
        undoing.pop_all()


def _refuse_what_is_there(directory: Path, name: str) -> None:
    place = directory / name
    if os.path.lexists(place):
        raise FileProblem(str(place), "is there already", _LEAVE_IT)
    if place.parent != directory and place.parent.is_symlink():
        raise FileProblem(str(place.parent), "is a symbolic link, which may lead anywhere", _LEAVE_IT)


def _beside(place: Path, text: str, undoing: ExitStack) -> Path:
    """Write a temporary file next to its destination, creating the folder if needed, and return its path."""
    for folder in reversed((place.parent, *place.parent.parents)):
        if not folder.exists():
            folder.mkdir()
            undoing.callback(_gone, folder.rmdir)
    temporary = place.with_name(f".{place.name}.{os.getpid()}.new")
    undoing.callback(_gone, temporary.unlink)
    with temporary.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _into_place(temporary: Path, place: Path) -> None:
    try:
        os.link(temporary, place)  # unlike a rename, fails if the destination exists by now
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        temporary.rename(place)


def _gone(remove: Callable[[], None]) -> None:
    """Call a cleanup function, ignoring file system errors."""
    try:
        remove()
    except OSError:
        return


def _settle(folder: Path) -> None:
    """Flush the entries of a folder to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
