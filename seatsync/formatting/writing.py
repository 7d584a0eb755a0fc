"""The canonical style: two spaces a level, double quotes, brackets only as long as they fit on their line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from seatsync.formatting.pieces import Collection, Document, Entry, Remark, Scalar, Value

WIDTH: Final = 120
"""The longest line, in characters, that a mapping or list in brackets may take; a longer one gets lines of its own."""

_STEP: Final = "  "
_LONGEST_KEY: Final = 1000  # YAML takes a key on one line up to 1024 characters, and wants `?` before a longer one


def lines_of(document: Document, *, sections: bool) -> list[str]:
    """A document as lines. With `sections`, one blank line stands between the entries on top."""
    root = document.root
    entries: list[str] = []
    for number, entry in enumerate(root.entries):
        part = _entry(entry, "")
        if sections and number:
            entries.append("")
        entries += part
    if not root.entries:
        entries = ["{}"]
    return tidy([*document.header, *_from_first(entries), *root.foot])


def tidy(lines: Iterable[str]) -> list[str]:
    """Without blank lines at the beginning and end, and never two in a row. Lines of block texts are left alone."""
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]):
            found.append(line)
    while found and not found[-1]:
        found.pop()
    return found


def _from_first(lines: list[str]) -> list[str]:
    """Lines from the first that is not blank."""
    first = next((number for number, line in enumerate(lines) if line), len(lines))
    return lines[first:]


def _entries(collection: Collection, margin: str) -> list[str]:
    lines = [line for entry in collection.entries for line in _entry(entry, margin)]
    return _from_first(lines) + _indented(collection.foot, margin)


def _indented(lines: Iterable[str], margin: str) -> list[str]:
    return [f"{margin}{line}" if line else "" for line in lines]


def _entry(entry: Entry, margin: str) -> list[str]:
    lines = _indented(entry.lead, margin)
    if entry.key is None:
        return lines + _item(entry, margin)
    start = f"{margin}{entry.key}:"
    if len(entry.key) > _LONGEST_KEY:
        lines.append(f"{margin}? {entry.key}")
        start = f"{margin}:"
    line = on_one_line(entry.value, start)
    if line is not None:
        below = entry.value.below if isinstance(entry.value, Scalar) else ()
        return [*lines, _with(line, entry.remark), *_indented(below, margin + _STEP)]
    return [*lines, _with(start, entry.remark), *_block(entry.value, margin + _STEP)]


def _item(entry: Entry, margin: str) -> list[str]:
    line = on_one_line(entry.value, f"{margin}-")
    if line is not None:
        below = entry.value.below if isinstance(entry.value, Scalar) else ()
        return [_with(line, entry.remark), *_indented(below, margin + _STEP)]
    inner = _block(entry.value, margin + _STEP)
    above = next(number for number, line in enumerate(inner) if not line.lstrip().startswith("#") and line)
    notes = _indented((line.lstrip() for line in inner[:above]), margin)
    if entry.remark is not None:
        notes.append(f"{margin}{entry.remark.text}")
    return [*notes, f"{margin}- {inner[above].lstrip()}", *inner[above + 1 :]]


def _block(value: Value, margin: str) -> list[str]:
    return _entries(value, margin) if isinstance(value, Collection) else []


def on_one_line(value: Value, start: str) -> str | None:
    """What stands at the start of a line with a value after it; None where the value takes lines of its own."""
    if isinstance(value, Scalar):
        return f"{start} {value.text}" if value.text else start
    if not value.entries:
        return f"{start} {_in_brackets(value)}"
    line = f"{start} {_in_brackets(value)}" if value.brackets else ""
    return line if line and len(line) <= WIDTH else None


def _in_brackets(value: Value) -> str:
    if isinstance(value, Scalar):
        return value.text or "null"
    parts = [
        _in_brackets(entry.value) if entry.key is None else f"{entry.key}: {_in_brackets(entry.value)}"
        for entry in value.entries
    ]
    return ("{%s}" if value.mapping else "[%s]") % ", ".join(parts)


def _with(line: str, remark: Remark | None) -> str:
    """A line with its remark, two characters away or in the column where it stood."""
    if remark is None:
        return line
    return f"{line}{' ' * max(2, remark.column - len(line))}{remark.text}"
