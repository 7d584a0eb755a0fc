"""The store of a fleet's work: opening it, its tables, transactions, and translated errors.

SQLAlchemy comes with DBOS, which keeps its own tables in the same database. It is used for SQLite and PostgreSQL alike.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from seatsync.errors import TargetProblem
from seatsync.secret import has_secret
from seatsync.targets.sql.sqlite import is_busy

SCHEMA: Final = "seatsync_fleet"
"""The schema in PostgreSQL, unless the URL names one: `?schema=NAME`."""

VERSION: Final = 1
"""The version of the layout of the tables."""

_SQLITE: Final = "sqlite:///"
_POSTGRESQL: Final = ("postgresql://", "postgres://")
_PRAGMAS: Final = ("busy_timeout = 30000", "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON")
_NOW: Final = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
}
"""The clock of the database, in milliseconds since 1970."""

_TABLES: Final = (
    "CREATE TABLE fleet_layout (version INTEGER NOT NULL)",
    """CREATE TABLE fleet_run (
    key TEXT PRIMARY KEY, account TEXT NOT NULL, command TEXT NOT NULL, options TEXT NOT NULL, state TEXT NOT NULL,
    front TEXT, attempt INTEGER NOT NULL, starts INTEGER NOT NULL, number BIGINT NOT NULL, worker TEXT,
    queued_at BIGINT NOT NULL, started_at BIGINT, ended_at BIGINT, fingerprint TEXT, exit_code INTEGER, outcome TEXT,
    message TEXT, facts TEXT, intent TEXT, plan TEXT)""",
    "CREATE INDEX fleet_run_account ON fleet_run (account, command, queued_at)",
    "CREATE INDEX fleet_run_state ON fleet_run (state)",
    """CREATE TABLE fleet_approval (
    account TEXT NOT NULL, intent TEXT NOT NULL, person TEXT NOT NULL, at BIGINT NOT NULL, used_by TEXT,
    PRIMARY KEY (account, intent, person))""",
    """CREATE TABLE fleet_worker (
    id TEXT PRIMARY KEY, place TEXT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL)""",
    "CREATE TABLE fleet_call (app TEXT NOT NULL, at BIGINT NOT NULL)",
)


@cache
def _clause(statement: str, dialect: str) -> sa.TextClause:
    return sa.text(statement.replace("$now", _NOW[dialect]))


class FleetStoreProblem(TargetProblem):
    """A store of a fleet's work that cannot be opened, read or written."""


@dataclass(frozen=True, slots=True)
class FleetStore:
    """An open store. `schema` is None in SQLite, which has none."""

    url: str
    engine: sa.Engine
    schema: str | None

    def sql(self, statement: str) -> sa.TextClause:
        """Return a statement, in which `$now` is the time in milliseconds by the clock of the database."""
        return _clause(statement, self.engine.dialect.name)

    @property
    def is_shared(self) -> bool:
        """True if workers on several machines can use it."""
        return self.schema is not None

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Begin a transaction. Raises FleetStoreProblem if the database fails."""
        with self.translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def alone(self, what: str) -> Iterator[sa.Connection]:
        """Begin a transaction that waits for all others about the same. In a file, every transaction does."""
        with self.writing() as connection:
            if self.schema is not None:
                key = {"key": f"{self.schema} {what}"}
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:key))"), key)
            yield connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise the errors of the database as FleetStoreProblem."""
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            problem = f"the store of the fleet failed ({str(cause).strip().splitlines()[0]})"
            raise FleetStoreProblem(self.url, problem, _REMEDY[self.is_shared], passing=_may_pass(cause)) from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _may_pass(error: BaseException) -> bool:
    """Return True for an error that may be over later: the database is busy or away."""
    if isinstance(error, sa.exc.SQLAlchemyError):
        return isinstance(error, sa.exc.TimeoutError)  # all connections are in use
    if isinstance(error, sqlite3.Error):
        return is_busy(error)
    # Imported here because a store in a file needs no psycopg.
    from seatsync.targets.sql.postgres import may_pass  # noqa: PLC0415

    return may_pass(error)


_STORE: Final = "the store of the fleet"
"""The subject of an error about a URL, which is not shown: where in it a password is cannot always be told."""
_REMEDY: Final = {
    False: "check that the file is there, and that you may write to it",
    True: "check that the database is there, that the password (PGPASSWORD) is right, and that the user may write",
}


def open_fleet_store(url: str, root: Path) -> FleetStore:
    """Open a store, and create its tables if there are none yet.

    Raises FleetStoreProblem for an unknown URL, a database that fails, and tables of a newer version.
    """
    store = _connected(url, root)
    try:
        _create_tables(store)
    except FleetStoreProblem:
        store.close()
        raise
    return store


@contextmanager
def reading_fleet_store(url: str, root: Path) -> Iterator[FleetStore | None]:
    """Open a store to read it, and create nothing; None if it has no tables yet. Raises as `open_fleet_store`."""
    store = _connected(url, root)
    try:
        with store.writing() as connection:
            is_there = _has_tables(store, connection)
            if is_there:
                _require_version(store, connection)
        yield store if is_there else None
    finally:
        store.close()


def _connected(url: str, root: Path) -> FleetStore:
    if url.lower().startswith(_SQLITE) and len(url) > len(_SQLITE):
        return FleetStore(url, _sqlite(url, root / url[len(_SQLITE) :]), None)
    if url.lower().startswith(_POSTGRESQL):
        return _postgresql(url)
    raise FleetStoreProblem(_STORE, "not a URL that it can have", "write sqlite:///FILE or postgresql://…")


def _sqlite(url: str, path: Path) -> sa.Engine:
    """Return an engine for a file, with transactions that begin with the write lock.

    A power cut may undo the last of them, which only repeats an attempt: the truth is in the accounts' own stores.
    """
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise FleetStoreProblem(url, f"cannot be created ({error.strerror})", "check the path") from error
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path.absolute())), pool_size=4, max_overflow=4)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - of the driver
        connection.isolation_level = "IMMEDIATE"
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _postgresql(url: str) -> FleetStore:
    # Imported here because a store in a file needs no psycopg.
    from seatsync.targets.sql.postgres_place import SECRETS  # noqa: PLC0415

    try:
        parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    except (sa.exc.ArgumentError, ValueError):
        problem = "its URL is not that of a database"
        raise FleetStoreProblem(_STORE, problem, "write postgresql://USER@HOST/DATABASE") from None
    names = {name.casefold() for name in parsed.query}
    if parsed.password is not None or has_secret(url) or not names.isdisjoint(SECRETS):
        remedy = "remove it; passwords come from PGPASSWORD, PGPASSFILE or a service file"
        raise FleetStoreProblem(_STORE, "its URL contains a password", remedy)
    shown = parsed.set(drivername="postgresql").render_as_string()
    schema = parsed.query.get("schema", SCHEMA)
    if not isinstance(schema, str) or not schema.isidentifier() or schema != schema.lower():
        raise FleetStoreProblem(shown, "not the name of a schema", "use lower-case letters, digits and _")
    engine = sa.create_engine(
        parsed.difference_update_query(["schema"]), pool_size=5, max_overflow=5, pool_pre_ping=True
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - of the driver
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {schema}")
            cursor.execute("SET idle_in_transaction_session_timeout = '30s'")
        connection.commit()

    return FleetStore(shown, engine, schema)


def _create_tables(store: FleetStore) -> None:
    with store.writing() as connection:
        if store.schema is not None:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:schema))"), {"schema": store.schema})
            if not sa.inspect(connection).has_schema(store.schema):
                connection.execute(sa.text(f"CREATE SCHEMA {store.schema}"))
        else:
            connection.execute(sa.text("BEGIN IMMEDIATE"))
        if not _has_tables(store, connection):
            for statement in _TABLES:
                connection.execute(sa.text(statement))
            connection.execute(sa.text("INSERT INTO fleet_layout VALUES (:version)"), {"version": VERSION})
        _require_version(store, connection)


def _has_tables(store: FleetStore, connection: sa.Connection) -> bool:
    return sa.inspect(connection).has_table("fleet_layout", store.schema)


def _require_version(store: FleetStore, connection: sa.Connection) -> None:
    if connection.execute(sa.text("SELECT version FROM fleet_layout")).scalar_one() != VERSION:
        raise FleetStoreProblem(store.url, "written by a newer version of seatsync", "update seatsync")
