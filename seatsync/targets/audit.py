"""The audit log, which is the journal too: a chain of entries, in which no past one can be altered alone.

Each has the hash of itself and of the one before. That of a step also holds the rows that it changed, from which the
account can be made anew, or gone back. A chain does not show that its end was cut off: whoever wants to notice that
keeps the head elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

from seatsync.account.model import Change
from seatsync.account.step_text import canonical
from seatsync.sha256 import sha256
from seatsync.targets.sqlite import Database

START = "0" * 64
"""What the first entry has for the hash before it."""


_COLUMNS = "seq, at, actor, what, serial, changes, hash"

INSERT = f"INSERT INTO audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own names
"""Adds an `Entry`."""


class Entry(NamedTuple):
    """One entry: when, who (None: the owner), and what as JSON whose `kind` says how to read the rest.

    `serial` and `changes` are those of a step: the serial after it, and its rows as `changes_text` writes them.
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
        """What happened, as plain data; ValueError where the text is not JSON."""
        facts = json.loads(self.what)
        if not isinstance(facts, dict):
            raise ValueError(self.what)  # noqa: TRY004 - content of the wrong shape, as any other
        return facts

    def linked(self, prev: str) -> str:
        """The hash that this entry must have after one whose hash is `prev`."""
        return _linked(prev, *self[:-1])

    def rows(self) -> tuple[Change, ...]:
        """The rows that a step changed; ValueError or TypeError where the text is not ours."""
        return tuple(
            Change(table, tuple(key), None if old is None else tuple(old), None if new is None else tuple(new))
            for table, key, old, new in json.loads(self.changes or "[]")
        )


@dataclass(slots=True)
class Chain:
    """The end of the log within one transaction: entries are added to it."""

    seq: int
    head: str

    @classmethod
    def of(cls, database: Database) -> Chain:
        """The end as it is."""
        last = database.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        return cls(*last) if last is not None else cls(0, START)

    def add(self, at: str, actor: str | None, **facts: object) -> Entry:
        """The next entry, which the caller writes."""
        return self.link(at, actor, canonical(facts))

    def link(
        self, at: str, actor: str | None, what: str, serial: int | None = None, changes: str | None = None
    ) -> Entry:
        """The same, where `what` is JSON already."""
        self.seq += 1
        self.head = _linked(self.head, self.seq, at, actor, what, serial, changes)
        return Entry(self.seq, at, actor, what, serial, changes, self.head)


def _linked(prev: str, seq: int, at: str, actor: str | None, what: str, serial: int | None, changes: str | None) -> str:
    """The hash of an entry: of its short cells and the lengths of its two texts as JSON, and then the texts."""
    size = None if changes is None else len(changes)
    return _hash(f"{cells_text((prev, seq, at, actor, serial, len(what), size))}{what}{changes or ''}")


def changes_text(changes: Iterable[Change]) -> str:
    """Rows as canonical JSON: [table, key, old, new] each."""
    return "[" + ",".join(map(_change_text, changes)) + "]"


def _change_text(row: Change) -> str:
    old, new = ("null" if values is None else cells_text(values) for values in (row.old, row.new))
    return f'["{row.table}",{cells_text(row.key)},{old},{new}]'


def fingerprint(document: object) -> str:
    """The SHA-256 of a document's canonical JSON, as 64 hexadecimal digits."""
    return _hash(canonical(document))


def fingerprint_of_cells(cells: Iterable[str | int | None]) -> str:
    """The same, of a list of texts and numbers: there is one for every row that is written."""
    return _hash(cells_text(cells))


def cells_text(cells: Iterable[str | int | None]) -> str:
    """A list of texts and numbers as canonical JSON."""
    return "[" + ",".join(["null" if c is None else quoted(c) if isinstance(c, str) else str(c) for c in cells]) + "]"


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def entries(database: Database) -> Iterator[Entry]:
    """The whole log, in order."""
    return _entries(database, "ORDER BY seq")


def steps(database: Database, since: int = 0) -> Iterator[Entry]:
    """The entries of the steps after a serial, in order."""
    return _entries(database, "WHERE serial > ? ORDER BY serial", (since,))


def beside_steps(database: Database) -> Iterator[Entry]:
    """The entries of all else, in order."""
    return _entries(database, "WHERE serial IS NULL ORDER BY seq")


def _entries(database: Database, which: str, values: tuple[int, ...] = ()) -> Iterator[Entry]:
    query = f"SELECT {_COLUMNS} FROM audit {which}"  # noqa: S608 - our own names
    return map(Entry._make, database.rows(query, values))


def first_break(log: list[Entry]) -> str | None:
    """Where the chain is broken, in words, or None."""
    head = START
    for number, entry in enumerate(log, 1):
        if entry.seq != number:
            return f"audit entry {number} is missing"
        if entry.linked(head) != entry.hash:
            return f"audit entry {number} was altered"
        head = entry.hash
    return None
