"""Notices in a store: recorded with the log, verified, and read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seatsync.account.sent_notices import Notice
from seatsync.errors import TargetProblem
from seatsync.targets.sql import inquiries
from seatsync.targets.sql.notice_records import EVENTS
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.sql.tables import checksum
from seatsync.targets.target import KeepsNotices
from tests.targets.sample import CLOCK
from tests.targets.stores import mirror, opened, store

SENDING = Notice(
    "0f3a",
    "renewal",
    "ana@acme.example",
    (("574-1", "2026-12-31"),),
    "It ends",
    "<1@acme>",
    "sending",
    CLOCK.stamp,
    "",
    "{}",
)
SENT = SENDING._replace(state="sent", detail="250 OK", facts="")


def record(target: SqlTarget, *notices: Notice) -> None:
    with target.session("ana@acme.example", CLOCK) as session:
        session.record_notices(notices)


@pytest.mark.parametrize("make", [store, mirror])
def test_a_notice_is_recorded_before_and_after(folder: Path, make: Callable[[Path], SqlTarget]) -> None:
    target = make(folder)
    before = target.read()
    assert target.read_notices() == ()
    record(target, SENDING)
    assert target.read_notices() == (SENDING,)
    record(target, SENT)
    assert target.read_notices() == (SENT,)
    after = target.read()
    assert after.account == before.account
    assert target.had_head(before.account.serial or 0, before.head or "")  # a plan made before is not stale
    kinds = [entry.facts["kind"] for entry in inquiries.log(target, "Ana@acme.example").items]
    assert kinds[-2:] == [EVENTS["sending"], EVENTS["sent"]]
    assert inquiries.verify(target).ok


def test_targets_that_keep_notices(folder: Path) -> None:
    assert isinstance(store(folder), KeepsNotices)


def test_altered_notices_are_noticed(folder: Path) -> None:
    target = store(folder)
    record(target, SENDING, SENT._replace(id="0f3b"))
    with opened(target) as database, database.writing():
        database.run("UPDATE notices SET state = 'sent' WHERE id = '0f3a'")
    with pytest.raises(TargetProblem, match="table notices is not as written"):
        target.read_notices()
    assert not inquiries.verify(target).ok


def test_a_notice_of_the_log_that_is_gone(folder: Path) -> None:
    target = store(folder)
    record(target, SENDING)
    with target.session(None, CLOCK) as session, session.writing() as writer:
        writer.database.run("DELETE FROM notices")
        writer.sums.tables["notices"] = (0, 0)
    assert target.read_notices() == ()
    assert inquiries.verify(target).problem == "the notices differ from the log"


def test_a_state_that_nobody_wrote(folder: Path) -> None:
    target = store(folder)
    record(target, SENT)
    with target.session(None, CLOCK) as session, session.writing() as writer:
        writer.database.run("UPDATE notices SET state = 'lost'")
        row = writer.database.row("SELECT * FROM notices")
        writer.sums.tables["notices"] = (1, checksum(row or ()))
    with pytest.raises(TargetProblem, match="table notices cannot be read"):
        target.read_notices()
