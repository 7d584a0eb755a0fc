"""The embedded account: a target that stores an account, its log and its records in one SQLite file."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seatsync.account.actions.step import Step
from seatsync.account.engine import account_route
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

    `patience`: seconds to wait for another process's transaction; `now`: the clock of the lock's lease, in seconds
    since 1970; `heads`: the recorded heads of the project, to detect an older copy.
    """

    url: str
    path: Path
    patience: float = PATIENCE
    now: Seconds = time.time
    heads: Heads = NO_HEADS

    def read(self) -> State:
        """Return the whole state in one transaction, verified against counts and checksums."""
        with self.reading() as database:
            meta = read_meta(database)
            return state_of(database, read_account(database, meta), meta.sums)

    def journal(self, since: int = 0) -> list[HistoryEntry]:
        """Return every change after a serial, in order. Raises TargetProblem if an entry of the log was altered."""
        with self.reading() as database:
            history = read_history(database, since)
            require_intact(database)
            return history

    def had_head(self, serial: int, head: str) -> bool:
        """Return True if the log ever ended with a hash while the account was at a serial."""
        with self.reading() as database:
            return had_head(database, Head(serial, head))

    def opened(self, run: int) -> list[Case]:
        """Return the cases that a run opened, oldest first."""
        with self.reading() as database:
            return opened_by(database, run)

    def after_apply(self) -> tuple[int, list[Case]] | None:
        """Return the serial after the last apply, and the cases that were open then."""
        with self.reading() as database:
            return after_apply(database)

    def own_changes(self, since: int) -> frozenset[int]:
        """Return the serials after `since` of changes that runs of seatsync made."""
        with self.reading() as database:
            return own_changes(database, since)

    def outside(self) -> list[HistoryEntry]:
        """Return the changes made outside of seatsync and noticed later, in order."""
        with self.reading() as database:
            return read_outside(database)

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Open the store for reading, in one transaction.

        Raises TargetProblem if the project has seen a newer copy of the store.
        """
        database = open_current(self.url, self.path)
        try:
            recorded = self._recorded_head(database)
            with database.reading():
                require_current(database, recorded, read_meta(database).serial)
                yield database
        finally:
            database.close()

    def _recorded_head(self, database: Database) -> Head | None:
        """Return the head that the project has recorded.

        To be called before the state is read that it is compared with: other runs may change both meanwhile.
        """
        with database.reading():
            lineage = read_meta(database).lineage
        return self.heads.read(lineage)

    def route(self, step: Step) -> str:
        """Return the route of a step: self-service steps are done by the account itself, all others by people."""
        return account_route(step)

    @contextmanager
    def session(self, actor: str | None, clock: Clock) -> Iterator[SqlSession]:
        """Lock the store for changes, and record the head of its log before the lock is released.

        Raises TargetProblem at once if another process holds the lock.
        """
        from seatsync.targets import sql_lock  # noqa: PLC0415
        from seatsync.targets.sql_session import SqlSession  # noqa: PLC0415

        database = open_to_write(self.url, self.path, self.patience)
        try:
            upgrade(database)
            recorded = self._recorded_head(database)
            lock = sql_lock.take(database, actor, self.now)
            try:
                with database.reading():
                    require_current(database, recorded, read_meta(database).serial)
                self.heads.prepare()
                yield SqlSession(database, lock, actor, clock)
            except BaseException:
                with suppress(SeatsyncError):  # a stale recorded head does no harm; the run's own error counts
                    self._record_head(database, recorded)
                raise
            else:
                self._record_head(database, recorded)
            finally:
                lock.release()
        finally:
            database.close()

    def _record_head(self, database: Database, recorded: Head | None) -> None:
        with database.reading():
            meta = read_meta(database)
            head = head_of(database, meta.serial)
            require_current(database, recorded, meta.serial)
        if head != recorded:
            self.heads.write(meta.lineage, head)


def open_sqlite(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> SqliteTarget:
    """Open `sqlite:///FILE`: a path relative to `root`, or absolute with four slashes."""
    file = file_of(url, root)
    if file is None:
        raise TargetProblem(
            url, "not the name of a file", "write sqlite:///FILE, or sqlite:////FOLDER/FILE for an absolute path"
        )
    return SqliteTarget(url, file, heads=Heads.of(root))
