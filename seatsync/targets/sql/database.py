"""The protocols of an open store and of the place where it is: all that differs between SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

PATIENCE = 5.0
"""Seconds to wait while another process is writing."""


class Database(Protocol):
    """One open store. Every error of the database is raised as a TargetProblem that names the URL.

    Statements are portable SQL with `?` for values: names that other databases reserve (`user`) are quoted, truth is 0
    or 1. Texts are compared and sorted by their bytes.
    """

    url: str

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run a statement; return the number of affected rows."""

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> int:
        """Run a statement with each of several rows of values; return the total number of affected rows."""

    def rows(self, statement: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query as they are fetched."""

    def row(self, statement: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None if it has no rows."""

    def reading(self) -> AbstractContextManager[None]:
        """Begin a read transaction: all its queries see the same state."""

    def writing(self, saved: Callable[[], bool] | None = None) -> AbstractContextManager[None]:
        """Begin an exclusive write transaction: committed at the end, rolled back by any exception.

        `saved` returns True if the store has what the transaction wrote. It is called in another transaction if the
        connection to a server was lost while this one was committed, so that nobody knows whether it was.
        """

    def define(self, statement: str) -> None:
        """Run a statement that creates or changes a table, in the words of SQLite (TEXT, INTEGER, WITHOUT ROWID)."""

    def joined(self, text: str, separator: str, order: str) -> str:
        """Return the SQL of an aggregate: the texts of a group, sorted and joined by one character.

        `text` and `order` are SQL. `order` must be the end of the table's key, and the query grouped by its beginning.
        """

    def version(self) -> int:
        """Return the version of the layout of the tables."""

    def set_version(self, version: int) -> None:
        """Set the version of the layout of the tables."""

    def claim(self, version: int) -> None:
        """Mark an empty store as one of seatsync, within the transaction that creates its tables.

        Raises TargetProblem if it contains anything.
        """

    def upgradable(self) -> Database:
        """Return a database with the same content, to be upgraded for reading; the store itself is not changed.

        Raises TargetProblem where that is not possible.
        """

    def evict(self, token: int) -> None:
        """End the open transaction of a holder that does nothing, where that is possible."""

    def seconds(self) -> float:
        """Return the time of the store's clock in seconds since 1970, which all that use the store share."""

    def hold(self, token: int) -> None:
        """Show, until the store is closed, that the holder of the lock with a token is alive."""

    def has_ended(self, token: int, process: str | None) -> bool:
        """Return True if the holder of the lock has certainly ended, within the caller's transaction."""

    def broken(self) -> str | None:
        """Return the first problem that the database's own checks find, None if there is none."""

    def close(self) -> None:
        """Close the store."""


class Place(Protocol):
    """Where a store is. Opening one raises TargetProblem: NoAccount if there is none."""

    @property
    def url(self) -> str:
        """The URL for messages. It contains no secret."""

    def exists(self) -> bool:
        """Return True if there is anything here, whether or not it is a store."""

    def open_to_read(self) -> Database:
        """Open a store for reading, also without the right to write."""

    def open_to_write(self, patience: float = PATIENCE) -> Database:
        """Open a store for changes. `patience`: seconds to wait for the transaction of another process."""

    def roles(self, reader: str, writer: str) -> str | None:
        """Return the SQL that lets two roles of the database read or change the store, None where there are none."""

    def open_new(self) -> Database:
        """Open a place for a new store, which the caller must `claim`. Raises TargetProblem if it has anything."""
