"""What plain text means, by the narrow core schema, and what a key or a quoted text is: the same for both readers."""

from __future__ import annotations

import re
from typing import Final

from seatsync.reading.tree import Node

WORDS: Final[dict[str, Node]] = {"null": None, "~": None, "true": True, "false": False}
NUMBER_BEGINS: Final = frozenset("-0123456789")

_NUMBER: Final = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?")
_LONGEST_NUMBER: Final = 300  # what is longer counts nothing; floats end at 308 digits


class Meanings(dict[str, Node]):
    """What every plain text of one file means, found when first asked for; it also makes equal texts one object.

    `quoted` are the texts that stood in quotes, and may be no plain text at all.
    """

    __slots__ = ("quoted",)

    def __init__(self) -> None:
        super().__init__(WORDS)
        self.quoted: dict[str, str] = {}

    def __missing__(self, text: str) -> Node:
        value = self[text] = resolved(text) if text[0] in NUMBER_BEGINS else text
        return value

    def text(self, text: str) -> str:
        """The text itself, whatever it would mean if it stood plain and were no key."""
        value = self[text] if text else text
        return value if isinstance(value, str) else text

    def of_quoted(self, text: str) -> str:
        """A text that stood in quotes."""
        return self.quoted.setdefault(text, text)


def resolved(text: str) -> Node:
    """What plain text means that begins like a number."""
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if found is None:
        return text
    whole, fraction = found.groups()
    # A whole number stays one when it is written 5.0, as JSON Schema has it too.
    return float(text) if fraction and fraction.strip(".0") else int(whole)
