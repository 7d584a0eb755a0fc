"""The unified diff of a file, in whose lines everything is visible."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint

_UNENDED = "\x00"  # at the end of a last line that does not end; no file that is read has one


def unified(file: str, old: bytes, new: bytes, paint: Paint) -> Iterator[str]:
    """The lines, each with its end. Ends of lines that are not LF show in them. The contents are UTF-8."""
    name = visible(file)
    for line in difflib.unified_diff(_lines(old), _lines(new), f"a/{name}", f"b/{name}", lineterm=""):
        shown = visible(line.removesuffix(_UNENDED))
        painted = {"+": paint.green, "-": paint.red}.get(line[:1], str)(shown)
        yield f"{painted}\n" + ("\\ No newline at end of file\n" if line.endswith(_UNENDED) else "")


def _lines(content: bytes) -> list[str]:
    lines = content.decode().split("\n")
    last = lines.pop()
    return [*lines, last + _UNENDED] if last else lines
