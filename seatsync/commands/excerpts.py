"""Source lines to show under findings, with secrets masked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path

from seatsync.declaration.files import Files, Folder, Unreadable
from seatsync.finding import Finding, Location
from seatsync.reporting.findings_text import LineOf
from seatsync.secret import masked_line

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # line breaks of YAML
_RARE_BREAKS = "\r\x85\u2028\u2029"
_CACHED = 4  # files; findings are sorted by file
_LARGEST = 1 << 24  # bytes; larger files are not excerpted


def excerpts(root: Path, findings: Iterable[Finding]) -> LineOf:
    """Return `lines_in` for the files of a folder."""
    return lines_in(Folder(root), findings)


def lines_in(files: Files, findings: Iterable[Finding]) -> LineOf:
    """Return a function from a location to its line, or None; it reads only regular files of the repository.

    Secrets named by the findings and likely passwords are masked.
    """
    lines_of = lru_cache(_CACHED)(partial(_lines, files))
    secrets = [each.location for each in findings if each.secret and each.location is not None]

    def line_of(location: Location) -> str | None:
        lines = lines_of(location.file)
        if not 0 < location.line <= len(lines):
            return None
        return masked_line(_without(secrets, location, lines[location.line - 1]))

    return line_of


def _without(secrets: Iterable[Location], location: Location, line: str) -> str:
    """Mask the secrets in a line with one asterisk per character, to keep the columns."""
    for secret in secrets:
        if secret.file == location.file and secret.line <= location.line <= secret.end_line:
            start = secret.column - 1 if secret.line == location.line else 0
            end = secret.end_column - 1 if secret.end_line == location.line else len(line)
            line = f"{line[:start]}{'*' * (end - start)}{line[end:]}"
    return line


def no_line(_: Location) -> str | None:
    """Return None, for findings whose files are not available."""
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
