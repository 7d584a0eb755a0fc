"""Recorded heads: the last log head of each account that a project has seen, to detect an older copy of the store.

A head is one file per account in the project's own folder. Commands that change the account write it; all others only
read it. A project without a recorded head, such as a fresh clone, accepts any state of the account.
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
"""Remedy for a store that is behind its recorded head."""

_FORMAT = "seatsync/head/1"
_NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)
_FOLDER = "heads"
_LARGEST = 4096
_LAST_SERIAL = 2**63 - 1
_PLAIN = re.compile(r"[0-9A-Za-z-]{1,64}")
_HASH = re.compile(r"[0-9a-f]{64}")


class Head(NamedTuple):
    """The end of a log: the serial of the account and the hash of the last entry."""

    serial: int
    hash: str


@dataclass(frozen=True, slots=True)
class Heads:
    """The recorded heads of a project. `folder` is its `.seatsync` folder; None: no heads are read or written."""

    folder: Path | None = None

    @classmethod
    def of(cls, root: Path) -> Heads:
        """Return the heads of the project in a folder, `NO_HEADS` if there is no project."""
        return cls(root / OWN_FOLDER if is_there(root / PROJECT_FILE) else None)

    def read(self, lineage: str) -> Head | None:
        """Return the recorded head of an account, None if there is none. Raises FileProblem if it cannot be read."""
        place = self._place(lineage)
        if place is None:
            return None
        try:
            text = content(place)
        except Unreadable as problem:
            if isinstance(problem.__cause__, FileNotFoundError | NotADirectoryError):
                return None
            if isinstance(problem.__cause__, OSError) and problem.__cause__.errno in _NO_DESCRIPTORS:
                raise problem.__cause__ from None  # the file itself may be fine
            raise FileProblem(str(place), str(problem), _FIX) from problem
        head = _parsed(text, lineage) if len(text) < _LARGEST else None
        if head is None:
            raise FileProblem(str(place), "not a recorded head of this account's log", _FIX)
        return head

    def prepare(self) -> None:
        """Create the folder of the heads, ignored by git, before anything is changed.

        Raises FileProblem if the folder cannot be written to.
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
            raise FileProblem(str(place), f"cannot be created ({_reason(error)})", "nothing was changed") from error
        if not os.access(ignored.parent, os.W_OK | os.X_OK):
            raise FileProblem(str(ignored.parent), "cannot be written to", "nothing was changed")

    def write(self, lineage: str, head: Head) -> None:
        """Record the head of an account, atomically and flushed to disk. Raises FileProblem."""
        place = self._place(lineage)
        if place is None:
            return
        document = {"format": _FORMAT, "lineage": lineage, "serial": head.serial, "head": head.hash}
        temporary = place.with_name(f".{place.name}.new")  # a fixed name is safe: the writer holds the account's lock
        try:
            try:
                temporary.unlink(missing_ok=True)  # left by a killed run; never followed if it is a link
                with temporary.open("xb") as file:
                    file.write(f"{json.dumps(document)}\n".encode())
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(place)
            finally:
                temporary.unlink(missing_ok=True)
            _sync_folder(place.parent)
        except OSError as error:
            problem = f"cannot be written ({_reason(error)})"
            remedy = "the change of the account is saved, but an older copy of it would not be detected"
            raise FileProblem(str(place), problem, remedy) from error

    def _place(self, lineage: str) -> Path | None:
        if self.folder is None:
            return None
        name = lineage if _PLAIN.fullmatch(lineage) else sha256(lineage.encode("utf-8", "surrogatepass")).hexdigest()
        return self.folder / _FOLDER / f"{name}.json"


_FIX = f"check the file, or write it again with {_ACCEPT}"


NO_HEADS = Heads()
"""The heads of an account that is used without a project."""


def _parsed(text: bytes, lineage: str) -> Head | None:
    """Return the head in the text of a file, None if it is malformed or of another account."""
    try:
        found = json.loads(text)
        head = Head(found["serial"], found["head"])
        valid = found["format"] == _FORMAT and found["lineage"] == lineage
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    valid = valid and type(head.serial) is int and 0 <= head.serial <= _LAST_SERIAL
    return head if valid and _HASH.fullmatch(str(head.hash)) else None


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown error").lower()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def head_of(database: Database, serial: int) -> Head:
    """Return the head of a store's log; `serial` is that of its account."""
    row = database.row("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1")
    return Head(serial, row[0] if row is not None else "")


def had_head(database: Database, head: Head) -> bool:
    """Return True if the log ends with a head, or did at some time."""
    first, after = ("SELECT seq FROM audit WHERE serial = ?", (head.serial,)) if head.serial else ("SELECT 1", ())
    query = (
        f"SELECT 1 FROM audit WHERE seq >= ({first}) AND hash = ?"  # noqa: S608 - constant names
        " AND seq < ifnull((SELECT seq FROM audit WHERE serial = ? + 1), 9223372036854775807)"
    )
    return database.row(query, (*after, head.hash, head.serial)) is not None


def behind(database: Database, recorded: Head | None, serial: int) -> str | None:
    """Return the problem of a store whose log does not continue the recorded head, None if it does.

    `serial` is the current one of the account.
    """
    if recorded is None or had_head(database, recorded):
        return None
    if serial < recorded.serial:
        return (
            f"the account is at serial {serial}, but was at {recorded.serial} when it was last changed from here: an"
            " older copy was restored, or its write-ahead log is lost"
        )
    return (
        f"the log lacks the entry that was its last when the account was last changed from here (serial"
        f" {recorded.serial}): another copy was put in its place, or the log was altered"
    )


def require_current(database: Database, recorded: Head | None, serial: int) -> None:
    """Raise TargetProblem if the store is `behind` the recorded head."""
    problem = behind(database, recorded, serial)
    if problem is not None:
        raise TargetProblem(database.url, problem, REMEDY)
