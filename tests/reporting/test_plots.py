"""Plots of reports: what is drawn, only known elements, the same text each time, and pages without the extra."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.insight.reports.document import Column, Money, Plot, Report, Table
from seatsync.reporting.reports import plots
from seatsync.reporting.reports.plots import MISSING, calendar_ticks, drawn, ticks
from seatsync.reporting.reports.report_html import render_html
from tests.reporting.any_findings import HOSTILE
from tests.reporting.hostile import OWN
from tests.reporting.test_plan_html import Page

DAY = "2026-06-15"
DRAWN = {"figure", "figcaption", "ul", "li", "div", "svg", "title", "desc", "g", "rect", "path", "text", "circle"}

MONTHS = Table(
    "months",
    "By month",
    (Column("month", "Month", "month"), Column("held", "Held", "count"), Column("used", "Used", "count")),
    (("2026-05", None, 7), ("2026-06", 12, 9)),
)
BY_MONTH = Plot("bars", "Held and used", "Two bars for each month.", "months", "month", ("held", "used"))
COSTS = Table(
    "costs",
    "Costs",
    (Column("team", "Team"), Column("cost", "Cost", "money")),
    (("design", Money(Decimal("1935.00"), "EUR")), ("sales", None)),
)
BY_TEAM = Plot("bars", "Costs", "A bar for each team.", "costs", "team", ("cost",))
DAYS = Table(
    "days",
    "Days",
    (Column("day", "Day", "day"), Column("product", "Product"), Column("tokens", "Tokens", "number")),
    tuple((f"2026-05-{day:02}", product, Decimal(day)) for day in range(1, 31) for product in ("AutoCAD", "Revit")),
    in_text=False,
)
BY_DAY = Plot("lines", "Tokens", "The tokens of each day.", "days", "day", ("tokens",), "product")
POOLS = Table(
    "pools",
    "Pools",
    (Column("id", "Subscription"), Column("starts", "Starts", "day"), Column("ends", "Ends", "day")),
    (("574-1", "2026-01-01", "2026-12-31"), ("574-2", "2026-07-01", None), ("574-3", "2026-01-01", "2026-03-31")),
)
ENDS = Plot("timeline", "Pools and their ends", "A bar for each pool.", "pools", "id", ("starts", "ends"))
ALL = [(BY_MONTH, MONTHS), (BY_TEAM, COSTS), (BY_DAY, DAYS), (ENDS, POOLS)]


def elements(plot: Plot, table: Table, tag: str) -> list[dict[str, str | None]]:
    page = Page(drawn(plot, table, "x", DAY))
    return [dict(attributes) for name, attributes in page.elements if name == tag]


def bars(plot: Plot, table: Table) -> list[tuple[int, int]]:
    """Return width and height of each bar, in the order of the colours."""
    rects = [each for each in elements(plot, table, "rect") if each.get("class") == "rect reactive tooltip-trigger"]
    return [(round(float(each["width"] or 0)), round(float(each["height"] or 0))) for each in rects]


@pytest.mark.parametrize(("plot", "table"), ALL, ids=lambda each: getattr(each, "kind", ""))
def test_a_plot_has_a_title_a_description_and_only_shapes_and_texts(plot: Plot, table: Table) -> None:
    text = drawn(plot, table, "costs-plot-1", DAY)
    page = Page(text)
    (svg,) = [each for tag, each in page.elements if tag == "svg" and each.get("role") == "img"]
    assert svg["aria-labelledby"] == "costs-plot-1-title costs-plot-1-text"
    assert f'<title id="costs-plot-1-title">{plot.title}</title>' in text
    assert f'<desc id="costs-plot-1-text">{plot.description}</desc>' in text
    assert {tag for tag, _ in page.elements[1:]} <= DRAWN
    assert not {name for _, attributes in page.elements for name in attributes} & {"style", "href", "onclick"}
    assert "pygal" not in text
    assert text == drawn(plot, table, "costs-plot-1", DAY)


def test_the_height_of_a_bar_is_its_value_and_what_is_unknown_has_none() -> None:
    (_, held), (_, seven), (_, nine) = bars(BY_MONTH, MONTHS)
    assert held / nine == pytest.approx(12 / 9, rel=0.02)
    assert seven / nine == pytest.approx(7 / 9, rel=0.02)


def test_bars_of_names_are_horizontal() -> None:
    ((width, height),) = bars(BY_TEAM, COSTS)
    assert width > 10 * height


def test_a_timeline_leaves_out_what_has_no_days_and_tells_what_is_over() -> None:
    found = drawn(ENDS, POOLS, "x", DAY)
    assert ("574-1" in found, "574-2" in found, "574-3" in found) == (True, False, True)
    assert "until 2026-06-15" in found
    past, future = bars(ENDS, POOLS)[-2:]
    days = date(2026, 6, 15) - date(2026, 1, 1), date(2027, 1, 1) - date(2026, 6, 15)
    assert past[0] / future[0] == pytest.approx(days[0] / days[1], rel=0.02)


def test_the_series_have_a_legend() -> None:
    found = drawn(BY_DAY, DAYS, "x", DAY)
    assert found.count('class="swatch') == 2
    assert "AutoCAD</li>" in found


@pytest.mark.parametrize(
    ("plot", "table"),
    [
        (BY_MONTH, MONTHS._replace(rows=())),
        (BY_MONTH, MONTHS._replace(rows=(("2026-05", None, 0),))),
        (ENDS, POOLS._replace(rows=POOLS.rows[1:2])),
    ],
)
def test_nothing_to_show(plot: Plot, table: Table) -> None:
    assert drawn(plot, table, "x", DAY) == ""


@pytest.mark.parametrize("text", [*OWN, *HOSTILE])
def test_no_text_is_more_than_text(text: str) -> None:
    for plot, table in ALL:
        rows = tuple(
            tuple(text if cell in {"design", "AutoCAD", "574-1"} else cell for cell in row) for row in table.rows
        )
        named = table._replace(title=text, rows=rows)
        page = Page(drawn(plot._replace(title=text, description=text), named, "x", DAY))
        assert {tag for tag, _ in page.elements[1:]} <= DRAWN
        assert not {name for _, attributes in page.elements for name in attributes if name.startswith("on")}


def test_without_the_extra_the_page_has_the_tables_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report("usage", "Usage", "acme", DAY, None, (), (MONTHS,), (BY_MONTH,))
    assert MISSING not in render_html(report)
    monkeypatch.setattr(plots, "find_spec", lambda _: None)
    page = render_html(report)
    assert "pip install &#x27;.[plots]&#x27;" in page
    assert "<svg" not in page
    assert "2026-05" in page
    assert MISSING not in render_html(report._replace(plots=()))


def test_long_tables_are_folded() -> None:
    page = render_html(Report("usage", "Usage", "acme", DAY, None, (), (DAYS,)))
    few = DAYS._replace(rows=DAYS.rows[:9])
    assert "<details>" not in render_html(Report("usage", "Usage", "acme", DAY, None, (), (few,)))
    assert "<summary>All data: 60 rows</summary>" in page


@given(st.floats(min_value=1e-4, max_value=1e13))
def test_an_axis_has_few_round_values_and_reaches_the_highest(highest: float) -> None:
    found = ticks(highest)
    assert found[0] == 0
    assert found[-1] >= highest * (1 - 1e-9)
    assert 2 <= len(found) <= 7
    assert highest < 1 or all(value == int(value) for value in found)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 20_000))
def test_a_time_axis_has_few_first_days(begin: date, days: int) -> None:
    found = calendar_ticks(begin.toordinal(), begin.toordinal() + days)
    assert len(found) <= 9
    assert all(text.endswith("-01") and begin.toordinal() <= at <= begin.toordinal() + days for at, text in found)
    assert found or days < 31


def test_the_library_leaves_no_hook_for_imports() -> None:
    assert drawn(BY_TEAM, COSTS, "x", DAY)
    assert [finder for finder in sys.meta_path if type(finder).__module__.startswith("pygal")] == []
