"""The chain that the entries of the audit log form: each has a hash of itself and of the one before.

Needed where entries are added or verified. There are as many hashes as entries, so they are OpenSSL's, which takes a
while to load and a third of the time for each.
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
"""What the first entry has for the hash before it."""


Row: TypeAlias = tuple[int, str, str | None, str, int | None, str | None, str]
"""The cells of an `Entry`: SQLite takes a plain tuple sooner than a named one."""


@dataclass(slots=True)
class Chain:
    """The end of the log within one transaction: entries are added to it, which the caller writes."""

    seq: int
    head: str

    @classmethod
    def of(cls, database: Database) -> Chain:
        """The end as it is."""
        last = database.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        return cls(*last) if last is not None else cls(0, START)

    def add(self, at: str, actor: str | None, **facts: object) -> Row:
        """The next entry."""
        return self.link(at, actor, canonical(facts))

    def link(self, at: str, actor: str | None, what: str, serial: int | None = None, changes: str | None = None) -> Row:
        """The same, where `what` is JSON already."""
        self.seq += 1
        self.head = linked(self.head, self.seq, at, actor, what, serial, changes)
        return (self.seq, at, actor, what, serial, changes, self.head)


def linked(prev: str, seq: int, at: str, actor: str | None, what: str, serial: int | None, changes: str | None) -> str:
    """The hash that an entry of these cells must have after one whose hash is `prev`, as 64 hexadecimal digits.

    It is that of a list of the short cells and of the lengths of the long ones, and the long ones behind it.
    """
    who = "null" if actor is None else quoted(actor)
    step = "" if serial is None and changes is None else f",{serial},{-1 if changes is None else len(changes)}"
    text = f'["{prev}",{seq},{quoted(at)},{who},{len(what)}{step}]{what}{changes or ""}'
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def require_intact(database: Database) -> None:
    """Raise `TargetProblem` if an entry of the log is missing or was altered."""
    problem = first_break(entries(database))
    if problem is not None:
        raise TargetProblem(database.url, problem, "`seatsync account verify` tells more")


def first_break(log: Iterable[Entry]) -> str | None:
    """Where the chain is broken, in words, or None."""
    head = START
    for number, entry in enumerate(log, 1):
        if entry.seq != number:
            return f"audit entry {number} is missing"
        if entry.hash != linked(head, *entry[:-1]):
            return f"audit entry {number} was altered"
        head = entry.hash
    return None
