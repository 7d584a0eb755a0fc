"""Plain data that knows where it stands: what the readers make and the declaration is built from."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, chain, islice
from typing import TypeAlias, cast

from seatsync.finding import Location

_BYTE = 255
_ONE_MORE = bytes((*range(1, _BYTE + 1), 0))
_FEW = 16  # keys that are looked through: a table of them would take more room than they do
_MANY = 1000  # items whose places are worked out together once one is asked for

Node: TypeAlias = "YamlMap | YamlList | str | int | float | bool | None"
"""A value read from a file. Text, numbers, booleans and null are Python's own."""


class Lines:
    """Where the lines of one text begin: turns offsets (in code points) into lines and columns.

    The table is made when a place is first asked for: most files never report anything. `settle` keeps the lengths of
    the lines instead of the text: a byte a line, as long as none is longer than usual.
    """

    __slots__ = ("_lengths", "_text", "file")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._text = text
        self._lengths: bytes | tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> Location:
        """The place from one offset to another (the one after the last character)."""
        starts = _starts(self)
        line, end_line = bisect_right(starts, start), bisect_right(starts, end)
        if line == end_line:
            end_line = line  # one and the same object
        return Location(self.file, line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    def settle(self) -> None:
        """Let go of the text, which takes far more room than the table."""
        self.lengths()

    def lengths(self) -> bytes | tuple[int, ...]:
        """The lengths of the lines, their ends included; the text is let go."""
        if self._lengths is None:
            self._lengths = _lengths_of_short_lines(self._text)
            if self._lengths is None:
                # Of all that `splitlines` takes for a line's end, the readers let only CR LF, LF and CR pass.
                lengths = tuple(map(len, self._text.splitlines(keepends=True)))
                if self._text[-1:] not in ("\n", "\r"):
                    lengths = lengths[:-1]  # where the text ends no line begins
                self._lengths = bytes(lengths) if max(lengths, default=0) <= _BYTE else lengths
            self._text = ""
        return self._lengths


def _lengths_of_short_lines(text: str) -> bytes | None:
    """The lengths of lines that end in LF, that one included, as bytes; None where some end or are otherwise."""
    try:
        lengths = bytes(map(len, text.split("\n")[:-1]))
    except ValueError:  # one is too long
        return None
    return None if "\r" in text or _BYTE in lengths else lengths.translate(_ONE_MORE)


@lru_cache(maxsize=16)  # whoever asks for places mostly asks for several of a file
def _starts(lines: Lines) -> list[int]:
    """Where the lines of a text begin."""
    return list(accumulate(lines.lengths(), initial=0))


class YamlMap(dict[str, Node]):
    """A mapping whose keys and values can say their place.

    `marks` holds four offsets an entry, in insertion order: start and end of the key, start and end of the value.
    A mapping made by hand has none, and stands at the top of its file.
    """

    __slots__ = ("_marks", "_rank", "file", "lines")

    def __init__(self, file: str = "", lines: Lines | None = None) -> None:
        self.file = file
        self.lines = lines
        self._marks: array[int] | int | None = None
        self._rank: dict[str, int] | None = None

    @property
    def marks(self) -> array[int]:
        """The offsets."""
        if not isinstance(self._marks, array):
            self._marks = array("I") if self._marks is None else ends(self._texts(), self._marks, 2)
        return self._marks

    def evenly(self, start: int) -> None:
        """Its keys and values stand as they are one after another from an offset on, two characters between them."""
        self._marks = start

    def key_at(self, key: str) -> Location:
        """Where a key stands."""
        return self._location(2 * self._rank_of(key))

    def value_at(self, key: str) -> Location:
        """Where the value of a key stands."""
        return self._location(2 * self._rank_of(key) + 1)

    def _texts(self) -> Iterable[str]:
        """Keys and values one after the other, as they are written where all stand `evenly`."""
        return map(str, chain.from_iterable(self.items()))

    def _location(self, span: int) -> Location:
        if isinstance(self._marks, int) and self.lines is not None:
            *before, text = islice(self._texts(), span + 1)
            start = self._marks + sum(map(len, before)) + 2 * span
            return self.lines.span(start, start + len(text))
        return _location(self, span)

    def _rank_of(self, key: str) -> int:
        if key in self and len(self) <= _FEW:
            return list(self).index(key)
        # Made when first asked for: most mappings never report anything.
        if self._rank is None or len(self._rank) != len(self):
            self._rank = {name: rank for rank, name in enumerate(self)}
        return self._rank[key]


class YamlList(list[Node]):
    """A sequence whose items can say their place. `marks` holds two offsets an item: its start and its end."""

    __slots__ = ("_marks", "file", "lines")

    def __init__(self, file: str = "", lines: Lines | None = None, items: Iterable[Node] = ()) -> None:
        super().__init__(list(items))  # of a list the length is known, and no room is kept for more
        self.file = file
        self.lines = lines
        self._marks: array[int] | tuple[int, int] | None = None

    @property
    def marks(self) -> array[int]:
        """The offsets."""
        if not isinstance(self._marks, array):
            self._marks = array("I") if self._marks is None else ends(cast("list[str]", self), *self._marks)
        return self._marks

    def evenly(self, start: int, gap: int) -> None:
        """Its texts stand as they are one after another from an offset on, with so many characters between them."""
        self._marks = (start, gap)

    def item_at(self, index: int) -> Location:
        """Where an item stands."""
        if isinstance(self._marks, tuple) and self.lines is not None and len(self) < _MANY:
            start, gap = self._marks
            before = cast("list[str]", self[: index % len(self)])
            start += sum(map(len, before)) + gap * len(before)
            return self.lines.span(start, start + len(cast("str", self[index])))
        return _location(self, index)


def ends(texts: Iterable[str], start: int, gap: int) -> array[int]:
    """Start and end of texts that stand one after another from an offset on, with so many characters between them."""
    starts = list(accumulate((length + gap for length in map(len, texts)), initial=start))
    marks = array("I", bytes(8 * (len(starts) - 1)))
    marks[::2] = array("I", starts[:-1])
    marks[1::2] = array("I", [then - gap for then in starts[1:]])
    return marks


def _location(node: YamlMap | YamlList, span: int) -> Location:
    if node.lines is None:
        return Location(node.file, 1, 1, 1, 1)
    return node.lines.span(node.marks[2 * span], node.marks[2 * span + 1])
