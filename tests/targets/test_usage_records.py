"""Usage in a store: recorded once in any order of files, renamed with people and teams, verified, and removed."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import WHOLE_ACCOUNT
from seatsync.account.usage import Days, MonthKey, SeatUse, Usage, UsageFile, UsageRecorded, UsageSource
from seatsync.errors import TargetProblem
from seatsync.targets.sql import inquiries
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.sql.tables import VERSION
from seatsync.targets.target import KeepsUsage, RecordsUsage
from tests.targets.sample import ANA, BEN, CLOCK, DEE, DESIGN, GUS
from tests.targets.stores import at, busy_store, mirror, old, older, opened, path_of, store

JUNE: MonthKey = ("2026-06", "design", "AutoCAD", GUS)
KEEP = "2025-05"


def of_days(name: str, as_of: str, days: dict[MonthKey, Days], teams: tuple[str, ...] = ("design",)) -> UsageFile:
    known = sorted(f"{key[0]}-{day:02}" for key, each in days.items() for day in each)
    count = len(known)
    return UsageFile(
        UsageSource(name, f"digest of {name}", "usage", as_of, known[0], known[-1], teams, count), days, {}
    )


def of_seats(name: str, as_of: str, *seats: SeatUse) -> UsageFile:
    source = UsageSource(name, f"digest of {name}", "usage report", as_of, None, None, ("design",), len(seats))
    return UsageFile(source, {}, {each[:3]: each for each in seats})


def seat(person: str = GUS, as_of: str = "2026-06-10", team: str = "design", days: int = 4) -> SeatUse:
    return SeatUse(
        team,
        "AutoCAD",
        person,
        held=True,
        assigned="2026-01-10",
        unassigned=None,
        last="2026-06-09",
        days=days,
        tokens=Decimal("1.50"),
        active=None,
        as_of=as_of,
    )


EARLY = of_days("early.csv", "2026-06-05", {JUNE: {1: Decimal(3), 2: None}})
LATE = of_days("late.csv", "2026-06-12", {JUNE: {1: Decimal(4), 10: Decimal("0.50")}})
MAY = of_days("may.csv", "2026-06-01", {("2026-05", "design", "AutoCAD", DEE): {30: None}})


def recorded(target: SqlTarget, *files: UsageFile, keep_from: str = KEEP) -> UsageRecorded:
    with target.session(None, CLOCK) as session:
        return session.record_usage(files, keep_from)


def by_days(usage: Usage) -> list[tuple[str, str, str]]:
    return [(each.month, each.person, each.by_day) for each in usage.months]


def sound(target: SqlTarget) -> Usage:
    assert inquiries.verify(target).problem == ""
    return target.read_usage()


def events(target: SqlTarget) -> list[str]:
    kinds = [entry.facts["kind"] for entry in inquiries.log(target).items]
    return [kind for kind in kinds if kind.startswith("usage")]


def test_a_store_can_keep_usage(folder: Path) -> None:
    target = store(folder)
    assert isinstance(target, KeepsUsage)
    with target.session(None, CLOCK) as session:
        assert isinstance(session, RecordsUsage)
    assert sound(target) == Usage()


def test_files_are_merged_by_day(folder: Path) -> None:
    target = store(folder)
    before = target.read()
    assert recorded(target, EARLY, LATE, MAY) == UsageRecorded(days=4, seats=0, files=3, removed=0)
    usage = sound(target)
    assert by_days(usage) == [("2026-05", DEE, "30"), ("2026-06", GUS, "1:4,2,10:0.5")]
    june = usage.months[1]
    assert (june.days, june.last, june.tokens, june.team, june.product) == (
        3, "2026-06-10", Decimal("4.5"), "design", "AutoCAD",
    )  # fmt: skip
    assert usage.sources == (EARLY.source, LATE.source, MAY.source)
    after = target.read()
    assert (after.account, after.account.serial) == (before.account, before.account.serial)
    assert events(target) == ["usage-recorded"]


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    report, newer = (
        of_seats("a.csv", "2026-06-10", seat()),
        of_seats("b.csv", "2026-06-11", seat(days=5, as_of="2026-06-11")),
    )
    files = [EARLY, LATE, MAY, report, newer]
    found = set()
    for number, order in enumerate(list(permutations(files))[::7]):
        folder = tmp_path / str(number)
        folder.mkdir()
        target = store(folder)
        for each in order:
            recorded(target, each)
        found.add(sound(target))
    assert len(found) == 1
    (usage,) = found
    assert usage.seats == (seat(days=5, as_of="2026-06-11"),)


def test_a_file_that_is_left_out_would_be_noticed(folder: Path) -> None:
    target = store(folder)
    recorded(target, EARLY, MAY)
    assert by_days(sound(target)) != [("2026-05", DEE, "30"), ("2026-06", GUS, "1:4,2,10:0.5")]


def test_the_same_files_again_change_nothing(folder: Path) -> None:
    target = store(folder)
    files = (EARLY, LATE, of_seats("r.csv", "2026-06-10", seat()))
    recorded(target, *files)
    head, usage = target.read().head, sound(target)
    assert recorded(target, *files) == UsageRecorded(0, 0, 0, 0)
    copied = EARLY._replace(source=EARLY.source._replace(file="copy.csv", as_of="2026-06-14"))
    assert recorded(target, copied) == UsageRecorded(0, 0, 0, 0)  # its content is known, so its time says nothing
    assert (target.read().head, sound(target)) == (head, usage)


def test_of_copies_the_oldest_counts(folder: Path) -> None:
    target = store(folder)
    copy = LATE._replace(source=LATE.source._replace(file="copy.csv", as_of="2026-06-14"))
    assert recorded(target, copy, LATE, EARLY) == UsageRecorded(days=3, seats=0, files=2, removed=0)
    assert sound(target).sources == (EARLY.source, LATE.source)


def test_old_months_are_removed(folder: Path) -> None:
    target = store(folder)
    old_seat = of_seats("old.csv", "2026-05-31", seat(as_of="2026-05-31"))
    recorded(target, EARLY, MAY, old_seat)
    assert recorded(target, keep_from="2026-06") == UsageRecorded(days=0, seats=0, files=0, removed=1)
    usage = sound(target)
    assert ([each.month for each in usage.months], usage.seats) == (["2026-06"], ())
    assert usage.sources == (EARLY.source,)
    assert recorded(target, keep_from="2026-06") == UsageRecorded(0, 0, 0, 0)
    assert events(target) == ["usage-recorded", "usage-recorded"]


def test_months_that_are_too_old_are_not_recorded(folder: Path) -> None:
    target = store(folder)
    both = of_days("both.csv", "2026-06-10", {**MAY.days, **EARLY.days})
    assert recorded(target, both, keep_from="2026-06") == UsageRecorded(days=2, seats=0, files=1, removed=0)
    assert sound(target).sources[0].first == "2026-06-01"  # of the days before nothing is known
    assert recorded(target, both) == UsageRecorded(days=1, seats=0, files=0, removed=0)
    assert sound(target).sources[0].first == "2026-05-30"


def test_a_new_address_has_the_usage_of_the_old_one(folder: Path) -> None:
    target = store(folder)
    new = "gus.new@acme.example"
    later = of_days("new.csv", "2026-06-13", {("2026-06", "design", "AutoCAD", new): {1: Decimal(9), 12: None}})
    recorded(target, EARLY, LATE, later, of_seats("r.csv", "2026-06-10", seat(), seat(DEE)))
    with target.session(GUS, CLOCK) as session:
        step = Step.make("user.change_email", WHOLE_ACCOUNT, user=GUS, to="Gus.New@acme.example")
        assert session.perform([(step, False)])[0].status == "done"
    usage = sound(target)
    assert by_days(usage) == [("2026-06", new, "1:9,2,10:0.5,12")]
    assert {each.person for each in usage.seats} == {new, DEE}
    assert events(target) == ["usage-recorded", "usage-renamed"]
    assert recorded(target, EARLY, LATE, later) == UsageRecorded(0, 0, 0, 0)  # these name the old address
    assert sound(target) == usage


def test_a_team_keeps_its_usage_under_a_new_name(folder: Path) -> None:
    target = store(folder)
    recorded(target, EARLY, of_seats("r.csv", "2026-06-10", seat()))
    with target.session(ANA, CLOCK) as session:
        assert session.perform([(Step.make("team.rename", DESIGN, to="studio"), False)])[0].status == "done"
    usage = sound(target)
    assert [each.team for each in usage.months] == [each.team for each in usage.seats] == ["studio"]
    assert [each.teams for each in usage.sources] == [("studio",), ("studio",)]


def test_steps_that_rename_nobody_with_usage_are_not_logged(folder: Path) -> None:
    target = store(folder)
    recorded(target, EARLY)
    with target.session(BEN, CLOCK) as session:
        step = Step.make("user.change_email", WHOLE_ACCOUNT, user=BEN, to="ben.new@acme.example")
        assert session.perform([(step, False)])[0].status == "done"
    assert events(target) == ["usage-recorded"]


def test_a_mirror_keeps_usage_too(folder: Path) -> None:
    target = mirror(folder)
    recorded(target, EARLY)
    assert by_days(sound(target)) == [("2026-06", GUS, "1:3,2")]


class TestTampering:
    @pytest.mark.parametrize(
        ("statement", "table"),
        [
            ("UPDATE usage_month SET by_day = '1:4,2'", "usage_month"),
            ("DELETE FROM usage_seat", "usage_seat"),
            ("UPDATE usage_source SET count = 1", "usage_source"),
        ],
    )
    def test_altered_rows_are_noticed(self, folder: Path, statement: str, table: str) -> None:
        target = store(folder)
        recorded(target, EARLY, of_seats("r.csv", "2026-06-10", seat()))
        with opened(target) as database, database.writing():
            assert database.run(statement)
        with pytest.raises(TargetProblem, match=f"table {table} is not as written"):
            target.read_usage()
        with pytest.raises(TargetProblem, match=f"table {table} is not as written"):
            recorded(target, EARLY)
        assert inquiries.verify(target).problem == "the recorded usage differs from the log"
        target.read()  # nothing else depends on it

    def test_text_that_nobody_wrote(self, folder: Path) -> None:
        target = store(folder)
        recorded(target, EARLY, MAY)
        with opened(target) as database, database.writing():
            database.run("UPDATE usage_month SET by_day = 'x' WHERE month = '2026-05'")
        with pytest.raises(TargetProblem, match="the recorded usage cannot be read"):
            target.read_usage()

    def test_usage_without_a_log_entry(self, folder: Path) -> None:
        target = store(folder)
        with opened(target) as database, database.writing():
            database.run("INSERT INTO usage_source VALUES ('d', 'f', 'usage', '2026-06-01', NULL, NULL, '[]', 1, '[]')")
        assert inquiries.verify(target).problem == "the recorded usage differs from the log"


class TestOlderStores:
    @pytest.mark.parametrize("version", [3, 5, 6, 7, 8, 9])
    def test_usage_can_be_recorded_in_them(self, tmp_path: Path, version: int) -> None:
        target = busy_store(tmp_path)
        before = target.read().account
        if version == 3:
            old(target)
        else:
            older(target, version)
        assert target.read_usage() == Usage()
        assert target.read().account == before
        recorded(target, EARLY, of_seats("r.csv", "2026-06-10", seat()))
        with opened(target) as database:
            assert database.version() == VERSION
        assert by_days(sound(target)) == [("2026-06", GUS, "1:3,2")]
        assert target.read().account == before

    def test_a_new_store_has_the_same_tables_as_an_upgraded_one(self, tmp_path: Path) -> None:
        query = "SELECT name, sql FROM sqlite_schema WHERE name LIKE 'usage%' OR name = 'notices' ORDER BY name"
        new, upgraded = store(tmp_path), at(tmp_path / "old")
        path_of(upgraded).parent.mkdir()
        older(store(path_of(upgraded).parent), 8)
        recorded(upgraded, EARLY)
        with opened(new) as one, opened(upgraded) as two:
            assert list(one.rows(query)) == list(two.rows(query))
            columns = "SELECT name, type FROM pragma_table_info('outbox') ORDER BY cid"
            assert list(one.rows(columns)) == list(two.rows(columns))
