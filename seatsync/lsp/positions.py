"""Positions, ranges and edits of a document, in the units of the protocol.

`seatsync.finding.Location` counts from one, in code points. Both take CR LF, LF and CR as the end of a line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal, TypeAlias

from seatsync.finding import Location

Units: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]
UNITS: Final[tuple[Units, ...]] = ("utf-8", "utf-16", "utf-32")

_LINE: Final = re.compile(r"\r\n|\r|\n")
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A position between two characters of a text."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Range:
    """The span between two positions, the end excluded."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of the text at a range."""

    at: Range
    new: str


class Text:
    """A text with an index of its lines. `units` are the code units that the editor counts in."""

    __slots__ = ("_starts", "text", "units")

    def __init__(self, text: str, units: Units) -> None:
        self.text = text
        self.units: Units = units
        self._starts = [0, *(found.end() for found in _LINE.finditer(text))]

    @property
    def lines(self) -> int:
        """The number of lines, including the one after the last line break."""
        return len(self._starts)

    def position(self, offset: int) -> Position:
        """Return the position of an offset in code points."""
        line = bisect_right(self._starts, offset) - 1
        return Position(line, self._width(self.text[self._starts[line] : offset]))

    def offset(self, position: Position) -> int:
        """Return the offset of a position; one beyond a line or the text is clamped to its end."""
        if position.line >= len(self._starts):
            return len(self.text)
        start, end = self.line(max(position.line, 0))
        if self.units == "utf-32" or self.text[start:end].isascii():
            return start + min(max(position.character, 0), end - start)
        left = position.character
        for at in range(start, end):
            left -= self._width(self.text[at])
            if left < 0:
                return at
        return end

    def line(self, number: int) -> tuple[int, int]:
        """Return the start and end offset of a line, without its line break."""
        start = self._starts[number]
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return start, start + len(self.text[start:end].rstrip("\r\n"))

    def range_of(self, place: Location) -> Range:
        """Return the range of a location in this text. The shift by a byte order mark is accounted for."""
        return Range(self._edge(place.line, place.column), self._edge(place.end_line, place.end_column))

    def range(self, start: int, end: int) -> Range:
        """Return the range between two offsets."""
        return Range(self.position(start), self.position(end))

    def _edge(self, line: int, column: int) -> Position:
        if line > len(self._starts):
            return self.position(len(self.text))
        start, end = self.line(line - 1)
        shift = 1 if line == 1 and self.text.startswith(_BOM) else 0
        return self.position(min(start + column - 1 + shift, end))

    def _width(self, text: str) -> int:
        if self.units == "utf-32" or text.isascii():
            return len(text)
        if self.units == "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2


def applied(text: Text, edits: list[Edit]) -> str:
    """Return the text after edits that do not overlap."""
    result = text.text
    for edit in sorted(edits, key=lambda edit: edit.at.start, reverse=True):
        start, end = text.offset(edit.at.start), text.offset(edit.at.end)
        result = result[:start] + edit.new + result[end:]
    return result


def edits_between(old: Text, new: str) -> list[Edit]:
    """Return the edits that turn `old` into `new`, in order."""
    theirs, ours = _lines(old), _lines(Text(new, old.units))
    starts = [0]
    for line in theirs:
        starts.append(starts[-1] + len(line))
    found = []
    for tag, first, last, begin, end in SequenceMatcher(None, theirs, ours).get_opcodes():
        if tag == "replace" and last - first == end - begin:
            pairs = zip(range(first, last), range(begin, end), strict=True)
            changed = [(a, b) for a, b in pairs if theirs[a] != ours[b]]
            found += [_in_line(old, starts[a], theirs[a], ours[b]) for a, b in changed]
        elif tag != "equal":
            found.append(Edit(old.range(starts[first], starts[last]), "".join(ours[begin:end])))
    return found


def _lines(text: Text) -> list[str]:
    """Return the lines of a text with their line breaks."""
    starts = [text.line(number)[0] for number in range(text.lines)]
    return [text.text[start:end] for start, end in zip(starts, [*starts[1:], len(text.text)], strict=True)]


def _in_line(old: Text, start: int, before: str, after: str) -> Edit:
    """Return the edit of one changed line that starts at an offset."""
    if _break(before) != _break(after):  # no position lies between CR and LF
        return Edit(old.range(start, start + len(before)), after)
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    return Edit(old.range(start + head, start + len(before) - tail), after[head : len(after) - tail])


def _alike(one: str, other: str) -> int:
    """Return the length of the common prefix of two texts."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))


def _break(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
