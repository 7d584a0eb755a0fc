"""`seatsync fleet report`: the report of every account in the same tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seatsync.cli.groups import REPORTS
from seatsync.commands.fleet.report import run as command
from seatsync.insight.reports.document import Column, Report, Table
from seatsync.reporting.reports.fleet_report import AccountReport, merged
from tests.commands.fleets import TODAY, small_fleet, whole_fleet
from tests.commands.running import Run, replace_in
from tests.documents import checked


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_AT", TODAY)


@pytest.fixture(name="priced")
def _priced(folder: Path) -> Path:
    """Return a fleet of two accounts, in one of which a subscription has a price."""
    small_fleet(folder)
    price = "seats: 3, price: {amount: 100.50, currency: EUR, per: year}"
    replace_in(folder / "customers/bolt/subscriptions.yaml", "seats: 3", price)
    return folder


COST = """\
Cost per year: fleet {fleet}, 2026-06-15
2 accounts.

Account  Team      Assigned  Not assigned  Not allocated    Per year
bolt     design  201.00 EUR    100.50 EUR       0.00 EUR  301.50 EUR

note: acme: Without a price, and so without a cost: 574-1.
"""


def test_cost(priced: Path, run: Run) -> None:
    assert run("fleet", "report", "cost") == 0
    assert run.said == (COST.format(fleet=priced.name), "")


def test_rows_are_those_of_the_single_reports(priced: Path, run: Run) -> None:
    for name in set(REPORTS) - {"all"}:
        assert run("fleet", "report", name, "--format", "json") == 0
        found = checked(run.out, "fleet-report")
        for account in ("acme", "bolt"):
            assert run("-C", str(priced / "customers" / account), "report", name, "--format", "json") == 0
            single = json.loads(run.out)
            for key, rows in found["tables"].items():
                mine = [without(row) for row in rows if row["account"] == account]
                if key != "accounts":
                    assert mine == single.get(key, [])
            [row] = [each for each in found["tables"]["accounts"] if each["account"] == account]
            assert row == {"account": account, "day": single["day"], "summary": single["summary"], "error": ""}
            assert {note.partition(": ")[2] for note in found["notes"]} >= set(single["notes"])


def without(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as the report on one account has it."""
    assert row["error"] == ""
    return {key: value for key, value in row.items() if key not in {"account", "error"}}


def test_every_report_is_offered() -> None:
    [name] = [each for each in command.params if each.name == "name"]
    assert set(name.type.choices) == set(REPORTS) - {"all"}  # type: ignore[attr-defined]  # it is a choice


def test_options_of_the_reports(priced: Path, run: Run) -> None:
    assert run("fleet", "report", "usage", "--by", "person", "--months", "2", "--select", "acme") == 0
    assert "Usage by person" in run.out
    assert run("fleet", "report", "reclaim", "--days", "30", "--format", "csv", "--table", "not_eligible") == 0
    assert run.out.splitlines()[0].startswith("account,person,")
    assert run("fleet", "report", "cost", "--months", "2") == 1
    assert run.err == "seatsync: --months: report cost has no such option\n"
    assert run("fleet", "report", "cost", "--table", "cost") == 1
    assert run.err == "seatsync: --table is for the format csv; add `--format csv`\n"
    assert run("fleet", "report", "cost", "--format", "csv", "--table", "x") == 1
    assert run.err.startswith("seatsync: --table x: this report has cost, ")


def test_failures_are_rows_of_their_own(folder: Path, run: Run) -> None:
    whole_fleet(folder)
    assert run("fleet", "report", "contracts", "--select", "[aef]*", "--format", "csv", "--log-format", "json") == 1
    files, store = (
        "users.yaml:1:1: SCHEMA001 unknown key 'usres' in the file; did you mean 'users'?",
        "sqlite:///account.db: there is no account here; create one with `seatsync account create`",
    )
    assert run.out.splitlines()[1:] == [
        "acme,574-1,design,AutoCAD,3,,2,1,2026-01-01,2027-12-31,564,2028-01-01,ends,",
        f"errs{',?' * 12},{files}",
        f"fail{',?' * 12},{store}",
    ]
    records = [json.loads(line) for line in run.err.splitlines()]
    assert [(each["account"], each["verb"], each["event"], each["error"]) for each in records] == [
        ("acme", "report contracts", "read", None),
        ("errs", "report contracts", "failed", files),
        ("fail", "report contracts", "failed", store),
    ]
    assert run("fleet", "report", "usage", "--select", "errs") == 0, "usage does not need the files"


def test_nothing_but_failures(folder: Path, run: Run) -> None:
    whole_fleet(folder)
    assert run("fleet", "report", "cost", "--select", "fail") == 1
    assert run.out == (
        f"Cost: fleet {folder.name}, 2026-06-15\n1 account: 1 cannot be read.\n\n"
        "Account  Why unknown\n"
        "fail     sqlite:///account.db: there is no account here; create one with `seatsync account create`\n"
    )


def test_columns_of_only_some_accounts() -> None:
    one = Table("t", "T", (Column("a", "A"), Column("b", "B", "count")), (("x", 1),), totals=("", 1), note="A note.")
    columns = (Column("a", "A"), Column("c", "C", "count"))
    other = Table("t", "T", columns, (("y", None),), note="A note.", in_text=False)
    reports = [Report("n", "N", name, TODAY, None, (), (table,)) for name, table in (("p", one), ("q", other))]
    found = [AccountReport("p", reports[0]), AccountReport("q", reports[1]), AccountReport("r", None, "gone")]
    report = merged("n", "all", TODAY, found)
    table = report.table("t")
    assert [column.key for column in table.columns] == ["account", "a", "b", "c", "error"]
    assert table.rows == (("p", "x", 1, "", ""), ("q", "y", "", None, ""), ("r", None, None, None, "gone"))
    assert (table.totals, table.in_text, table.note) == (None, False, "")
    assert report.notes == ("p, q: A note.",)
