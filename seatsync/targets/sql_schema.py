"""The tables of a store, and the statements that read and write their rows.

There is one table for each of `account.model.TABLES`, besides those of log and records. The SQL is portable: names are
quoted (`user` is a reserved word in other databases), foreign keys are checked on commit.
"""

from __future__ import annotations

from seatsync.account.model import TABLES, Change, Value
from seatsync.account.past import PORTAL
from seatsync.targets.sql_memory import TABLE as TRACKED_PEOPLE
from seatsync.targets.sql_sums import SEPARATOR
from seatsync.targets.sqlite import Database

VERSION = 5
"""Version of the layout of the tables, increased with every change. A higher one is of a newer seatsync."""

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
"""Foreign keys: table to (referenced table, number of leading key columns). People are checked on reading."""

OUTSIDE = f"CREATE INDEX audit_outside ON audit (serial) WHERE actor = '{PORTAL}' AND serial IS NOT NULL"
"""Index of the changes made outside of seatsync: they are few, and every plan reads them."""

_RECORDS = (
    TRACKED_PEOPLE,
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
    """Create all tables, within the caller's transaction."""
    for table in TABLES:
        database.run(_create(table))
    for statement in _RECORDS:
        database.run(statement)


def select(table: str) -> str:
    """Return the query for all rows of a table of the account, sorted by key: key columns, then value columns."""
    keys, values = TABLES[table]
    return f"SELECT {_names((*keys, *values))} FROM {_name(table)} ORDER BY {_names(keys)}"  # noqa: S608 - constant names


def select_pools(table: str) -> str:
    """Return the query for a relation whose last column is a person: the other columns, and all people in one text.

    The people are sorted, because a table WITHOUT ROWID is scanned in key order. Sorting them in a subquery would copy
    the rows first, and take half as long again.
    """
    *pool, person = map(_name, TABLES[table][0])
    columns = ", ".join(pool)
    people = f"group_concat({person}, '{SEPARATOR}')"
    return f"SELECT {columns}, {people} FROM {_name(table)} GROUP BY {columns} ORDER BY {columns}"  # noqa: S608


def statement(change: Change) -> tuple[str, tuple[Value, ...]]:
    """Return the statement that writes one changed row, and its values."""
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
    return f"INSERT INTO {_name(table)} ({_names((*keys, *values))}) VALUES ({marks})"  # noqa: S608 - constant names


def _where(table: str) -> str:
    return " AND ".join(f"{_name(name)} = ?" for name in TABLES[table][0])


def _update(table: str) -> str:
    settings = ", ".join(f"{_name(name)} = ?" for name in TABLES[table][1])
    return f"UPDATE {_name(table)} SET {settings} WHERE {_where(table)}"  # noqa: S608 - constant names


_INSERT = {table: _insert(table) for table in TABLES}
_DELETE = {table: f"DELETE FROM {_name(table)} WHERE {_where(table)}" for table in TABLES}  # noqa: S608 - constant names
_UPDATE = {table: _update(table) for table, (_, values) in TABLES.items() if values}
