"""Atomic replacement of several files of a repository, safe if the process is killed at any moment.

The old and new content of every file are first staged in `.seatsync/change/`, followed by a record with the digests of
both. The record commits the change: if the process dies afterwards, the next command that changes files completes it;
if it dies before, nothing has changed. A file with neither the old nor the new content was modified by another program,
and is not touched.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from seatsync.declaration.changing.change_record import (
    RECORD,
    Change,
    FileChange,
    UnfinishedChange,
    folder_of,
    recorded,
)
from seatsync.declaration.files import Unreadable, content, is_there, sync_folder
from seatsync.errors import FileProblem

if sys.platform != "win32":
    from fcntl import LOCK_EX, LOCK_NB, flock


_IGNORED: Final = ".gitignore"
_OURS: Final = re.compile(r"[0-9]+\.(?:old|new)|record\.json(?:\.new)?|\.gitignore")
_ABSENT: Final = ""
_NOTHING: Final = "nothing was written"


@dataclass(frozen=True, slots=True)
class Changed:
    """Content of a file when it was read, and its new content."""

    old: bytes
    new: bytes


def replace_files(root: Path, files: Mapping[Path, Changed], command: str) -> None:
    """Replace files, given by real path, on behalf of a command. Permissions are preserved.

    Raises `FileProblem`, with all files unchanged, if one cannot be written or was modified since it was read. Several
    files must be inside the repository at `root`; a single file may be anywhere, as one rename is atomic.
    """
    if not files:
        return
    with _locked(root) as folder:
        if (folder / RECORD).exists():
            raise UnfinishedChange(root, recorded(root, folder))
        _discard(folder)
        _begin(folder)
        try:
            staged = tuple(_stage(folder, number, *file) for number, file in enumerate(files.items()))
            change = Change(command, back=False, files=staged)
            for file in staged:
                _check_unmodified(file.path, file.before)
            if len(staged) > 1:
                _commit(root, folder, change)
        except BaseException:
            _discard(folder)
            raise
        try:
            _install(folder, change)
        except BaseException:
            _roll_back(root, folder, change)
            raise
        _discard(folder)


def finish_change(root: Path, report: Callable[[str], None]) -> None:
    """Complete an interrupted change or rollback, and report it through `report`.

    Raises `FileProblem`, with nothing written, if a file was modified since.
    """
    if not is_there(folder_of(root)):
        return
    with _locked(root) as folder:
        if not is_there(folder / RECORD):
            _discard(folder)
            return
        change = recorded(root, folder)
        if not change.back:
            for number, file in enumerate(change.files):
                _check_recoverable(folder, number, file)
        _install(folder, change, "the change is still unfinished")
        _discard(folder)
        report(f"{change.description(root)} was interrupted, and is {'rolled back' if change.back else 'finished'} now")


# Before the record


@contextmanager
def _locked(root: Path) -> Iterator[Path]:
    """Lock the repository for this process, and yield the folder for the record and staged files."""
    folder = folder_of(root)
    own = folder.parent
    with ExitStack() as leaving:
        try:
            own.mkdir(exist_ok=True)
            if sys.platform != "win32":
                handle = os.open(own, os.O_RDONLY)
                leaving.callback(os.close, handle)
                flock(handle, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise FileProblem(str(root), "another seatsync is changing its files", "try again later") from error
        except OSError as error:
            raise _unwritable(own, error) from error
        if os.path.lexists(folder) and not stat.S_ISDIR(folder.lstat().st_mode):
            raise FileProblem(str(folder), "is not a folder of seatsync", "move it away")
        try:
            yield folder
        finally:
            with suppress(OSError):  # not empty if it contains the account
                own.rmdir()


def _begin(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700)
        _write(folder / _IGNORED, b"*\n")
        sync_folder(folder.parent)
        sync_folder(folder.parent.parent)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _stage(folder: Path, number: int, path: Path, changed: Changed) -> FileChange:
    """Stage the old and new content of a file, with its permissions and, if permitted, its owner."""
    try:
        former = path.stat()
        for name, data in ((f"{number}.old", changed.old), (f"{number}.new", changed.new)):
            _write(folder / name, data, former)
    except OSError as error:
        raise _unwritable(path, error) from error
    return FileChange(path, sha256(changed.old).hexdigest(), sha256(changed.new).hexdigest())


def _commit(root: Path, folder: Path, change: Change) -> None:
    """Write the record, which commits the change."""
    new = folder / f"{RECORD}.new"
    try:
        sync_folder(folder)
        new.unlink(missing_ok=True)
        _write(new, change.record(root))
        new.replace(folder / RECORD)
        sync_folder(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error


# After the record


def _install(folder: Path, change: Change, consequence: str = _NOTHING) -> None:
    """Move staged files to their destinations, unless done; `consequence` is the consequence named in an error."""
    for number, file in enumerate(change.files):
        goal, start, staged = (file.after, file.before, folder / f"{number}.new")
        if change.back:
            goal, start, staged = (file.before, file.after, folder / f"{number}.old")
        now = _digest(file.path)
        if now == start != goal:
            _put(staged, file.path, consequence)
        elif now != goal and not change.back:
            raise _modified(file.path)
    for parent in sorted({file.path.parent for file in change.files}):
        try:
            sync_folder(parent)
        except OSError as error:
            raise _unwritable(parent, error, consequence) from error


def _roll_back(root: Path, folder: Path, change: Change) -> None:
    """Restore all files that were replaced. If the rollback is interrupted, the next run continues it."""
    back = change._replace(back=True)
    try:
        if len(change.files) > 1:
            _commit(root, folder, back)
        _install(folder, back)
    except FileProblem as problem:
        if (folder / RECORD).exists():
            raise UnfinishedChange(root, recorded(root, folder)) from problem
        raise
    _discard(folder)


def _put(staged: Path, path: Path, consequence: str) -> None:
    """Replace a file by a staged one; across file systems, by a copy next to the destination."""
    temporary = path.with_name(f".{path.name[:50]}.seatsync-change")
    try:
        try:
            temporary.unlink(missing_ok=True)
            staged.replace(path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            shutil.copy2(staged, temporary)
            _sync_file(temporary)
            temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error, consequence) from error


def _discard(folder: Path) -> None:
    """Remove record and staged files, the record first, as the staged files are unused without it."""
    try:
        if not os.path.lexists(folder):
            return
        (folder / RECORD).unlink(missing_ok=True)
        sync_folder(folder)
        for file in sorted(folder.iterdir()):
            if _OURS.fullmatch(file.name):
                file.unlink()
        folder.rmdir()
    except OSError as error:
        words = (error.strerror or type(error).__name__).lower()
        raise FileProblem(str(folder), f"cannot be removed ({words})", "move it away") from error


def _check_unmodified(path: Path, digest: str) -> None:
    if _digest(path) != digest:
        raise _modified(path)


def _check_recoverable(folder: Path, number: int, file: FileChange) -> None:
    """Raise `FileProblem` if a file of an interrupted change was modified since, or its staged content is lost."""
    now, staged = _digest(file.path), folder / f"{number}.new"
    if now != file.after and (now != file.before or _digest(staged) != file.after):
        problem = (
            "was changed after the interrupted change"
            if now != file.before
            else "cannot be changed, as its new content is missing"
        )
        remedy = f"compare it with {staged}, then delete {folder}; the files stay as they are"
        raise FileProblem(str(file.path), problem, remedy)


# Files and errors


def _digest(path: Path) -> str:
    """Return the digest of a file's content, `_ABSENT` if there is no file."""
    try:
        return sha256(content(path)).hexdigest()
    except Unreadable as problem:
        if isinstance(problem.__cause__, FileNotFoundError):
            return _ABSENT
        raise FileProblem(str(path), str(problem), _NOTHING) from problem


def _write(path: Path, data: bytes, like: os.stat_result | None = None) -> None:
    """Write and flush a new file, with the permissions and, if permitted, the owner of another one (`like`)."""
    with path.open("xb") as file:
        file.write(data)
        if like is not None and os.name == "posix":
            with suppress(PermissionError):  # only root can change the owner
                os.chown(path, like.st_uid, like.st_gid)
        if like is not None:
            path.chmod(like.st_mode & 0o7777)
        file.flush()
        os.fsync(file.fileno())


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _modified(path: Path) -> FileProblem:
    return FileProblem(str(path), "was changed by another program in the meantime", "nothing was written; try again")


def _unwritable(path: Path, error: OSError, consequence: str = _NOTHING) -> FileProblem:
    words = (error.strerror or type(error).__name__).lower()
    return FileProblem(str(path), f"cannot be written ({words})", consequence)
