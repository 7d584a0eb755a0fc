"""The layout of a store: the definition of the tables of the account, and of those of log and records.

The SQL is that of SQLite, which `define` translates. Foreign keys are checked on commit.
"""

from seatsync.account.history import PORTAL
from seatsync.account.model import TABLES
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.tables import quoted, quoted_all

_NUMBERS = frozenset({"seats", "tokens", "invitations", "auto_renew"})
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

TRACKED = """CREATE TABLE remembered (
    kind TEXT NOT NULL, name TEXT NOT NULL, people TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID"""


OUTSIDE = f"CREATE INDEX audit_outside ON audit (serial) WHERE actor = '{PORTAL}' AND serial IS NOT NULL"
"""Index of the changes made outside of seatsync: they are few, and every plan reads them."""

MIRROR = "CREATE TABLE mirror (one INTEGER PRIMARY KEY CHECK (one = 1), record TEXT NOT NULL)"
"""The record of a mirror. The account itself has none."""

CASE_COLUMNS = {
    "route": "TEXT NOT NULL DEFAULT ''",
    "people": "TEXT NOT NULL DEFAULT '[]'",
    "needs": "TEXT NOT NULL DEFAULT '[]'",
    "closed_as": "TEXT",
    "closed_by": "TEXT",
    "seen_in": "TEXT",
}
"""The columns that cases have since version 8. Lists are JSON."""

USAGE = (
    """CREATE TABLE usage_month (
        month TEXT NOT NULL, team TEXT NOT NULL, product TEXT NOT NULL, person TEXT NOT NULL, as_of TEXT NOT NULL,
        by_day TEXT NOT NULL, PRIMARY KEY (month, team, product, person, as_of)) WITHOUT ROWID""",
    """CREATE TABLE usage_seat (
        team TEXT NOT NULL, product TEXT NOT NULL, person TEXT NOT NULL, held TEXT NOT NULL, assigned TEXT NOT NULL,
        unassigned TEXT NOT NULL, last TEXT NOT NULL, days TEXT NOT NULL, tokens TEXT NOT NULL, active TEXT NOT NULL,
        as_of TEXT NOT NULL, PRIMARY KEY (team, product, person)) WITHOUT ROWID""",
    """CREATE TABLE usage_source (
        digest TEXT PRIMARY KEY NOT NULL, file TEXT NOT NULL, kind TEXT NOT NULL, as_of TEXT NOT NULL, first TEXT,
        last TEXT, teams TEXT NOT NULL, count INTEGER NOT NULL, masked TEXT NOT NULL) WITHOUT ROWID""",
)
"""The tables of usage. `as_of` of a month is the moment of the file that tells the tokens of these days, empty where
they are unknown; facts of a seat are empty if unknown; `teams` and `masked` are JSON."""

NOTICES = """CREATE TABLE notices (
    id TEXT PRIMARY KEY NOT NULL, kind TEXT NOT NULL, recipient TEXT NOT NULL, cause TEXT NOT NULL,
    subject TEXT NOT NULL, message_id TEXT NOT NULL, state TEXT NOT NULL, at TEXT NOT NULL, detail TEXT NOT NULL,
    facts TEXT NOT NULL) WITHOUT ROWID"""

REPLACED = "CREATE TABLE replaced (hash TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL)"
"""The declarations and policies that a later apply replaced, by fingerprint."""

LOCK_COLUMNS = {"fence": "INTEGER NOT NULL DEFAULT 0", "key": "TEXT"}
"""The columns that the lock has since version 10: the highest number of a run with a key, and the key of the holder."""

CALLS = "CREATE TABLE calls (team TEXT NOT NULL, at INTEGER NOT NULL)"
"""Calls to the vendor's API within the last minute, in milliseconds since 1970, if runs of several machines count them
here."""

_RECORDS = (
    TRACKED,
    MIRROR,
    *USAGE,
    NOTICES,
    """CREATE TABLE meta (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        name TEXT NOT NULL, lineage TEXT NOT NULL, serial INTEGER NOT NULL, timezone TEXT NOT NULL,
        sums TEXT NOT NULL, mark INTEGER NOT NULL)""",
    f"""CREATE TABLE lock (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        token INTEGER NOT NULL, holder TEXT, process TEXT, since TEXT, expires INTEGER,
        {", ".join(f"{name} {kind}" for name, kind in LOCK_COLUMNS.items())})""",
    """CREATE TABLE audit (
        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT, what TEXT NOT NULL, serial INTEGER, changes TEXT,
        hash TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX audit_serial ON audit (serial)",
    OUTSIDE,
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, template TEXT NOT NULL, recipient TEXT NOT NULL,
        subject TEXT NOT NULL, body TEXT NOT NULL, cause TEXT NOT NULL,
        facts TEXT NOT NULL DEFAULT '')""",
    f"""CREATE TABLE cases (
        id INTEGER PRIMARY KEY, step TEXT NOT NULL, asks TEXT NOT NULL, opened_at TEXT NOT NULL, opened_by TEXT,
        closed_at TEXT, evidence TEXT, {", ".join(f"{name} {kind}" for name, kind in CASE_COLUMNS.items())})""",
    "CREATE UNIQUE INDEX cases_open ON cases (asks) WHERE closed_at IS NULL",
    """CREATE TABLE orders (
        number TEXT PRIMARY KEY NOT NULL, at TEXT NOT NULL, day TEXT NOT NULL, company TEXT NOT NULL,
        manager TEXT NOT NULL, lines TEXT NOT NULL)""",
    """CREATE TABLE applied (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        declaration TEXT NOT NULL, policy TEXT NOT NULL, note TEXT NOT NULL, actor TEXT, at TEXT NOT NULL,
        serial INTEGER NOT NULL)""",
    REPLACED,
    CALLS,
)


TABLE_NAMES = (*TABLES, *(words[2] for words in map(str.split, _RECORDS) if words[1] == "TABLE"))
"""The names of all tables."""


def make_tables(database: Database) -> None:
    """Create all tables, within the caller's transaction."""
    for table in TABLES:
        database.define(_create(table))
    for statement in _RECORDS:
        database.define(statement)


def _create(table: str) -> str:
    keys, values = TABLES[table]
    columns = [f"{quoted(name)} TEXT NOT NULL" for name in keys]
    columns += [f"{quoted(name)} {'INTEGER' if name in _NUMBERS else 'TEXT'}" for name in values]
    columns.append(f"PRIMARY KEY ({quoted_all(keys)})")
    if table in _PARENTS:
        parent, width = _PARENTS[table]
        there = f"{quoted(parent)} ({quoted_all(TABLES[parent][0])})"
        columns.append(f"FOREIGN KEY ({quoted_all(keys[:width])}) REFERENCES {there} DEFERRABLE INITIALLY DEFERRED")
    return f"CREATE TABLE {quoted(table)} ({', '.join(columns)}) WITHOUT ROWID"
