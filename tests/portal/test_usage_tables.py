"""Reading usage exports and usage reports: all generations, and everything that may be wrong in a cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import pytest

from seatsync.account.usage import Days, MonthKey, SeatUse, UsageFile
from seatsync.finding import Finding
from seatsync.portal.observation import Observation
from seatsync.portal.sources.exports import Exports
from tests.portal.generations import USAGE_REPORT, USED
from tests.portal.written_exports import HAS_XLSX

DAY = "2026-08-15"
ANA, BEN, DEE = (f"{name}@acme.example" for name in ("ana", "ben", "dee"))
HASH = "ab" * 20
G0 = (
    "access_option,autodesk_id,day_used,email,first_name,last_name,hashed_autodesk_id,offering_name,product_name,"
    "team_alias,version\n"
)
TITLES = "Access option,Day used,hashed_autodesk_id,offering_name,product_name,Team,autodesk_id,Email,First name\n"
G2 = "access_option,day_used,email,hashed_autodesk_id,offering_name,product_name,team_alias,tokens_used,version\n"


SOMEWHERE = -1
LATEST = f"is after today ({DAY})"


def read(folder: Path, *teams: str, until: str = DAY, **files: str) -> tuple[list[Observation], list[Finding]]:
    for name, text in files.items():
        (folder / f"{name}-{DAY}.csv").write_text(text, encoding="utf-8")
    return Exports(folder, "exports", known_teams=teams, usage_until=until).observe()


def usage(folder: Path, text: str, *teams: str) -> UsageFile:
    (observation,), findings = read(folder, *teams, usage=text)
    assert [each.code for each in findings if each.code != "SOURCE003"] == []
    assert observation.usage is not None
    return observation.usage.file


def problems(folder: Path, text: str, *teams: str) -> list[tuple[str, int, int]]:
    observations, findings = read(folder, *teams, usage=text)
    assert observations == []
    assert {each.code for each in findings} == {"SOURCE001"}
    return [(each.message, each.location.line, each.location.column) for each in findings if each.location is not None]


def row(
    day: str = "2026-08-01", tokens: str = "", email: str = ANA, product: str = "AutoCAD", team: str = "design"
) -> str:
    return f'Subscription,{day},{email},{HASH},{product},Part,{team},"{tokens}",2026\n'


class TestDays:
    @pytest.mark.parametrize(
        ("header", "cells", "kind"),
        [
            (G2, f"Subscription,2026-08-01,{ANA},{HASH},AutoCAD,AutoCAD,design,,2026", "usage"),
            (
                G0,
                f"Subscription,ID1,2026-08-01,{ANA},Ana,Silva,{HASH},AutoCAD,AutoCAD,design,2026",
                "usage",
            ),
            (
                TITLES,
                f"Subscription,2026-08-01,{HASH},AutoCAD,AutoCAD,design,ID1,{ANA},Ana",
                "usage",
            ),
            (
                "Day used,Email,First name,Last name,Product,Team\n",
                f"2026-08-01,{ANA},Ana,,AutoCAD,design",
                "seat usage",
            ),
            (
                "Day used,Email,Feature,First name,Last name,Product,Team,Tokens used\n",
                f"2026-08-01T10:00:00Z,{ANA},,Ana,,AutoCAD,design,",
                "token usage",
            ),
        ],
    )
    def test_all_generations(self, tmp_path: Path, header: str, cells: str, kind: str) -> None:
        found = usage(tmp_path, header + cells + "\n")
        assert found.days == {("2026-08", "design", "AutoCAD", ANA): {1: None}}
        source = found.source
        assert (source.kind, source.first, source.last, source.teams) == (kind, "2026-08-01", "2026-08-01", ("design",))
        assert (source.as_of, source.rows, source.masked) == (DAY, 1, ())

    def test_rows_of_a_day_add_up(self, tmp_path: Path) -> None:
        rows = [row(tokens=each) for each in ("", "0,5", "0,5", "1.25", "0")]
        found = usage(tmp_path, G2 + "".join(rows) + row("2026-07-31", "3", "Ana@Acme.example") + row("2026-07-30"))
        expected: dict[MonthKey, Days] = {
            ("2026-08", "design", "AutoCAD", ANA): {1: Decimal("2.25")},
            ("2026-07", "design", "AutoCAD", ANA): {31: Decimal(3), 30: None},
        }
        assert found.days == expected
        assert found.source.rows == 7

    def test_a_masked_person_is_known_by_the_hash(self, tmp_path: Path) -> None:
        found = usage(tmp_path, G2 + row(email="*****") + row("2026-08-02", email="") + row(email=ANA, team="civil"))
        assert found.days == {
            ("2026-08", "design", "AutoCAD", f"hash:{HASH}"): {1: None, 2: None},
            ("2026-08", "civil", "AutoCAD", ANA): {1: None},
        }
        assert found.source.masked == ("design",)

    def test_exports_without_any_personal_data(self, tmp_path: Path) -> None:
        header = "Access option,Day used,hashed_autodesk_id,offering_name,Team\n"
        found = usage(tmp_path, f"{header}Flex,2026-08-01,{HASH.upper()},AutoCAD,design\n")
        assert found.days == {("2026-08", "design", "AutoCAD", f"hash:{HASH}"): {1: None}}

    def test_the_product_of_a_row_without_an_offering(self, tmp_path: Path) -> None:
        assert list(usage(tmp_path, G2 + row(product="")).days) == [("2026-08", "design", "Part", ANA)]

    def test_the_only_team_of_an_export_without_teams(self, tmp_path: Path) -> None:
        text = f"Day used,Email,Product\n2026-08-01,{ANA},AutoCAD\n"
        assert usage(tmp_path, text, "design").source.teams == ("design",)
        ((message, line, column),) = problems(tmp_path, text, "design", "civil")
        assert (message, line, column) == ("it is unclear which team this usage belongs to", 2, 29)

    def test_a_team_may_be_missing_in_a_row(self, tmp_path: Path) -> None:
        assert usage(tmp_path, G2 + row(team="") + row()).source.teams == ("", "design")

    def test_a_file_whose_name_has_two_days_covers_those_between(self, tmp_path: Path) -> None:
        path = tmp_path / "usage-2026-07-01-to-2026-07-31.csv"
        path.write_text(G2 + row("2026-07-20"), encoding="utf-8")
        (found,), _ = Exports(tmp_path, "exports", usage_until=DAY).observe()
        assert found.usage is not None
        assert found.usage.file.source[4:6] == ("2026-07-01", "2026-07-31")
        path.write_text(G2 + row("2026-07-20") + row("2026-06-30"), encoding="utf-8")
        (found,), _ = Exports(tmp_path, "exports", usage_until=DAY).observe()
        assert found.usage is not None
        assert found.usage.file.source[4:6] == ("2026-06-30", "2026-07-20")  # the name is wrong, the rows are not

    def test_a_report_whose_name_has_two_days_is_as_of_the_second(self, tmp_path: Path) -> None:
        cells = f"0a,Ana,Silva,{ANA},,design,,AutoCAD,2026,assigned,2024-05-10,,active,9,Subscription,4,1,0,2026-03-20"
        path = tmp_path / "usage-report-2026-01-01-to-2026-03-31.csv"
        path.write_text(f"{USAGE_REPORT}{cells}\n", encoding="utf-8")
        (found,), _ = Exports(tmp_path, "exports", usage_until=DAY).observe()
        assert found.usage is not None
        assert [each.as_of for each in found.usage.file.seats.values()] == ["2026-03-31"]
        assert found.usage.file.source.as_of == "2026-03-31"

    def test_a_file_without_rows(self, tmp_path: Path) -> None:
        source = usage(tmp_path, G2).source
        assert (source.first, source.last, source.teams, source.rows) == (None, None, (), 0)

    def test_usage_is_only_read_if_it_is_wanted(self, tmp_path: Path) -> None:
        (tmp_path / "usage.csv").write_text(G2 + row(tokens="-1"), encoding="utf-8")
        (observation,), findings = Exports(tmp_path, "exports").observe()
        assert (observation.usage, findings) == (None, [])

    def test_where_people_and_teams_are_named_first(self, tmp_path: Path) -> None:
        (observation,), _ = read(tmp_path, usage=G2 + row() + row(email=BEN, team="civil") + row(email=BEN))
        assert observation.usage is not None
        lines = [{name: at.location.line for name, at in each.items()} for each in observation.usage[1:]]
        assert lines == [{ANA: 2, BEN: 3}, {"design": 2, "civil": 3}]


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        (row("yesterday"), "'yesterday' is not a day like 2026-07-29", 14),
        (row("2026-02-30"), "'2026-02-30' is not a day like 2026-07-29", 14),
        (row("29.07.2026"), "'29.07.2026' is not a day like 2026-07-29", 14),
        (row(" "), "the day is missing", 14),
        (row("2026-08-16"), f"2026-08-16 {LATEST}", 14),
        (row("1899-12-31"), "1899-12-31 is not a plausible day", 14),
        (row(tokens="-0,5"), "'-0,5' is negative", SOMEWHERE),
        (row(tokens="NaN"), "'NaN' is not a number", SOMEWHERE),
        (row(tokens="inf"), "'inf' is not a number", SOMEWHERE),
        (row(tokens="1e3"), "'1e3' is not a number", SOMEWHERE),
        (row(tokens="1,5E+9"), "'1,5E+9' is a number that a spreadsheet has shortened", SOMEWHERE),
        (row(tokens="1,234"), "'1,234' may be 1.234 or 1234", SOMEWHERE),
        (row(tokens="1000000001"), "'1000000001' is more than 1,000,000,000", SOMEWHERE),
        (row(tokens="9" * 40), f"'{'9' * 40}' is not a number", SOMEWHERE),
        (row(email="ana"), "'ana' is not an e-mail address", 25),
        (row(product="x" * 300), "offering_name has 300 characters, and seatsync takes at most 256", SOMEWHERE),
        (
            "Flex,2026-08-01,*****,*****,AutoCAD,,design,,\n",
            "neither an e-mail address nor a hash tells whose row this is",
            17,
        ),
        (f"Flex,2026-08-01,{ANA},{HASH},,,design,,\n", "the product is missing", 75),
    ],
    ids=str,
)
def test_a_cell_that_is_wrong_is_at_its_place(tmp_path: Path, text: str, message: str, column: int) -> None:
    ((said, line, found),) = problems(tmp_path, G2 + row() + text + row("2026-08-02"))
    assert (said, line) == (message, 3)
    assert column in (found, SOMEWHERE)


def test_every_wrong_row_is_reported_up_to_a_limit(tmp_path: Path) -> None:
    found = problems(tmp_path, G2 + row(tokens="-1") * 1500)
    assert len(found) == 1001
    assert found[-1][0] == "the file has more than 1000 problems, and is not read any further"


REPORT_ROW = (
    f"{HASH},Ana,Silva,{ANA},ID1,design,%(group)s,AutoCAD,%(version)s,%(held)s,%(assigned)s,%(unassigned)s,"
    '%(activity)s,,Subscription,%(days)s,"%(average)s",%(tokens)s,%(last)s\n'
)
USUAL = {
    "group": "",
    "version": "2026",
    "held": "assigned",
    "assigned": "2026-01-10T21:20:32Z",
    "unassigned": "",
    "activity": "active",
    "days": "4",
    "average": "2,5",
    "tokens": "1.5",
    "last": "2026-08-09",
}


def reported(folder: Path, *rows: dict[str, str]) -> SeatUse:
    found = usage(folder, USAGE_REPORT + "".join(REPORT_ROW % {**USUAL, **each} for each in rows))
    ((key, seat),) = found.seats.items()
    assert key == seat[:3] == ("design", "AutoCAD", ANA)
    assert (found.days, found.source.kind, found.source.first) == ({}, "usage report", None)
    return seat


class TestReports:
    SEAT = SeatUse(
        "design", "AutoCAD", ANA, held=True, assigned="2026-01-10", unassigned=None, last="2026-08-09", days=4,
        tokens=Decimal("1.5"), active=True, as_of=DAY,
    )  # fmt: skip

    def test_a_row(self, tmp_path: Path) -> None:
        assert reported(tmp_path, {}) == self.SEAT

    def test_a_real_header_and_its_rows(self, tmp_path: Path) -> None:
        found = usage(tmp_path, USAGE_REPORT + USED).seats
        dee, ben = found["design", "AutoCAD", DEE], found["design", "Civil 3D", BEN]
        assert (dee.held, dee.assigned, dee.last, dee.days, dee.active) == (True, "2024-05-10", "2026-07-29", 49, True)
        assert (ben.held, ben.unassigned, ben.last, ben.days, ben.active) == (False, "2024-05-10", None, 0, True)

    def test_the_titles_of_the_second_generation(self, tmp_path: Path) -> None:
        text = (
            "Access option,Assigned date,Days inactive,Days used,Email,First name,Group,Last accessed,Last name,"
            "Monthly average,Product,Seat assignment,Team,Tokens used,Unassigned date,User activity,Version\n"
            f"Subscription,2026-01-10,6,4,{ANA},Ana,,2026-08-09,Silva,2.5,AutoCAD,assigned,design,1.50,,active,2026\n"
        )
        assert list(usage(tmp_path, text).seats.values()) == [self.SEAT]

    def test_rows_of_groups_repeat_the_numbers(self, tmp_path: Path) -> None:
        assert reported(tmp_path, {"group": "cad"}, {"group": "all"}, {}) == self.SEAT

    def test_versions_add_up_in_tokens_alone(self, tmp_path: Path) -> None:
        older = {"version": "2025", "days": "9", "tokens": "2", "last": "2026-03-01", "assigned": "2025-12-01"}
        assert reported(tmp_path, {}, older) == self.SEAT._replace(days=9, tokens=Decimal("3.5"), assigned="2025-12-01")

    def test_a_version_that_is_not_held_any_more(self, tmp_path: Path) -> None:
        gone = {
            "version": "2025",
            "held": "unassigned",
            "unassigned": "2026-02-01",
            "tokens": "",
            "activity": "inactive",
        }
        assert reported(tmp_path, gone, {}) == reported(tmp_path, {}, gone) == self.SEAT

    def test_what_is_not_told_is_unknown(self, tmp_path: Path) -> None:
        empty = {"held": "", "assigned": "", "activity": "", "days": "", "average": "", "tokens": "", "last": ""}
        assert reported(tmp_path, empty) == SeatUse(
            "design", "AutoCAD", ANA, held=None, assigned=None, unassigned=None, last=None, days=None, tokens=None,
            active=None, as_of=DAY,
        )  # fmt: skip

    def test_unknown_words_are_left_open(self, tmp_path: Path) -> None:
        text = USAGE_REPORT + 2 * (REPORT_ROW % {**USUAL, "held": "reserved", "activity": "dormant"})
        (observation,), findings = read(tmp_path, usage=text)
        assert observation.usage is not None
        (seat,) = observation.usage.file.seats.values()
        assert (seat.held, seat.active, seat.assigned) == (None, None, None)
        assert [(each.code, each.message, each.location and each.location.line) for each in findings] == [
            ("SOURCE006", "unknown assignment 'reserved'; it is left open", 2),
            ("SOURCE006", "unknown activity 'dormant'; it is left open", 2),
        ]

    def test_masked_people_are_counted_by_their_hash(self, tmp_path: Path) -> None:
        text = USAGE_REPORT + (REPORT_ROW % USUAL).replace(ANA, "*****").replace("Ana,Silva", "*****,*****")
        (observation,), findings = read(tmp_path, usage=text)
        assert observation.usage is not None
        assert list(observation.usage.file.seats) == [("design", "AutoCAD", f"hash:{HASH}")]
        assert (observation.facts, observation.usage.file.source.masked) == ({}, ("design",))
        assert [each.code for each in findings] == ["SOURCE003"]

    @pytest.mark.parametrize(
        ("cells", "message"),
        [
            ({"days": "-4"}, "'-4' is negative"),
            ({"days": "367"}, "'367' is more than 366"),
            ({"days": "4.5"}, "'4.5' is not a number of days"),
            ({"average": "-1"}, "'-1' is negative"),
            ({"average": "31,5"}, "'31,5' is more than 31"),
            ({"tokens": "many"}, "'many' is not a number"),
            ({"last": "2026-09-01"}, f"2026-09-01 {LATEST}"),
            ({"assigned": "soon"}, "'soon' is not a day like 2026-07-29"),
            ({"unassigned": "2027-01-01"}, f"2027-01-01 {LATEST}"),
        ],
        ids=str,
    )  # fmt: skip
    def test_cells_that_are_wrong(self, tmp_path: Path, cells: dict[str, str], message: str) -> None:
        ((said, line, _),) = problems(tmp_path, USAGE_REPORT + REPORT_ROW % {**USUAL, **cells})
        assert (said, line) == (message, 2)


Build = Callable[[str], bytes]


@pytest.mark.parametrize(
    "build",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: ("sep=;\n" + text.replace(",", ";")).encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace("\n", ",\n").encode() + b",,,,,,,,,\n",
    ],
)
def test_formats_of_files(tmp_path: Path, build: Build) -> None:
    (tmp_path / f"usage-{DAY}.csv").write_bytes(build(G2 + row(tokens="7")))
    (observation,), findings = Exports(tmp_path, "exports", usage_until=DAY).observe()
    assert observation.usage is not None
    assert findings == []
    assert observation.usage.file.days == {("2026-08", "design", "AutoCAD", ANA): {1: Decimal(7)}}


class TestAFileThatWasCut:
    HEADER = "day_used,email,offering_name,team_alias,version,tokens_used\n"
    ROW = f"2026-08-01,{ANA},AutoCAD,design,2026,"

    def test_within_the_tokens(self, tmp_path: Path) -> None:
        ((message, line, column),) = problems(tmp_path, f"{self.HEADER}{self.ROW}7\n{self.ROW}1")
        assert message == "the file ends without a line break in a cell '1', which may be only half of it"
        assert (line, column) == (3, 49)

    def test_another_row_ends_so(self, tmp_path: Path) -> None:
        (days,) = usage(tmp_path, f"{self.HEADER}{self.ROW}7\n{self.ROW}7").days.values()
        assert days == {1: Decimal(14)}

    def test_in_what_does_not_matter(self, tmp_path: Path) -> None:
        assert usage(tmp_path, (G2 + row()).removesuffix("26\n")).source.rows == 1

    def test_the_last_day_of_a_report(self, tmp_path: Path) -> None:
        whole = (USAGE_REPORT + REPORT_ROW % USUAL).removesuffix("\n")
        assert len(usage(tmp_path, whole).seats) == 1
        assert problems(tmp_path, whole[:-1])[0][0] == "'2026-08-0' is not a day like 2026-07-29"


@pytest.mark.skipif(not HAS_XLSX, reason="needs openpyxl")
def test_a_workbook_with_a_sheet_of_filters(tmp_path: Path) -> None:
    openpyxl = import_module("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Filters", "30 days"])
    sheet = book.create_sheet("Usage")
    sheet.append(G2.strip().split(","))
    sheet.append(["Flex", date(2026, 8, 1), ANA, HASH, "AutoCAD", "AutoCAD", "design", 0.5, 2026])
    sheet.append(["Flex", datetime(2026, 8, 2, 9, 30), ANA, HASH, "AutoCAD", "AutoCAD", "design", 7, 2026])  # noqa: DTZ001 - as in workbooks
    book.save(tmp_path / f"usage-{DAY}.xlsx")
    (observation,), findings = Exports(tmp_path, "exports", usage_until=DAY).observe()
    assert observation.usage is not None
    assert findings == []
    assert observation.usage.file.days == {("2026-08", "design", "AutoCAD", ANA): {1: Decimal("0.5"), 2: Decimal(7)}}
