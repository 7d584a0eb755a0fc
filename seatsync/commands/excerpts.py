"""Lines of the repository's files, to show them under a finding."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from pathlib import Path

from seatsync.declaration.files import Files, Folder, Unreadable
from seatsync.finding import Location
from seatsync.reporting.findings_text import LineOf

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what the YAML reader counts lines by
_RARE_BREAKS = "\r\x85\u2028\u2029"
_KEPT = 4  # files: findings come file by file, and all lines of a large repository take much room
_LARGEST = 1 << 24  # bytes; of a larger file no line is shown


def excerpts(root: Path) -> LineOf:
    """`lines_in` the files of a folder."""
    return lines_in(Folder(root))


def lines_in(files: Files) -> LineOf:
    """A function that finds the line of a place; only regular files of the repository are read."""
    lines_of = lru_cache(_KEPT)(partial(_lines, files))

    def line_of(place: Location) -> str | None:
        lines = lines_of(place.file)
        return lines[place.line - 1] if 0 < place.line <= len(lines) else None

    return line_of


def nowhere(_: Location) -> str | None:
    """No line: for findings whose files are not at hand."""
    return None


def _lines(files: Files, name: str) -> list[str]:
    try:
        data = files.content(files.inside(name))
    except Unreadable:
        return []
    if len(data) > _LARGEST:
        return []
    text = data.decode("utf-8-sig", "replace")
    return _LINE_BREAK.split(text) if any(map(text.__contains__, _RARE_BREAKS)) else text.split("\n")
