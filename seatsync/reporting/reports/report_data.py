"""Any report as data: JSON (`seatsync/report-NAME/1`), and each of its tables as CSV for spreadsheets."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from io import StringIO

from seatsync.finding import Finding
from seatsync.insight.reports.document import Cell, Column, Money, Report, Table
from seatsync.reporting.checklist.import_files import begins_formula
from seatsync.reporting.escape import json_safe, visible
from seatsync.reporting.reports.cells import UNKNOWN, Json, plain, rows_of

_SEPARATORS = re.compile(r"([;,|])")
"""Characters at which a spreadsheet may split a cell, depending on its settings."""
_BYTE_ORDER_MARK = "\ufeff"


def render_json(report: Report) -> str:
    """Return the document. What is unknown is null; exact decimals and amounts are text."""
    document: Json = {
        "format": f"seatsync/report-{report.name}/1",
        "account": report.account,
        "day": report.day,
        "actor": report.actor,
        "summary": list(report.summary),
        **{table.key: [_object(table, row) for row, total in rows_of(table) if not total] for table in report.tables},
    }
    totals = {table.key: _object(table, table.totals) for table in report.tables if table.totals is not None}
    if totals:
        document["totals"] = totals
    document["notes"] = [*(table.note for table in report.tables if table.note), *report.notes]
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _object(table: Table, row: tuple[Cell, ...]) -> Json:
    return {column.key: plain(cell) for column, cell in zip(table.columns, row, strict=True)}


def render_csv(report: Report, key: str | None) -> str:
    """Return a table of a report as CSV, by default the first."""
    return csv_of(report.tables[0] if key is None else report.table(key))


def findings_csv(findings: Sequence[Finding]) -> str:
    """Return findings as CSV, instead of a report that they prevent."""
    columns = (*(Column(key, key) for key in ("severity", "code", "message")), Column("file", "file"))
    numbers = tuple(Column(key, key, "count") for key in ("line", "column"))
    rows = (
        (str(each.severity), each.code, each.message, *((at.file, at.line, at.column) if at else ("", "", "")))
        for each in findings
        for at in [each.location]
    )
    return csv_of(Table("findings", "Findings", (*columns, *numbers), tuple(rows)))


def csv_of(table: Table) -> str:
    """Return a table as CSV, in which no cell is a formula. An amount takes two columns, the second for its currency.

    Totals are left out: a spreadsheet would add them to what they total. A text that is not ASCII begins with a byte
    order mark, without which spreadsheets misread it.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name for column in table.columns for name in _names(column)])
    kinds = [column.kind == "money" for column in table.columns]
    for row in table.rows:
        writer.writerow([part for cell, paid in zip(row, kinds, strict=True) for part in _parts(cell, is_money=paid)])
    written = text.getvalue()
    return written if written.isascii() else _BYTE_ORDER_MARK + written


def _names(column: Column) -> tuple[str, ...]:
    return (column.key, f"{column.key}_currency") if column.kind == "money" else (column.key,)


def _parts(cell: Cell, *, is_money: bool) -> Iterator[str]:
    """Yield a cell; an amount as two."""
    if isinstance(cell, Money):
        yield from (f"{cell.amount:f}", harmless(cell.currency))
    else:
        yield _text(cell)
        if is_money:
            yield ""


def _text(cell: Cell) -> str:
    if cell is None:
        return UNKNOWN
    if isinstance(cell, tuple):
        return "; ".join(map(harmless, cell))
    return harmless(cell) if isinstance(cell, str) else f"{cell:f}" if not isinstance(cell, int) else str(cell)


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, wherever it splits the text: with an apostrophe before."""
    pieces = _SEPARATORS.split(visible(text))
    return "".join(f"'{piece}" if begins_formula(piece) else piece for piece in pieces)
