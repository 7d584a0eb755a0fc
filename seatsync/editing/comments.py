"""The comments of a YAML text, assigned in order to the entries they are above, beside or below."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from seatsync.declaration.writing.emit import LineComment
from seatsync.reading.tree import Node, YamlList, YamlMap

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_COMMENT = re.compile(r"#[^\n]*")
HEAD_OF_BLOCK = re.compile(r"[|>][-+0-9]*")
_CLOSE = 2  # a comment further from its value is aligned with its neighbours, and keeps its column


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from `start` to `end`. `own` is True if it has a line of its own; `column` starts at 0."""

    start: int
    end: int
    text: str
    own: bool
    column: int


class Comments:
    """The comments that are not assigned yet. `bare` is the text with all comments replaced by spaces."""

    def __init__(self, text: str, document: Node) -> None:
        self.text = text
        self._all = list(_found(text, document)) if "#" in text else []
        self._starts = [comment.start for comment in self._all]
        self._next = 0
        self._at = 0
        self.bare = self._without()

    def texts(self) -> list[str]:
        """Return the texts of all comments, assigned or not."""
        return [comment.text for comment in self._all]

    def count(self, start: int, end: int) -> int:
        """Return the number of comments between two offsets."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def above(self, upto: int) -> list[str]:
        """Take the comment lines before an offset, with `""` for blank lines."""
        lines = []
        for comment in self._take(upto):
            lines += self._blank(comment.start)
            lines.append(comment.text)
            self._at = comment.end
        lines += self._blank(upto)
        self._at = max(self._at, upto)
        return lines

    def between(self, upto: int) -> list[Comment]:
        """Take the comments before an offset."""
        return list(self._take(upto))

    def beside(self, end: int, upto: int) -> LineComment | None:
        """Take the comment on the line of `end`, if it starts before `upto`."""
        self._at = max(self._at, end)
        comment = self._all[self._next] if self._next < len(self._all) else None
        if comment is None or comment.start >= upto or "\n" in self.text[end : comment.start]:
            return None
        self._next += 1
        self._at = comment.end
        return self.line_comment(comment, end)

    def line_comment(self, comment: Comment, end: int) -> LineComment:
        """Return a comment as the line comment of a value that ends at an offset; distant ones keep their column."""
        return LineComment(comment.text, comment.column if comment.start - end > _CLOSE else 0)

    def below(self, column: int, after: int | None) -> list[str]:
        """Take the comments at the end of a block in a column; `after` is the start of the next content."""
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
    """Return the number of characters before an offset in its line."""
    return at - text.rfind("\n", 0, at) - 1


def _found(text: str, document: Node) -> Iterator[Comment]:
    """Yield every comment: a `#` outside of scalars."""
    at = 0
    for start, end in [*_scalars(text, document), (len(text), len(text))]:
        for found in _COMMENT.finditer(text, at, start):
            before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
            yield Comment(found.start(), found.end(), found[0].rstrip(), not before.strip(), len(before))
        at = end


def _scalars(text: str, node: Node) -> Iterator[tuple[int, int]]:
    """Yield the spans of all scalars in order; a block scalar has one for its header and one for its lines."""
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
