"""Plots of reports as SVG inside of pages, drawn by pygal, of which only shapes, texts and classes are kept.

Colours are those of the page, in `findings/page/report.css`: so they hold in dark and in print, and the page allows no
other styles. The same table gives the same text.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from seatsync.insight.reports.document import Cell, Money, Plot, Table
from seatsync.reporting.escape import shown, visible
from seatsync.reporting.reports.cells import text_of

MISSING = "The plots of this report need the extra `plots`; in a clone of seatsync: pip install '.[plots]'."

_WIDTH, _HEIGHT, _BAR, _AXIS = 960, 320, 30, 60
"""Size of a plot; of a timeline, the height of a bar and of the rest."""
_MOST_BARS = 40
_CHARACTERS = 100
"""Characters of all labels along an axis together."""
_LONGEST = 36
_TICKS = 6
_KEPT = {
    "g": ("class", "transform"),
    "rect": ("class", "x", "y", "width", "height"),
    "path": ("class", "d"),
    "text": ("class", "x", "y"),
    "circle": ("class", "cx", "cy", "r"),
}
"""Elements and attributes that are kept."""
_DROPPED = frozenset({"plot overlay", "plot text-overlay", "plot tooltip-overlay"})
_FRACTION = re.compile(r"-?\d+\.\d+")


class Line(NamedTuple):
    """The values of one line, or of one bar for each label; None is a gap."""

    title: str
    values: tuple[float | None, ...]


def can_draw() -> bool:
    """Return True if the extra `plots` is installed."""
    return find_spec("pygal") is not None


def drawn(plot: Plot, table: Table, name: str, day: str) -> str:
    """Return a plot with its legend; nothing if there is nothing to show. `name` is unique on the page.

    `day` is that of the report: a timeline shows what is over then in another colour.
    """
    if plot.currency is not None:
        table = table._replace(rows=tuple(row for row in table.rows if _is_in(plot.currency, row)))
    chart = _timeline(plot, table, day) if plot.kind == "timeline" else _chart(plot, table)
    if chart is None:
        return ""
    title = shown(plot.title)
    svg = (
        f'<svg class="plot {plot.kind}" role="img" aria-labelledby="{name}-title {name}-text"'
        f' viewBox="0 0 {_WIDTH} {chart.height}"><title id="{name}-title">{title}</title>'
        f'<desc id="{name}-text">{shown(plot.description)}</desc>{"".join(_kept(chart.drawing.render_tree()))}</svg>'
    )
    scrolled = f'<div class="wide" tabindex="0" role="group" aria-label="{title}, plot">{svg}</div>\n'
    caption = f"<figcaption>{title}</figcaption>\n" if plot.title != table.title else ""
    return f"<figure>\n{caption}{_legend(plot, chart)}{scrolled}</figure>\n"


def _is_in(currency: str, row: tuple[Cell, ...]) -> bool:
    return all(cell.currency == currency for cell in row if isinstance(cell, Money))


class _Chart(NamedTuple):
    """A chart of pygal with its height, and the titles in its legend by the number of their colour."""

    drawing: Any
    height: int
    titles: dict[int, str]


def _legend(plot: Plot, chart: _Chart) -> str:
    if len(chart.titles) < 2 and plot.series is None:  # noqa: PLR2004 - one bar needs no name beside the title
        return ""
    swatch = f'<svg class="swatch {plot.kind}" viewBox="0 0 12 12" aria-hidden="true">'
    items = "".join(
        f'<li>{swatch}<rect class="color-{number}" width="12" height="12"/></svg> {shown(title)}</li>'
        for number, title in chart.titles.items()
    )
    return f'<ul class="legend">{items}</ul>\n'


def _chart(plot: Plot, table: Table) -> _Chart | None:
    """Return lines, bars by time, or horizontal bars by name; None without any number."""
    labels, lines = _lines(plot, table)
    is_horizontal = plot.kind == "bars" and table.columns[table.column(plot.x)].kind == "text"
    if is_horizontal:  # drawn from below
        labels = labels[:_MOST_BARS][::-1]
        lines = [Line(line.title, line.values[:_MOST_BARS][::-1]) for line in lines]
    if not any(value for line in lines for value in line.values):
        return None
    stacked = "" if plot.series is None else "Stacked"
    kind = f"{'Horizontal' if is_horizontal else ''}{stacked}{'Line' if plot.kind == 'lines' else 'Bar'}"
    height = len(labels) * (_BAR if stacked else _BAR * len(lines)) + _AXIS if is_horizontal else _HEIGHT
    drawing = _new(kind, height, fill=bool(stacked), show_dots=False)
    drawing.x_labels = [_label(label) for label in labels]
    step = -(-len(labels) * max(map(len, drawing.x_labels)) // _CHARACTERS)
    if step > 1 and not is_horizontal:
        drawing.show_minor_x_labels = False
        drawing.x_labels_major = drawing.x_labels[::step]
    stacks = zip(*(line.values for line in lines), strict=True)
    add = sum if stacked else max
    drawing.y_labels = ticks(max(add([value or 0 for value in stack]) for stack in stacks))
    drawing.range = (0, drawing.y_labels[-1])
    for line in lines:
        drawing.add("", line.values)
    return _Chart(drawing, height, dict(enumerate(line.title for line in lines)))


def _timeline(plot: Plot, table: Table, day: str) -> _Chart | None:
    """Return bars from day to day, each with a part before the day of the report and one from it on."""
    at, first, last = (table.column(key) for key in (plot.x, *plot.y))
    spans: list[tuple[str, int, int]] = []
    for row in table.rows:
        begins, ends = _ordinal(row[first]), _ordinal(row[last])
        if begins is not None and ends is not None and len(spans) < _MOST_BARS:
            spans.append((_label(text_of(row[at], table.columns[at].kind)), begins, ends + 1))
    if not spans:
        return None
    height, today = len(spans) * _BAR + _AXIS, date.fromisoformat(day).toordinal()
    begin, end = min(a for _, a, _ in spans), max(b for _, _, b in spans)
    spans.reverse()  # drawn from below
    drawing = _new("HorizontalStackedBar", height)
    drawing.x_labels = [label for label, _, _ in spans]
    drawing.y_labels = [{"value": at - begin, "label": label} for at, label in calendar_ticks(begin, end)]
    drawing.range = (0, end - begin)
    drawing.add("", [a - begin for _, a, _ in spans])
    drawing.add("", [max(0, min(b, today) - a) for _, a, b in spans])
    drawing.add("", [max(0, b - max(a, today)) for _, a, b in spans])
    return _Chart(drawing, height, {1: f"until {day}", 2: f"from {day} on"})


def _new(kind: str, height: int, **more: object) -> Any:  # noqa: ANN401 - pygal has no types
    """Return an empty chart, without anything that the page has itself."""
    make: Callable[..., Any] = getattr(import_module("pygal"), kind)
    # Its hook for plug-ins, which are not used, would make every later import of the process warn.
    sys.meta_path[:] = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("pygal")]
    return make(
        width=_WIDTH,
        height=height,
        show_legend=False,
        no_prefix=True,
        js=(),
        truncate_label=-1,
        margin=10,
        margin_right=40,
        style=import_module("pygal.style").Style(label_font_size=12, major_label_font_size=12),
        value_formatter=lambda value: f"{value:,.10g}",
        **more,
    )


def _lines(plot: Plot, table: Table) -> tuple[list[str], list[Line]]:
    """Return the labels of the axis, and the lines or bars."""
    at, kind = table.column(plot.x), table.columns[table.column(plot.x)].kind
    labels = list(dict.fromkeys(text_of(row[at], kind) for row in table.rows))
    if plot.series is None:
        columns = [(table.columns[table.column(key)].title, table.column(key)) for key in plot.y]
        return labels, [Line(title, tuple(_number(row[y]) for row in table.rows)) for title, y in columns]
    of, y = table.column(plot.series), table.column(plot.y[0])
    series: dict[str, dict[str, float | None]] = {}
    for row in table.rows:
        values = series.setdefault(text_of(row[of], table.columns[of].kind), {})
        values[text_of(row[at], kind)] = _number(row[y])
    return labels, [Line(title, tuple(values.get(label) for label in labels)) for title, values in series.items()]


def _number(cell: Cell) -> float | None:
    value = cell.amount if isinstance(cell, Money) else cell
    return float(value) if isinstance(value, int | Decimal) else None


def _ordinal(cell: Cell) -> int | None:
    return date.fromisoformat(cell).toordinal() if isinstance(cell, str) and cell else None


def _label(text: str) -> str:
    """Return the text of a label, which is cut, as labels have no room to wrap."""
    text = visible(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def ticks(highest: float) -> list[float]:
    """Return round values of an axis from 0 to the highest value or above; whole ones unless that is below 1."""
    step = 1.0 if highest >= 1 else 10.0**-6
    while highest > step * _TICKS:
        for factor in (2, 2.5, 2):
            step *= factor
            if highest <= step * _TICKS:
                break
    count = max(1, -int(-highest // step))
    return [step * number for number in range(count + 1)]


def calendar_ticks(begin: int, end: int) -> list[tuple[int, str]]:
    """Return first days of months or years between two days, as ordinals with their text, few enough for an axis."""
    first, last = date.fromordinal(begin), date.fromordinal(end)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    for step in (1, 3, 6, 12, 24, 60, 120):
        days = [date(month // 12, month % 12 + 1, 1) for month in months if month % step == 0]
        found = [(day.toordinal(), day.isoformat()) for day in days if begin <= day.toordinal() <= end]
        if len(found) <= _CHARACTERS // len("2026-01-01 "):
            break
    return found


def _kept(node: Any) -> Iterator[str]:  # noqa: ANN401 - an element of either library that pygal may use
    """Yield the drawing as SVG: only known elements with known attributes, and texts escaped."""
    for child in node:
        tag = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        kind = child.get("class") or ""
        if tag not in _KEPT or kind in _DROPPED or (tag == "rect" and not child.get("width")):
            continue
        facts = "".join(f' {name}="{_rounded(child.get(name))}"' for name in _KEPT[tag] if child.get(name))
        yield f"<{tag}{facts}>{shown(child.text or '')}"
        yield from _kept(child)
        yield f"</{tag}>"


def _rounded(text: str) -> str:
    """Return an attribute with its fractions rounded, so that every machine writes the same."""
    return shown(_FRACTION.sub(lambda found: f"{float(found[0]):.1f}", text))
