"""The only module that uses SQLite for stores: opening files, running statements, transactions, translating errors."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from seatsync.errors import NoAccount, TargetBusy, TargetProblem
from seatsync.targets.sql.database import PATIENCE
from seatsync.targets.sql.lock import has_ended

APPLICATION = 0x53454154
"""The application id in the header of every store ("SEAT"), to recognise databases of other programs."""

PREFIX = "sqlite:///"

_TRY_AGAIN = "try again when it has finished"
_RESTORE = "restore it from a backup"
_PROBLEMS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("another process is writing to it", _TRY_AGAIN),
    sqlite3.SQLITE_LOCKED: ("another process is writing to it", _TRY_AGAIN),
    sqlite3.SQLITE_READONLY: (
        "no write permission for the file or its folder",
        "change the permissions, or work on a copy",
    ),
    sqlite3.SQLITE_PERM: ("no permission", "change the permissions, or work on a copy"),
    sqlite3.SQLITE_CANTOPEN: (
        "the file, or one next to it, cannot be opened",
        "check the permissions of file and folder",
    ),
    sqlite3.SQLITE_FULL: (
        "the disk is full",
        "free some space and run the command again; the unfinished change is rolled back",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk could not be read or written",
        "check the disk and its limits, then run the command again",
    ),
    # The statements are valid, so a table or column that they name must be missing.
    sqlite3.SQLITE_ERROR: ("the file is damaged", _RESTORE),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", _RESTORE),
    sqlite3.SQLITE_NOTADB: (
        "the file is not an account, or damaged",
        "check the target, or restore it from a backup",
    ),
    sqlite3.SQLITE_NOMEM: ("not enough memory", "free some and run the command again"),
    sqlite3.SQLITE_CONSTRAINT: (
        "the store's constraints reject the change, which is rolled back",
        "please report this as a bug",
    ),
}
_LOG_PAGES = 8000
"""Pages (of 4 KiB) in the write-ahead log before a checkpoint, which waits for the disk several times.

With this limit, a run of some thousand steps makes a single checkpoint, at its end.
"""
_MAIN_CODE = 0xFF


class SqliteDatabase:
    """One open file, as `Database` describes it."""

    def __init__(self, url: str, connection: sqlite3.Connection) -> None:
        self.url = url
        self._connection = connection

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run a statement; return the number of affected rows."""
        try:
            return self._connection.execute(statement, values).rowcount
        except _FAULTS as error:
            raise _problem(self.url, error) from error

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        """Run a statement with each of several rows of values; return the total number of affected rows."""
        try:
            return self._connection.executemany(statement, rows).rowcount
        except _FAULTS as error:
            raise _problem(self.url, error) from error

    def rows(self, statement: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query as they are fetched."""
        try:
            # `yield from` would close the cursor a second time, possibly after the file.
            for row in self._connection.execute(statement, values):  # noqa: UP028
                yield row
        except _FAULTS as error:
            raise _problem(self.url, error) from error

    def row(self, statement: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None if it has no rows."""
        try:
            row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
        except _FAULTS as error:
            raise _problem(self.url, error) from error
        return row

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Begin a read transaction: all its queries see the same state."""
        self.run("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    @contextmanager
    def writing(self, saved: Callable[[], bool] | None = None) -> Iterator[None]:  # noqa: ARG002 - a file answers
        """Begin an exclusive write transaction: committed at the end, rolled back by any exception."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def define(self, statement: str) -> None:
        """Run a statement that creates or changes a table."""
        self.run(statement)

    def joined(self, text: str, separator: str, order: str) -> str:  # noqa: ARG002 - sorted by being scanned
        """Return the SQL of the sorted texts of a group, joined.

        They are sorted because a table WITHOUT ROWID is scanned in key order. Sorting them in a subquery would copy the
        rows first, and take half as long again.
        """
        return f"group_concat({text}, char({ord(separator)}))"

    def version(self) -> int:
        """Return the version of the layout of the tables."""
        row = self.row("PRAGMA user_version")
        return int(row[0]) if row else 0

    def set_version(self, version: int) -> None:
        """Set the version of the layout of the tables."""
        self.run(f"PRAGMA user_version = {version:d}")

    def claim(self, version: int) -> None:
        """Mark an empty file as a store. Raises TargetProblem if it contains anything."""
        _require_empty(self)  # another process may have created an account since the file was opened
        self.run(f"PRAGMA application_id = {APPLICATION}")
        self.set_version(version)

    def upgradable(self) -> SqliteDatabase:
        """Return a copy of the whole database in memory."""
        copy = sqlite3.connect(":memory:", isolation_level=None)
        try:
            self._connection.backup(copy)
        except _FAULTS as error:
            copy.close()
            raise _problem(self.url, error) from error
        return SqliteDatabase(self.url, copy)

    def evict(self, token: int) -> None:
        """Do nothing: only the end of a process ends its transaction in a file."""

    def seconds(self) -> float:
        """Return the time of the machine in seconds since 1970."""
        return time.time()

    def hold(self, token: int) -> None:
        """Do nothing: the row of the lock names the process."""

    def has_ended(self, token: int, process: str | None) -> bool:  # noqa: ARG002 - the process counts
        """Return True if the process that holds the lock has certainly ended."""
        return has_ended(process)

    def broken(self) -> str | None:
        """Return the first problem that SQLite's own checks find in the file, None if there is none."""
        for (message,) in self.rows("PRAGMA integrity_check(1)"):
            if message != "ok":
                words = f"damaged, SQLite reports: {message}"
                return "".join(letter if letter.isprintable() else " " for letter in words)
        for table, *_ in self.rows("PRAGMA foreign_key_check"):
            return f"a row of table {table} refers to a missing row"
        return None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            # SQLite rolls the transaction back when the file is opened next.
            pass


_FAULTS = (sqlite3.Error, OverflowError, UnicodeError)


def _problem(url: str, error: Exception) -> TargetProblem:
    if isinstance(error, OverflowError | UnicodeEncodeError):
        return TargetProblem(url, "a number or text cannot be stored", "check the arguments of the command")
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # Text that is not UTF-8 is the only error of reading without a code.
        return TargetProblem(url, *_PROBLEMS[sqlite3.SQLITE_CORRUPT])
    if code & _MAIN_CODE == sqlite3.SQLITE_CANTOPEN and _no_descriptor_left():
        return TargetProblem(url, "too many open files", "raise the limit with `ulimit -n`")
    problem = f"the database returned error {getattr(error, 'sqlite_errorname', code)}"
    unknown = (problem, "check the file, or restore it from a backup")
    return (TargetBusy if is_busy(error) else TargetProblem)(url, *_PROBLEMS.get(code & _MAIN_CODE, unknown))


def is_busy(error: BaseException) -> bool:
    """Return True for an error of SQLite because another connection has locked the file."""
    return getattr(error, "sqlite_errorcode", 0) & _MAIN_CODE in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _no_descriptor_left() -> bool:
    """Return True if this process cannot open any more files. SQLite does not report that as such."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in {errno.EMFILE, errno.ENFILE}
    return False


def file_of(url: str, root: Path) -> Path | None:
    """Return the file that a URL names, relative to `root`; None if it names none."""
    name = url[len(PREFIX) :]
    return None if not url.lower().startswith(PREFIX) or not name or "\0" in name else root / name


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """The file of a store, as `Place` describes it."""

    url: str
    path: Path

    def exists(self) -> bool:
        """Return True if the file exists."""
        return self.path.exists()

    def open_to_read(self) -> SqliteDatabase:
        """Open a store for reading, also in a folder without write permission."""
        _require_regular_file(self.url, self.path)
        return _checked(self.url, self.path, "ro&immutable=1" if _is_standalone(self.path) else "ro")

    def open_to_write(self, patience: float = PATIENCE) -> SqliteDatabase:
        """Open a store for changes."""
        _require_regular_file(self.url, self.path)
        return _checked(self.url, self.path, "rw", patience)

    def roles(self, reader: str, writer: str) -> None:
        """Return None: a file has no roles."""

    def open_new(self) -> SqliteDatabase:
        """Open a file for a new store, and create its folder if only that is missing."""
        try:
            self.path.parent.mkdir(exist_ok=True)
            database = SqliteDatabase(self.url, _connect(self.url, self.path, "rwc", PATIENCE))
        except (OSError, ValueError) as error:
            raise TargetProblem(self.url, f"cannot be created ({_reason(error)})", "check the path") from error
        try:
            _require_empty(database)
            database.run("PRAGMA journal_mode = WAL")
            _prepare(database)
        except TargetProblem:
            database.close()
            raise
        return database


def _require_empty(database: SqliteDatabase) -> None:
    if _has_tables(database):
        raise TargetProblem(database.url, "the file already contains something", "name a new file")


def _require_regular_file(url: str, path: Path) -> None:
    """Raise unless the path is a regular file: SQLite would hang on a pipe, and misreport a folder.

    Raises NoAccount if nothing is there, else TargetProblem.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise NoAccount(url, "there is no account here", "create one with `seatsync account create`") from error
    except (OSError, ValueError) as error:
        raise TargetProblem(url, f"cannot be opened ({_reason(error)})", "check the path") from error
    if not stat.S_ISREG(mode):
        raise TargetProblem(url, "not a regular file", "name the file of an account")


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "not a path"


def _is_standalone(path: Path) -> bool:
    """Return True if the file has no write-ahead log, and SQLite could not create one in its folder."""
    try:
        return not os.access(path.parent, os.W_OK) and not _log_size(path)
    except OSError:
        return False


def _log_size(path: Path) -> int:
    """Return the size of the write-ahead log of a file, 0 if there is none."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0


Mode = Literal["ro", "ro&immutable=1", "rw", "rwc"]


def _connect(url: str, path: Path, mode: Mode, patience: float) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, isolation_level=None, timeout=patience
        )
    except sqlite3.Error as error:
        raise _problem(url, error) from error


def _checked(url: str, path: Path, mode: Mode, patience: float = PATIENCE) -> SqliteDatabase:
    database = SqliteDatabase(url, _connect(url, path, mode, patience))
    try:
        _prepare(database)
        mark = database.row("PRAGMA application_id")
        if mark != (APPLICATION,):
            _refuse_foreign(database)
        _require_complete(database, path)
    except TargetProblem:
        database.close()
        raise
    return database


def _require_complete(database: SqliteDatabase, path: Path) -> None:
    """Raise TargetProblem if the end of the file is missing, even where it would not be read."""
    with database.reading():
        sizes = [database.row(f"PRAGMA {name}") for name in ("page_count", "page_size")]
        count, size = (row[0] if row else 0 for row in sizes)
        try:
            # By `stat`, because opening and closing the file again would drop SQLite's locks on it.
            short = path.stat().st_size < count * size and not _log_size(path)
        except OSError as error:
            raise TargetProblem(database.url, f"cannot be opened ({_reason(error)})", "check the path") from error
    if short:
        raise TargetProblem(database.url, "the file is damaged: its end is missing", _RESTORE)


def _prepare(database: SqliteDatabase) -> None:
    database.run("PRAGMA synchronous = FULL")
    database.run("PRAGMA foreign_keys = ON")
    database.run("PRAGMA trusted_schema = OFF")
    database.run("PRAGMA cell_size_check = ON")
    database.run(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")


def _has_tables(database: SqliteDatabase) -> bool:
    return database.row("SELECT 1 FROM sqlite_master LIMIT 1") is not None


def _refuse_foreign(database: SqliteDatabase) -> None:
    if _has_tables(database):
        raise TargetProblem(database.url, "a database of another program, not an account", "check the target")
    remedy = "restore it from a backup, or create a new account there with `seatsync account create`"
    raise TargetProblem(database.url, "the file is empty", remedy)
