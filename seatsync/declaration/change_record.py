"""The record of a change of several files: what stands in it, and how a change that was cut short is named.

Every command that reads a repository looks for one. How a change is carried out and finished stands in `transaction`.
"""

import json
import os
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from seatsync.declaration.files import Unreadable, content, inside, is_there
from seatsync.declaration.including import OWN_FOLDER
from seatsync.errors import FileProblem, SeatsyncError
from seatsync.reading.words import plain

RECORD: Final = "record.json"

_NEXT: Final = "the next `seatsync edit`, `seatsync fmt` or `seatsync drift --adopt`"
_FORMAT: Final = "seatsync/change/1"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_NAMED: Final = 3  # files that a message names


class FileChange(NamedTuple):
    """A file of a change, by its real path; the digests of its content before and after."""

    place: Path
    before: str
    after: str


class Change(NamedTuple):
    """A change: of which command, and whether it is carried out or taken back."""

    command: str
    back: bool
    files: tuple[FileChange, ...]

    def words(self, root: Path) -> str:
        """Return what it is, in words."""
        names = [plain(_name(root, file.place)) for file in self.files]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return f"the change of {', '.join(names[:_NAMED])}{more} by `seatsync {plain(self.command)}`"

    def record(self, root: Path) -> bytes:
        """Return the text of its record."""
        files = [{"path": _name(root, file.place), "before": file.before, "after": file.after} for file in self.files]
        document = {"format": _FORMAT, "command": self.command, "back": self.back, "files": files}
        return json.dumps(document, indent=1).encode()


class UnfinishedChange(SeatsyncError):
    """A change of several files that was cut short, so that what the files say together is not what anybody wrote."""

    def __init__(self, root: Path, change: Change) -> None:
        goes_on = "takes it back" if change.back else "finishes it"
        super().__init__(f"{root}: {change.words(root)} was cut short; {_NEXT} {goes_on}")


def folder_of(root: Path) -> Path:
    """Return the folder in which a change of the files of a repository is written down."""
    return root / OWN_FOLDER / "change"


def must_be_whole(root: Path) -> None:
    """Raise `UnfinishedChange` if a change of the files of a repository was cut short."""
    folder = folder_of(root)
    if is_there(folder / RECORD):
        raise UnfinishedChange(root, recorded(root, folder))


def recorded(root: Path, folder: Path) -> Change:
    """Return the change that a record is of. Raises `FileProblem` where it is not one that was written by us."""
    record = folder / RECORD
    try:
        return _change_of(root, json.loads(content(record)))
    except (Unreadable, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        remedy = f"compare the files in {folder} with yours, then delete that folder"
        raise FileProblem(str(record), "is not the record of a change", remedy) from error


def _change_of(root: Path, document: dict[str, Any]) -> Change:
    if document["format"] != _FORMAT or not isinstance(document["back"], bool):
        raise ValueError(document["format"])
    files = tuple(
        FileChange(_place(root, file["path"]), _digest_of(file["before"]), _digest_of(file["after"]))
        for file in document["files"]
    )
    return Change(str(document["command"]), document["back"], files)


def _place(root: Path, name: str) -> Path:
    """Return the real path of a file of a change; a record of somebody else must not reach further than a pattern."""
    real = Path(inside(root, name))
    if real != Path(os.path.realpath(root)) / name or ".git" in map(str.lower, Path(name).parts):
        raise ValueError(name)
    return real


def _digest_of(written: str) -> str:
    if not _DIGEST.fullmatch(written):
        raise ValueError(written)
    return written


def _name(root: Path, place: Path) -> str:
    return Path(os.path.relpath(place, os.path.realpath(root))).as_posix()
