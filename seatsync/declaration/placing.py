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
            for temporary, path in staged:
                _move(temporary, path)
                cleanup.callback(_clean_up, path.unlink)
            for temporary, _ in staged:
                temporary.unlink(missing_ok=True)
            for folder in sorted({path.parent for _, path in staged}):
                _sync_folder(folder)
        except FileExistsError as error:
            raise FileProblem(str(error.filename2 or error.filename), "already exists", _IF_EXISTING) from error
        except OSError as error:
            path = Path(error.filename or directory)
            if path.suffix == ".new":  # do not expose the temporary name
                path = path.parent
            raise FileProblem(str(path), f"cannot be written ({error.strerror})", "nothing was written") from error
        cleanup.pop_all()


def _refuse_existing(directory: Path, name: str) -> None:
    path = directory / name
    if os.path.lexists(path):
        raise FileProblem(str(path), "already exists", _IF_EXISTING)
    if path.parent != directory and path.parent.is_symlink():
        raise FileProblem(str(path.parent), "is a symbolic link, which may point elsewhere", _IF_EXISTING)


def _write_temporary(path: Path, text: str, cleanup: ExitStack) -> Path:
    """Write a temporary file next to its destination, creating the folder if needed, and return its path."""
    for folder in reversed((path.parent, *path.parent.parents)):
        if not folder.exists():
            folder.mkdir()
            cleanup.callback(_clean_up, folder.rmdir)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    cleanup.callback(_clean_up, temporary.unlink)
    with temporary.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _move(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)  # unlike a rename, fails if the destination exists by now
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        temporary.rename(path)


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
