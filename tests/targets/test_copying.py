"""Accounts that are copied to another store: everything arrives, verified, or nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.account.sent_notices import Notice
from seatsync.errors import TargetProblem
from seatsync.targets.sql import copying, inquiries
from seatsync.targets.sql.copying import copy_account
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.layout import TABLE_NAMES
from seatsync.targets.sql.store import SqlTarget
from tests.targets.sample import CLOCK
from tests.targets.stores import FREE, Folders, at, busy_store, mirror, older, opened, store
from tests.targets.test_usage_records import EARLY, of_seats, recorded, seat
from tests.targets.walks import everything

NOTICE = Notice("0f3a", "renewal", "ana@acme.example", (), "It ends", "<1@acme>", "sending", CLOCK.stamp, "", "{}")
LOCK = "SELECT token, holder FROM lock"


def full(folder: Path) -> SqlTarget:
    """Create a store with rows in every table but that of mirrors."""
    target = busy_store(folder)
    recorded(target, EARLY, of_seats("seats.csv", "2026-06-10", seat()))
    with target.session(None, CLOCK) as session:
        session.record_notices([NOTICE])
        session.applied("{}", "{}", "")
    return target


def tables(target: SqlTarget) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every table but the lock, sorted."""
    with opened(target) as database, database.reading():
        names = [name for name in TABLE_NAMES if name != "lock"]
        return {name: sorted(database.rows(f'SELECT * FROM "{name}"'), key=repr) for name in names}  # noqa: S608


@pytest.mark.parametrize("make", [full, mirror])
def test_everything_arrives(folders: Folders, make: object) -> None:
    source, target = full(folders.source) if make is full else mirror(folders.source), at(folders.target)
    before, rows = everything(source), tables(source)
    copied = copy_account(source, target, CLOCK)
    assert (copied.name, copied.head) == ("acme", (before["state"].account.serial, before["state"].head))
    assert copied.entries == len(before["log"]) == before["verified"].entries
    for each in (source, target):
        assert everything(each) == before
        assert tables(each) == rows
    empty = {name for name, each in rows.items() if not each}
    assert empty <= {"mirror", "calls"} if make is full else "mirror" not in empty


def test_the_copy_goes_on_where_the_original_was(folders: Folders) -> None:
    source, target = busy_store(folders.source), at(folders.target)
    copy_account(source, target, CLOCK)
    with opened(source) as first, opened(target) as second:
        assert first.row(LOCK) == second.row(LOCK)
    ends = []
    for each in (source, target):
        with each.session("ana@acme.example", CLOCK) as session:
            assert session.perform([(FREE, False)])[0].status == "done"
            ends.append((session.run, session.state()))
    assert ends[0] == ends[1]


def test_an_older_original_is_upgraded(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    source = older(store(tmp_path / "old"), 5)
    copy_account(source, at(tmp_path / "new"), CLOCK)
    assert everything(at(tmp_path / "new")) == everything(source)


def test_only_to_a_new_place(folders: Folders) -> None:
    source, target = store(folders.source), busy_store(folders.target)
    before = everything(target)
    for place in (target, source):
        with pytest.raises(TargetProblem, match="already contains"):
            copy_account(source, place, CLOCK)
    assert everything(target) == before


def test_not_while_another_run_changes_it(folders: Folders) -> None:
    source, target = store(folders.source), at(folders.target)
    with source.session(None, CLOCK), pytest.raises(TargetProblem, match="has been changing this account since"):
        copy_account(source, target, CLOCK)
    is_nothing(target)


def is_nothing(target: SqlTarget) -> None:
    """Check that a place is still new or empty."""
    with pytest.raises(TargetProblem):
        target.read()
    target.place.open_new().close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'eve@acme.example' WHERE seq = 2",
        "DELETE FROM outbox",
        "UPDATE \"user\" SET email = 'eve@acme.example' WHERE id = 'gus@acme.example'",
    ],
)
def test_a_damaged_account_is_not_copied(folders: Folders, statement: str) -> None:
    source, target = busy_store(folders.source), at(folders.target)
    with opened(source) as database, database.writing():
        database.run(statement)
    with pytest.raises(TargetProblem, match=r"does not verify|not as written"):
        copy_account(source, target, CLOCK)
    is_nothing(target)


def test_a_row_that_is_lost_on_the_way_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    source, target = full(tmp_path / "old"), at(tmp_path / "new")
    copy_table = copying._copy_table
    for name in [name for name, rows in tables(source).items() if rows]:

        def losing(origin: Database, copy: Database, table: str, lost: str = name) -> None:
            copy_table(origin, copy, table)
            if table == lost:
                copy.run(f'DELETE FROM "{table}"')  # noqa: S608 - constant names

        monkeypatch.setattr(copying, "_copy_table", losing)
        with pytest.raises(TargetProblem, match=f"table {name} is not as in the original"):
            copy_account(source, target, CLOCK)
        is_nothing(target)
    monkeypatch.undo()
    assert copy_account(source, target, CLOCK).head.hash == source.read().head


def test_a_lock_that_was_lost_meanwhile(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = store(folders.source), at(folders.target)
    verified = inquiries.verified

    def slow(database: Database) -> inquiries.Verification:
        with opened(source) as other, other.writing():
            other.run("UPDATE lock SET token = token + 1")
        return verified(database)

    monkeypatch.setattr(copying, "verified", slow)
    with pytest.raises(TargetProblem, match="another one has taken its lock"):
        copy_account(source, target, CLOCK)
    is_nothing(target)
