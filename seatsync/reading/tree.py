"""Plain data with positions: the trees that readers build and the declaration is made from."""

from __future__ import annotations

import gc
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING, TypeAlias, cast

from seatsync.finding import Location

if TYPE_CHECKING:
    from decimal import Decimal


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause garbage collection, which is pure overhead while hundreds of thousands of values are created and kept."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_BYTE = 255
_ONE_MORE = bytes((*range(1, _BYTE + 1), 0))
_FEW = 16  # up to so many keys a linear search is used, as an index would take more memory than the keys
_MANY = 1000  # from so many items on, all offsets are computed together

Node: TypeAlias = "YamlMap | YamlList | str | int | Decimal | bool | None"
"""A value read from a file. Text, numbers, booleans and null are Python's own."""


class Lines:
    """Line index of a text: converts offsets (in code points) to lines and columns.

    The index is built on first use, as most files never report anything. `compact` replaces the text by the lengths of
    its lines, which take one byte per line unless a line is very long.
    """

    __slots__ = ("_lengths", "_text", "file")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._text = text
        self._lengths: bytes | tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> Location:
        """Return the location between two offsets; the end is exclusive."""
        starts = _starts(self)
        line, end_line = bisect_right(starts, start), bisect_right(starts, end)
        if line == end_line:
            end_line = line  # share the object
        return Location(self.file, line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    def compact(self) -> None:
        """Free the text, which takes far more memory than the line lengths."""
        self.lengths()

    def lengths(self) -> bytes | tuple[int, ...]:
        """Return the lengths of the lines, including line ends, and free the text."""
        if self._lengths is None:
            self._lengths = _lengths_of_short_lines(self._text)
            if self._lengths is None:
                # The readers reject all line ends of `splitlines` other than CR LF, LF and CR.
                lengths = tuple(map(len, self._text.splitlines(keepends=True)))
                if self._text[-1:] not in ("\n", "\r"):
                    lengths = lengths[:-1]  # no line begins at the end of the text
                self._lengths = bytes(lengths) if max(lengths, default=0) <= _BYTE else lengths
            self._text = ""
        return self._lengths


def _lengths_of_short_lines(text: str) -> bytes | None:
    """Return the lengths of lines, including the LF, as bytes; None if a line is too long or the text contains CR."""
    try:
        lengths = bytes(map(len, text.split("\n")[:-1]))
    except ValueError:  # a line is too long
        return None
    return None if "\r" in text or _BYTE in lengths else lengths.translate(_ONE_MORE)


@lru_cache(maxsize=16)  # locations are usually requested for several values of a file
def _starts(lines: Lines) -> list[int]:
    """Return the offsets of the lines of a text."""
    return list(accumulate(lines.lengths(), initial=0))


class YamlMap(dict[str, Node]):
    """A mapping with the locations of its keys and values.

    `marks` contains four offsets per entry, in insertion order: start and end of the key, start and end of the value.
    A mapping that was not read from a file has none; its location is the top of the file.
    """

    __slots__ = ("_marks", "_rank", "file", "lines")

    def __init__(self, file: str = "", lines: Lines | None = None) -> None:
        self.file = file
        self.lines = lines
        self._marks: array[int] | int | None = None
        self._rank: dict[str, int] | None = None

    @property
    def marks(self) -> array[int]:
        """The offsets of keys and values."""
        if not isinstance(self._marks, array):
            self._marks = array("I") if self._marks is None else ends(self._texts(), self._marks, 2)
        return self._marks

    def set_contiguous(self, start: int) -> None:
        """Declare that keys and values follow each other verbatim from an offset on, two characters apart."""
        self._marks = start

    def key_at(self, key: str) -> Location:
        """Return the location of a key."""
        return self._location(2 * self._rank_of(key))

    def value_at(self, key: str) -> Location:
        """Return the location of the value of a key."""
        return self._location(2 * self._rank_of(key) + 1)

    def span_of(self, key: str) -> tuple[int, int]:
        """Return the offsets at which the value of a key starts and ends in the text of its file."""
        rank = 4 * self._rank_of(key) + 2
        return self.marks[rank], self.marks[rank + 1]

    def _texts(self) -> Iterable[str]:
        """Return keys and values in order, as written in a mapping that is marked contiguous."""
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
        # Built on first use, as most mappings never report anything.
        if self._rank is None or len(self._rank) != len(self):
            self._rank = {name: rank for rank, name in enumerate(self)}
        return self._rank[key]


class YamlList(list[Node]):
    """A sequence with the locations of its items. `marks` contains two offsets per item: start and end."""

    __slots__ = ("_marks", "file", "lines")

    def __init__(self, file: str = "", lines: Lines | None = None, items: Iterable[Node] = ()) -> None:
        super().__init__(list(items))  # the length of a list is known, so no memory is over-allocated
        self.file = file
        self.lines = lines
        self._marks: array[int] | tuple[int, int] | None = None

    @property
    def marks(self) -> array[int]:
        """The offsets of keys and values."""
        if not isinstance(self._marks, array):
            self._marks = array("I") if self._marks is None else ends(cast("list[str]", self), *self._marks)
        return self._marks

    def set_contiguous(self, start: int, gap: int) -> None:
        """Declare that the texts follow each other verbatim from an offset on, `gap` characters apart."""
        self._marks = (start, gap)

    def item_at(self, index: int) -> Location:
        """Return the location of an item."""
        if isinstance(self._marks, tuple) and self.lines is not None and len(self) < _MANY:
            start, gap = self._marks
            before = cast("list[str]", self[: index % len(self)])
            start += sum(map(len, before)) + gap * len(before)
            return self.lines.span(start, start + len(cast("str", self[index])))
        return _location(self, index)


def node_at(node: Node, *keys: str) -> Node:
    """Return what is under some keys, None if there is nothing."""
    for key in keys:
        node = node.get(key) if isinstance(node, YamlMap) else None
    return node


def ends(texts: Iterable[str], start: int, gap: int) -> array[int]:
    """Return start and end of texts that follow each other from an offset on, `gap` characters apart."""
    starts = list(accumulate((length + gap for length in map(len, texts)), initial=start))
    marks = array("I", bytes(8 * (len(starts) - 1)))
    marks[::2] = array("I", starts[:-1])
    marks[1::2] = array("I", [then - gap for then in starts[1:]])
    return marks


def _location(node: YamlMap | YamlList, span: int) -> Location:
    if node.lines is None:
        return Location(node.file, 1, 1, 1, 1)
    return node.lines.span(node.marks[2 * span], node.marks[2 * span + 1])
