"""Cells of reports as text for people, and as values of documents."""

from collections.abc import Iterator
from decimal import Decimal

from seatsync.insight.reports.document import Cell, Column, Kind, Money, Table

UNKNOWN = "?"
NUMERIC: frozenset[Kind] = frozenset({"count", "number", "money", "percent"})
"""Types of columns whose cells are aligned at the right."""

_NOTHING: tuple[Cell, ...] = ("", ())
_CENT, _CENTS = Decimal("0.01"), -2

Json = dict[str, object]


def text_of(cell: Cell, kind: Kind) -> str:
    """Return a cell as people read it: `1,935.00 EUR`, `12 %`, `a, b`. The text is not escaped yet."""
    if cell is None:
        return UNKNOWN
    if isinstance(cell, Money):
        return f"{_with_cents(cell.amount):,f} {cell.currency}"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, tuple):
        return ", ".join(cell)
    return f"{cell:,f}" + (" %" if kind == "percent" else "") if isinstance(cell, Decimal) else _whole(cell, kind)


def _with_cents(amount: Decimal) -> Decimal:
    """Return an amount with at least two decimals."""
    exponent = amount.as_tuple().exponent
    return amount.quantize(_CENT) if isinstance(exponent, int) and exponent > _CENTS else amount


def _whole(number: int, kind: Kind) -> str:
    return f"{number:,d}" + (" %" if kind == "percent" else "")


def plain(cell: Cell) -> object:
    """Return a cell as JSON data. Exact decimals are text, so that no reader rounds them."""
    if isinstance(cell, Money):
        return {"amount": f"{cell.amount:f}", "currency": cell.currency}
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return list(cell) if isinstance(cell, tuple) else cell


def without_empty_columns(table: Table) -> Table:
    """Return a table for people: without the columns that have nothing in any row."""
    kept = [
        at
        for at, column in enumerate(zip(*table.rows, strict=True))
        if at == 0 or any(c not in _NOTHING for c in column)
    ]
    if not table.rows or len(kept) == len(table.columns):
        return table
    rows = tuple(tuple(row[at] for at in kept) for row in table.rows)
    totals = None if table.totals is None else tuple(table.totals[at] for at in kept)
    return table._replace(columns=tuple(table.columns[at] for at in kept), rows=rows, totals=totals)


def rows_of(table: Table) -> Iterator[tuple[tuple[Cell, ...], bool]]:
    """Yield the rows of a table, and its totals marked True."""
    for row in table.rows:
        yield row, False
    if table.totals is not None and table.rows:
        yield table.totals, True


def texts_of(table: Table) -> list[tuple[str, ...]]:
    """Return all rows as text, the totals last."""
    kinds = [column.kind for column in table.columns]
    return [tuple(text_of(cell, kind) for cell, kind in zip(row, kinds, strict=True)) for row, _ in rows_of(table)]


def is_numeric(column: Column) -> bool:
    """Return True if the cells of a column are aligned at the right."""
    return column.kind in NUMERIC
