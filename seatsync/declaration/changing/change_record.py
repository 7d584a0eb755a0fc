"""The record of a change of several files: its format, and the error for an interrupted change.

Every command that reads a repository checks for a record. `transaction` writes records and completes changes.
"""

import json
import os
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from seatsync.declaration.files import OWN_FOLDER, Unreadable, content, inside, is_there
from seatsync.errors import FileProblem, SeatsyncError
from seatsync.reading.plain_text import plain

RECORD: Final = "record.json"

_COMMANDS: Final = "`seatsync edit`, `seatsync fmt` or `seatsync drift --adopt`"
_FORMAT: Final = "seatsync/change/1"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_NAMED: Final = 3  # the most files that a message names


class FileChange(NamedTuple):
    """A file of a change: its real path, and the digests of its content before and after."""

    path: Path
    before: str
    after: str


class Change(NamedTuple):
    """A change of several files by a command. `back` is True if it is being rolled back."""

    command: str
    back: bool
    files: tuple[FileChange, ...]

    def description(self, root: Path) -> str:
        """Return a description for messages."""
        names = [plain(_name(root, file.path)) for file in self.files]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return f"the change of {', '.join(names[:_NAMED])}{more} by `seatsync {plain(self.command)}`"

    def record(self, root: Path) -> bytes:
        """Return the content of the record file."""
        files = [{"path": _name(root, file.path), "before": file.before, "after": file.after} for file in self.files]
        document = {"format": _FORMAT, "command": self.command, "back": self.back, "files": files}
        return json.dumps(document, indent=1).encode()


class UnfinishedChange(SeatsyncError):
    """An interrupted change of several files, which leaves the repository in a state that nobody wrote."""

    def __init__(self, root: Path, change: Change) -> None:
        goal = "roll it back" if change.back else "finish it"
        super().__init__(f"{root}: {change.description(root)} was interrupted; run {_COMMANDS} to {goal}")


def folder_of(root: Path) -> Path:
    """Return the folder that holds the record and staged files of a change."""
    return root / OWN_FOLDER / "change"


def must_be_whole(root: Path) -> None:
    """Raise `UnfinishedChange` if a change of the repository was interrupted."""
    folder = folder_of(root)
    if is_there(folder / RECORD):
        raise UnfinishedChange(root, recorded(root, folder))


def recorded(root: Path, folder: Path) -> Change:
    """Return the recorded change. Raises `FileProblem` if the record is invalid."""
    record = folder / RECORD
    try:
        return _change_of(root, json.loads(content(record)))
    except (Unreadable, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        remedy = f"compare the files in {folder} with yours, then delete that folder"
        raise FileProblem(str(record), "is not a valid record of a change", remedy) from error


def _change_of(root: Path, document: dict[str, Any]) -> Change:
    if document["format"] != _FORMAT or not isinstance(document["back"], bool):
        raise ValueError(document["format"])
    files = tuple(
        FileChange(_real_path(root, file["path"]), _digest_of(file["before"]), _digest_of(file["after"]))
        for file in document["files"]
    )
    return Change(str(document["command"]), document["back"], files)


def _real_path(root: Path, name: str) -> Path:
    """Return the real path of a file of a change; a forged record must not reach files outside the repository."""
    real = Path(inside(root, name))
    if real != Path(os.path.realpath(root)) / name or ".git" in map(str.lower, Path(name).parts):
        raise ValueError(name)
    return real


def _digest_of(written: str) -> str:
    if not _DIGEST.fullmatch(written):
        raise ValueError(written)
    return written


def _name(root: Path, path: Path) -> str:
    return Path(os.path.relpath(path, os.path.realpath(root))).as_posix()
