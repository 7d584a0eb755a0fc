"""The audit log: a chain of entries, each with the hash of the one before: no past entry can be altered alone.

A chain does not show that its end was cut off: whoever wants to notice that keeps the head elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted
from typing import Any

from seatsync.account.step_text import canonical
from seatsync.sha256 import sha256
from seatsync.targets.sqlite import Database

START = "0" * 64
"""What the first entry has for the hash before it."""


INSERT = "INSERT INTO audit (seq, at, actor, what, prev, hash) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: when, who (None: the owner), and what as canonical JSON whose `kind` says how to read the rest."""

    seq: int
    at: str
    actor: str | None
    what: str
    prev: str
    hash: str

    @property
    def facts(self) -> dict[str, Any]:
        """What happened, as plain data; ValueError where the text is not JSON."""
        facts = json.loads(self.what)
        if not isinstance(facts, dict):
            raise ValueError(self.what)  # noqa: TRY004 - content of the wrong shape, as any other
        return facts

    def linked(self) -> str:
        """The hash that this entry must have."""
        return fingerprint_of_cells((self.seq, self.at, self.actor, self.what, self.prev))

    def cells(self) -> tuple[str | int | None, ...]:
        """The entry as a row, for `INSERT`."""
        return (self.seq, self.at, self.actor, self.what, self.prev, self.hash)


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
        return Entry(*self.link(at, actor, canonical(facts)))

    def link(self, at: str, actor: str | None, what: str) -> tuple[int, str, str | None, str, str, str]:
        """The next entry as a row, for `INSERT`, where `what` is canonical JSON already."""
        self.seq, prev = self.seq + 1, self.head
        self.head = fingerprint_of_cells((self.seq, at, actor, what, prev))
        return (self.seq, at, actor, what, prev, self.head)


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
    for row in database.rows("SELECT seq, at, actor, what, prev, hash FROM audit ORDER BY seq"):
        yield Entry(*row)


def first_break(log: list[Entry]) -> str | None:
    """Where the chain is broken, in words, or None."""
    head = START
    for number, entry in enumerate(log, 1):
        if entry.seq != number:
            return f"audit entry {number} is missing"
        if entry.prev != head or entry.linked() != entry.hash:
            return f"audit entry {number} was altered"
        head = entry.hash
    return None
