"""Any report as text for a terminal."""

from unicodedata import category, combining, east_asian_width

from seatsync.insight.reports.document import Report, Table
from seatsync.reporting.escape import visible
from seatsync.reporting.reports.cells import is_numeric, texts_of, without_empty_columns
from seatsync.reporting.terminal import Paint

_GAP = "  "


def render_text(report: Report, paint: Paint) -> str:
    """Return the report: what it is about, its tables, and its notes."""
    seen = "" if report.actor is None else f", as {visible(report.actor)} sees it"
    head = f"{paint.bold(visible(report.title))}: {report.of} {visible(report.account)}, {report.day}{seen}\n"
    blocks = [head + "".join(f"{visible(line)}\n" for line in report.summary)]
    tables = [without_empty_columns(table) for table in report.tables if table.in_text]
    blocks += [_table(table, paint, titled=len(tables) > 1) for table in tables]
    if report.notes:
        blocks.append("".join(f"{paint.dim('note:')} {visible(note)}\n" for note in report.notes))
    return "\n".join(blocks)


def _table(table: Table, paint: Paint, *, titled: bool) -> str:
    lines = [paint.bold(visible(table.title))] if titled else []
    if table.rows:
        lines += _rows(table, paint)
    else:
        lines.append("  (none)" if titled else "Nothing to show.")
    if table.note:
        lines.append(paint.dim(visible(table.note)))
    return "".join(f"{line}\n" for line in lines)


def _rows(table: Table, paint: Paint) -> list[str]:
    """Return heading and rows in columns that are as wide as their widest cell."""
    rows = [tuple(map(visible, row)) for row in (tuple(c.title for c in table.columns), *texts_of(table))]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    right = [is_numeric(column) for column in table.columns]
    lines = []
    for row in rows:
        cells = [_padded(text, width, right=is_right) for text, width, is_right in zip(row, widths, right, strict=True)]
        lines.append(_GAP.join(cells).rstrip())
    lines[0] = paint.dim(lines[0])
    if table.totals is not None:
        lines[-1] = paint.bold(lines[-1])
    return lines


def _padded(text: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _width(text: str) -> int:
    """Return the number of columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) or category(char) == "Mn" else _columns(char) for char in text)


def _columns(char: str) -> int:
    return 2 if east_asian_width(char) in {"W", "F"} else 1
