"""The hash chain of the audit log: adding entries and verifying them.

Separate from `audit.py` because of `hashlib`: OpenSSL is slow to load, but takes a third of the time per hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import TypeAlias

from seatsync.account.step_text import canonical
from seatsync.errors import TargetProblem
from seatsync.targets.audit import Entry, entries
from seatsync.targets.sqlite import Database

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
