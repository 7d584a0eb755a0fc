"""The audit log, which is the journal too: a chain of entries, in which no past one can be altered alone.

Each has the hash of itself and of the one before. That of a step also holds the rows that it changed, from which the
account can be made anew, or gone back. A chain does not show that its end was cut off: whoever wants to notice that
keeps the head elsewhere. `chain.py` makes and verifies it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import Any, Literal, NamedTuple

from seatsync.account.memory import TrackedPeople
from seatsync.account.model import Change, Scope, Value
from seatsync.account.past import PORTAL
from seatsync.account.step_text import canonical
from seatsync.targets.sqlite import Database

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

    def rows(self) -> tuple[Change, ...]:
        """The rows that a step changed; ValueError or TypeError where the text is not ours."""
        return tuple(
            Change(table, tuple(key), None if old is None else tuple(old), None if new is None else tuple(new))
            for table, key, old, new in json.loads(self.changes or "[]")
        )


def changes_text(changes: Iterable[Change]) -> str:
    """Rows as canonical JSON: [table, key, old, new] each."""
    return "[" + ",".join(map(_change_text, changes)) + "]"


def _change_text(row: Change) -> str:
    table, key, old, new = row
    return f'["{table}",[{",".join(map(quoted, key))}],{_values_text(old)},{_values_text(new)}]'


def _values_text(values: tuple[Value, ...] | None) -> str:
    if values is None:
        return "null"
    return cells_text(values) if values else "[]"


def people_to_plain(people: TrackedPeople) -> dict[str, dict[str, list[str]]]:
    """Return people by scope as plain data: the kind of scope to its name to identities."""
    plain: dict[str, dict[str, list[str]]] = {}
    for scope in sorted(people):
        plain.setdefault(scope.kind, {})[scope.name] = sorted(people[scope])
    return plain


def people_of(plain: dict[str, dict[str, list[str]]]) -> TrackedPeople:
    """Return the reverse of `people_to_plain`."""
    kinds: tuple[Literal["team", "contract"], ...] = ("team", "contract")
    return {Scope(kind, name): frozenset(users) for kind in kinds for name, users in plain.get(kind, {}).items()}


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


def outside(database: Database) -> Iterator[Entry]:
    """The entries of what happened outside of seatsync and was seen later, in order."""
    return _entries(database, f"WHERE actor = '{PORTAL}' AND serial IS NOT NULL ORDER BY serial")


def other_entries(database: Database) -> Iterator[Entry]:
    """The entries of all else, in order."""
    return _entries(database, "WHERE serial IS NULL ORDER BY seq")


def _entries(database: Database, which: str, values: tuple[int, ...] = ()) -> Iterator[Entry]:
    query = f"SELECT {_COLUMNS} FROM audit {which}"  # noqa: S608 - our own names
    return map(Entry._make, database.rows(query, values))
