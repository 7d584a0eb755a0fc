"""Stores of older versions: brought up to date when they are changed, and in memory when they are only read."""

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
from seatsync.targets.sql_sums import Sums, damaged, sum_of
from seatsync.targets.sqlite import Database, open_to_read, set_version, version_of

OLDEST = 3
"""The oldest version that can be upgraded."""


def open_current(url: str, path: Path) -> Database:
    """Open a store for reading; one of an older version as it will be after its next change."""
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
    """Bring an older store up to date, in one transaction."""
    if not _is_old(database):
        return
    with database.writing():
        while _is_old(database):  # somebody else may have been quicker
            version = version_of(database)
            _UPGRADES[version](database)
            set_version(database, version + 1)


def _is_old(database: Database) -> bool:
    return OLDEST <= version_of(database) < VERSION


def _to_4(database: Database) -> None:
    """Remember who was declared: in what was applied last, or where nothing was, in what was loaded."""
    meta = _meta(database)
    sums = Sums.from_text(canonical({**json.loads(meta[4]), "remembered": [0, 0]}))
    database.run(TABLE)
    database.run(OUTSIDE)
    people = _declared_once(database, meta[3])
    for scope, users in sorted(people.items()):
        write_row(database, scope, "", SEPARATOR.join(sorted(users)), sums)
    _put_sums(database, meta, sums)
    last = database.row("SELECT at FROM audit ORDER BY seq DESC LIMIT 1")
    facts = {"kind": "covers", "run": 0, "first": True, "people": audit.people_to_plain(people)}
    database.run(audit.INSERT, Chain.of(database).add(last[0] if last else "", None, **facts))


def _declared_once(database: Database, zone: str) -> TrackedPeople:
    """Return who is declared in what was applied last; where nothing was, the members that were loaded."""
    applied = database.row("SELECT declaration, at FROM applied")
    if applied is None:
        return _loaded(database)
    declaration, at = applied
    return members_in(declaration, Clock(Clock(at[:10], at, zone).day_of(at), at, zone))


def _loaded(database: Database) -> TrackedPeople:
    """Return who is a member still, of a store that was loaded and never applied to."""
    found: dict[Scope, set[str]] = {}
    if any(entry.facts["step"]["action"] == LOAD_ACCOUNT.name for entry in audit.steps(database)):
        for name, user in database.rows("SELECT team, user FROM team_member"):
            found.setdefault(Scope("team", name), set()).add(user)
        for number, user in database.rows("SELECT contract, user FROM contract_member"):
            found.setdefault(Scope("contract", number), set()).add(user)
    return found


def _to_5(database: Database) -> None:
    """Count invitations: one for everybody, since nobody counted them before."""
    meta = _meta(database)
    sums = Sums.from_text(meta[4])
    people = list(database.rows('SELECT id, email, first_name, last_name, status, invited_at FROM "user"'))
    sums.check(database, "user", len(people), sum(map(sum_of, people)))  # damage must not be summed as if it were right
    database.run('ALTER TABLE "user" ADD COLUMN "invitations" INTEGER')
    database.run('UPDATE "user" SET "invitations" = 1')
    for person in people:
        sums.add("user", sum_of((*person, 1)) - sum_of(person), 0)
    _put_sums(database, meta, sums)


def _meta(database: Database) -> tuple[str, str, int, str, str]:
    """Return name, lineage, serial, time zone and sums of a store."""
    row = database.row("SELECT name, lineage, serial, timezone, sums, mark FROM meta")
    if row is None or sum_of(row[:-1]) != row[-1]:
        raise damaged(database, "table meta is not what was written")
    return row[0], row[1], row[2], row[3], row[4]


def _put_sums(database: Database, meta: tuple[str, str, int, str, str], sums: Sums) -> None:
    cells = (*meta[:4], sums.as_text())
    database.run("UPDATE meta SET sums = ?, mark = ?", (cells[-1], sum_of(cells)))


_UPGRADES: dict[int, Callable[[Database], None]] = {3: _to_4, 4: _to_5}
"""By version: what makes the next one of it. It also adds what it changes to the audit log."""
