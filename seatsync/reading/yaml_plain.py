"""Resolution of scalars by a narrow core schema, shared by both YAML readers."""

from __future__ import annotations

import re
from typing import Final

from seatsync.reading.tree import Node

WORDS: Final[dict[str, Node]] = {"null": None, "~": None, "true": True, "false": False}
NUMBER_BEGINS: Final = frozenset("-0123456789")

_NUMBER: Final = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?")
_LONGEST_NUMBER: Final = 300  # longer numbers are text; floats are limited to 308 digits


class Meanings(dict[str, Node]):
    """Values of the plain scalars of one file, resolved on first use. Equal texts are interned.

    `quoted` are the texts of quoted scalars.
    """

    __slots__ = ("quoted",)

    def __init__(self) -> None:
        super().__init__(WORDS)
        self.quoted: dict[str, str] = {}

    def __missing__(self, text: str) -> Node:
        value = self[text] = resolved(text) if text[0] in NUMBER_BEGINS else text
        return value

    def text(self, text: str) -> str:
        """Return the interned text of a key, which is never resolved."""
        value = self[text] if text else text
        return value if isinstance(value, str) else text

    def of_quoted(self, text: str) -> str:
        """Return the interned text of a quoted scalar."""
        return self.quoted.setdefault(text, text)


def resolved(text: str) -> Node:
    """Return the value of a plain scalar that begins like a number."""
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if found is None:
        return text
    whole, fraction = found.groups()
    # 5.0 is an integer, as in JSON Schema.
    return float(text) if fraction and fraction.strip(".0") else int(whole)
