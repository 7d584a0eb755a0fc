"""Lines of the repository's files, to show them under a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path

from seatsync.declaration.files import Files, Folder, Unreadable
from seatsync.finding import Finding, Location
from seatsync.reporting.findings_text import LineOf
from seatsync.secret import masked_line

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what the YAML reader counts lines by
_RARE_BREAKS = "\r\x85\u2028\u2029"
_KEPT = 4  # files: findings come file by file, and all lines of a large repository take much room
_LARGEST = 1 << 24  # bytes; of a larger file no line is shown


def excerpts(root: Path, findings: Iterable[Finding]) -> LineOf:
    """`lines_in` the files of a folder."""
    return lines_in(Folder(root), findings)


def lines_in(files: Files, findings: Iterable[Finding]) -> LineOf:
    """A function that finds the line of a place; only regular files of the repository are read.

    What the findings call secret is masked in every line, and so is what looks like a password.
    """
    lines_of = lru_cache(_KEPT)(partial(_lines, files))
    secrets = [each.location for each in findings if each.secret and each.location is not None]

    def line_of(place: Location) -> str | None:
        lines = lines_of(place.file)
        if not 0 < place.line <= len(lines):
            return None
        return masked_line(_without(secrets, place, lines[place.line - 1]))

    return line_of


def _without(secrets: Iterable[Location], place: Location, line: str) -> str:
    """The line of a place with an asterisk for each character of a secret: columns stay what they are."""
    for secret in secrets:
        if secret.file == place.file and secret.line <= place.line <= secret.end_line:
            start = secret.column - 1 if secret.line == place.line else 0
            end = secret.end_column - 1 if secret.end_line == place.line else len(line)
            line = f"{line[:start]}{'*' * (end - start)}{line[end:]}"
    return line


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
