"""Reports on the history of an embedded account, and the detection of tampering."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.history import canonical
from seatsync.account.mails import Mail
from seatsync.errors import TargetProblem
from seatsync.targets.sql import inquiries, records
from seatsync.targets.sql.audit_log import START, fingerprint, linked, steps
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from tests.targets.sample import BEN, CLOCK, DEE, DESIGN, GUS, SELF_SERVICE, sample
from tests.targets.stores import alter, busy_store, opened, path_of, store


@pytest.fixture
def target(folder: Path) -> SqlTarget:
    return busy_store(folder)


def problem(target: SqlTarget) -> str:
    result = inquiries.verify(target)
    assert result.ok == (result.problem == "")
    return result.problem


class TestLog:
    def test_it_contains_every_event(self, target: SqlTarget) -> None:
        found = [(entry.actor, entry.facts["kind"], entry.facts.get("serial")) for entry in inquiries.log(target).items]
        ana = "ana@acme.example"
        assert found == [
            (None, "created", None),
            (None, "step", 1),
            (ana, "step", 2),
            *[(ana, "case-opened", None)] * 5,
            (ana, "applied", None),
            (None, "step", 3),
            (None, "case-closed", None),
            (None, "step", 4),
            (None, "order", None),
        ]

    def test_log_of_a_person_has_entries_by_and_about_them(self, target: SqlTarget) -> None:
        def about(person: str) -> list[tuple[str, str]]:
            found = [entry.facts for entry in inquiries.log(target, person).items]
            return [(facts["kind"], facts.get("step", {}).get("action", "")) for facts in found]

        loaded = ("step", "account.load")
        assert about("New@acme.example") == [("step", "user.invite")]
        assert about(GUS) == [loaded]
        assert about("DEE@acme.example") == [
            loaded,
            ("case-opened", "user.change_email"),
            ("step", "user.change_email"),
            ("case-closed", "user.change_email"),
        ]
        assert about("ana@acme.example")[1:4] == [
            ("step", "user.invite"),
            ("case-opened", "user.change_email"),
            ("case-opened", "contract_manager.transfer"),
        ]
        assert about("ana@acme.example")[-1] == ("order", "")
        assert about("nobody@acme.example") == []
        assert about("not an address") == []

    def test_its_rows_undo_what_was_done(self, folder: Path) -> None:
        target = store(folder)
        with target.session(None, CLOCK) as session:
            for step in SELF_SERVICE:
                session.perform([(step, False)])
        database = target.place.open_to_read()
        account = target.read().account
        for entry in reversed(list(steps(database, 1))):
            account.undo(entry.rows())
        database.close()
        account.serial = 0
        account.lineage = sample().lineage
        assert account == sample()

    def test_allowed_guards_are_recorded(self, target: SqlTarget) -> None:
        with target.session(BEN, CLOCK) as session:
            session.note("guards allowed: GUARD001.seats=132")
            session.applied("{}", "{}", "GUARD001.seats=132")
        note, applied = inquiries.log(target).items[-2:]
        assert note.actor == BEN
        assert note.facts == {"kind": "note", "text": "guards allowed: GUARD001.seats=132", "run": 5}
        assert applied.facts == {
            "kind": "applied",
            "declaration": fingerprint("{}"),
            "policy": fingerprint("{}"),
            "note": "GUARD001.seats=132",
            "run": applied.facts["run"],
        }


class TestMails:
    def test_mails_have_their_cause(self, target: SqlTarget) -> None:
        found = [(mail.id, mail.at, mail.template, mail.to, mail.cause) for mail in inquiries.mails(target).items]
        assert found == [
            (1, CLOCK.stamp, "invitation", "new@acme.example", "user.invite (serial 2)"),
            (2, CLOCK.stamp, "order", "ana@acme.example", "order O-1"),
        ]
        assert "O-1" in inquiries.mails(target).items[1].facts

    def test_a_step_that_is_undone_sends_none(self, folder: Path) -> None:
        target = store(folder)
        invite = Step.make("user.invite", DESIGN, user="new@acme.example", first_name=None, last_name=None)
        with target.session(None, CLOCK) as session:
            writing = session.writing()
            writing.__enter__().step(invite, (), [Mail("invitation", GUS, "{}")], "self-service")
            assert not writing.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
        assert inquiries.mails(target).items == ()
        assert target.read().account.serial == 1


class TestVerify:
    def test_a_sound_one(self, target: SqlTarget) -> None:
        result = inquiries.verify(target)
        assert (result.ok, result.entries, result.problem) == (True, 13, "")
        assert result.head == inquiries.log(target).items[-1].hash != START

    def test_the_head_changes_with_every_entry(self, target: SqlTarget) -> None:
        heads = set()
        for number in range(3):
            with target.session(None, CLOCK) as session:
                session.note(str(number))
            heads.add(inquiries.verify(target).head)
        assert len(heads) == 3

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("UPDATE audit SET actor = 'eve' WHERE seq = 4", "audit entry 4 was altered"),
            ("UPDATE audit SET at = '2020' WHERE seq = 1", "audit entry 1 was altered"),
            ("UPDATE audit SET what = '{}' WHERE seq = 13", "audit entry 13 was altered"),
            ("UPDATE audit SET hash = replace(hash, 'a', 'b') WHERE seq = 2", "audit entry 2 was altered"),
            ("DELETE FROM audit WHERE seq = 5", "audit entry 5 is missing"),
            ("DELETE FROM audit WHERE seq = 13", "the outbox differs from the log"),
            ("UPDATE audit SET changes = '[]' WHERE serial = 3", "audit entry 10 was altered"),
            ("UPDATE audit SET changes = NULL WHERE serial = 3", "audit entry 10 was altered"),
            ("UPDATE audit SET changes = '' WHERE seq = 4", "audit entry 4 was altered"),
            ("UPDATE audit SET what = what || ' ' WHERE serial = 3", "audit entry 10 was altered"),
            ("UPDATE audit SET serial = 9 WHERE serial = 4", "audit entry 12 was altered"),
            ("UPDATE outbox SET body = 'x' WHERE id = 1", "the outbox differs from the log"),
            ("DELETE FROM outbox WHERE id = 1", "the outbox differs from the log"),
            ("UPDATE orders SET company = 'x'", "the orders differ from the log"),
            ("DELETE FROM orders", "the orders differ from the log"),
            ("UPDATE cases SET evidence = 'x' WHERE id = 1", "the cases differ from the log"),
            ("DELETE FROM cases WHERE id = 1", "the cases differ from the log"),
            ("DELETE FROM applied", "table applied is not as written (0 of 1 rows)"),
        ],
    )
    def test_altered_record_is_named(self, target: SqlTarget, change: str, said: str) -> None:
        alter(target, change)
        assert said in problem(target)

    def test_a_row_without_its_parent(self, tmp_path: Path) -> None:
        """Only SQLite lets somebody write one, without asking."""
        target = busy_store(tmp_path)
        with closing(sqlite3.connect(path_of(target), isolation_level=None)) as connection:
            connection.execute("INSERT INTO group_seat VALUES ('design', 'none', 'AutoCAD')")
        assert problem(target) == "a row of table group_seat refers to a missing row"

    def test_an_account_that_its_log_does_not_lead_to(self, target: SqlTarget) -> None:
        """Rows and sums are altered consistently."""
        with target.session(None, CLOCK) as session, session.writing() as writer:
            row = next(row for row in writer.account.rows() if row.table == "team_seat").reversed()
            writer.table_sums.before([row])
            writer.account.change([row])
            writer.database.run('DELETE FROM team_seat WHERE team = ? AND product = ? AND "user" = ?', row.key)
        assert target.read().account.teams["design"].seats != sample().teams["design"].seats
        assert problem(target) == "the account differs from a replay of its log"

    def test_a_declaration_that_the_log_does_not_know(self, target: SqlTarget) -> None:
        with target.session(None, CLOCK) as session, session.writing() as writer:
            records.write_applied(writer.database, ("{}", "{}", "", None, "2026", 4), writer.sums)
        assert problem(target) == "the declaration applied last differs from the log"

    def test_another_name(self, target: SqlTarget) -> None:
        with target.session(None, CLOCK) as session, session.writing() as writer:
            writer.account.name = "other"
        assert problem(target) == "name, lineage or time zone differs from the log"

    def test_entries_of_another_shape(self, folder: Path) -> None:
        target = store(folder)
        with target.session(None, CLOCK) as session:
            session.note("the last one")
        before, last = inquiries.log(target).items[-2:]
        for what in ("[]", "{}", "x", '{"kind":"case-closed","case":"CASE-9"}'):
            forged = linked(before.hash, *last._replace(what=what)[:-1])
            alter(target, "UPDATE audit SET what = ?, hash = ? WHERE seq = ?", values=(what, forged, last.seq))
            assert problem(target) == "an entry of the log, or a record, is not in the format that seatsync writes"
            assert len(inquiries.log(target).items) == 3
            if what in {"[]", "x"}:
                with pytest.raises(TargetProblem):
                    inquiries.log(target, GUS)

    def test_a_cut_end_cannot_be_seen_without_the_head(self, folder: Path) -> None:
        target = store(folder)
        with target.session(None, CLOCK) as session:
            session.note("something to hide")
        head = inquiries.verify(target).head
        alter(target, "DELETE FROM audit WHERE seq = 3")
        result = inquiries.verify(target)
        assert result.ok
        assert result.head != head

    def test_a_cut_end_with_a_step_is_seen(self, folder: Path) -> None:
        target = store(folder)
        alter(target, "DELETE FROM audit WHERE seq = 2")
        assert problem(target) == "the serial is 1, but the log has 0 steps"

    def test_a_store_that_cannot_be_opened_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(TargetProblem):
            inquiries.verify(SqlTarget(SqliteFile("sqlite:///x", tmp_path / "x")))


@pytest.fixture
def long_log(tmp_path: Path) -> Iterator[tuple[SqlTarget, Database]]:
    target = store(tmp_path)
    with target.session(DEE, CLOCK) as session:
        for number in range(98):
            session.note(f"remark {number}")
    with opened(target) as database:
        yield target, database


def test_every_single_edit_of_a_hundred_entries_is_found(long_log: tuple[SqlTarget, Database]) -> None:
    target, database = long_log
    log = inquiries.log(target).items
    assert len(log) == 100
    assert problem(target) == ""
    head = START
    for entry in log:
        forged = canonical(entry.facts | {"text": "nothing"})
        database.run("UPDATE audit SET what = ? WHERE seq = ?", (forged, entry.seq))
        assert problem(target) == f"audit entry {entry.seq} was altered"
        # With its own hash corrected too, the next entry reveals it; for the last entry, the head does.
        mended = linked(head, *entry._replace(what=forged)[:-1])
        database.run("UPDATE audit SET hash = ? WHERE seq = ?", (mended, entry.seq))
        if entry.seq < 100:
            assert problem(target) == f"audit entry {entry.seq + 1} was altered"
        else:
            assert inquiries.verify(target).head == mended != entry.hash
        database.run("UPDATE audit SET what = ?, hash = ? WHERE seq = ?", (entry.what, entry.hash, entry.seq))
        head = entry.hash
    assert problem(target) == ""


OTHERWISE = {
    "seq": "seq + 100",
    "at": "at || '!'",
    "actor": "coalesce(actor, '') || 'x'",
    "what": "what || ' '",
    "serial": "coalesce(serial, 0) + 100",
    "changes": "coalesce(changes, '') || ' '",
    "hash": "substr(hash, 2) || substr(hash, 1, 1)",
}
"""Every column of the log, with another value."""


@pytest.mark.parametrize("column", OTHERWISE)
def test_every_cell_of_every_entry_is_covered_by_its_hash(tmp_path: Path, column: str) -> None:
    target = busy_store(tmp_path)
    log = inquiries.log(target).items
    assert {entry.serial is None for entry in log} == {True, False}
    for entry in log:
        row = (entry.seq,)
        alter(target, f"UPDATE audit SET {column} = {OTHERWISE[column]} WHERE seq = ?", values=row)  # noqa: S608 - ours
        assert problem(target) != "", entry
        now = (entry.seq + 100,) if column == "seq" else row
        alter(target, f"UPDATE audit SET {column} = ? WHERE seq = ?", values=(getattr(entry, column), *now))  # noqa: S608
        assert problem(target) == ""


def test_every_entry_is_json_without_spaces(target: SqlTarget) -> None:
    for entry in inquiries.log(target).items:
        in_order = entry.facts["kind"] == "step"  # as the arguments of a step stand
        assert entry.what == json.dumps(entry.facts, sort_keys=not in_order, separators=(",", ":"), ensure_ascii=False)


def test_the_chain_begins_with_nothing(target: SqlTarget) -> None:
    first = inquiries.log(target).items[0]
    assert linked(START, *first[:-1]) == first.hash
