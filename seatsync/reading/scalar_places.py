"""The places of the characters of a text in the YAML that it was read from: quotes, escapes, folded and block lines."""

import re

_BLANK_ESCAPE = re.compile(r"\\(?:\r\n|[ \n\r\ttnrvfNLP_]|(?:x|u00|U000000)(?:20|0[9aAdD]))")
_ESCAPE = re.compile(r"\\(?:x..|u....|U........|\r\n|.)", re.DOTALL)


def places_in(written: str, value: str) -> list[int]:
    """Return the offset in a scalar as it is written for each character of its value, and that of its end.

    Signs other than blanks follow each other in both in the same order, so they are found without knowing the style.
    """
    style = written[:1]
    at, end = _inside(written)
    places: list[int] = []
    for char in value:
        if not char.isspace():
            at = _next(written, at, end, style)
        places.append(min(at, end))
        at = min(_after(written, at, style, blank=char.isspace()), end)
    return [*places, min(at, end)]


def _inside(written: str) -> tuple[int, int]:
    """Return where the content of a scalar begins and ends: within its quotes, or below the head of a block."""
    if written[:1] in ("'", '"'):
        return 1, len(written) - 1
    if written[:1] in ("|", ">"):
        below = written.find("\n") + 1
        return below or len(written), len(written)
    return 0, len(written)


def _next(written: str, at: int, end: int, style: str) -> int:
    """Skip the blanks and line ends before the next sign, also those that are escaped."""
    while at < end:
        found = _BLANK_ESCAPE.match(written, at) if style == '"' else None
        if found is None and not written[at].isspace():
            break
        at = at + 1 if found is None else found.end()
    return at


def _after(written: str, at: int, style: str, *, blank: bool) -> int:
    """Return the offset after one character of the value. A blank may be written as nothing, by indentation."""
    if style == '"' and written[at : at + 1] == "\\":
        found = _ESCAPE.match(written, at)
        return at + 1 if found is None else found.end()
    if style == "'" and written[at : at + 2] == "''":
        return at + 2
    return at if blank and not written[at : at + 1].isspace() else at + 1
