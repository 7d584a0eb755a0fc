"""The audit log of a store, a chain of hashed entries, and its head as a project saw it last.

Each entry has a hash that covers itself and the entry before. The entry of a step also contains the rows that it
changed, from which the account can be replayed or rolled back. The hashes do not show that the end of the log was cut
off; the recorded heads do.

A head is one file per account in the project's own folder. Commands that change the account write it; all others only
read it. A project without a recorded head, such as a fresh clone, accepts any state of the account.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from seatsync.account.history import PORTAL, TrackedPeople, canonical
from seatsync.account.model import Change, Scope, Value
from seatsync.declaration.files import OWN_FOLDER, PROJECT_FILE, Unreadable, content, is_there, sync_folder
from seatsync.errors import FileProblem, TargetProblem
from seatsync.targets.sql.database import Database

START = "0" * 64
"""The previous hash of the first entry."""

Row: TypeAlias = tuple[int, str, str | None, str, int | None, str | None, str]
"""The cells of an `Entry`. SQLite binds a plain tuple faster than a named one."""


@dataclass(slots=True)
class Chain:
    """The end of the log within one transaction. The caller writes the rows that its methods return."""

    seq: int
    head: str

    @classmethod
    def of(cls, database: Database) -> Chain:
        """Read the current end of the log."""
        last = database.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        return cls(*last) if last is not None else cls(0, START)

    def add(self, at: str, actor: str | None, **facts: object) -> Row:
        """Return the row of the next entry."""
        return self.link(at, actor, canonical(facts))

    def link(self, at: str, actor: str | None, what: str, serial: int | None = None, changes: str | None = None) -> Row:
        """Return the row of the next entry, with `what` as JSON text."""
        self.seq += 1
        self.head = linked(self.head, self.seq, at, actor, what, serial, changes)
        return (self.seq, at, actor, what, serial, changes, self.head)


def linked(prev: str, seq: int, at: str, actor: str | None, what: str, serial: int | None, changes: str | None) -> str:
    """Return the hash of an entry that follows one with hash `prev`, as 64 hexadecimal digits.

    The hashed text is a JSON list of the short cells and of the lengths of the long ones, then the long cells.
    """
    who = "null" if actor is None else quoted(actor)
    step = "" if serial is None and changes is None else f",{serial},{-1 if changes is None else len(changes)}"
    text = f'["{prev}",{seq},{quoted(at)},{who},{len(what)}{step}]{what}{changes or ""}'
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def require_intact(database: Database) -> None:
    """Raise TargetProblem if an entry of the log is missing or was altered."""
    problem = first_break(entries(database))
    if problem is not None:
        raise TargetProblem(database.url, problem, "run `seatsync account verify` for details")


def first_break(log: Iterable[Entry]) -> str | None:
    """Return a description of the first break in the chain, None if it is intact."""
    head = START
    for number, entry in enumerate(log, 1):
        if entry.seq != number:
            return f"audit entry {number} is missing"
        if entry.hash != linked(head, *entry[:-1]):
            return f"audit entry {number} was altered"
        head = entry.hash
    return None


# Entries

_COLUMNS = "seq, at, actor, what, serial, changes, hash"

INSERT = f"INSERT INTO audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constant names
"""Statement that inserts the cells of an `Entry`."""


class Entry(NamedTuple):
    """One entry of the log.

    `actor` is None for the owner. `what` is JSON whose `kind` determines the other keys. `serial` and `changes` are
    set for steps only: the serial after the step, and its rows as `changes_text` writes them.
    """

    seq: int
    at: str
    actor: str | None
    what: str
    serial: int | None
    changes: str | None
    hash: str

    @property
    def facts(self) -> dict[str, Any]:
        """The parsed `what`. Raises ValueError if it is not a JSON object."""
        facts = json.loads(self.what)
        if not isinstance(facts, dict):
            raise ValueError(self.what)  # noqa: TRY004 - malformed content, like any other
        return facts

    def rows(self) -> tuple[Change, ...]:
        """Return the rows that a step changed. Raises ValueError or TypeError if the text is malformed."""
        return tuple(
            Change(table, tuple(key), None if old is None else tuple(old), None if new is None else tuple(new))
            for table, key, old, new in json.loads(self.changes or "[]")
        )


def changes_text(changes: Iterable[Change]) -> str:
    """Return rows as canonical JSON: a list of [table, key, old, new]."""
    return "[" + ",".join(map(_change_text, changes)) + "]"


def _change_text(row: Change) -> str:
    table, key, old, new = row
    return f'["{table}",[{",".join(map(quoted, key))}],{_values_text(old)},{_values_text(new)}]'


def _values_text(values: tuple[Value, ...] | None) -> str:
    if values is None:
        return "null"
    return cells_text(values) if values else "[]"


def people_to_plain(people: TrackedPeople) -> dict[str, dict[str, list[str]]]:
    """Return people by scope as plain data: kind of scope to its name to identities."""
    plain: dict[str, dict[str, list[str]]] = {}
    for scope in sorted(people):
        plain.setdefault(scope.kind, {})[scope.name] = sorted(people[scope])
    return plain


def people_from_plain(plain: dict[str, dict[str, list[str]]]) -> TrackedPeople:
    """Return people by scope from plain data, the inverse of `people_to_plain`."""
    kinds: tuple[Literal["team", "contract"], ...] = ("team", "contract")
    return {Scope(kind, name): frozenset(users) for kind in kinds for name, users in plain.get(kind, {}).items()}


def fingerprint(document: object) -> str:
    """Return the SHA-256 of a document's canonical JSON, as 64 hexadecimal digits."""
    return _hash(canonical(document))


def fingerprint_of_cells(cells: Iterable[str | int | None]) -> str:
    """Return the `fingerprint` of a list of texts and numbers. Fast path: it is called for every row written."""
    return _hash(cells_text(cells))


def cells_text(cells: Iterable[str | int | None]) -> str:
    """Return a list of texts and numbers as canonical JSON."""
    return "[" + ",".join(["null" if c is None else quoted(c) if isinstance(c, str) else str(c) for c in cells]) + "]"


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def entries(database: Database) -> Iterator[Entry]:
    """Yield the whole log, in order."""
    return _entries(database, "ORDER BY seq")


def steps(database: Database, since: int = 0) -> Iterator[Entry]:
    """Yield the entries of the steps after a serial, in order."""
    return _entries(database, "WHERE serial > ? ORDER BY serial", (since,))


def first_change(database: Database) -> str | None:
    """Return the instant of the first step, None without any. Its entry may be large: an account that was loaded."""
    row = database.row("SELECT at FROM audit WHERE serial IS NOT NULL ORDER BY serial LIMIT 1")
    return None if row is None else str(row[0])


def outside(database: Database) -> Iterator[Entry]:
    """Yield the entries of changes made outside of seatsync and noticed later, in order."""
    return _entries(database, f"WHERE actor = '{PORTAL}' AND serial IS NOT NULL ORDER BY serial")


def other_entries(database: Database) -> Iterator[Entry]:
    """Yield the entries that are not steps, in order."""
    return _entries(database, "WHERE serial IS NULL ORDER BY seq")


def _entries(database: Database, which: str, values: tuple[int, ...] = ()) -> Iterator[Entry]:
    query = f"SELECT {_COLUMNS} FROM audit {which}"  # noqa: S608 - constant names
    return map(Entry._make, database.rows(query, values))


# Heads

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
            sync_folder(place.parent)
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


def head_of(database: Database, serial: int) -> Head:
    """Return the head of a store's log; `serial` is that of its account."""
    row = database.row("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1")
    return Head(serial, row[0] if row is not None else "")


def had_head(database: Database, head: Head) -> bool:
    """Return True if the log ends with a head, or did at some time."""
    first, after = ("SELECT seq FROM audit WHERE serial = ?", (head.serial,)) if head.serial else ("SELECT 1", ())
    query = (
        f"SELECT 1 FROM audit WHERE seq >= ({first}) AND hash = ?"  # noqa: S608 - constant names
        " AND seq < coalesce((SELECT seq FROM audit WHERE serial = ? + 1), 9223372036854775807)"
    )
    return database.row(query, (*after, head.hash, head.serial)) is not None


def has_entry(database: Database, chain: Chain) -> bool:
    """Return True if the log contains the entry at the end of a chain."""
    return database.row("SELECT 1 FROM audit WHERE seq = ? AND hash = ?", (chain.seq, chain.head)) is not None


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
