"""The head of an account's log as a project last saw it: by this an older copy of the store is noticed.

The note lies in the project's own folder, a file for each account. Commands that change the account write it, all
others only read it. A project without a note, such as a fresh clone, takes the account as it is.
"""

from __future__ import annotations

import errno
import json
import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from seatsync.declaration.files import Unreadable, content, is_there
from seatsync.declaration.including import OWN_FOLDER, PROJECT_FILE
from seatsync.errors import FileProblem, TargetProblem
from seatsync.targets.sqlite import Database

_ACCEPT = "`seatsync account verify --accept-head`"
REMEDY = f"put the newer copy back, or accept this one with {_ACCEPT}"
"""What to do about a store that is behind."""

_FORMAT = "seatsync/head/1"
_NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)
_FOLDER = "heads"
_LARGEST = 4096
_LAST_SERIAL = 2**63 - 1
_PLAIN = re.compile(r"[0-9A-Za-z-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


class Head(NamedTuple):
    """The end of a log: the serial of the account, and the hash of the last entry."""

    serial: int
    hash: str


@dataclass(frozen=True, slots=True)
class Heads:
    """The notes of a project. `folder` is the project's own one (`.seatsync`); None: nothing is noted."""

    folder: Path | None = None

    @classmethod
    def of(cls, root: Path) -> Heads:
        """Return the notes of the project in a folder; none where no project is."""
        return cls(root / OWN_FOLDER if is_there(root / PROJECT_FILE) else None)

    def read(self, lineage: str) -> Head | None:
        """Return what is noted of an account, None if nothing is. Raises `FileProblem` if the note cannot be read."""
        place = self._place(lineage)
        if place is None:
            return None
        try:
            text = content(place)
        except Unreadable as problem:
            if isinstance(problem.__cause__, FileNotFoundError | NotADirectoryError):
                return None
            if isinstance(problem.__cause__, OSError) and problem.__cause__.errno in _NO_DESCRIPTORS:
                raise problem.__cause__ from None  # nothing is wrong with the note
            raise FileProblem(str(place), str(problem), _MEND) from problem
        head = _parsed(text, lineage) if len(text) < _LARGEST else None
        if head is None:
            raise FileProblem(str(place), "is no note of an account's log", _MEND)
        return head

    def prepare(self) -> None:
        """Make the folder of the notes, which git passes over.

        A project that cannot be written to is refused before anything is done.
        """
        if self.folder is None:
            return
        ignored = self.folder / _FOLDER / ".gitignore"
        place = self.folder
        try:
            for place in (self.folder, ignored.parent):
                place.mkdir(exist_ok=True)
            place = ignored
            if not is_there(ignored):
                ignored.write_bytes(b"*\n")
        except OSError as error:
            raise FileProblem(str(place), f"cannot be made ({_reason(error)})", "nothing was done") from error
        if not os.access(ignored.parent, os.W_OK | os.X_OK):
            raise FileProblem(str(ignored.parent), "cannot be written to", "nothing was done")

    def write(self, lineage: str, head: Head) -> None:
        """Note the head of an account, whole and on the disk. Raises `FileProblem`."""
        place = self._place(lineage)
        if place is None:
            return
        document = {"format": _FORMAT, "lineage": lineage, "serial": head.serial, "head": head.hash}
        beside = place.with_name(f".{place.name}.new")  # one name: whoever writes holds the account's lock
        try:
            try:
                beside.unlink(missing_ok=True)  # of a run that was killed; what a link there leads to is not ours
                with beside.open("xb") as file:
                    file.write(f"{json.dumps(document)}\n".encode())
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(place)
            finally:
                beside.unlink(missing_ok=True)
            _settle(place.parent)
        except OSError as error:
            problem = f"cannot be written ({_reason(error)})"
            remedy = "the account is changed and kept, but an older copy of it would not be noticed"
            raise FileProblem(str(place), problem, remedy) from error

    def _place(self, lineage: str) -> Path | None:
        if self.folder is None:
            return None
        name = lineage if _PLAIN.fullmatch(lineage) else sha256(lineage.encode("utf-8", "surrogatepass")).hexdigest()
        return self.folder / _FOLDER / f"{name}.json"


_MEND = f"look at it, or let {_ACCEPT} write it anew"


NO_HEADS = Heads()
"""Of an account that no project is about."""


def _parsed(text: bytes, lineage: str) -> Head | None:
    """Return the head that a note holds, None if it is not one of this account."""
    try:
        found = json.loads(text)
        head = Head(found["serial"], found["head"])
        sound = found["format"] == _FORMAT and found["lineage"] == lineage
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    sound = sound and type(head.serial) is int and 0 <= head.serial <= _LAST_SERIAL
    return head if sound and _HASH.fullmatch(str(head.hash)) else None


def _reason(error: OSError) -> str:
    return (error.strerror or "it does not say why").lower()


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def head_of(database: Database, serial: int) -> Head:
    """Return the head of a store's log, whose account is at a serial."""
    row = database.row("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1")
    return Head(serial, row[0] if row is not None else "")


def had_head(database: Database, head: Head) -> bool:
    """Return True if the log once ended with a head, or ends with it now."""
    first, after = ("SELECT seq FROM audit WHERE serial = ?", (head.serial,)) if head.serial else ("SELECT 1", ())
    query = (
        f"SELECT 1 FROM audit WHERE seq >= ({first}) AND hash = ?"  # noqa: S608 - our own words
        " AND seq < ifnull((SELECT seq FROM audit WHERE serial = ? + 1), 9223372036854775807)"
    )
    return database.row(query, (*after, head.hash, head.serial)) is not None


def behind(database: Database, noted: Head | None, serial: int) -> str | None:
    """Return what is wrong with a store, at a serial, whose log does not go on from the head that is noted."""
    if noted is None or had_head(database, noted):
        return None
    if serial < noted.serial:
        return (
            f"the account is at serial {serial}, but was at {noted.serial} when it was last changed from here: an older"
            " copy was put back, or its write-ahead log is lost"
        )
    return (
        f"the log does not contain its last entry from when the account was last changed from here (serial"
        f" {noted.serial}): another copy was put in its place, or the log was altered"
    )


def require_current(database: Database, noted: Head | None, serial: int) -> None:
    """Raise `TargetProblem` unless the log, of an account at a serial, goes on from the head that is noted."""
    problem = behind(database, noted, serial)
    if problem is not None:
        raise TargetProblem(database.url, problem, REMEDY)
