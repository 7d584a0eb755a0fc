"""The audit log, which is also the journal: reading its entries, and the canonical text of what they contain.

Each entry has a hash that covers itself and the entry before. The entry of a step also contains the rows that it
changed, from which the account can be replayed or rolled back. The hashes do not show that the end of the log was cut
off; `heads.py` detects that. `chain.py` computes and verifies the hashes.
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


def outside(database: Database) -> Iterator[Entry]:
    """Yield the entries of changes made outside of seatsync and noticed later, in order."""
    return _entries(database, f"WHERE actor = '{PORTAL}' AND serial IS NOT NULL ORDER BY serial")


def other_entries(database: Database) -> Iterator[Entry]:
    """Yield the entries that are not steps, in order."""
    return _entries(database, "WHERE serial IS NULL ORDER BY seq")


def _entries(database: Database, which: str, values: tuple[int, ...] = ()) -> Iterator[Entry]:
    query = f"SELECT {_COLUMNS} FROM audit {which}"  # noqa: S608 - constant names
    return map(Entry._make, database.rows(query, values))
