"""The page of a report in Chromium: checked by axe-core in light, dark and narrow, with plots of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seatsync.account.unknowns import Seen
from seatsync.fleet.declared_fleet import FleetAccount
from seatsync.fleet.seen import AccountSeen, FleetStatus
from seatsync.fleet.work_records import Work
from seatsync.insight.reports.document import Report
from seatsync.reporting import fleet_status
from seatsync.reporting.reports.report_html import render_html, render_index
from tests.browser.tools import look
from tests.reporting.test_any_report import REPORT
from tests.reporting.test_plots import ALL, COSTS, DAY

_HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
_TABLES = tuple(table for _, table in ALL)
EVERYTHING = Report(
    "usage",
    "Usage",
    "acme",
    DAY,
    "ben@acme.example",
    ("Two sentences.", "9 of 10 seats held now were used."),
    (*_TABLES, *(table._replace(key=f"other_{table.key}", title=f"Other: {table.title}") for table in REPORT.tables)),
    tuple(plot for plot, _ in ALL),
    ("Not shown to ben@acme.example: team sales.",),
)
_LINKS = (("index.html", "All reports"), ("usage.html", "Usage"))


def hostile() -> str:
    rows = ((_HOSTILE, COSTS.rows[0][1]), *COSTS.rows[1:])
    table = COSTS._replace(title=_HOSTILE, note=_HOSTILE, rows=rows)
    plots = (ALL[1][0]._replace(title=_HOSTILE, description=_HOSTILE),)
    return render_html(Report("cost", _HOSTILE, _HOSTILE, DAY, _HOSTILE, (_HOSTILE,), (table,), plots, (_HOSTILE,)))


NOON = f"{DAY}T12:00:00Z"
FLEET = FleetStatus(
    "customers",
    DAY,
    30,
    (
        AccountSeen(FleetAccount("acme", "acme"), 12, (Seen("users export", NOON),), NOON, 2, 1, 0),
        AccountSeen(FleetAccount("bolt", "bolt"), 3, (), "", 0, None, 1, unknown=(("drift", "nothing was applied"),)),
        AccountSeen(FleetAccount(_HOSTILE, "c"), unknown=(("serial", _HOSTILE),), error=_HOSTILE),
        AccountSeen(FleetAccount("dent", "d"), 1, (), NOON, 0, 0, 0, (Work("apply", "k", "waiting", NOON),)),
    ),
)

PAGES: dict[str, Callable[[], str]] = {
    "everything": lambda: render_html(EVERYTHING, _LINKS),
    "nothing": lambda: render_html(Report("usage", "Usage", "acme", DAY, None, (), (REPORT.tables[1],))),
    "hostile": hostile,
    "fleet": lambda: fleet_status.render_html(FLEET),
    "index": lambda: render_index([EVERYTHING, EVERYTHING._replace(name="cost", title="Cost")]),
}


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Open all pages in one browser; the tests read its observations."""
    folder = tmp_path_factory.mktemp("pages")
    pages = []
    for name, make in PAGES.items():
        file = folder / f"{name}.html"
        file.write_text(make(), encoding="utf-8")
        pages.append({"name": name, "file": str(file)})
    return {page["name"]: page for page in look({"pages": pages}, folder)["pages"]}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wrong_and_nothing_is_asked_for(name: str, seen: dict[str, Any]) -> None:
    page = seen[name]
    assert list(page["violations"]) == ["light wide", "dark wide", "light narrow"]
    assert {where: found for where, found in page["violations"].items() if found} == {}
    assert page["errors"] == []
    assert page["requests"] == []


@pytest.mark.parametrize("name", PAGES)
def test_narrow_pages_do_not_scroll_sideways(name: str, seen: dict[str, Any]) -> None:
    assert seen[name]["overflow"] <= 0


def test_names_are_shown_as_they_are(seen: dict[str, Any]) -> None:
    assert seen["hostile"]["text"].count(_HOSTILE) >= 6
