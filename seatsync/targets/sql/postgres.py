"""The only module that uses psycopg: connecting to PostgreSQL, running statements, transactions, translating errors.

One account is one schema, so that a database can hold hundreds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo, TransactionStatus

from seatsync.errors import NoAccount, TargetProblem
from seatsync.secret import masked
from seatsync.targets.sql.database import PATIENCE
from seatsync.targets.sql.lock import LEASE
from seatsync.targets.sql.postgres_problems import LOST, UNFIT, by_message, by_state

OLDEST_SERVER: Final = 14
"""The oldest major version of the server that is supported."""

SCHEMA: Final = "seatsync"
"""The schema of a URL that names none."""

_SECRETS: Final = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
_NAME: Final = re.compile(r"(?!pg_)[A-Za-z_][A-Za-z0-9_-]{0,62}")
_DEFAULTS: Final = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "fallback_application_name": "seatsync",
}
"""Parameters of libpq unless the URL, a service or the environment has others: a dead network is noticed soon."""

_LOOK: Final = """SELECT has_schema_privilege(oid, 'USAGE'),
    EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = n.oid AND relname = 'seatsync_store'),
    EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = n.oid)
    FROM pg_namespace n WHERE nspname = ?"""
_ROWS_AT_ONCE: Final = 5000
_MILLISECONDS: Final = 1000

Content: TypeAlias = Literal["missing", "empty", "store", "foreign"]
"""What is in a schema: `missing` if there is no such schema, `foreign` if its tables are of another program."""


class PostgresDatabase:
    """One connection to the schema of a store, as `Database` describes it."""

    def __init__(self, url: str, schema: str, connection: psycopg.Connection[Any]) -> None:
        self.url, self.schema = url, schema
        self._connection = connection
        self._cursor = psycopg.RawCursor(connection)
        self._begin = f"BEGIN; SELECT pg_advisory_xact_lock({_key_of(schema)})".encode()

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run a statement; return the number of affected rows."""
        with self._translated():
            return self._cursor.execute(_numbered(statement), values or None).rowcount

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        """Run a statement with each of several rows of values; return the total number of affected rows."""
        if not rows:
            return 0
        with self._translated():
            self._cursor.executemany(_numbered(statement), rows)
            return self._cursor.rowcount

    def rows(self, statement: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query, which are all sent at once."""
        with self._translated():
            cursor = psycopg.RawCursor(self._connection).execute(_numbered(statement), values or None)
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield from rows

    def row(self, statement: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None if it has no rows."""
        with self._translated():
            return self._cursor.execute(_numbered(statement), values or None).fetchone()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Begin a read transaction: all its queries see the same state."""
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            self._roll_back()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Begin an exclusive write transaction: committed at the end, rolled back by any exception.

        All wait for the same advisory lock, so that each sees what the one before it has committed.
        """
        try:
            with self._translated():
                self._cursor.execute(self._begin, prepare=False)
            yield
            self._commit()
        except BaseException:
            self._roll_back()
            raise

    def define(self, statement: str) -> None:
        """Run a statement that creates or changes a table, translated from SQLite's words."""
        statement = statement.replace(" WITHOUT ROWID", "")
        self.run(re.sub(r"\bINTEGER\b", "BIGINT", re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', statement)))

    def joined(self, text: str, separator: str, order: str) -> str:
        """Return the SQL of the sorted texts of a group, joined."""
        return f"string_agg({text}, '{separator}' ORDER BY {order})"

    def version(self) -> int:
        """Return the version of the layout of the tables."""
        row = self.row("SELECT version FROM seatsync_store")
        return int(row[0]) if row else 0

    def set_version(self, version: int) -> None:
        """Set the version of the layout of the tables."""
        self.run("UPDATE seatsync_store SET version = ?", (version,))

    def claim(self, version: int) -> None:
        """Make a store of an empty schema, which is created if there is none."""
        if require_empty(self) == "missing":
            self.run(f'CREATE SCHEMA "{self.schema}"')
        self.define("CREATE TABLE seatsync_store (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL)")
        self.run("INSERT INTO seatsync_store (one, version) VALUES (1, ?)", (version,))

    def upgradable(self) -> PostgresDatabase:
        """Raise TargetProblem: there is no copy of a schema that a reader could upgrade."""
        problem = f"created by an older seatsync (store version {self.version()})"
        remedy = "let a role that owns its tables upgrade it with `seatsync account upgrade`"
        raise TargetProblem(self.url, problem, remedy)

    def broken(self) -> str | None:
        """Return None: the server checks constraints with every change, and its files by itself."""
        return None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _commit(self) -> None:
        with self._translated():
            done = self._cursor.execute(b"COMMIT").statusmessage
        if done != "COMMIT":
            raise TargetProblem(self.url, "the server rolled the change back", "look into the server's log")

    def _roll_back(self) -> None:
        # If that fails, the server rolls the transaction back as the connection has ended.
        with suppress(psycopg.Error):
            if self._connection.info.transaction_status != TransactionStatus.IDLE:
                self._connection.execute(b"ROLLBACK")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise a TargetProblem for every error of driver and server."""
        try:
            yield
        except (psycopg.Error, UnicodeError) as error:
            raise _problem(self.url, error) from error


def _require_store(database: PostgresDatabase) -> None:
    """Raise NoAccount if there is nothing in the schema, TargetProblem if there is anything but a store."""
    found = _content(database)
    if found == "foreign":
        raise TargetProblem(database.url, f"schema {database.schema} is of another program", "check the target")
    if found != "store":
        problem = f"there is no account in schema {database.schema}"
        raise NoAccount(database.url, problem, "create one with `seatsync account create`")


def require_empty(database: PostgresDatabase) -> Content:
    """Return what is in the schema: nothing. Raises TargetProblem if there is anything."""
    found = _content(database)
    if found in {"store", "foreign"}:
        problem = f"schema {database.schema} already contains something"
        raise TargetProblem(database.url, problem, "name a new one with `?schema=NAME`")
    return found


def _content(database: PostgresDatabase) -> Content:
    row = database.row(_LOOK, (database.schema,))
    if row is None:
        return "missing"
    may_be_used, has_store, has_any = row
    if not may_be_used:
        raise TargetProblem(database.url, *by_state("42501", ""))
    return "store" if has_store else "foreign" if has_any else "empty"


@dataclass(frozen=True, slots=True)
class PostgresSchema:
    """The schema of a store, as `Place` describes it. `parameters` are libpq's, and may have a password."""

    url: str
    schema: str
    parameters: Mapping[str, str] = field(repr=False)

    def exists(self) -> bool:
        """Return True if the schema exists and is not empty."""
        with closing(self._connected(PATIENCE)) as database:
            return _content(database) in {"store", "foreign"}

    def open_to_read(self) -> PostgresDatabase:
        """Open a store for reading."""
        return self.open_to_write()

    def open_to_write(self, patience: float = PATIENCE) -> PostgresDatabase:
        """Open a store for changes."""
        database = self._connected(patience)
        try:
            _require_store(database)
        except TargetProblem:
            database.close()
            raise
        return database

    def open_new(self) -> PostgresDatabase:
        """Open a schema for a new store, which need not exist yet."""
        database = self._connected(PATIENCE)
        try:
            require_empty(database)
        except TargetProblem:
            database.close()
            raise
        return database

    def _connected(self, patience: float) -> PostgresDatabase:
        try:
            connection = psycopg.Connection.connect(make_conninfo(**self.parameters), autocommit=True)
        except (psycopg.Error, UnicodeError, OSError) as error:
            raise TargetProblem(self.url, *by_message(masked(str(error)))) from None
        database = PostgresDatabase(self.url, self.schema, connection)
        try:
            _require_server(self.url, connection)
            settings = {
                "search_path": f'"{self.schema}", pg_temp',
                "lock_timeout": str(max(1, int(patience * _MILLISECONDS))),
                "idle_in_transaction_session_timeout": str(LEASE * _MILLISECONDS),
                "client_encoding": "UTF8",
                "jit": "off",
            }
            choices = ", ".join(f"set_config('{name}', ?, false)" for name in settings)
            database.row(f"SELECT {choices}", tuple(settings.values()))
        except TargetProblem:
            database.close()
            raise
        return database


def _require_server(url: str, connection: psycopg.Connection[Any]) -> None:
    major = connection.info.server_version // 10_000
    if major < OLDEST_SERVER:
        problem = f"the server is PostgreSQL {major}, which is too old"
        raise TargetProblem(url, problem, f"use version {OLDEST_SERVER} or newer")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        remedy = "create one with `createdb --encoding=UTF8 --template=template0`"
        raise TargetProblem(url, f"the database has encoding {encoding}, not UTF8", remedy)


def place_of(url: str, environ: Mapping[str, str]) -> PostgresSchema:
    """Return the place that a URL names, without connecting. Raises TargetProblem if the URL is malformed."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        own = [value for name, value in pairs if name == "schema"]
        rest = urlencode([pair for pair in pairs if pair[0] != "schema"], quote_via=quote)
        given = conninfo_to_dict(f"postgresql://{parts.netloc}{parts.path}?{rest}")
    except (psycopg.Error, ValueError) as error:
        problem = f"not a URL of PostgreSQL ({' '.join(masked(str(error)).split())})"
        raise TargetProblem(masked(url), problem, "write postgresql://USER@HOST/DATABASE?schema=NAME") from None
    if any(name in given for name in _SECRETS):
        remedy = "remove it, and set PGPASSWORD or PGPASSFILE, or name a service file"
        raise TargetProblem("the target", "the URL contains a password", remedy)
    schema = own[-1] if own else SCHEMA
    if not _NAME.fullmatch(schema) or schema == "information_schema":
        raise TargetProblem(url, f"{schema!r} is no name for a schema", "use up to 63 letters, digits, _ and -")
    parameters = {name: str(value) for name, value in given.items()}
    return PostgresSchema(url, schema, {**_DEFAULTS, **_from_environment(environ), **parameters})


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of an environment that libpq does not read by itself, because it is not the process's."""
    found = {}
    for option in Conninfo.get_defaults():
        variable = (option.envvar or b"").decode()
        if variable in environ and environ[variable] != os.environ.get(variable):
            found[option.keyword.decode()] = environ[variable]
    return found


def _key_of(schema: str) -> int:
    """Return the key of the advisory lock of write transactions, a number of 64 bits."""
    return int.from_bytes(sha256(f"seatsync {schema}".encode()).digest()[:8], "big", signed=True)


@lru_cache(maxsize=256)
def _numbered(statement: str) -> bytes:
    """Return a statement with PostgreSQL's numbered places for values."""
    numbers = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", statement).encode()


def _problem(url: str, error: psycopg.Error | UnicodeError) -> TargetProblem:
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    if state is not None:
        return TargetProblem(url, *by_state(state, type(error).__name__))
    if isinstance(error, UnicodeError | psycopg.DataError):
        return TargetProblem(url, *UNFIT)
    return TargetProblem(url, *LOST)
