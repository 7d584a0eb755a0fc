"""The embedded account as a target: a store in SQL, upgraded when an older version is opened for writing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seatsync.account.actions.spec import Step
from seatsync.account.engine import account_route
from seatsync.account.history import HistoryEntry
from seatsync.clock import Clock
from seatsync.errors import SeatsyncError, TargetProblem, how_to_install
from seatsync.targets.sql.audit_log import (
    NO_HEADS,
    Head,
    Heads,
    first_change,
    had_head,
    head_of,
    require_current,
    require_intact,
)
from seatsync.targets.sql.database import PATIENCE, Database, Place
from seatsync.targets.sql.lock import RunKey
from seatsync.targets.sql.records import count_call, read_history, read_orders, read_outside, state_of
from seatsync.targets.sql.run_records import after_apply, opened_by, own_changes
from seatsync.targets.sql.sqlite import SqliteFile, file_of
from seatsync.targets.sql.stored_account import read_account, read_meta
from seatsync.targets.sql.tables import is_old
from seatsync.targets.target import Case, State

if TYPE_CHECKING:
    from seatsync.account.orders import Order
    from seatsync.account.sent_notices import Notice
    from seatsync.account.usage import Usage
    from seatsync.targets.sql.lock import Seconds
    from seatsync.targets.sql.session import SqlSession


def open_current(place: Place) -> Database:
    """Open a store for reading; one of an older version as an upgraded copy."""
    database = place.open_to_read()
    if not is_old(database):
        return database
    try:
        copy = database.upgradable()
    finally:
        database.close()
    try:
        upgrade(copy)
    except TargetProblem:
        copy.close()
        raise
    return copy


def upgrade(database: Database) -> None:
    """Upgrade an older store, in one transaction."""
    if is_old(database):
        from seatsync.targets.sql.upgrades import upgrade_all  # noqa: PLC0415

        upgrade_all(database)


@dataclass(frozen=True, slots=True)
class SqlTarget:
    """The account in a store.

    `patience`: seconds to wait for another process's transaction; `now`: the clock of the lock's lease, in seconds
    since 1970 (None: that of the store); `heads`: the recorded heads of the project, to detect an older copy; `run`:
    the run of the environment, so that no earlier attempt of it writes after this one.
    """

    place: Place
    patience: float = PATIENCE
    now: Seconds | None = None
    heads: Heads = NO_HEADS
    run: RunKey | None = None

    @property
    def url(self) -> str:
        """The URL for messages. It contains no secret."""
        return self.place.url

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

    def position(self) -> tuple[int, str]:
        """Return the serial and the time zone of the account."""
        with self.reading() as database:
            meta = read_meta(database)
            return meta.serial, meta.timezone

    def first_change(self) -> str | None:
        """Return the instant of the first change, None without any."""
        with self.reading() as database:
            return first_change(database)

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

    def read_usage(self) -> Usage:
        """Return what is recorded about usage."""
        from seatsync.targets.sql.usage_records import read_usage  # noqa: PLC0415

        with self.reading() as database:
            return read_usage(database, read_meta(database).sums)

    def read_notices(self) -> tuple[Notice, ...]:
        """Return every notice, sorted by time and id."""
        from seatsync.targets.sql.notice_records import read_notices  # noqa: PLC0415

        with self.reading() as database:
            return read_notices(database, read_meta(database).sums)

    def read_orders(self) -> list[Order]:
        """Return the recorded orders, by number."""
        with self.reading() as database:
            return [order.bought(database) for order in read_orders(database)]

    def count(self, team: str, minute: float, most: int) -> float:
        """Count a call of a team to the vendor's API and return 0, or return the seconds until one is allowed.

        At most `most` are allowed within a `minute`, by the store's clock.
        """
        with closing(self.place.open_to_write()) as database, database.writing():
            return count_call(database, team, minute, most)

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Open the store for reading, in one transaction.

        Raises TargetProblem if the project has seen a newer copy of the store.
        """
        database = open_current(self.place)
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
        from seatsync.targets.sql.lock import take_lock  # noqa: PLC0415
        from seatsync.targets.sql.session import SqlSession  # noqa: PLC0415

        database = self.place.open_to_write(self.patience)
        try:
            upgrade(database)
            recorded = self._recorded_head(database)
            lock = take_lock(database, actor, self.now or database.seconds, self.run)
            try:
                with database.reading():
                    require_current(database, recorded, read_meta(database).serial)
                self.heads.prepare()
                yield SqlSession(database, lock, actor, clock, self.run and self.run.key)
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


STORES = ("sqlite:", "postgresql:")
"""The beginnings of the URLs of stores."""


def open_sqlite(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> SqlTarget:
    """Open `sqlite:///FILE`: a path relative to `root`, or absolute with four slashes."""
    file = file_of(url, root)
    if file is None:
        raise TargetProblem(
            url, "not the name of a file", "write sqlite:///FILE, or sqlite:////FOLDER/FILE for an absolute path"
        )
    return SqlTarget(SqliteFile(url, file), heads=Heads.of(root), run=RunKey.of(environ))


def open_postgres(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> SqlTarget:
    """Open `postgresql://[USER@]HOST[:PORT]/DATABASE[?schema=NAME&…]`: the other parameters are libpq's."""
    try:
        from seatsync.targets.sql.postgres_place import place_of  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise TargetProblem(url, "needs the package psycopg", how_to_install("postgresql")) from error
    return SqlTarget(place_of(url, environ), heads=Heads.of(root), run=RunKey.of(environ))
