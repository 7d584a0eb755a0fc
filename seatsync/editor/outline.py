"""Where one is in a YAML text that is being written, and so is mostly broken: nothing here fails or gives up.

The text is followed line by line, by its margins; brackets and quotes that do not close end at the next line that
cannot be inside them. What our reader accepts is understood as it is there, as far as people write it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

ITEM: Final = "-"
"""The step of a path into a list."""

Path: TypeAlias = tuple[str, ...]

# No possessive quantifiers: before Python 3.11.5 they match wrongly. None of these takes more than linear time.
_QUOTED: Final = r'"(?:[^"\\\r\n]|\\.)*"|\'(?:[^\'\r\n]|\'\')*\''
_KEY: Final = re.compile(
    rf"({_QUOTED})[ \t]*:(?=[ \t\r\n]|$)|((?:[^\s\[\]{{}}#,\"'&*!|>%@`-]|-[^\s\r\n])[^\r\n]*?):(?=[ \t\r\n]|$)"
)
_DASH: Final = re.compile(r"-(?=[ \t\r\n]|$)[ \t]*")
_SCALAR: Final = re.compile(_QUOTED)
_COMMENT: Final = re.compile(r"[ \t]#")
_BLOCK: Final = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\r\n]*)?$")
_TOKEN: Final = re.compile(
    rf"(?P<space>[ \t]+|(?:^|(?<=\s))#[^\r\n]*)|(?P<mark>[\[\]{{}},]|:(?=[ \t,\[\]{{}}]|$))|(?P<text>{_QUOTED}"
    r"|[\"'][^\r\n]*|(?:[^\s,\[\]{}:]|:(?![ \t,\[\]{}]|$)|[ \t]+(?![ \t#,\[\]{}:]|$))+)|(?P<odd>.)",
)
_ESCAPE: Final = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_NAMED: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands, or is about to stand, at an offset.

    `path`: the keys that lead to it; of a key, those that lead to its mapping. `start` and `end`: those of `written`.
    """

    path: Path
    key: bool
    start: int
    end: int
    written: str = ""

    @property
    def text(self) -> str:
        """What is written, without quotes."""
        return unquoted(self.written)


def spot_at(text: str, at: int) -> Spot | None:
    """What is at an offset of a text; None in a comment, in a text over several lines, and the like."""
    at = min(at, len(text))
    walk = _Walk(text, at)
    start = 0
    while start <= at:
        end = _line_end(text, start)
        if walk.line(start, end):
            return walk.found
        start = end + (2 if text.startswith("\r\n", end) else 1)
    return None


def unquoted(written: str) -> str:
    """The text of a scalar; of one whose quotes do not close, what there is."""
    if written[:1] == '"':
        inner = written[1:-1] if len(written) > 1 and written[-1] == '"' else written[1:]
        return _ESCAPE.sub(_escaped, inner)
    if written[:1] == "'":
        inner = written[1:-1] if len(written) > 1 and written[-1] == "'" else written[1:]
        return inner.replace("''", "'")
    return written


def _escaped(match: re.Match[str]) -> str:
    code = match[0][2:]
    if not code:
        return _NAMED.get(match[0][1], match[0][1])
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF else "\ufffd"  # noqa: PLR2004 - the last code point


@dataclass(frozen=True, slots=True)
class _Key:
    """A key before its colon, after which `end` is."""

    span: tuple[int, int]
    end: int


def _key(text: str, at: int, end: int) -> _Key | None:
    """The key that a line begins with at an offset."""
    found = _KEY.match(text, at, end)
    if found is None:
        return None
    start, close = found.span(found.lastindex or 0)
    close = start + len(text[start:close].rstrip())
    if found.lastindex != 1 and _COMMENT.search(text, start, close):
        return None
    return _Key((start, close), found.end())


def _before_comment(text: str, at: int, end: int) -> int:
    """Where a text on one line ends."""
    comment = _COMMENT.search(text, at, end)
    close = end if comment is None else comment.start()
    return at + len(text[at:close].rstrip())


def _line_end(text: str, start: int) -> int:
    ends = [found for found in (text.find("\n", start), text.find("\r", start)) if found >= 0]
    return min(ends, default=len(text))


@dataclass(slots=True)
class _Open:
    """A bracket that is open. `key`: whose value comes next; `waiting`: a text that may turn out to be a key."""

    bracket: str
    key: str | None = None
    waiting: str | None = None


@dataclass(slots=True)
class _Walk:
    """The way through a text as far as `at`. `blocks`: margin and name of the keys and dashes that are open."""

    text: str
    at: int
    blocks: list[tuple[int, str]] = field(default_factory=list)
    flow: list[_Open] = field(default_factory=list)
    margin: int = 0
    """That of the line in which the outermost bracket stands."""
    literal: int | None = None
    """The margin of a key whose value is a block of text."""
    found: Spot | None = None

    def line(self, start: int, end: int) -> bool:
        """Go through a line; whether the offset is in it."""
        here = start <= self.at <= end
        first = start + len(self.text[start:end]) - len(self.text[start:end].lstrip(" \t\ufeff"))
        margin = first - start - self.text.count("\ufeff", start, first)
        empty = first == end or self.text[first] == "#"
        if self.literal is not None and (empty or margin > self.literal):
            return here
        self.literal = None
        if self.flow and not (margin <= self.margin and self._begins_anew(first, end)):
            self._inside(start, end)
        elif empty:
            self.flow.clear()
            if here and (first == end or self.at <= first):
                self._blank(self.at - start)
        else:
            self.flow.clear()
            self._outside(first, end, margin)
        return here

    def _begins_anew(self, first: int, end: int) -> bool:
        """Whether a line, by what it begins with, cannot stand within brackets."""
        return bool(_key(self.text, first, end) or _DASH.match(self.text, first, end))

    def _blank(self, column: int) -> None:
        """An empty line: what comes next, by the column, is a key of the mapping that is open there."""
        while self.blocks and self.blocks[-1][0] >= column:
            self.blocks.pop()
        self.found = Spot(self._path(), key=True, start=self.at, end=self.at)

    def _outside(self, first: int, end: int, margin: int) -> None:
        """A line that is in no brackets."""
        at, column = first, margin
        dash = _DASH.match(self.text, at, end)
        while self.blocks and (self.blocks[-1][0], not dash or self.blocks[-1][1] == ITEM) >= (column, True):
            self.blocks.pop()
        if self.at < first:
            return
        items = 0
        while dash is not None:
            self.blocks.append((column, ITEM))
            items += 1
            column += dash.end() - at
            at = dash.end()
            dash = _DASH.match(self.text, at, end)
        key = _key(self.text, at, end)
        if key is None:
            self._value(at, end, margin, alone=not items)
            return
        if self._covers(*key.span):
            self._say(*key.span, key=True)
        self.blocks.append((column, unquoted(self.text[slice(*key.span)])))
        after = min(key.end + 1, end)
        if self.at >= after:
            self._value(after, end, margin, alone=False)

    def _value(self, at: int, end: int, margin: int, *, alone: bool) -> None:
        """What follows a key or a dash, or stands alone, and then is a key that is not finished."""
        while at < end and self.text[at] in " \t":
            at += 1
        if at == end or self.text[at] == "#":
            if at >= self.at and self.text[self.at - 1 : self.at] in {" ", "\t"}:
                self.found = Spot(self._path(), key=False, start=self.at, end=self.at)
        elif self.text[at] in "[{":
            self.margin = margin
            self._inside(at, end)
        elif _BLOCK.match(self.text, at, end):
            self.literal = margin
        else:
            quoted = _SCALAR.match(self.text, at, end)
            close = quoted.end() if quoted is not None else _before_comment(self.text, at, end)
            if self._covers(at, close):
                self._say(at, close, key=alone)
            elif self.at < at:
                self.found = Spot(self._path(), key=False, start=self.at, end=self.at)

    def _inside(self, at: int, end: int) -> None:
        """A line, or the rest of one, that is in brackets or begins with one."""
        for token in _TOKEN.finditer(self.text, at, end):
            kind = token.lastgroup
            if kind == "text" and self._covers(*token.span()):
                self._say(*token.span(), key=self._wants_key())
                return
            if kind != "space" and self.flow and token.start() >= self.at:
                break
            if kind == "text" and self.flow:
                self.flow[-1].waiting = unquoted(token[0])
            elif kind == "mark" and not self._goes_on(token[0]):
                return
        if self.flow and self.at <= end:
            self._gap()

    def _gap(self) -> None:
        """Between two things in brackets, where another may be put in; right behind one nothing may."""
        if self.found is None and self.flow[-1].waiting is None:
            self.found = Spot(self._path(), key=self._wants_key(), start=self.at, end=self.at)

    def _goes_on(self, mark: str) -> bool:
        """Take up a bracket, comma or colon; whether one is still in brackets then."""
        if mark in "[{":
            self.flow.append(_Open(mark))
        elif mark in "]}":
            if self.flow:
                self.flow.pop()
            if self.flow:
                self.flow[-1].waiting = ""
        elif self.flow and mark == ",":
            self.flow[-1].key = self.flow[-1].waiting = None
        elif self.flow and self.flow[-1].bracket == "{" and self.flow[-1].key is None:
            self.flow[-1].key, self.flow[-1].waiting = self.flow[-1].waiting or "", None
        return bool(self.flow)

    def _wants_key(self) -> bool:
        return bool(self.flow) and self.flow[-1].bracket == "{" and self.flow[-1].key is None

    def _covers(self, start: int, end: int) -> bool:
        return start <= self.at <= end

    def _say(self, start: int, end: int, *, key: bool) -> None:
        self.found = Spot(self._path(), key, start, end, self.text[start:end])

    def _path(self) -> Path:
        steps = [name for _, name in self.blocks]
        for depth, bracket in enumerate(self.flow):
            if bracket.bracket == "[":
                steps.append(ITEM)
            elif bracket.key is not None:
                steps.append(bracket.key)
            elif depth < len(self.flow) - 1:
                steps.append("")
        return tuple(steps)
