"""An open store in PostgreSQL: running statements, transactions, translating errors. See also `postgres_place.py`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import Any, Final, Literal, TypeAlias

import psycopg
from psycopg.pq import TransactionStatus

from seatsync.errors import TargetBusy, TargetProblem

_LOOK: Final = """SELECT has_schema_privilege(oid, 'USAGE'),
    EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = n.oid AND relname = 'seatsync_store'),
    EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = n.oid)
    FROM pg_namespace n WHERE nspname = ?"""
_END: Final = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE state = 'idle in transaction' AND usename = current_user AND datname = current_database() AND granted
    AND locktype = 'advisory' AND objsubid = 1 AND classid = ?::bigint::oid AND objid = ?::bigint::oid"""
"""Ends the connection of a writer that does nothing, and would keep the lock of writers until its time is over."""
_IS_OF: Final = """ AND pid IN (SELECT pid FROM pg_locks WHERE granted AND locktype = 'advisory' AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = ?::bigint::oid AND objid = ?::bigint::oid)"""
"""Only that of a certain holder. Every transaction does nothing for a moment between two of its statements."""
_INSERT: Final = re.compile(r"INSERT INTO (.+ \(.+\)) VALUES \(\?(?:, \?)*\)")
_MANY: Final = 50
"""The fewest rows that COPY inserts in less time than prepared statements."""
_ROWS_AT_ONCE: Final = 5000
_RECONNECTING: Final = 30.0
"""Seconds in which a server that restarts should answer again."""
_PAUSE: Final = 0.2

Content: TypeAlias = Literal["missing", "empty", "store", "foreign"]
"""What is in a schema: `missing` if there is no such schema, `foreign` if its tables are of another program."""


class PostgresDatabase:
    """One connection to the schema of a store, as `Database` describes it."""

    def __init__(self, url: str, schema: str, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self.url, self.schema = url, schema
        self._connect = connect
        self._connection = connect()
        self._process = self._connection.info.backend_pid  # not known any more when the connection is lost
        self._cursor = psycopg.RawCursor(self._connection)
        self._token: int | None = None

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run a statement; return the number of affected rows."""
        with self._translated():
            return self._cursor.execute(_numbered(statement), values or None).rowcount

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        """Run a statement with each of several rows of values; return the total number of affected rows."""
        if not rows:
            return 0
        insert = _INSERT.fullmatch(statement) if len(rows) >= _MANY else None
        with self._translated():
            if insert is None:
                self._cursor.executemany(_numbered(statement), rows)
            else:
                with self._cursor.copy(f"COPY {insert[1]} FROM STDIN".encode()) as copy:
                    for row in rows:
                        copy.write_row(row)
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
    def writing(self, saved: Callable[[], bool] | None = None) -> Iterator[None]:
        """Begin an exclusive write transaction: committed at the end, rolled back by any exception."""
        try:
            self._begin()
            yield
            self._commit(saved)
        except BaseException:
            self._roll_back()
            raise

    def _begin(self) -> None:
        """Begin a transaction that waits for all others: each sees what the one before it has committed."""
        with self._translated():
            lock = f"BEGIN; SELECT pg_advisory_xact_lock({_key_of(self.schema)})"
            self._cursor.execute(lock.encode(), prepare=False)

    def _commit(self, saved: Callable[[], bool] | None) -> None:
        with self._translated():
            try:
                done = self._cursor.execute(b"COMMIT").statusmessage
            except psycopg.OperationalError as error:
                if not self._connection.closed and error.sqlstate not in ENDED:
                    raise
                self._settle(saved)
                return
        if done != "COMMIT":
            raise TargetProblem(self.url, "the server rolled the change back", "look into the server's log")

    def _settle(self, saved: Callable[[], bool] | None) -> None:
        """Find out in a new connection whether a transaction was committed, which was lost before the answer.

        Returns if it was: the work can go on. Raises TargetProblem if it was not, or if nobody can tell.
        """
        before = self._process
        self._reconnect()
        self.run(f"{_END} AND pid = ?", (*_halves_of(self.schema), before))
        if saved is None:
            raise TargetBusy(self.url, *UNKNOWN)
        with self.writing():
            if not saved():
                raise TargetBusy(self.url, *NOT_SAVED)

    def _reconnect(self) -> None:
        """Connect again, as soon as the server answers."""
        self._connection.close()
        end = time.monotonic() + _RECONNECTING
        while True:
            try:
                self._connection = self._connect()
                break
            except TargetBusy:
                if time.monotonic() > end:
                    raise TargetBusy(self.url, *UNKNOWN) from None
                time.sleep(_PAUSE)
        self._process = self._connection.info.backend_pid
        self._cursor = psycopg.RawCursor(self._connection)
        if self._token is not None:
            self.hold(self._token)

    def evict(self, token: int) -> None:
        """End the connection of a holder that does nothing in a transaction, such as one that is stopped.

        It must be of the same role.
        """
        high, low = _halves_of(self.schema)
        self.run(_END + _IS_OF, (high, low, high, _keys_of(self.schema, token)[1]))

    def seconds(self) -> float:
        """Return the time of the server in seconds since 1970."""
        row = self.row("SELECT extract(epoch FROM clock_timestamp())::float8")
        return float(row[0]) if row else 0.0

    def hold(self, token: int) -> None:
        """Take an advisory lock that this connection keeps: others cannot get it while the holder is alive."""
        self._token = token
        self.row("SELECT pg_try_advisory_lock(?::int4, ?::int4)", _keys_of(self.schema, token))

    def has_ended(self, token: int, process: str | None) -> bool:  # noqa: ARG002 - it may be of any machine
        """Return True if the connection of the holder has ended."""
        row = self.row("SELECT pg_try_advisory_xact_lock(?::int4, ?::int4)", _keys_of(self.schema, token))
        return row is not None and bool(row[0])

    def define(self, statement: str) -> None:
        """Run a statement that creates or changes a table, translated from SQLite's words."""
        statement = statement.replace(" WITHOUT ROWID", "")
        words = re.sub(r"\bINTEGER\b", "BIGINT", re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', statement))
        with self._translated():
            try:
                self._cursor.execute(words.encode())
            except psycopg.errors.InsufficientPrivilege as error:
                raise TargetProblem(self.url, *_OF_THE_OWNER) from error

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
            self.define(f'CREATE SCHEMA "{self.schema}"')
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
            raise problem_of(self.url, error) from error


def require_empty(database: PostgresDatabase) -> Content:
    """Return what is in the schema: nothing. Raises TargetProblem if there is anything."""
    found = content_of(database)
    if found in {"store", "foreign"}:
        problem = f"schema {database.schema} already contains something"
        raise TargetProblem(database.url, problem, "name a new one with `?schema=NAME`")
    return found


def content_of(database: PostgresDatabase) -> Content:
    """Return what is in the schema. Raises TargetProblem if the role may not look."""
    row = database.row(_LOOK, (database.schema,))
    if row is None:
        return "missing"
    may_be_used, has_store, has_any = row
    if not may_be_used:
        raise TargetProblem(database.url, *by_state("42501", ""))
    return "store" if has_store else "foreign" if has_any else "empty"


def _key_of(schema: str) -> int:
    """Return the key of the advisory lock of write transactions, a number of 64 bits."""
    return int.from_bytes(sha256(f"seatsync {schema}".encode()).digest()[:8], "big", signed=True)


def _halves_of(schema: str) -> tuple[int, int]:
    """Return the key of the lock of write transactions as the server lists it: two numbers without sign."""
    key = _key_of(schema) & ((1 << 64) - 1)
    return key >> 32, key & ((1 << 32) - 1)


def _keys_of(schema: str, token: int) -> tuple[int, int]:
    """Return the key of the advisory lock of a holder, two numbers of 32 bits."""
    return _key_of(schema) >> 32, token % (1 << 31)


@lru_cache(maxsize=256)
def _numbered(statement: str) -> bytes:
    """Return a statement with PostgreSQL's numbered places for values."""
    numbers = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", statement).encode()


def may_pass(error: BaseException) -> bool:
    """Return True for an error of the server or of a connection that may be over when it is tried again."""
    if not isinstance(error, psycopg.Error) or isinstance(error, psycopg.DataError):
        return False
    if error.sqlstate is None:
        return by_message(str(error))[2]
    return error.sqlstate in PASSING or error.sqlstate.startswith("08")


def problem_of(url: str, error: psycopg.Error | UnicodeError) -> TargetProblem:
    """Return the error of a statement in our words."""
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    if state is not None:
        return (TargetBusy if may_pass(error) else TargetProblem)(url, *by_state(state, type(error).__name__))
    if isinstance(error, UnicodeError | psycopg.DataError):
        return TargetProblem(url, *UNFIT)
    return TargetBusy(url, *LOST)


# Errors in our words: problem and remedy

_TRY_AGAIN: Final = "try again when it has finished"
_ROLES: Final = "connect as a role that may; `seatsync account roles` prints the SQL that grants it"
_OF_THE_OWNER: Final = (
    "the role of this connection may not create or change tables here",
    "let the owner do it; `seatsync account upgrade` upgrades an older store",
)
_LATER: Final = "run the command again when it is up; the unfinished change is rolled back"
_REPORT: Final = "please report this as a bug"

LOST: Final = ("the connection to the server was lost", "run the command again; the unfinished change is rolled back")
UNKNOWN: Final = (
    "the connection to the server was lost while a change was saved, and whether it is saved is unknown",
    "plan again when the server answers: the plan shows what is left",
)
NOT_SAVED: Final = (
    "the connection to the server was lost before the last changes were saved",
    "plan again; the steps done before are saved",
)
UNFIT: Final = ("a number or text cannot be stored", "check the arguments of the command")

_STATES: Final[dict[str, tuple[str, str]]] = {
    "55P03": ("another process is writing to it", _TRY_AGAIN),
    "40001": ("another process is writing to it", _TRY_AGAIN),
    "40P01": ("another process is writing to it", _TRY_AGAIN),
    "42501": ("the role of this connection may not do that", _ROLES),
    "25006": ("the server is read-only, such as a standby", "name the primary server, or wait until it is one"),
    "53100": ("the server's disk is full", "free some space and run the command again; the change is rolled back"),
    "53200": ("the server has not enough memory", "free some and run the command again"),
    "53300": ("the server has no connection left", "raise its max_connections, or run fewer processes at once"),
    "57014": ("the statement was cancelled, by the server's statement_timeout or somebody", "run the command again"),
    "57P01": ("the connection was ended by the server or its administrator", _LATER),
    "57P02": ("the server crashed", _LATER),
    "57P03": ("the server is starting or stopping", _LATER),
    "25P03": ("this run paused inside a change for so long that the server ended it", "plan again"),
    "58030": ("the server's disk could not be read or written", "check the disk, then run the command again"),
    "XX001": ("the server's files are damaged", "restore the database from a backup"),
    "XX002": ("the server's files are damaged", "restore the database from a backup"),
    "22003": UNFIT,
    "22021": UNFIT,
    "54000": UNFIT,
    "22P05": UNFIT,
}
_CLASSES: Final[dict[str, tuple[str, str]]] = {
    "08": LOST,
    "23": ("the store's constraints reject the change, which is rolled back", _REPORT),
    # The statements are valid, so a table or column that they name must be missing.
    "42": ("the store is damaged: a table or column is missing", "restore it from a backup"),
}
ENDED: Final = frozenset({"57P01", "57P02", "57P03"})
"""The errors with which a server ends a connection."""

PASSING: Final = ENDED | {"55P03", "40001", "40P01", "53200", "53300", "25P03"}
"""The errors that may be over when a command is run again; so is a connection that was lost or refused."""

_GIVE_ONE: Final = "set PGPASSWORD or PGPASSFILE, or name a service file; a URL has no password"
_CONNECTING: Final[tuple[tuple[tuple[str, ...], str, str], ...]] = (
    (("password authentication failed",), "user or password is wrong", f"check the user; {_GIVE_ONE}"),
    (("no password supplied",), "the server asks for a password, and there is none", _GIVE_ONE),
    (("no pg_hba.conf entry",), "the server lets nobody in from here", "add a line for it to the server's pg_hba.conf"),
    (("permission denied for database",), "the role may not connect to this database", "grant it CONNECT"),
    (("database", "does not exist"), "there is no such database", "create it with `createdb`, or correct the URL"),
    (("role", "does not exist"), "there is no such role", "create it with `createuser`, or correct the URL"),
    (("definition of service",), "there is no such service", "check the name, and PGSERVICEFILE"),
    (("too many",), *_STATES["53300"]),
    (("connection slots",), *_STATES["53300"]),
    (("starting up",), *_STATES["57P03"]),
    (("shutting down",), *_STATES["57P03"]),
    (("SSL",), "the encrypted connection failed", "check sslmode, certificates and the server's settings"),
    (("certificate",), "the encrypted connection failed", "check sslmode, certificates and the server's settings"),
    (("read-only",), *_STATES["25006"]),
)
_AWAY: Final = ("the server cannot be reached", "check that it runs, and host and port")
_PASSING_BY: Final = (_AWAY, _STATES["53300"], _STATES["57P03"], _STATES["25006"])


def by_state(state: str, name: str) -> tuple[str, str]:
    """Return problem and remedy of a failed statement, by its SQLSTATE; `name` is that of the error."""
    known = _STATES.get(state) or _CLASSES.get(state[:2])
    return known or (f"the database returned error {state} ({name})", "check the server's log")


def by_message(message: str) -> tuple[str, str, bool]:
    """Return problem and remedy of a connection that failed, and True if that may pass.

    libpq has no codes for that, but its message is quoted.

    Messages of the server are in its language: one that is not known is quoted, with the remedy of a server that is
    away.
    """
    lines = [line for line in message.splitlines() if not line.startswith("\t")]  # others are libpq's own advice
    text = " ".join(" ".join(lines).split()).removeprefix("connection failed: ").removeprefix("connection is bad: ")
    problem, remedy = next((each[1:] for each in _CONNECTING if all(part in text for part in each[0])), _AWAY)
    return f"{problem} ({text})", remedy, (problem, remedy) in _PASSING_BY
