"""Values of usage: texts of days, what is known of which months, and merging files independently of their order."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest

from seatsync.account.attributes import number_text
from seatsync.account.usage import (
    OF_TOKENS,
    Days,
    MarkedDays,
    SeatUse,
    SourceKind,
    Usage,
    UsageMonth,
    UsageSource,
    added_days,
    count_changed,
    counted_once,
    days_text,
    is_known,
    known_months,
    known_spans,
    merge_days,
    merge_seat,
    missing_months,
    next_month,
    parsed_days,
    reported_products,
    usage_month,
)

ANA = "ana@acme.example"
SEAT = SeatUse(
    team="design",
    product="AutoCAD",
    person=ANA,
    held=True,
    assigned="2026-01-10",
    unassigned=None,
    last="2026-05-01",
    days=9,
    tokens=None,
    active=True,
    as_of="2026-06-01",
)


def file(
    first: str | None, last: str | None, as_of: str = "2026-06-15", *teams: str, masked: bool = False
) -> UsageSource:
    named = teams or ("design",)
    kind: SourceKind = "usage" if first else "usage report"
    return UsageSource(f"{first}.csv", f"{first}{last}", kind, as_of, first, last, named, 3, named if masked else ())


def covering(*files: UsageSource) -> Usage:
    return Usage(sources=files)


class TestTexts:
    def test_days_are_read_back(self) -> None:
        days = {3: Decimal("0.5"), 1: None, 2: Decimal(7)}
        assert days_text(days) == "1,2:7,3:0.5"
        assert list(parsed_days("1,2:7,3:0.5").items()) == sorted(days.items())
        assert parsed_days("") == {}

    def test_days_of_many_people_are_added_up(self) -> None:
        assert added_days(["1,2:7,3:0.5", "2:7", "2:0.25"]) == {1: 0, 2: Decimal("14.25"), 3: Decimal("0.5")}
        assert added_days([]) == {}

    @pytest.mark.parametrize(
        ("number", "text"), [("7.00", "7"), ("0.50", "0.5"), ("1E+3", "1000"), ("0", "0"), ("0.0", "0"), ("100", "100")]
    )
    def test_equal_numbers_are_equal_texts(self, number: str, text: str) -> None:
        assert number_text(Decimal(number)) == text

    def test_a_month_adds_up(self) -> None:
        found = usage_month("2026-06", "design", "AutoCAD", ANA, {2: Decimal("0.1"), 10: None, 1: Decimal("0.2")})
        assert found == UsageMonth(
            "2026-06", "design", "AutoCAD", ANA, 3, "2026-06-10", Decimal("0.3"), "1:0.2,2:0.1,10"
        )

    def test_tokens_of_a_month_without_any_are_unknown(self) -> None:
        assert usage_month("2026-06", "design", "AutoCAD", ANA, {2: None}).tokens is None

    def test_months_follow_each_other_over_years(self) -> None:
        assert next_month("2026-12") == "2027-01"
        assert next_month("2026-01", -1) == "2025-12"
        assert next_month("2026-11", -13) == "2025-10"


class TestWhatIsKnown:
    def test_days_between_the_first_and_the_last_row(self) -> None:
        usage = covering(file("2026-03-10", "2026-05-20"))
        assert known_spans(usage, "design") == (("2026-03-10", "2026-05-20"),)
        assert known_months(usage, "design") == ("2026-04",)
        assert is_known(usage, "design", "2026-03-10", "2026-05-20")
        assert not is_known(usage, "design", "2026-03-09", "2026-05-20")
        assert not is_known(usage, "design", "2026-03-10", "2026-05-21")

    def test_nothing_of_another_team(self) -> None:
        assert known_spans(covering(file("2026-03-10", "2026-05-20")), "civil") == ()

    def test_quiet_days_at_the_ends_of_full_months(self) -> None:
        assert known_months(covering(file("2026-01-05", "2026-01-30", "2026-02-02")), "design") == ("2026-01",)
        assert known_months(covering(file("2026-01-08", "2026-01-30", "2026-02-02")), "design") == ()
        assert known_months(covering(file("2026-01-05", "2026-01-24", "2026-02-02")), "design") == ()

    def test_the_end_of_a_month_that_was_not_over(self) -> None:
        assert known_months(covering(file("2026-01-05", "2026-01-30", "2026-01-31")), "design") == ()
        assert known_spans(covering(file("2026-01-05", "2026-01-30", "2026-01-30T10:00:00Z")), "design") == (
            ("2026-01-01", "2026-01-30"),
        )

    def test_files_of_single_months_join(self) -> None:
        usage = covering(file("2026-02-02", "2026-02-27"), file("2026-01-05", "2026-01-30"))
        assert known_spans(usage, "design") == (("2026-01-01", "2026-02-28"),)
        assert known_months(usage, "design") == ("2026-01", "2026-02")
        assert missing_months(usage, "design") == ()

    def test_an_export_of_the_last_30_days_does_not_tell_of_earlier_ones(self) -> None:
        rolling = covering(file("2026-02-05", "2026-03-06", "2026-03-06"))
        assert known_spans(rolling, "design") == (("2026-02-04", "2026-03-06"),)
        assert not is_known(rolling, "design", "2026-02-03", "2026-03-06")
        longer = covering(file("2026-02-05", "2026-03-06", "2026-03-08"))
        assert known_spans(longer, "design") == (("2026-02-01", "2026-03-06"),)

    def test_missing_months_lie_between_known_ones(self) -> None:
        usage = covering(file("2025-11-03", "2025-11-28"), file("2026-02-02", "2026-02-27"), file(None, None))
        assert missing_months(usage, "design") == ("2025-12", "2026-01")
        assert known_months(usage, "design") == ("2025-11", "2026-02")

    def test_a_token_usage_export_says_nothing_about_seats(self) -> None:
        tokens = file("2026-01-01", "2026-01-31")._replace(kind="token usage")
        usage = covering(tokens, file("2026-02-02", "2026-02-27")._replace(kind="seat usage"))
        assert known_months(usage, "design") == ("2026-02",)
        assert known_months(usage, "design", OF_TOKENS) == ("2026-01",)

    def test_a_report_covers_no_days(self) -> None:
        assert known_spans(covering(file(None, None)), "design") == ()

    def test_products_of_months_and_reports(self) -> None:
        months = (usage_month("2026-06", "design", "AutoCAD", ANA, {2: None}),)
        never = SEAT._replace(product="Maya", last=None, days=0)
        usage = Usage(months, (SEAT, SEAT._replace(product="Revit"), never))
        assert reported_products(usage) == {"AutoCAD", "Revit"}


class TestHashedPeople:
    MASKED = usage_month("2026-05", "design", "AutoCAD", "hash:0a", {1: None, 20: Decimal(2)})

    def test_days_that_are_also_known_by_address_count_once(self) -> None:
        sources = (file("2026-05-10", "2026-05-30"), file("2026-05-01", "2026-05-31", masked=True))
        (left,) = counted_once(Usage((self.MASKED,), (), sources)).months
        assert left == usage_month("2026-05", "design", "AutoCAD", "hash:0a", {1: None})

    def test_exports_of_seats_or_tokens_alone_do_not_replace_them(self) -> None:
        known = file("2026-05-10", "2026-05-30")
        masked = file("2026-05-01", "2026-05-31", masked=True)
        for each in (known._replace(kind="token usage"), known._replace(kind="seat usage"), file(None, None)):
            usage = Usage((self.MASKED,), (), (each, masked))
            assert counted_once(usage) == usage

    def test_days_of_other_teams_and_other_files_stay(self) -> None:
        sources = (
            file("2026-05-10", "2026-05-30", "2026-06-15", "civil"),
            file("2026-05-01", "2026-05-31", masked=True),
        )
        usage = Usage((self.MASKED,), (), sources)
        assert counted_once(usage) == usage

    def test_rows_of_reports_count_once(self) -> None:
        seats = (SEAT, SEAT._replace(person="hash:0a"))
        masked = file(None, None, masked=True)
        assert counted_once(Usage((), seats, (masked,))).seats == seats
        assert counted_once(Usage((), seats, (masked, file(None, None)))).seats == (SEAT,)


class TestMerging:
    def test_the_order_of_files_does_not_matter(self) -> None:
        files: list[tuple[Days, str]] = [
            ({1: Decimal(3), 2: None}, "2026-06-01"),
            ({1: Decimal(4), 2: Decimal(1)}, "2026-06-02"),
            ({1: None, 3: None}, "2026-06-03"),
            ({1: Decimal(5), 4: Decimal(1)}, "2026-06-02"),
        ]
        found = []
        for order in permutations(files):
            merged: MarkedDays = {}
            for days, as_of in order:
                merge_days(merged, days, as_of)
            found.append(merged)
        expected = {
            1: ("2026-06-02", Decimal(5)),
            2: ("2026-06-02", Decimal(1)),
            3: ("", None),
            4: ("2026-06-02", Decimal(1)),
        }
        assert all(each == expected for each in found)

    def test_the_same_again_changes_nothing(self) -> None:
        merged: MarkedDays = {}
        merge_days(merged, {1: Decimal(3), 2: None}, "2026-06-01")
        before = dict(merged)
        merge_days(merged, {1: Decimal(3), 2: None}, "2026-06-01")
        assert merged == before

    def test_changed_days_are_counted(self) -> None:
        before: MarkedDays = {1: ("2026-06-01", Decimal(3)), 2: ("", None)}
        assert count_changed({}, before) == 2
        assert count_changed(before, before) == 0
        assert count_changed(before, {**before, 1: ("2026-06-02", Decimal(3))}) == 0  # only the moment is newer
        assert count_changed(before, {**before, 1: ("2026-06-02", Decimal(4)), 3: ("", None)}) == 2

    def test_the_newer_row_of_a_report_counts(self) -> None:
        newer = SEAT._replace(held=False, as_of="2026-06-02")
        assert merge_seat(SEAT, newer) == merge_seat(newer, SEAT) == newer

    def test_rows_of_one_moment_add_up(self) -> None:
        other = SEAT._replace(held=None, assigned="2026-01-01", last=None, days=12, tokens=Decimal(2), active=False)
        expected = SEAT._replace(assigned="2026-01-01", days=12, tokens=Decimal(2))
        assert merge_seat(SEAT, other) == merge_seat(other, SEAT) == expected
