"""Embedded accounts for tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.history import PORTAL
from seatsync.account.model import WHOLE_ACCOUNT
from seatsync.account.orders import Order
from seatsync.errors import SeatsyncError
from seatsync.portal.knowledge import Knowledge
from seatsync.targets.sql import administration
from seatsync.targets.sql.audit_log import START, entries, linked
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.layout import CASE_COLUMNS, LOCK_COLUMNS
from seatsync.targets.sql.records import read_mails
from seatsync.targets.sql.session import mail_fingerprint
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.sql.tables import checksum
from seatsync.targets.target import Observed, open_target
from tests.postgres import server
from tests.targets.sample import BY_PEOPLE, CLOCK, DESIGN, GUS, sample

URL = "sqlite:///account.db"
STORES = ("sqlite", "postgresql")
_NOTE = "store.url"
_URL = re.compile(r"^(sqlite:///account\.db|postgresql://\S+): ")
EMPTY = "the file is empty; restore it from a backup, or create a new account there with `seatsync account create`"
RECORD = Knowledge(serial=1).as_text()
EXPORT = "exports/users-2026-06-15.csv"
FREE = Step.make("seat.unassign", DESIGN, product="AutoCAD", user=GUS)


class Folders(NamedTuple):
    """Folders of two stores."""

    source: Path
    target: Path


def at(folder: Path) -> SqlTarget:
    """Return the target of a folder, without opening it: a file, or a schema if the folder is `in_postgresql`."""
    target = open_target(url_at(folder), folder, {})
    assert isinstance(target, SqlTarget)
    return target


def url_at(folder: Path) -> str:
    """Return the URL of the store of a folder, also for other processes."""
    note = folder / _NOTE
    return note.read_text() if note.exists() else URL


@contextmanager
def in_postgresql(folder: Path) -> Iterator[None]:
    """Let the store of a folder be in PostgreSQL, in a schema that is dropped afterwards."""
    schema = server().new_schema()
    (folder / _NOTE).write_text(server().url(schema))
    yield
    server().drop(schema)


def path_of(target: SqlTarget) -> Path:
    """Return the file of a store."""
    assert isinstance(target.place, SqliteFile)
    return target.place.path


def store(folder: Path) -> SqlTarget:
    """Create the sample account in a file, at serial 1."""
    target = at(folder)
    administration.create(target, "acme", "UTC", CLOCK, "9b1c1a52")
    administration.load_state(target, sample(), CLOCK)
    return target


def mirror(folder: Path) -> SqlTarget:
    """Create a mirror of the sample account in a file, at serial 1."""
    target = at(folder)
    administration.create(target, "acme", "UTC", CLOCK, "9b1c1a52", mirror="{}")
    seen = Observed(LOAD_ACCOUNT.step(WHOLE_ACCOUNT, account="acme"), tuple(sample().rows()), EXPORT)
    with target.session(PORTAL, CLOCK) as session:
        session.observe([seen], RECORD, {}, {})
    return target


def busy_store(folder: Path) -> SqlTarget:
    """Create a store with mails, open and closed cases, an order, and an apply."""
    target = store(folder)
    with target.session("ana@acme.example", CLOCK) as session:
        session.perform(
            [(Step.make("user.invite", DESIGN, user="new@acme.example", first_name="N", last_name="O"), False)]
        )
        session.perform([(step, True) for step in BY_PEOPLE])
        session.applied('{"teams":{}}', '{"prune":[]}', "")
    administration.confirm(target, ["CASE-1"], "letter of June 14", CLOCK)
    order = Order("O-1", "2026-06-15", "Acme", "ana@acme.example", "AutoCAD", "reseller", "2026-01-01")
    administration.record_order(target, replace(order, subscription="574-1", seats=9), CLOCK)
    return target


def complaint(target: SqlTarget) -> str:
    """Return the one-line error of reading a store."""
    with pytest.raises(SeatsyncError) as caught:
        target.read()
    return one_line(caught.value)


def writing_complaint(target: SqlTarget) -> str:
    """Return the one-line error of changing a store."""
    with pytest.raises(SeatsyncError) as caught, target.session(None, CLOCK) as session:
        session.perform([(FREE, False)])
    return one_line(caught.value)


def one_line(error: SeatsyncError) -> str:
    """Return the message of an error without the URL of a store."""
    said = str(error)
    assert said.isprintable()
    return _URL.sub("", said)


@contextmanager
def opened(target: SqlTarget) -> Iterator[Database]:
    """Open the tables of a store directly."""
    database = target.place.open_to_write()
    try:
        yield database
    finally:
        database.close()


def alter(target: SqlTarget, *statements: str, values: Sequence[object] = ()) -> None:
    """Change the tables of a store behind its back."""
    with opened(target) as database:
        for statement in statements:
            database.run(statement, values)


def old(target: SqlTarget) -> SqlTarget:
    """Convert a store to version 3."""
    with opened(target) as database, database.writing():
        _without_fence(database)
        database.run("DROP TABLE remembered")
        _without_usage(database)
        _without_mirrors(database)
        database.run("DROP INDEX audit_outside")
        database.run("DELETE FROM audit WHERE what LIKE '%\"covers\"%'")
        _without_columns(
            database, {"subscription": "auto_renew", "user": "invitations"}, ("remembered", "mirror", *_USAGE)
        )
        database.set_version(3)
    return target


def older(target: SqlTarget, version: int) -> SqlTarget:
    """Convert a store to version 5, 6, 7, 8 or 9."""
    with opened(target) as database, database.writing():
        _without_fence(database)
        if version < 9:
            _without_usage(database)
        if version < 8:
            _without_mirrors(database)
        gone = (*(_USAGE if version < 9 else ()), *(["mirror"] if version < 8 else ()))
        _without_columns(database, {"subscription": "auto_renew"} if version < 7 else {}, gone)
        database.set_version(version)
    return target


def _without_fence(database: Database) -> None:
    """Drop what version 10 added, except the table that earlier ones created with its first row."""
    for column in LOCK_COLUMNS:
        database.run(f"ALTER TABLE lock DROP COLUMN {column}")
    database.run("DROP TABLE calls")


def _without_usage(database: Database) -> None:
    """Drop what version 9 added."""
    for table in _USAGE:
        database.run(f"DROP TABLE {table}")
    _with_texts_of_mails(database)
    database.run("ALTER TABLE outbox DROP COLUMN facts")


def _with_texts_of_mails(database: Database) -> None:
    """Give the mails of the outbox a text in place of their facts, also in the log, whose chain is made again."""
    marks = {}
    for mail in read_mails(database):
        text = replace(mail, subject=f"Mail {mail.id}", body="Hello\n", facts="")
        marks[mail_fingerprint(mail)] = mail_fingerprint(text)
        database.run("UPDATE outbox SET subject = ?, body = ? WHERE id = ?", (text.subject, text.body, text.id))
    head = START
    for entry in list(entries(database)):
        what = entry.what
        for before, after in marks.items():
            what = what.replace(before, after)
        head = linked(head, *entry._replace(what=what)[:-1])
        database.run("UPDATE audit SET what = ?, hash = ? WHERE seq = ?", (what, head, entry.seq))


def _without_mirrors(database: Database) -> None:
    """Drop what version 8 added. Log entries keep their new keys."""
    database.run("DROP TABLE mirror")
    for column in CASE_COLUMNS:
        database.run(f"ALTER TABLE cases DROP COLUMN {column}")


_USAGE = ("usage_month", "usage_seat", "usage_source", "notices")
_ROWS = {"subscription": "SELECT * FROM subscription", "user": 'SELECT * FROM "user"'}


def _without_columns(database: Database, columns: dict[str, str], gone: Sequence[str]) -> None:
    row = database.row("SELECT name, lineage, serial, timezone, sums FROM meta")
    assert row is not None
    sums = {table: each for table, each in json.loads(row[4]).items() if table not in gone}
    for table, column in columns.items():
        database.run(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
        rows = list(database.rows(_ROWS[table]))
        sums[table] = [len(rows), sum(map(checksum, rows))]
    if "mirror" in gone:
        cases = list(database.rows("SELECT id, step, opened_at, opened_by FROM cases WHERE closed_at IS NULL"))
        sums["cases"] = [len(cases), sum(map(checksum, cases))]
    cells = (*row[:4], json.dumps(sums, sort_keys=True, separators=(",", ":")))
    database.run("UPDATE meta SET sums = ?, mark = ?", (cells[4], checksum(cells)))
