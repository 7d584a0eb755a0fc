"""Formatting of values in messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from seatsync.secret import masked

_LONGEST: Final = 60


def plain(text: str) -> str:
    """Return a text on one line, with secrets masked, and truncated if long."""
    text = masked(text)
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)


def shown(text: str) -> str:
    """Return a text as `plain` does, in quotes."""
    return f"'{plain(text)}'"


def kind_of(value: object) -> str:
    """Return a description of a value in terms of YAML."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        digits = str(value) if abs(value) < 10**_LONGEST else "beyond all bounds"
        return f"the number {digits}"
    if isinstance(value, str):
        return f"the text {shown(value)}" if value else "empty text"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, Sequence) else "something else"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return words as an enumeration: `a`, `a and b`, `a, b and c`."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
