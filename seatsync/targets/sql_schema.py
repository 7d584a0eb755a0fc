"""The tables of a store, and the statements that write their rows.

One table for each of `account.model.TABLES`, and the records beside them. Plain SQL that a second database can run:
names are quoted (`user` is a reserved word elsewhere), foreign keys are looked at when a transaction ends.
"""

from __future__ import annotations

from seatsync.account.model import TABLES, Change, Value
from seatsync.account.past import PORTAL
from seatsync.targets.sql_memory import TABLE as REMEMBERED
from seatsync.targets.sql_sums import BETWEEN
from seatsync.targets.sqlite import Database

VERSION = 5
"""Grows when the tables change. A store of a higher version was made by a newer seatsync."""

_NUMBERS = frozenset({"seats", "tokens", "invitations"})
_PARENTS: dict[str, tuple[str, int]] = {
    "team_admin": ("team", 1),
    "team_member": ("team", 1),
    "team_seat": ("team", 1),
    "team_group": ("team", 1),
    "group_member": ("team_group", 2),
    "group_seat": ("team_group", 2),
    "contract_member": ("contract", 1),
    "contract_product": ("contract", 1),
    "contract_seat": ("contract", 1),
    "contract_service": ("contract", 1),
    "contract_support": ("contract", 1),
}
"""A table to the table that its first so many key columns refer to. People are looked at when the account is read."""

OUTSIDE = f"CREATE INDEX audit_outside ON audit (serial) WHERE actor = '{PORTAL}' AND serial IS NOT NULL"
"""The changes made outside of seatsync are few, and every plan looks for them."""

_RECORDS = (
    REMEMBERED,
    """CREATE TABLE meta (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        name TEXT NOT NULL, lineage TEXT NOT NULL, serial INTEGER NOT NULL, timezone TEXT NOT NULL,
        sums TEXT NOT NULL, mark INTEGER NOT NULL)""",
    """CREATE TABLE lock (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        token INTEGER NOT NULL, holder TEXT, process TEXT, since TEXT, expires INTEGER)""",
    """CREATE TABLE audit (
        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT, what TEXT NOT NULL, serial INTEGER, changes TEXT,
        hash TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX audit_serial ON audit (serial)",
    OUTSIDE,
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, template TEXT NOT NULL, recipient TEXT NOT NULL,
        subject TEXT NOT NULL, body TEXT NOT NULL, cause TEXT NOT NULL)""",
    """CREATE TABLE cases (
        id INTEGER PRIMARY KEY, step TEXT NOT NULL, asks TEXT NOT NULL, opened_at TEXT NOT NULL, opened_by TEXT,
        closed_at TEXT, evidence TEXT)""",
    "CREATE UNIQUE INDEX cases_open ON cases (asks) WHERE closed_at IS NULL",
    """CREATE TABLE orders (
        number TEXT PRIMARY KEY NOT NULL, at TEXT NOT NULL, day TEXT NOT NULL, company TEXT NOT NULL,
        manager TEXT NOT NULL, lines TEXT NOT NULL)""",
    """CREATE TABLE applied (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        declaration TEXT NOT NULL, policy TEXT NOT NULL, note TEXT NOT NULL, actor TEXT, at TEXT NOT NULL,
        serial INTEGER NOT NULL)""",
)


def make_tables(database: Database) -> None:
    """Make every table, within the caller's transaction."""
    for table in TABLES:
        database.run(_create(table))
    for statement in _RECORDS:
        database.run(statement)


def select(table: str) -> str:
    """The query for all rows of a table of the account, by key: key columns, then value columns."""
    keys, values = TABLES[table]
    return f"SELECT {_names((*keys, *values))} FROM {_name(table)} ORDER BY {_names(keys)}"  # noqa: S608 - our own names


def select_pools(table: str) -> str:
    """The query for a relation whose last column is a person: the other columns, and everybody there in one text.

    In order of the key, which is how the rows lie in a table without row numbers and with no index beside it. Ordered
    once more in a query inside, they would be copied first, and reading takes half as long again.
    """
    *pool, person = map(_name, TABLES[table][0])
    columns = ", ".join(pool)
    people = f"group_concat({person}, '{BETWEEN}')"
    return f"SELECT {columns}, {people} FROM {_name(table)} GROUP BY {columns} ORDER BY {columns}"  # noqa: S608


def statement(change: Change) -> tuple[str, tuple[Value, ...]]:
    """What carries one change out in its table: a statement that touches one row, and its values."""
    if change.old is None:
        return _INSERT[change.table], (*change.key, *(change.new or ()))
    if change.new is None:
        return _DELETE[change.table], change.key
    return _UPDATE[change.table], (*change.new, *change.key)


def _name(name: str) -> str:
    return f'"{name}"'


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(_name(name) for name in names)


def _create(table: str) -> str:
    keys, values = TABLES[table]
    columns = [f"{_name(name)} TEXT NOT NULL" for name in keys]
    columns += [f"{_name(name)} {'INTEGER' if name in _NUMBERS else 'TEXT'}" for name in values]
    columns.append(f"PRIMARY KEY ({_names(keys)})")
    if table in _PARENTS:
        parent, width = _PARENTS[table]
        there = _names(TABLES[parent][0])
        columns.append(
            f"FOREIGN KEY ({_names(keys[:width])}) REFERENCES {_name(parent)} ({there}) DEFERRABLE INITIALLY DEFERRED"
        )
    return f"CREATE TABLE {_name(table)} ({', '.join(columns)}) WITHOUT ROWID"


def _insert(table: str) -> str:
    keys, values = TABLES[table]
    marks = ", ".join("?" * (len(keys) + len(values)))
    return f"INSERT INTO {_name(table)} ({_names((*keys, *values))}) VALUES ({marks})"  # noqa: S608 - our own names


def _where(table: str) -> str:
    return " AND ".join(f"{_name(name)} = ?" for name in TABLES[table][0])


def _update(table: str) -> str:
    settings = ", ".join(f"{_name(name)} = ?" for name in TABLES[table][1])
    return f"UPDATE {_name(table)} SET {settings} WHERE {_where(table)}"  # noqa: S608 - our own names


_INSERT = {table: _insert(table) for table in TABLES}
_DELETE = {table: f"DELETE FROM {_name(table)} WHERE {_where(table)}" for table in TABLES}  # noqa: S608 - our own names
_UPDATE = {table: _update(table) for table, (_, values) in TABLES.items() if values}
