"""Removal of rows and cells from a CSV of people, in which every row is one line."""

from __future__ import annotations

from collections.abc import Collection

from seatsync.editing.operations import EditRefused
from seatsync.finding import Finding, Location
from seatsync.reading.utf8 import decode

_BOM = "\ufeff"


def without_rows(raw: bytes, file: str, lines: Collection[int], cells: Collection[Location]) -> bytes:
    """Return a file without `lines` (counted from 1) and with `cells` emptied. Raises `EditRefused`."""
    text = decode(raw, file)
    if isinstance(text, Finding):
        raise EditRefused("cannot be read")
    found = text.splitlines(keepends=True)
    for cell in sorted(cells, reverse=True):  # from the right, so that columns stay valid
        line = found[cell.line - 1]
        found[cell.line - 1] = line[: cell.column - 1] + line[cell.end_column - 1 :]
    remaining = [line for number, line in enumerate(found, 1) if number not in lines]
    mark = _BOM if raw.startswith(_BOM.encode()) else ""
    return (mark + "".join(remaining)).encode()
