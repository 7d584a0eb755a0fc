"""SQLite, met here and nowhere else: files opened, statements run, transactions kept, errors put into our words."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from seatsync.errors import NoAccount, TargetProblem

APPLICATION = 0x53454154
"""The application id in the header of every store ("SEAT"): another program's database is recognised by it."""

PREFIX = "sqlite:///"

PATIENCE = 5.0
"""Seconds to wait for another process that is just writing."""

_TRY_AGAIN = "try again when it has finished"
_RESTORE = "restore it from a backup"
_PROBLEMS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("another process is writing to it", _TRY_AGAIN),
    sqlite3.SQLITE_LOCKED: ("another process is writing to it", _TRY_AGAIN),
    sqlite3.SQLITE_READONLY: (
        "it, or the folder it is in, may not be written to",
        "change the permissions, or copy it",
    ),
    sqlite3.SQLITE_PERM: ("no permission", "change the permissions, or copy it"),
    sqlite3.SQLITE_CANTOPEN: (
        "it, or a file beside it, cannot be opened",
        "look at the permissions of file and folder",
    ),
    sqlite3.SQLITE_FULL: ("the disk is full", "make room and run the command again; what was under way is undone"),
    sqlite3.SQLITE_IOERR: (
        "the disk could not be read or written",
        "look at disk and limits, then run the command again",
    ),
    # Our statements are right, so what they speak of is not there as it should be.
    sqlite3.SQLITE_ERROR: ("the file is damaged", _RESTORE),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", _RESTORE),
    sqlite3.SQLITE_NOTADB: (
        "the file is not an account, or damaged",
        "look at the target, or restore it from a backup",
    ),
    sqlite3.SQLITE_NOMEM: ("not enough memory", "free some and run the command again"),
    sqlite3.SQLITE_CONSTRAINT: ("the store's own checks refuse the change, which is undone", "report this as a fault"),
}
_LOG_PAGES = 8000
"""Pages (of 4 KiB) in the log beside the file before they are moved into it, each time with several waits for the disk.

A run of some thousand steps then does that once, at its end.
"""
_MAIN_CODE = 0xFF


class Database:
    """One open file. Whatever goes wrong in it is a TargetProblem that names the URL."""

    def __init__(self, url: str, connection: sqlite3.Connection) -> None:
        self.url = url
        self._connection = connection

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run a statement; how many rows it touched."""
        try:
            return self._connection.execute(statement, values).rowcount
        except _FAULTS as error:
            raise _problem(self.url, error) from error

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        """Run a statement with each of several rows of values; how many rows it touched in all."""
        try:
            return self._connection.executemany(statement, rows).rowcount
        except _FAULTS as error:
            raise _problem(self.url, error) from error

    def rows(self, statement: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, as they are fetched."""
        try:
            # `yield from` would close the cursor once more, maybe after the file.
            for row in self._connection.execute(statement, values):  # noqa: UP028
                yield row
        except _FAULTS as error:
            raise _problem(self.url, error) from error

    def row(self, statement: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, if any."""
        try:
            row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
        except _FAULTS as error:
            raise _problem(self.url, error) from error
        return row

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Several queries of one and the same state."""
        self.run("BEGIN")
        try:
            yield
        finally:
            self._roll_back()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that alone may write. All of it is kept, or, with any exception, nothing."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def in_memory(self) -> Database:
        """Return a copy of the whole database in memory."""
        copy = sqlite3.connect(":memory:", isolation_level=None)
        try:
            self._connection.backup(copy)
        except _FAULTS as error:
            copy.close()
            raise _problem(self.url, error) from error
        return Database(self.url, copy)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            # The transaction is undone whoever does it: SQLite does when the file is opened next.
            pass


_FAULTS = (sqlite3.Error, OverflowError, UnicodeError)


def _problem(url: str, error: Exception) -> TargetProblem:
    if isinstance(error, OverflowError | UnicodeEncodeError):
        return TargetProblem(
            url, "a number or text is not one that a store can keep", "look at what was given to the command"
        )
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        # Text that is not UTF-8: the one fault of reading that comes without a code.
        return TargetProblem(url, *_PROBLEMS[sqlite3.SQLITE_CORRUPT])
    if code & _MAIN_CODE == sqlite3.SQLITE_CANTOPEN and _no_descriptor_left():
        return TargetProblem(url, "too many open files", "allow this process more of them (`ulimit -n`)")
    unknown = f"the database answers {getattr(error, 'sqlite_errorname', code)}", "look at the file, or restore it"
    return TargetProblem(url, *_PROBLEMS.get(code & _MAIN_CODE, unknown))


def _no_descriptor_left() -> bool:
    """Return True if this process may open no more files, which SQLite does not tell."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in {errno.EMFILE, errno.ENFILE}
    return False


def file_of(url: str, root: Path) -> Path | None:
    """The file of a URL, relative to a folder; None where the URL is not that of a file."""
    name = url[len(PREFIX) :]
    return None if not url.lower().startswith(PREFIX) or not name or "\0" in name else root / name


def open_to_read(url: str, path: Path) -> Database:
    """The store, for reading. Also from a folder that may not be written to."""
    _look_at(url, path)
    return _checked(url, path, "ro&immutable=1" if _stands_alone(path) else "ro")


def open_to_write(url: str, path: Path, patience: float = PATIENCE) -> Database:
    """The store, for changes."""
    _look_at(url, path)
    return _checked(url, path, "rw", patience)


def open_new(url: str, path: Path) -> Database:
    """A file for a new store; an existing one must be empty. The caller makes the tables and `claim`s it."""
    try:
        path.parent.mkdir(exist_ok=True)
        database = Database(url, _connect(url, path, "rwc", PATIENCE))
    except (OSError, ValueError) as error:
        raise TargetProblem(url, f"cannot be made ({_reason(error)})", "look at the path") from error
    try:
        must_be_empty(database)
        database.run("PRAGMA journal_mode = WAL")
        _prepare(database)
    except TargetProblem:
        database.close()
        raise
    return database


def claim(database: Database, version: int) -> None:
    """Mark a file as ours, within the transaction that makes its tables; `version` is that of their layout."""
    database.run(f"PRAGMA application_id = {APPLICATION}")
    set_version(database, version)


def set_version(database: Database, version: int) -> None:
    """Note the version of the layout of the tables."""
    database.run(f"PRAGMA user_version = {version:d}")


def version_of(database: Database) -> int:
    """The version of the layout of the tables."""
    row = database.row("PRAGMA user_version")
    return int(row[0]) if row else 0


def must_be_empty(database: Database) -> None:
    """Refuse a file that holds anything."""
    if _has_tables(database):
        raise TargetProblem(database.url, "there is something here already", "name a new file")


def broken(database: Database) -> str | None:
    """What SQLite itself finds wrong with the file, if anything."""
    for (said,) in database.rows("PRAGMA integrity_check(1)"):
        if said != "ok":
            return "".join(letter if letter.isprintable() else " " for letter in f"damaged, SQLite says: {said}")
    for table, *_ in database.rows("PRAGMA foreign_key_check"):
        return f"a row of table {table} belongs to nothing"
    return None


def _look_at(url: str, path: Path) -> None:
    """Refuse what is no file before SQLite opens it: a pipe would hang, a folder be reported as something else."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise NoAccount(url, "there is no account here", "`seatsync account create` makes one") from error
    except (OSError, ValueError) as error:
        raise TargetProblem(url, f"cannot be opened ({_reason(error)})", "look at the path") from error
    if not stat.S_ISREG(mode):
        raise TargetProblem(url, "not a regular file", "name the file of an account")


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "not a path"


def _stands_alone(path: Path) -> bool:
    """Whether the file is the whole account, and SQLite, which wants to make a log beside it, cannot."""
    try:
        return not os.access(path.parent, os.W_OK) and not _log_size(path)
    except OSError:
        return False


def _log_size(path: Path) -> int:
    """The size of the log that SQLite keeps beside a file; 0 where there is none."""
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


def _checked(url: str, path: Path, mode: Mode, patience: float = PATIENCE) -> Database:
    database = Database(url, _connect(url, path, mode, patience))
    try:
        _prepare(database)
        mark = database.row("PRAGMA application_id")
        if mark != (APPLICATION,):
            _not_ours(database)
        _must_be_whole(database, path)
    except TargetProblem:
        database.close()
        raise
    return database


def _must_be_whole(database: Database, path: Path) -> None:
    """Refuse a file whose end is missing, even where that would not be read."""
    with database.reading():
        sizes = [database.row(f"PRAGMA {name}") for name in ("page_count", "page_size")]
        count, size = (row[0] if row else 0 for row in sizes)
        try:
            # Looked at from the outside: a file that is opened and closed once more loses SQLite's locks on it.
            short = path.stat().st_size < count * size and not _log_size(path)
        except OSError as error:
            raise TargetProblem(database.url, f"cannot be opened ({_reason(error)})", "look at the path") from error
    if short:
        raise TargetProblem(database.url, "the file is damaged: its end is missing", _RESTORE)


def _prepare(database: Database) -> None:
    database.run("PRAGMA synchronous = FULL")
    database.run("PRAGMA foreign_keys = ON")
    database.run("PRAGMA trusted_schema = OFF")
    database.run("PRAGMA cell_size_check = ON")
    database.run(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")


def _has_tables(database: Database) -> bool:
    return database.row("SELECT 1 FROM sqlite_master LIMIT 1") is not None


def _not_ours(database: Database) -> None:
    if _has_tables(database):
        raise TargetProblem(database.url, "a database of another program, not an account", "look at the target")
    remedy = "restore it from a backup, or `seatsync account create` makes a new account there"
    raise TargetProblem(database.url, "an empty file", remedy)
