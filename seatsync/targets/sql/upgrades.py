"""Upgrades of stores of earlier versions, one version after the other."""

from __future__ import annotations

import json
from collections.abc import Callable

from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.history import SEPARATOR, TrackedPeople, canonical
from seatsync.account.model import Scope
from seatsync.clock import Clock
from seatsync.declaration.normal_reader import members_in
from seatsync.targets.sql import audit_log
from seatsync.targets.sql.audit_log import Chain
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.layout import (
    CALLS,
    CASE_COLUMNS,
    LOCK_COLUMNS,
    MIRROR,
    NOTICES,
    OUTSIDE,
    REPLACED,
    TRACKED,
    USAGE,
)
from seatsync.targets.sql.records import case_sums
from seatsync.targets.sql.tables import Sums, checksum, damaged, is_old, write_row


def upgrade_all(database: Database) -> None:
    """Upgrade a store version by version, in one transaction."""
    with database.writing(lambda: not is_old(database)):
        while is_old(database):  # checked again: another process may have upgraded it
            version = database.version()
            _UPGRADES[version](database)
            database.set_version(version + 1)


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


def _to_10(database: Database) -> None:
    """Add the fence of the lock and two tables. `replaced` may be there: its first row used to create it."""
    for name, kind in LOCK_COLUMNS.items():
        database.define(f"ALTER TABLE lock ADD COLUMN {name} {kind}")
    database.define(REPLACED.replace("TABLE", "TABLE IF NOT EXISTS"))
    database.define(CALLS)


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


_UPGRADES: dict[int, Callable[[Database], None]] = {
    3: _to_4,
    4: _to_5,
    5: _to_6,
    6: _to_7,
    7: _to_8,
    8: _to_9,
    9: _to_10,
}
"""The upgrade from each version to the next. An upgrade that adds content also adds it to the audit log."""
