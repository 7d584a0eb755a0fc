"""The embedded account: a file that holds an account and its books (SQLite now; the SQL is plain)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seatsync.account.actions import Step, account_route
from seatsync.account.past import Past
from seatsync.clock import Clock
from seatsync.errors import TargetProblem
from seatsync.targets.sql_books import read_outside, read_past, state_of
from seatsync.targets.sql_remembered import after_apply, opened_by, own_changes
from seatsync.targets.sql_state import read_account, read_meta
from seatsync.targets.sql_upgrade import open_current, upgrade
from seatsync.targets.sqlite import PATIENCE, Database, file_of, open_to_write
from seatsync.targets.target import Case, State

if TYPE_CHECKING:
    from seatsync.targets.sql_lock import Seconds
    from seatsync.targets.sql_session import SqlSession


@dataclass(frozen=True, slots=True)
class SqliteTarget:
    """The account in a file.

    `patience`: seconds to wait for a transaction of someone else; `now`: what the lease of the lock goes by.
    """

    url: str
    path: Path
    patience: float = PATIENCE
    now: Seconds = time.time

    def read(self) -> State:
        """The whole state, as of one moment, counted and summed."""
        database = open_current(self.url, self.path)
        try:
            with database.reading():
                meta = read_meta(database)
                return state_of(database, read_account(database, meta), meta.sums)
        finally:
            database.close()

    def journal(self, since: int = 0) -> list[Past]:
        """Every change after a serial, in order."""
        with self._reading() as database:
            return read_past(database, since)

    def opened(self, run: int) -> list[Case]:
        """The cases that a run opened, oldest first."""
        with self._reading() as database:
            return opened_by(database, run)

    def after_apply(self) -> tuple[int, list[Case]] | None:
        """The serial that the last apply led to, and the cases that were open then."""
        with self._reading() as database:
            return after_apply(database)

    def own_changes(self, since: int) -> frozenset[int]:
        """The serials after `since` that runs of seatsync's own led to."""
        with self._reading() as database:
            return own_changes(database, since)

    def outside(self) -> list[Past]:
        """Every change that was made outside of seatsync and seen later, in order."""
        with self._reading() as database:
            return read_outside(database)

    @contextmanager
    def _reading(self) -> Iterator[Database]:
        """The store as of one moment."""
        database = open_current(self.url, self.path)
        try:
            with database.reading():
                read_meta(database)
                yield database
        finally:
            database.close()

    def route(self, step: Step) -> str:
        """Self-service steps are done by the account itself, all others by people."""
        return account_route(step)

    @contextmanager
    def session(self, actor: str | None, clock: Clock) -> Iterator[SqlSession]:
        """Hold the lock for changes. TargetProblem at once, where someone else holds it."""
        from seatsync.targets import sql_lock  # noqa: PLC0415
        from seatsync.targets.sql_session import SqlSession  # noqa: PLC0415

        database = open_to_write(self.url, self.path, self.patience)
        try:
            upgrade(database)
            read_meta(database)
            lock = sql_lock.take(database, actor, self.now)
            try:
                yield SqlSession(database, lock, actor, clock)
            finally:
                lock.release()
        finally:
            database.close()


def open_sqlite(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> SqliteTarget:
    """`sqlite:///FILE`: a path from the project folder, or from the root of the machine with four slashes."""
    file = file_of(url, root)
    if file is None:
        raise TargetProblem(
            url, "not the name of a file", "write sqlite:///FILE, or sqlite:////FOLDER/FILE for an absolute path"
        )
    return SqliteTarget(url, file)
