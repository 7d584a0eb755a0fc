"""The renderers of reports, with a report that has a cell of every type and texts that try to be more."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO

import pytest

from seatsync.finding import Finding, Location, Severity
from seatsync.insight.reports.document import Column, Money, Report, Table
from seatsync.planning.batches import FORMULA_STARTS
from seatsync.reporting.reports.report_data import csv_of, findings_csv, harmless, render_csv, render_json
from seatsync.reporting.reports.report_html import render_html
from seatsync.reporting.reports.report_text import render_text
from seatsync.reporting.terminal import PLAIN
from tests.reporting.any_findings import HOSTILE
from tests.reporting.hostile import OWN
from tests.reporting.test_plan_html import Page
from tests.reporting.workflow_commands import commands

COLUMNS = (
    Column("team", "Team"),
    Column("seats", "Seats", "count"),
    Column("ends", "Ends", "day"),
    Column("month", "Month", "month"),
    Column("tokens", "Tokens", "number"),
    Column("price", "Price", "money"),
    Column("share", "Share", "percent"),
    Column("people", "People", "list"),
)
ROWS = (
    ("design", 12_000, "2026-12-31", "2026-11", Decimal("1234.50"), Money(Decimal("1935.00"), "EUR"), 12, ("a", "b")),
    ("建築", None, "", None, None, None, None, ()),
)
TOTALS = ("Total", 12_000, "", "", Decimal("1234.50"), Money(Decimal("1935.00"), "EUR"), Decimal("0.5"), "")
TABLE = Table("pools", "Pools", COLUMNS, ROWS, TOTALS, "Without the seats of contracts.")
EMPTY = Table("others", "Others", COLUMNS[:2], ())
REPORT = Report(
    "usage", "Usage", "acme", "2026-11-21", "ben@acme.example", ("Two teams.",), (TABLE, EMPTY), (), ("Not shown: x.",)
)


def test_text() -> None:
    assert render_text(REPORT, PLAIN) == (
        "Usage: account acme, 2026-11-21, as ben@acme.example sees it\n"
        "Two teams.\n"
        "\n"
        "Pools\n"
        "Team     Seats  Ends        Month      Tokens         Price  Share  People\n"
        "design  12,000  2026-12-31  2026-11  1,234.50  1,935.00 EUR   12 %  a, b\n"
        "建築         ?              ?               ?             ?      ?\n"
        "Total   12,000                       1,234.50  1,935.00 EUR  0.5 %\n"
        "Without the seats of contracts.\n"
        "\n"
        "Others\n"
        "  (none)\n"
        "\n"
        "note: Not shown: x.\n"
    )


def test_csv_has_two_columns_for_an_amount_and_a_mark_if_it_is_not_ascii() -> None:
    assert render_csv(REPORT, None) == (
        "\ufeffteam,seats,ends,month,tokens,price,price_currency,share,people\n"
        "design,12000,2026-12-31,2026-11,1234.50,1935.00,EUR,12,a; b\n"
        "建築,?,,?,?,?,,?,\n"
    )
    assert render_csv(REPORT, "others") == "team,seats\n"


def test_json() -> None:
    document = json.loads(render_json(REPORT))
    assert document["format"] == "seatsync/report-usage/1"
    assert document["pools"][0] == {
        "team": "design",
        "seats": 12_000,
        "ends": "2026-12-31",
        "month": "2026-11",
        "tokens": "1234.50",
        "price": {"amount": "1935.00", "currency": "EUR"},
        "share": 12,
        "people": ["a", "b"],
    }
    assert document["pools"][1]["price"] is None
    assert document["others"] == []
    assert list(document["totals"]) == ["pools"]
    assert document["notes"] == ["Without the seats of contracts.", "Not shown: x."]


def test_html_has_a_header_for_every_row_and_column() -> None:
    page = Page(render_html(REPORT))
    scopes = [attributes.get("scope") for tag, attributes in page.elements if tag == "th"]
    assert (scopes.count("col"), scopes.count("row")) == (len(COLUMNS), 3)


def unsafe(text: str) -> list[str]:
    """Return the cells of a table that begin a formula, with every separator that spreadsheets use."""
    found = []
    for separator in ",;\t|":
        for row in csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=separator):
            found += [cell for cell in row if cell.strip(' \u200b\u00ad"')[:1] in tuple(FORMULA_STARTS)]
    return found


FORMULAS = [
    "=1+1",
    " =1",
    "\u200b=1",
    "@SUM(A1)",
    "+1",
    "-1",
    "\uff1d1",
    "a;=1",
    "a,=1",
    "\t=1",
    "a|=1",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", [*FORMULAS, *OWN, *HOSTILE])
def test_no_text_is_a_formula_or_a_command(text: str) -> None:
    table = Table("t", text, (Column("a", text), Column("b", text, "list")), ((text, (text, text)),))
    written = csv_of(table)
    assert unsafe(written.partition("\n")[2]) == []
    assert commands(written) == []
    assert commands(render_text(REPORT._replace(title=text, tables=(table,), notes=(text,)), PLAIN)) == []


def test_numbers_are_not_changed_for_spreadsheets() -> None:
    table = Table("t", "T", (Column("a", "A", "number"),), ((Decimal("-1.50"),), (-2,)))
    assert csv_of(table) == "a\n-1.50\n-2\n"


def test_a_formula_gets_an_apostrophe_and_all_else_stays() -> None:
    assert harmless("=1+1") == "'=1+1"
    assert harmless("ben@acme.example, b-c") == "ben@acme.example, b-c"


def test_findings_instead_of_a_report() -> None:
    found = Finding("YAML001", Severity.ERROR, "=no YAML", Location("a.yaml", 3, 4, 3, 5))
    without = Finding("ACCESS002", Severity.WARNING, "nothing", None)
    assert findings_csv([found, without]) == (
        "severity,code,message,file,line,column\nerror,YAML001,'=no YAML,a.yaml,3,4\nwarning,ACCESS002,nothing,,,\n"
    )


def test_columns_with_nothing_in_them_are_for_documents_only() -> None:
    table = Table(
        "t", "T", (Column("a", "A"), Column("b", "B"), Column("c", "C", "count")), (("x", "", None), ("y", "", 1))
    )
    report = REPORT._replace(tables=(table,), notes=())
    assert "A  C\nx  ?\ny  1\n" in render_text(report, PLAIN)
    assert [text for tag, text in Page(render_html(report)).texts if tag == "th"][:2] == ["A", "C"]
    assert csv_of(table) == "a,b,c\nx,,?\ny,,1\n"
    assert json.loads(render_json(report))["t"][0] == {"a": "x", "b": "", "c": None}
