"""The canonical style: two spaces a level, double quotes, brackets only as long as they fit on their line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from seatsync.declaration.emit import entry_lines, from_first
from seatsync.declaration.pieces import Document

WIDTH: Final = 120
"""The longest line, in characters, of a mapping or list in brackets; a longer one is split into lines."""


def lines_of(document: Document, *, sections: bool) -> list[str]:
    """Return a document as lines. With `sections`, top-level entries are separated by a blank line."""
    root = document.root
    entries: list[str] = []
    for number, entry in enumerate(root.entries):
        if sections and number:
            entries.append("")
        entries += entry_lines(entry, "", width=WIDTH)
    if not root.entries:
        entries = ["{}"]
    return tidy([*document.header, *from_first(entries), *root.foot])


def tidy(lines: Iterable[str]) -> list[str]:
    """Return lines without blank ones at the beginning and end, and never two in a row.

    Blank lines of block scalars are not among them, and are kept.
    """
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]):
            found.append(line)
    while found and not found[-1]:
        found.pop()
    return found
