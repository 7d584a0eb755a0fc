"""Tracked people of a store: recorded in the log, and initialised in stores of older versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.account.orders import Order
from seatsync.errors import TargetProblem
from seatsync.targets.sql import administration, inquiries
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.sql.tables import VERSION, checksum
from tests.targets.sample import CLOCK, DEE, DESIGN, ELI, GUS, sample
from tests.targets.stores import at, old, older, opened, path_of, store

DECLARED = """{"account":"acme","teams":{"design":{"primary_admin":"ana@acme.example","members":["gus@acme.example",
["dee@acme.example",null,"2026-06-14"],["eli@acme.example","2026-06-15",null]]}},
"users":{"ana@acme.example":{},"dee@acme.example":{},"eli@acme.example":{},"gus@acme.example":{}}}"""


def remembered(target: SqlTarget) -> dict[Scope, list[str]]:
    tracked = target.read().tracked
    assert tracked is not None
    return {scope: sorted(people) for scope, people in tracked.items()}


def applied(target: SqlTarget, text: str = DECLARED) -> SqlTarget:
    with target.session(None, CLOCK) as session:
        session.applied(text, "{}", "")
    return target


def version(target: SqlTarget) -> int:
    database = target.place.open_to_read()
    try:
        return database.version()
    finally:
        database.close()


def test_loaded_members_are_tracked(folder: Path) -> None:
    members = {Scope("team", name): sorted(team.members) for name, team in sample().teams.items()}
    members |= {Scope("contract", name): sorted(each.members) for name, each in sample().contracts.items()}
    assert remembered(store(folder)) == {scope: people for scope, people in members.items() if people}


def test_an_empty_account_tracks_nobody(folder: Path) -> None:
    target = at(folder)
    administration.create(target, "acme", "UTC", CLOCK)
    assert remembered(target) == {}


def test_a_person_is_tracked_under_a_new_address(folder: Path) -> None:
    target = store(folder)
    with target.session(None, CLOCK) as session:
        change = Step.make("user.change_email", WHOLE_ACCOUNT, user=GUS, to="new@acme.example")
        assert session.perform([(change, False)])[0].status == "done"
    assert "new@acme.example" in remembered(target)[DESIGN]
    assert GUS not in remembered(target)[DESIGN]
    assert inquiries.verify(target).ok


def test_tracked_people_match_the_log(folder: Path) -> None:
    target = store(folder)
    with target.session(None, CLOCK) as session:
        session.covers({DESIGN: frozenset({"new@acme.example"})})
    assert inquiries.verify(target).ok
    with opened(target) as database, database.writing():
        database.run("UPDATE remembered SET people = 'ana@acme.example' WHERE name = 'design'")
    with pytest.raises(TargetProblem, match="table remembered is not as written"):
        target.read()
    with opened(target) as before, before.writing():
        text = before.row("SELECT sums FROM meta")
        assert text is not None
        rows = list(before.rows("SELECT kind, name, people FROM remembered"))
        sums = json.loads(text[0]) | {"remembered": [len(rows), sum(map(checksum, rows))]}
        row = before.row("SELECT name, lineage, serial, timezone FROM meta")
        assert row is not None
        cells = (*row, json.dumps(sums, sort_keys=True, separators=(",", ":")))
        before.run("UPDATE meta SET sums = ?, mark = ?", (cells[4], checksum(cells)))
    target.read()
    assert inquiries.verify(target).problem == "the people declared earlier differ from the log"


class TestAStoreFromBefore:
    def test_begins_with_what_was_applied_last(self, tmp_path: Path) -> None:
        target = old(applied(store(tmp_path)))
        expected = {DESIGN: ["ana@acme.example", "eli@acme.example", GUS]}
        assert remembered(target) == expected
        assert version(target) == 3  # reading leaves the file alone
        with target.session(None, CLOCK) as session:
            assert session.perform([(Step.make("seat.unassign", DESIGN, product="Maya", user=DEE), False)])
        assert version(target) == VERSION
        assert remembered(target) == expected
        assert inquiries.verify(target).ok

    def test_version_5_is_read_and_upgraded_by_a_change(self, tmp_path: Path) -> None:
        target = store(tmp_path)
        before = target.read().account
        older(target, 5)
        assert target.read().account == before
        assert version(target) == 5
        with target.session(None, CLOCK) as session:
            assert session.perform([(Step.make("member.make_external", DESIGN, user=ELI), False)])
        assert version(target) == VERSION
        assert ELI in target.read().account.teams["design"].external
        assert inquiries.verify(target).ok

    def test_subscriptions_of_version_6_do_not_renew_by_themselves(self, tmp_path: Path) -> None:
        target = store(tmp_path)
        before = target.read().account
        older(target, 6)
        assert target.read().account == before
        assert not any(sub.auto_renew for sub in before.subscriptions.values())
        order = Order(
            number="9",
            day=CLOCK.day,
            company="Acme",
            manager="ana@acme.example",
            product="AutoCAD",
            channel="reseller",
            starts="2026-01-01",
            subscription="574-1",
            auto_renew=True,
        )
        assert not isinstance(administration.record_order(target, order, CLOCK), Refused)
        assert version(target) == VERSION
        assert target.read().account.subscriptions["574-1"].auto_renew
        assert inquiries.verify(target).ok

    def test_tracked_people_of_a_loaded_old_store(self, tmp_path: Path) -> None:
        target = store(tmp_path)
        expected = remembered(target)
        assert remembered(old(target)) == expected

    def test_an_unreadable_last_apply_tracks_nobody(self, tmp_path: Path) -> None:
        assert remembered(old(applied(store(tmp_path), '{"users":{"nobody":{}}}'))) == {}

    def test_counts_one_invitation_for_everybody(self, tmp_path: Path) -> None:
        target = old(store(tmp_path))
        assert {person.invitations for person in target.read().account.users.values()} == {1}

    def test_damaged_old_store_is_refused(self, tmp_path: Path) -> None:
        target = old(store(tmp_path))
        with opened(target) as database, database.writing():
            database.run("UPDATE \"user\" SET email = 'mallory@acme.example' WHERE id = ?", (DEE,))
        with pytest.raises(TargetProblem, match="table user is not as written"):
            target.read()

    def test_read_only_old_store_can_be_read(self, tmp_path: Path) -> None:
        target = old(applied(store(tmp_path)))
        path_of(target).chmod(0o400)
        assert remembered(target)
