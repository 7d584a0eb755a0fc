"""The embedded account as a target: a store in SQL, upgraded when an older version is opened for writing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seatsync.account.actions.spec import Step
from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.engine import account_route
from seatsync.account.history import SEPARATOR, HistoryEntry, TrackedPeople, canonical
from seatsync.account.model import Scope
from seatsync.clock import Clock
from seatsync.declaration.normal_reader import members_in
from seatsync.errors import SeatsyncError, TargetProblem, how_to_install
from seatsync.targets.sql import audit_log
from seatsync.targets.sql.audit_log import (
    NO_HEADS,
    Chain,
    Head,
    Heads,
    first_change,
    had_head,
    head_of,
    require_current,
    require_intact,
)
from seatsync.targets.sql.database import PATIENCE, Database, Place
from seatsync.targets.sql.layout import CASE_COLUMNS, MIRROR, NOTICES, OUTSIDE, TRACKED, USAGE
from seatsync.targets.sql.records import case_sums, read_history, read_orders, read_outside, state_of
from seatsync.targets.sql.run_records import after_apply, opened_by, own_changes
from seatsync.targets.sql.sqlite import SqliteFile, file_of
from seatsync.targets.sql.stored_account import read_account, read_meta
from seatsync.targets.sql.tables import VERSION, Sums, checksum, damaged, write_row
from seatsync.targets.target import Case, State

OLDEST = 3
"""The oldest version that can be upgraded."""


def open_current(place: Place) -> Database:
    """Open a store for reading; one of an older version as an upgraded copy."""
    database = place.open_to_read()
    if not _is_old(database):
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
    if not _is_old(database):
        return
    with database.writing():
        while _is_old(database):  # checked again: another process may have upgraded it
            version = database.version()
            _UPGRADES[version](database)
            database.set_version(version + 1)


def _is_old(database: Database) -> bool:
    return OLDEST <= database.version() < VERSION


def _to_4(database: Database) -> None:
    """Add the table of tracked people, filled from the declaration applied last or from the loaded members."""
    meta = _meta(database)
    sums = _sums(meta)
    database.define(TRACKED)
    database.define(OUTSIDE)
    people = _declared_before(database, meta[3])
    for scope, users in sorted(people.items()):
        write_row(database, scope, "", SEPARATOR.join(sorted(users)), sums)
    _write_sums(database, meta, sums)
    last = database.row("SELECT at FROM audit ORDER BY seq DESC LIMIT 1")
    facts = {"kind": "covers", "run": 0, "first": True, "people": audit_log.people_to_plain(people)}
    database.run(audit_log.INSERT, Chain.of(database).add(last[0] if last else "", None, **facts))


def _declared_before(database: Database, zone: str) -> TrackedPeople:
    """Return the people of the declaration applied last or, if nothing was applied, the loaded members."""
    applied = database.row("SELECT declaration, at FROM applied")
    if applied is None:
        return _loaded(database)
    declaration, at = applied
    return members_in(declaration, Clock(Clock(at[:10], at, zone).day_of(at), at, zone))


def _loaded(database: Database) -> TrackedPeople:
    """Return the present members if the account was loaded, else nobody."""
    found: dict[Scope, set[str]] = {}
    if any(entry.facts["step"]["action"] == LOAD_ACCOUNT.name for entry in audit_log.steps(database)):
        for name, user in database.rows('SELECT team, "user" FROM team_member'):
            found.setdefault(Scope("team", name), set()).add(user)
        for number, user in database.rows('SELECT contract, "user" FROM contract_member'):
            found.setdefault(Scope("contract", number), set()).add(user)
    return found


def _to_5(database: Database) -> None:
    """Add the count of invitations, with 1 for everybody: earlier versions did not count them."""
    meta = _meta(database)
    sums = _sums(meta)
    people = list(database.rows('SELECT id, email, first_name, last_name, status, invited_at FROM "user"'))
    sums.check(
        database, "user", len(people), sum(map(checksum, people))
    )  # must not compute valid sums for damaged rows
    database.define('ALTER TABLE "user" ADD COLUMN "invitations" INTEGER')
    database.run('UPDATE "user" SET "invitations" = 1')
    for person in people:
        sums.add("user", checksum((*person, 1)) - checksum(person), 0)
    _write_sums(database, meta, sums)


def _to_6(_: Database) -> None:
    """Change nothing: from this version on a member's role can be `external`, which earlier versions reject."""


def _to_7(database: Database) -> None:
    """Add `auto_renew` of subscriptions, false for all: earlier versions did not know it."""
    meta = _meta(database)
    sums = _sums(meta)
    columns = "id, team, product, offering, seats, tokens, channel, contract_manager, starts, ends"
    rows = list(database.rows(f'SELECT {columns} FROM "subscription"'))  # noqa: S608 - constant names
    sums.check(database, "subscription", len(rows), sum(map(checksum, rows)))
    database.define('ALTER TABLE "subscription" ADD COLUMN "auto_renew" INTEGER')
    database.run('UPDATE "subscription" SET "auto_renew" = 0')
    for row in rows:
        sums.add("subscription", checksum((*row, 0)) - checksum(row), 0)
    _write_sums(database, meta, sums)


def _to_8(database: Database) -> None:
    """Add the table of mirrors, and to cases how they were closed: confirmed, as earlier versions knew nothing else."""
    meta = _meta(database)
    sums = _sums(meta)
    rows = list(database.rows("SELECT id, step, opened_at, opened_by FROM cases WHERE closed_at IS NULL"))
    sums.check(database, "cases", len(rows), sum(map(checksum, rows)))
    database.define(MIRROR)
    for name, kind in CASE_COLUMNS.items():
        database.define(f"ALTER TABLE cases ADD COLUMN {name} {kind}")
    database.run("UPDATE cases SET closed_as = 'confirmed' WHERE closed_at IS NOT NULL")
    sums.tables["cases"] = case_sums(database)
    _write_sums(database, meta, sums)


def _to_9(database: Database) -> None:
    """Add the tables of usage and notices, which are empty, and the facts of mails, which are unknown."""
    meta = _meta(database)
    for statement in (*USAGE, NOTICES, "ALTER TABLE outbox ADD COLUMN facts TEXT NOT NULL DEFAULT ''"):
        database.define(statement)
    _write_sums(database, meta, _sums(meta))


def _meta(database: Database) -> tuple[str, str, int, str, str]:
    """Return name, lineage, serial, time zone and sums of a store."""
    row = database.row("SELECT name, lineage, serial, timezone, sums, mark FROM meta")
    if row is None or checksum(row[:-1]) != row[-1]:
        raise damaged(database, "table meta is not as written")
    return row[0], row[1], row[2], row[3], row[4]


def _sums(meta: tuple[str, str, int, str, str]) -> Sums:
    """Return the sums of a store, with those of tables that its version lacks."""
    return Sums.from_text(canonical({**Sums.empty().tables, **json.loads(meta[4])}))


def _write_sums(database: Database, meta: tuple[str, str, int, str, str], sums: Sums) -> None:
    cells = (*meta[:4], sums.as_text())
    database.run("UPDATE meta SET sums = ?, mark = ?", (cells[-1], checksum(cells)))


_UPGRADES: dict[int, Callable[[Database], None]] = {3: _to_4, 4: _to_5, 5: _to_6, 6: _to_7, 7: _to_8, 8: _to_9}
"""The upgrade from each version to the next. An upgrade that adds content also adds it to the audit log."""


if TYPE_CHECKING:
    from seatsync.account.orders import Order
    from seatsync.account.sent_notices import Notice
    from seatsync.account.usage import Usage
    from seatsync.targets.sql.lock import Seconds
    from seatsync.targets.sql.session import SqlSession


@dataclass(frozen=True, slots=True)
class SqlTarget:
    """The account in a store.

    `patience`: seconds to wait for another process's transaction; `now`: the clock of the lock's lease, in seconds
    since 1970; `heads`: the recorded heads of the project, to detect an older copy.
    """

    place: Place
    patience: float = PATIENCE
    now: Seconds = time.time
    heads: Heads = NO_HEADS

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
            lock = take_lock(database, actor, self.now)
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


STORES = ("sqlite:", "postgresql:")
"""The beginnings of the URLs of stores."""


def open_sqlite(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> SqlTarget:
    """Open `sqlite:///FILE`: a path relative to `root`, or absolute with four slashes."""
    file = file_of(url, root)
    if file is None:
        raise TargetProblem(
            url, "not the name of a file", "write sqlite:///FILE, or sqlite:////FOLDER/FILE for an absolute path"
        )
    return SqlTarget(SqliteFile(url, file), heads=Heads.of(root))


def open_postgres(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> SqlTarget:
    """Open `postgresql://[USER@]HOST[:PORT]/DATABASE[?schema=NAME&…]`: the other parameters are libpq's."""
    try:
        from seatsync.targets.sql.postgres import place_of  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise TargetProblem(url, "needs the package psycopg", how_to_install("postgresql")) from error
    return SqlTarget(place_of(url, environ), heads=Heads.of(root))
