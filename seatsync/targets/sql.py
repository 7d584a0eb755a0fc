"""The embedded account: a file that holds an account and its records (SQLite now; the SQL is plain)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seatsync.account.actions.step import Step
from seatsync.account.actions.table import account_route
from seatsync.account.past import HistoryEntry
from seatsync.clock import Clock
from seatsync.errors import SeatsyncError, TargetProblem
from seatsync.targets.chain import require_intact
from seatsync.targets.heads import NO_HEADS, Head, Heads, had_head, head_of, require_current
from seatsync.targets.sql_books import read_history, read_outside, state_of
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

    `patience`: seconds to wait for a transaction of someone else; `now`: what the lease of the lock goes by; `heads`:
    the notes of the project, by which an older copy is noticed.
    """

    url: str
    path: Path
    patience: float = PATIENCE
    now: Seconds = time.time
    heads: Heads = NO_HEADS

    def read(self) -> State:
        """The whole state, as of one moment, counted and summed."""
        with self.reading() as database:
            meta = read_meta(database)
            return state_of(database, read_account(database, meta), meta.sums)

    def journal(self, since: int = 0) -> list[HistoryEntry]:
        """Every change after a serial, in order. Raises `TargetProblem` where an entry of the log was altered."""
        with self.reading() as database:
            history = read_history(database, since)
            require_intact(database)
            return history

    def had_head(self, serial: int, head: str) -> bool:
        """Return True if the log ended with a hash at some time, while the account was at a serial."""
        with self.reading() as database:
            return had_head(database, Head(serial, head))

    def opened(self, run: int) -> list[Case]:
        """The cases that a run opened, oldest first."""
        with self.reading() as database:
            return opened_by(database, run)

    def after_apply(self) -> tuple[int, list[Case]] | None:
        """The serial that the last apply led to, and the cases that were open then."""
        with self.reading() as database:
            return after_apply(database)

    def own_changes(self, since: int) -> frozenset[int]:
        """The serials after `since` that runs of seatsync's own led to."""
        with self.reading() as database:
            return own_changes(database, since)

    def outside(self) -> list[HistoryEntry]:
        """Every change that was made outside of seatsync and seen later, in order."""
        with self.reading() as database:
            return read_outside(database)

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Open the store as of one moment. Refused if the project has seen a newer one."""
        database = open_current(self.url, self.path)
        try:
            noted = self._noted(database)
            with database.reading():
                require_current(database, noted, read_meta(database).serial)
                yield database
        finally:
            database.close()

    def _noted(self, database: Database) -> Head | None:
        """Return the head that the project has noted.

        It is read before the state that is held against it, which other runs may change meanwhile.
        """
        with database.reading():
            lineage = read_meta(database).lineage
        return self.heads.read(lineage)

    def route(self, step: Step) -> str:
        """Self-service steps are done by the account itself, all others by people."""
        return account_route(step)

    @contextmanager
    def session(self, actor: str | None, clock: Clock) -> Iterator[SqlSession]:
        """Hold the lock for changes. TargetProblem at once, where someone else holds it.

        The project notes the head of the log before the lock is given back.
        """
        from seatsync.targets import sql_lock  # noqa: PLC0415
        from seatsync.targets.sql_session import SqlSession  # noqa: PLC0415

        database = open_to_write(self.url, self.path, self.patience)
        try:
            upgrade(database)
            noted = self._noted(database)
            lock = sql_lock.take(database, actor, self.now)
            try:
                with database.reading():
                    require_current(database, noted, read_meta(database).serial)
                self.heads.prepare()
                yield SqlSession(database, lock, actor, clock)
            except BaseException:
                with suppress(SeatsyncError):  # a note that stays behind does no harm; the run's own error counts
                    self._note(database, noted)
                raise
            else:
                self._note(database, noted)
            finally:
                lock.release()
        finally:
            database.close()

    def _note(self, database: Database, noted: Head | None) -> None:
        with database.reading():
            meta = read_meta(database)
            head = head_of(database, meta.serial)
            require_current(database, noted, meta.serial)
        if head != noted:
            self.heads.write(meta.lineage, head)


def open_sqlite(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> SqliteTarget:
    """`sqlite:///FILE`: a path from the project folder, or from the root of the machine with four slashes."""
    file = file_of(url, root)
    if file is None:
        raise TargetProblem(
            url, "not the name of a file", "write sqlite:///FILE, or sqlite:////FOLDER/FILE for an absolute path"
        )
    return SqliteTarget(url, file, heads=Heads.of(root))
