"""Unified diffs with escaped lines."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint

_UNENDED = "\x00"  # marks a last line without a line end; readable files contain no NUL


def unified(file: str, old: bytes, new: bytes, paint: Paint) -> Iterator[str]:
    """Yield the lines of a unified diff of two UTF-8 contents; line ends other than LF are visible."""
    name = visible(file)
    for line in difflib.unified_diff(_lines(old), _lines(new), f"a/{name}", f"b/{name}", lineterm=""):
        shown = visible(line.removesuffix(_UNENDED))
        painted = {"+": paint.green, "-": paint.red}.get(line[:1], str)(shown)
        yield f"{painted}\n" + ("\\ No newline at end of file\n" if line.endswith(_UNENDED) else "")


def _lines(content: bytes) -> list[str]:
    lines = content.decode().split("\n")
    last = lines.pop()
    return [*lines, last + _UNENDED] if last else lines
