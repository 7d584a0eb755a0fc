"""Any report as one HTML page that loads nothing: its tables, with a plot above each table that has one."""

from collections.abc import Iterator, Sequence

from seatsync.insight.reports.document import Cell, Column, Report, Table
from seatsync.reporting.escape import element, shown
from seatsync.reporting.findings.findings_pages import framed, part, section
from seatsync.reporting.reports.cells import is_numeric, rows_of, text_of, without_empty_columns
from seatsync.reporting.reports.plots import MISSING, can_draw, drawn

_FEW = 30
"""Rows of a table that is not folded, also if text leaves it out."""
_LINE = 36
"""Characters of a cell that stay in one line."""


def render_html(report: Report, others: Sequence[tuple[str, str]] = ()) -> str:
    """Return the page. `others` are files and titles of all pages of the folder that it is for."""
    return framed(
        "report.html",
        shown(report.title),
        part("page.css") + part("report.css"),
        nav=_nav(others, f"{report.name}.html"),
        facts="".join(_facts(report)),
        summary="".join(element("p", line) + "\n" for line in report.summary),
        tables="".join(_sections(report)),
    )


def render_index(reports: Sequence[Report]) -> str:
    """Return a page with links to the pages of some reports of an account, `NAME.html`, and their sentences."""
    first = reports[0]
    tables = "".join(
        section(
            report.name,
            f'<a href="{shown(report.name)}.html">{shown(report.title)}</a>',
            "".join(element("p", line) + "\n" for line in report.summary),
        )
        for report in reports
    )
    return framed(
        "report.html",
        shown(f"Reports on account {first.account}"),
        part("page.css") + part("report.css"),
        nav="",
        facts="".join(_facts(first)),
        summary="",
        tables=tables,
    )


def _nav(others: Sequence[tuple[str, str]], here: str) -> str:
    current = {here: ' aria-current="page"'}
    links = " · ".join(f'<a href="{shown(file)}"{current.get(file, "")}>{shown(title)}</a>' for file, title in others)
    return f'<nav aria-label="Reports">{links}</nav>\n' if others else ""


def _facts(report: Report) -> Iterator[str]:
    for name, fact in ((report.of.capitalize(), report.account), ("Day", report.day), ("As seen by", report.actor)):
        if fact is not None:
            yield f"<dt>{name}</dt><dd>{shown(fact)}</dd>\n"


def _sections(report: Report) -> Iterator[str]:
    draws = bool(report.plots) and can_draw()
    for table in report.tables:
        name = table.key.replace("_", "-")
        plots = [plot for plot in report.plots if plot.table == table.key] if draws else []
        pictures = "".join(
            drawn(plot, table, f"{name}-plot-{number}", report.day) for number, plot in enumerate(plots, 1)
        )
        note = element("p", table.note, kind="note") + "\n" if table.note else ""
        yield section(name, shown(table.title), f"{pictures}{_folded(table)}{note}")
    notes = (*report.notes, *([MISSING] if report.plots and not draws else []))
    if notes:
        items = "".join(element("li", note) + "\n" for note in notes)
        yield section("notes", "Notes", f'<ul class="plain">\n{items}</ul>\n')


def _folded(table: Table) -> str:
    """Return a table, folded if it is too long to be read."""
    if table.in_text or len(table.rows) <= _FEW:
        return _table(table)
    return f"<details><summary>All data: {len(table.rows):,} rows</summary><div>\n{_table(table)}</div></details>\n"


def _table(table: Table) -> str:
    table = without_empty_columns(table)
    if not table.rows:
        return '<p class="note">Nothing to show.</p>\n'
    heads = "".join(_head(column) for column in table.columns)
    body = "".join(_row(table, row) for row, is_total in rows_of(table) if not is_total)
    foot = "" if table.totals is None else f"<tfoot>\n{_row(table, table.totals)}</tfoot>\n"
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{shown(table.title)}, table">'
        f'<table class="report">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}</tbody>\n{foot}</table></div>\n'
    )


def _head(column: Column) -> str:
    kind = ' class="number"' if is_numeric(column) else ""
    return f'<th scope="col"{kind}>{shown(column.title)}</th>'


def _row(table: Table, row: tuple[Cell, ...]) -> str:
    cells = [_cell(cell, column) for cell, column in zip(row[1:], table.columns[1:], strict=True)]
    first = text_of(row[0], table.columns[0].kind)
    return f'<tr><th scope="row"{_kind(_long(first))}>{shown(first)}</th>{"".join(cells)}</tr>\n'


def _cell(cell: Cell, column: Column) -> str:
    text = text_of(cell, column.kind)
    kind = "number" if is_numeric(column) else "day" if column.kind == "day" else _long(text)
    content = f'<span class="unknown" title="unknown">{shown(text)}</span>' if cell is None else shown(text)
    return f"<td{_kind(kind)}>{content}</td>"


def _long(text: str) -> str:
    """Return the class of a text that needs several lines."""
    return "long" if len(text) > _LINE else ""


def _kind(name: str) -> str:
    return f' class="{name}"' if name else ""
