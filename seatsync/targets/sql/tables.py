"""Row checksums, batched writes, the statements for the tables of the account, and rows of tracked people.

There is one table for each of `account.things.TABLES`. `layout.py` defines them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal
from zlib import crc32

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.email import identity
from seatsync.account.history import SEPARATOR, LazyPeople, TrackedPeople, canonical
from seatsync.account.model import TABLES, Account, Change, Contract, Scope, Value
from seatsync.errors import TargetProblem
from seatsync.targets.sql.database import Database

_LIMIT = 2000
"""Maximum number of buffered rows, so that a large load needs no more memory than a small one."""


@dataclass(slots=True)
class Pending:
    """The rows of a transaction that are not written yet.

    Rows of one table keep their order; tables are written one after the other, as foreign keys are checked on commit.
    """

    database: Database
    _runs: dict[str, list[tuple[str, list[tuple[Value, ...]]]]] = field(default_factory=dict)
    _count: int = 0

    def add(self, table: str, statement: str, values: tuple[Value, ...]) -> None:
        """Buffer a statement that must affect exactly one row of a table."""
        runs = self._runs.setdefault(table, [])
        if not runs or runs[-1][0] != statement:
            runs.append((statement, []))
        runs[-1][1].append(values)
        self._count += 1
        if self._count >= _LIMIT:
            self.flush()

    def flush(self) -> None:
        """Write all buffered rows. Raises TargetProblem if a row to change is missing."""
        for table, runs in self._runs.items():
            for statement, rows in runs:
                if self.database.run_many(statement, rows) != len(rows):
                    raise damaged(self.database, f"a row of table {table} is missing")
        self._runs.clear()
        self._count = 0


POOLS = frozenset(table for table, (keys, values) in TABLES.items() if keys[-1] == "user" and not values)
"""The tables of relations that end in a person and have no values, such as team members or holders of a product."""

CELL_SEPARATOR, NULL = "\x1f", "\0"
"""Separator of cells and text of an empty cell in the checksum of a row."""

CELL_SEPARATOR = "\n"
"""Separator of the people of a pool in one text: no address contains a line break."""

_SUMMED = (*TABLES, "cases", "applied", "remembered", "mirror", "usage_month", "usage_seat", "usage_source", "notices")
"""The tables whose rows are summed. Of the cases, those are summed that a state contains."""


class Sums:
    """The number of rows of each table, and the sum of their checksums."""

    def __init__(self, tables: dict[str, tuple[int, int]]) -> None:
        self.tables = tables

    @classmethod
    def empty(cls) -> Sums:
        """Return the sums of empty tables."""
        return cls(dict.fromkeys(_SUMMED, (0, 0)))

    @classmethod
    def from_text(cls, text: str) -> Sums:
        """Parse the text of `as_text`. Raises ValueError, KeyError, IndexError or TypeError for any other."""
        facts = json.loads(text)
        return cls({table: (facts[table][0], facts[table][1]) for table in _SUMMED})

    def as_text(self) -> str:
        """Return the sums as canonical JSON."""
        return canonical(self.tables)

    def add(self, table: str, mark: int, count: int = 1) -> None:
        """Add a row with checksum `mark` to a table; a negated `mark` and a `count` of -1 remove a row."""
        rows, total = self.tables[table]
        self.tables[table] = (rows + count, total + mark)

    def check(self, database: Database, table: str, count: int, total: int) -> None:
        """Raise TargetProblem if a table was read with other rows than were written."""
        if (count, total) != self.tables[table]:
            raise damaged(database, f"table {table} is not as written ({count} of {self.tables[table][0]} rows)")


def checksum(row: Sequence[Value]) -> int:
    """Return the checksum of a row."""
    return crc32(row_text(row).encode())


def row_text(row: Sequence[Value]) -> str:
    """Return a row as one text, for checksums."""
    try:
        return CELL_SEPARATOR.join(row)  # type: ignore[arg-type]  # most rows have texts alone
    except TypeError:
        cells = [NULL if cell is None else cell if isinstance(cell, str) else str(cell) for cell in row]
        return CELL_SEPARATOR.join(cells)


def pool_checksum(pool: Sequence[str], people: str) -> int:
    """Return the checksum of a pool: its key columns, and its sorted people as one text."""
    return crc32(people.encode(), crc32(CELL_SEPARATOR.join(pool).encode()))


class TrackedSums:
    """Sums that are updated with the changes of an account.

    A pool is summed before its first change and at the end of every transaction that changes it. `pools` are the pools
    changed so far, with count and checksum as of the last transaction; `touched` are those changed in this one.
    """

    def __init__(self, sums: Sums, account: Account) -> None:
        self.sums = sums
        self.account = account
        self.pools: dict[tuple[str, ...], tuple[int, int]] = {}
        self.touched: set[tuple[str, ...]] = set()

    def before(self, changes: Iterable[Change]) -> None:
        """Register changes that are about to be made to the account."""
        for row in changes:
            if row.table in POOLS:
                pool = (row.table, *row.key[:-1])
                if pool not in self.pools:
                    self.pools[pool] = self._pool(*pool)
                self.touched.add(pool)
                continue
            if row.old is not None:
                self.sums.add(row.table, -checksum((*row.key, *row.old)), -1)
            if row.new is not None:
                self.sums.add(row.table, checksum((*row.key, *row.new)))

    def settle(self) -> None:
        """Sum the changed pools again, after all changes of a transaction were made."""
        for pool in sorted(self.touched):
            count, mark = self.pools[pool]
            self.pools[pool] = count_now, mark_now = self._pool(*pool)
            self.sums.add(pool[0], mark_now - mark, count_now - count)
        self.touched.clear()

    def _pool(self, table: str, scope: str, thing: str = "") -> tuple[int, int]:
        people = _people(self.account, table, scope, thing)
        if not people:
            return 0, 0
        pool = (scope, thing) if len(TABLES[table][0]) > len(("scope", "user")) else (scope,)
        return len(people), pool_checksum(pool, CELL_SEPARATOR.join(sorted(people)))


_NOBODY: frozenset[str] = frozenset()


def _people(account: Account, table: str, scope: str, thing: str) -> AbstractSet[str]:
    """Return the people in a pool of an account, the empty set if there is no such pool."""
    if table.startswith("contract"):
        contract = account.contracts.get(scope)
        return _in_contract(contract, table, thing) if contract is not None else _NOBODY
    team = account.teams.get(scope)
    if team is None:
        return _NOBODY
    if table == "team_seat":
        return team.seats.get(thing, _NOBODY)
    if table == "team_member":
        return team.members
    group = team.groups.get(thing)
    return group.members if group is not None else _NOBODY


def _in_contract(contract: Contract, table: str, thing: str) -> AbstractSet[str]:
    if table == "contract_member":
        return contract.members
    if table == "contract_support":
        return contract.support
    return (contract.seats if table == "contract_seat" else contract.services).get(thing, _NOBODY)


def damaged(database: Database, what: str) -> TargetProblem:
    """Return the error for content that seatsync did not write."""
    return TargetProblem(database.url, f"the file is damaged: {what}", "restore it from a backup")


# Tracked people

_MEMBERS: dict[str, Literal["team", "contract"]] = {"team_member": "team", "contract_member": "contract"}


class PeopleTracker:
    """The tracked people during a session. `write` stores the changes."""

    def __init__(self, texts: Mapping[Scope, str]) -> None:
        self._texts = dict(texts)
        self._touched: dict[Scope, set[str]] = {}

    def as_people(self) -> TrackedPeople:
        """Return a snapshot that later changes do not affect."""
        if not self._touched:
            return LazyPeople(self._texts)
        now = {scope: SEPARATOR.join(sorted(people)) for scope, people in self._touched.items()}
        return LazyPeople({scope: text for scope, text in (self._texts | now).items() if text})

    def add(self, declared: TrackedPeople) -> dict[Scope, AbstractSet[str]]:
        """Track people, and return those who were not tracked there before."""
        new: dict[Scope, AbstractSet[str]] = {}
        for scope, people in declared.items():
            added = people - self._people(scope) if scope in self._texts or scope in self._touched else people
            if added:
                self._people(scope).update(added)
                new[scope] = added
        return new

    def follow(self, step: Step, rows: Iterable[Change]) -> None:
        """Apply a step: people who leave are no longer tracked there, renamed teams and people still are."""
        if step.action in RENAMES_TEAM:
            old, new = step.scope, Scope("team", step.text("to"))
            self._people(new).update(self._people(old))
            self._people(old).clear()
        elif step.action in CHANGES_ADDRESS:
            self._rename(identity(step.text("user")) or "", identity(step.text("to")) or "")
        else:
            for row in rows:
                if row.table in _MEMBERS:
                    self._member(Scope(_MEMBERS[row.table], row.key[0]), row, step.action)

    def write(self, database: Database, sums: Sums) -> None:
        """Store the rows that changed."""
        for scope in sorted(self._touched):
            people = self._touched[scope]
            before, after = self._texts.get(scope, ""), SEPARATOR.join(sorted(people))
            if before != after:
                write_row(database, scope, before, after, sums)
                self._texts[scope] = after
                if not after:
                    del self._texts[scope]

    def _member(self, scope: Scope, row: Change, action: str) -> None:
        user = row.key[1]
        if row.new is None and (scope in self._texts or scope in self._touched):
            self._people(scope).discard(user)
        elif row.new is not None and action == LOAD_ACCOUNT.name:
            self._people(scope).add(user)

    def _rename(self, before: str, after: str) -> None:
        for scope in sorted({*self._texts, *self._touched}):
            known = self._touched.get(scope)
            if before in (known if known is not None else self._texts[scope]) and before in self._people(scope):
                self._people(scope).remove(before)
                self._people(scope).add(after)

    def _people(self, scope: Scope) -> set[str]:
        """Return the mutable set of the people of a scope."""
        if scope not in self._touched:
            text = self._texts.get(scope)
            self._touched[scope] = set(text.split(SEPARATOR)) if text else set()
        return self._touched[scope]


def read_tracked(database: Database, sums: Sums) -> dict[Scope, str]:
    """Return the tracked people as one text for each scope, verified against the sums."""
    found: dict[Scope, str] = {}
    total = 0
    for row in database.rows("SELECT kind, name, people FROM remembered ORDER BY kind, name"):
        found[Scope(row[0], row[1])] = row[2]
        total += checksum(row)
    sums.check(database, "remembered", len(found), total)
    return found


def write_row(database: Database, scope: Scope, before: str, after: str, sums: Sums) -> None:
    """Replace the people of a scope. An empty text means no row."""
    if before:
        sums.add("remembered", -checksum((scope.kind, scope.name, before)), -1)
        database.run("DELETE FROM remembered WHERE kind = ? AND name = ?", (scope.kind, scope.name))
    if after:
        sums.add("remembered", checksum((scope.kind, scope.name, after)))
        database.run("INSERT INTO remembered (kind, name, people) VALUES (?, ?, ?)", (scope.kind, scope.name, after))


VERSION = 10
"""Version of the layout of the tables, increased with every change. A higher one is of a newer seatsync."""

OLDEST = 3
"""The oldest version that can be upgraded."""


def is_old(database: Database) -> bool:
    """Return True if a store has an older layout that can be upgraded."""
    return OLDEST <= database.version() < VERSION


# Statements


def select(table: str) -> str:
    """Return the query for all rows of a table of the account, sorted by key: key columns, then value columns."""
    keys, values = TABLES[table]
    return f"SELECT {quoted_all((*keys, *values))} FROM {quoted(table)} ORDER BY {quoted_all(keys)}"  # noqa: S608 - constant names


def select_pools(database: Database, table: str) -> str:
    """Return the query for a relation whose last column is a person: the other columns, and all people in one text."""
    *pool, person = map(quoted, TABLES[table][0])
    columns = ", ".join(pool)
    people = database.joined(person, CELL_SEPARATOR, person)
    return f"SELECT {columns}, {people} FROM {quoted(table)} GROUP BY {columns} ORDER BY {columns}"  # noqa: S608


def statement(change: Change) -> tuple[str, tuple[Value, ...]]:
    """Return the statement that writes one changed row, and its values."""
    if change.old is None:
        return _INSERT[change.table], (*change.key, *(change.new or ()))
    if change.new is None:
        return _DELETE[change.table], change.key
    return _UPDATE[change.table], (*change.new, *change.key)


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return f'"{name}"'


def quoted_all(names: tuple[str, ...]) -> str:
    """Return names as SQL lists them."""
    return ", ".join(quoted(name) for name in names)


def _insert(table: str) -> str:
    keys, values = TABLES[table]
    marks = ", ".join("?" * (len(keys) + len(values)))
    return f"INSERT INTO {quoted(table)} ({quoted_all((*keys, *values))}) VALUES ({marks})"  # noqa: S608 - constant names


def _where(table: str) -> str:
    return " AND ".join(f"{quoted(name)} = ?" for name in TABLES[table][0])


def _update(table: str) -> str:
    settings = ", ".join(f"{quoted(name)} = ?" for name in TABLES[table][1])
    return f"UPDATE {quoted(table)} SET {settings} WHERE {_where(table)}"  # noqa: S608 - constant names


_INSERT = {table: _insert(table) for table in TABLES}
_DELETE = {table: f"DELETE FROM {quoted(table)} WHERE {_where(table)}" for table in TABLES}  # noqa: S608 - constant names
_UPDATE = {table: _update(table) for table, (_, values) in TABLES.items() if values}
