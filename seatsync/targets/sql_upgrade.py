"""Upgrades of stores of older versions: of the file when it is changed, of a copy in memory when it is only read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.memory import SEPARATOR, TrackedPeople
from seatsync.account.model import Scope
from seatsync.account.step_text import canonical
from seatsync.clock import Clock
from seatsync.declaration.remembered import members_in
from seatsync.errors import TargetProblem
from seatsync.targets import audit
from seatsync.targets.chain import Chain
from seatsync.targets.sql_memory import TABLE, write_row
from seatsync.targets.sql_schema import OUTSIDE, VERSION
from seatsync.targets.sql_sums import Sums, checksum, damaged
from seatsync.targets.sqlite import Database, open_to_read, set_version, version_of

OLDEST = 3
"""The oldest version that can be upgraded."""


def open_current(url: str, path: Path) -> Database:
    """Open a store for reading; one of an older version as an upgraded copy in memory."""
    database = open_to_read(url, path)
    if not _is_old(database):
        return database
    try:
        copy = database.in_memory()
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
            version = version_of(database)
            _UPGRADES[version](database)
            set_version(database, version + 1)


def _is_old(database: Database) -> bool:
    return OLDEST <= version_of(database) < VERSION


def _to_4(database: Database) -> None:
    """Add the table of tracked people, filled from the declaration applied last or from the loaded members."""
    meta = _meta(database)
    sums = Sums.from_text(canonical({**json.loads(meta[4]), "remembered": [0, 0]}))
    database.run(TABLE)
    database.run(OUTSIDE)
    people = _declared_before(database, meta[3])
    for scope, users in sorted(people.items()):
        write_row(database, scope, "", SEPARATOR.join(sorted(users)), sums)
    _write_sums(database, meta, sums)
    last = database.row("SELECT at FROM audit ORDER BY seq DESC LIMIT 1")
    facts = {"kind": "covers", "run": 0, "first": True, "people": audit.people_to_plain(people)}
    database.run(audit.INSERT, Chain.of(database).add(last[0] if last else "", None, **facts))


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
    if any(entry.facts["step"]["action"] == LOAD_ACCOUNT.name for entry in audit.steps(database)):
        for name, user in database.rows("SELECT team, user FROM team_member"):
            found.setdefault(Scope("team", name), set()).add(user)
        for number, user in database.rows("SELECT contract, user FROM contract_member"):
            found.setdefault(Scope("contract", number), set()).add(user)
    return found


def _to_5(database: Database) -> None:
    """Add the count of invitations, with 1 for everybody: earlier versions did not count them."""
    meta = _meta(database)
    sums = Sums.from_text(meta[4])
    people = list(database.rows('SELECT id, email, first_name, last_name, status, invited_at FROM "user"'))
    sums.check(
        database, "user", len(people), sum(map(checksum, people))
    )  # must not compute valid sums for damaged rows
    database.run('ALTER TABLE "user" ADD COLUMN "invitations" INTEGER')
    database.run('UPDATE "user" SET "invitations" = 1')
    for person in people:
        sums.add("user", checksum((*person, 1)) - checksum(person), 0)
    _write_sums(database, meta, sums)


def _meta(database: Database) -> tuple[str, str, int, str, str]:
    """Return name, lineage, serial, time zone and sums of a store."""
    row = database.row("SELECT name, lineage, serial, timezone, sums, mark FROM meta")
    if row is None or checksum(row[:-1]) != row[-1]:
        raise damaged(database, "table meta is not as written")
    return row[0], row[1], row[2], row[3], row[4]


def _write_sums(database: Database, meta: tuple[str, str, int, str, str], sums: Sums) -> None:
    cells = (*meta[:4], sums.as_text())
    database.run("UPDATE meta SET sums = ?, mark = ?", (cells[-1], checksum(cells)))


_UPGRADES: dict[int, Callable[[Database], None]] = {3: _to_4, 4: _to_5}
"""The upgrade from each version to the next. An upgrade that adds content also adds it to the audit log."""
