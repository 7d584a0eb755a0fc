"""The comments of a text, handed out in order to what they stand above, beside or below."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from seatsync.declaration.pieces import Remark
from seatsync.reading.tree import Node, YamlList, YamlMap

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_COMMENT = re.compile(r"#[^\n]*")
HEAD_OF_BLOCK = re.compile(r"[|>][-+0-9]*")
_CLOSE = 2  # how far a remark stands from what it is about, unless it is aligned with its neighbours


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, from `start` to `end`. `own`: nothing stands before it in its line. `column` begins at 0."""

    start: int
    end: int
    text: str
    own: bool
    column: int


class Comments:
    """The comments that were not handed out yet. `bare` is the text with spaces in place of all of them."""

    def __init__(self, text: str, document: Node) -> None:
        self.text = text
        self._all = list(_found(text, document)) if "#" in text else []
        self._starts = [comment.start for comment in self._all]
        self._next = 0
        self._at = 0
        self.bare = self._without()

    def texts(self) -> list[str]:
        """All of them, also those that were handed out."""
        return [comment.text for comment in self._all]

    def count(self, start: int, end: int) -> int:
        """How many there are from one offset to another."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def above(self, upto: int) -> list[str]:
        """The lines before an offset that are not handed out yet: comments, and `""` for blank lines."""
        lines = []
        for comment in self._take(upto):
            lines += self._blank(comment.start)
            lines.append(comment.text)
            self._at = comment.end
        lines += self._blank(upto)
        self._at = max(self._at, upto)
        return lines

    def between(self, upto: int) -> list[Comment]:
        """The comments before an offset that are not handed out yet."""
        return list(self._take(upto))

    def beside(self, end: int, upto: int) -> Remark | None:
        """The comment in the line in which something ends, before an offset."""
        self._at = max(self._at, end)
        comment = self._all[self._next] if self._next < len(self._all) else None
        if comment is None or comment.start >= upto or "\n" in self.text[end : comment.start]:
            return None
        self._next += 1
        self._at = comment.end
        return self.remark(comment, end)

    def remark(self, comment: Comment, end: int) -> Remark:
        """A comment as the remark on what ends at an offset; it keeps its column where it stands far away."""
        return Remark(comment.text, comment.column if comment.start - end > _CLOSE else 0)

    def below(self, column: int, after: int | None) -> list[str]:
        """The comments that still belong to a block in a column, which has just ended; `after`: the next content."""
        least = -1 if after is None else column_of(self.text, after)
        lines: list[str] = []
        while self._next < len(self._all):
            comment = self._all[self._next]
            if not comment.own or (after is not None and comment.start >= after):
                break
            if comment.column <= least or comment.column < column:
                break
            lines += self._blank(comment.start)
            lines.append(comment.text)
            self._at = comment.end
            self._next += 1
        return lines

    def _take(self, upto: int) -> Iterator[Comment]:
        while self._next < len(self._all) and self._all[self._next].start < upto:
            self._next += 1
            yield self._all[self._next - 1]

    def _blank(self, upto: int) -> list[str]:
        return [""] if _BLANK_LINE.search(self.text, self._at, upto) else []

    def _without(self) -> str:
        parts, at = [], 0
        for comment in self._all:
            parts += [self.text[at : comment.start], " " * (comment.end - comment.start)]
            at = comment.end
        return "".join([*parts, self.text[at:]])


def column_of(text: str, at: int) -> int:
    """How many characters stand before an offset in its line."""
    return at - text.rfind("\n", 0, at) - 1


def _found(text: str, document: Node) -> Iterator[Comment]:
    """Every comment: a `#` that stands in no scalar."""
    at = 0
    for start, end in [*_scalars(text, document), (len(text), len(text))]:
        for found in _COMMENT.finditer(text, at, start):
            before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
            yield Comment(found.start(), found.end(), found[0].rstrip(), not before.strip(), len(before))
        at = end


def _scalars(text: str, node: Node) -> Iterator[tuple[int, int]]:
    """Where the scalars stand, in order; of a block text its `|` and its lines."""
    if isinstance(node, YamlMap):
        children, first, step = list(node.values()), 2, 4
    elif isinstance(node, YamlList):
        children, first, step = list(node), 0, 2
    else:
        return
    marks = node.marks
    for rank, child in enumerate(children):
        at = step * rank + first
        if first:
            yield marks[at - 2], marks[at - 1]
        if isinstance(child, YamlMap | YamlList):
            yield from _scalars(text, child)
            continue
        head = HEAD_OF_BLOCK.match(text, marks[at], marks[at + 1])
        if head is None:
            yield marks[at], marks[at + 1]
        else:
            yield head.span()
            line = text.find("\n", head.end(), marks[at + 1])
            yield line if line >= 0 else marks[at + 1], marks[at + 1]
