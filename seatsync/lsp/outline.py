"""The key path at the cursor of a YAML text that is being edited and rarely parses. Never raises.

The text is scanned line by line by indentation. Unclosed brackets and quotes end at the next line that cannot be
inside them. Valid YAML, in the forms that people write, gives the same paths as the reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from seatsync.editing.operations import Path
from seatsync.editing.schema_nodes import ITEM

# No possessive quantifiers: they are broken before Python 3.11.5. All of these take linear time.
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
class CursorContext:
    """The key or value at an offset, or the empty place for one.

    `path` holds the keys above a value, or above the mapping of a key. `start` and `end` are the span of `raw`.
    """

    path: Path
    key: bool
    start: int
    end: int
    raw: str = ""

    @property
    def text(self) -> str:
        """The text without quotes and escapes."""
        return unquoted(self.raw)


def context_at(text: str, at: int) -> CursorContext | None:
    """Return the context at an offset; None in comments, block scalars and the like."""
    return _scanned(text, at).found


def block_scalar_at(text: str, at: int) -> CursorContext | None:
    """Return the line of a block scalar (`|`, `>`) at an offset; None outside of block scalars."""
    return _scanned(text, at).block_line


def _scanned(text: str, at: int) -> _LineScanner:
    """Return a scan of a text up to the line that contains an offset."""
    at = min(at, len(text))
    scanner = _LineScanner(text, at)
    start = 0
    while start <= at:
        end = _line_end(text, start)
        if scanner.line(start, end):
            break
        start = end + (2 if text.startswith("\r\n", end) else 1)
    return scanner


def unquoted(raw: str) -> str:
    """Return the text of a scalar without quotes and escapes; an unclosed quote is accepted."""
    if raw[:1] == '"':
        inner = raw[1:-1] if len(raw) > 1 and raw[-1] == '"' else raw[1:]
        return _ESCAPE.sub(_escaped, inner)
    if raw[:1] == "'":
        inner = raw[1:-1] if len(raw) > 1 and raw[-1] == "'" else raw[1:]
        return inner.replace("''", "'")
    return raw


def _escaped(match: re.Match[str]) -> str:
    code = match[0][2:]
    if not code:
        return _NAMED.get(match[0][1], match[0][1])
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF else "\ufffd"  # noqa: PLR2004 - the last code point


@dataclass(frozen=True, slots=True)
class _Key:
    """The span of a key, and the offset after its colon."""

    span: tuple[int, int]
    end: int


def _key(text: str, at: int, end: int) -> _Key | None:
    """Return the key that starts at an offset of a line."""
    found = _KEY.match(text, at, end)
    if found is None:
        return None
    start, close = found.span(found.lastindex or 0)
    close = start + len(text[start:close].rstrip())
    if found.lastindex != 1 and _COMMENT.search(text, start, close):
        return None
    return _Key((start, close), found.end())


def _before_comment(text: str, at: int, end: int) -> int:
    """Return the end of a plain scalar on one line, before blanks and a comment."""
    comment = _COMMENT.search(text, at, end)
    close = end if comment is None else comment.start()
    return at + len(text[at:close].rstrip())


def _line_end(text: str, start: int) -> int:
    ends = [found for found in (text.find("\n", start), text.find("\r", start)) if found >= 0]
    return min(ends, default=len(text))


@dataclass(slots=True)
class _OpenBracket:
    """An open bracket. `key` is the one whose value comes next, `pending` a text that may turn out to be a key."""

    bracket: str
    key: str | None = None
    pending: str | None = None


@dataclass(slots=True)
class _LineScanner:
    """A scan of a text up to `at`. `blocks` holds the indentation and name of the open keys and dashes."""

    text: str
    at: int
    blocks: list[tuple[int, str]] = field(default_factory=list)
    flow: list[_OpenBracket] = field(default_factory=list)
    margin: int = 0
    """The indentation of the line that opens the outermost bracket."""
    literal: int | None = None
    """The indentation of a key whose value is a block scalar."""
    found: CursorContext | None = None
    block_line: CursorContext | None = None

    def line(self, start: int, end: int) -> bool:
        """Scan a line, and return True if it contains the offset."""
        here = start <= self.at <= end
        first = start + len(self.text[start:end]) - len(self.text[start:end].lstrip(" \t\ufeff"))
        margin = first - start - self.text.count("\ufeff", start, first)
        empty = first == end or self.text[first] == "#"
        if self.literal is not None and (empty or margin > self.literal):
            if here and self.at - start > self.literal:
                self.block_line = CursorContext(self._path(), key=False, start=start, end=end, raw=self.text[start:end])
            return here
        self.literal = None
        if self.flow and not (margin <= self.margin and self._ends_flow(first, end)):
            self._flow_line(start, end)
        elif empty:
            self.flow.clear()
            if here and (first == end or self.at <= first):
                self._blank_line(self.at - start)
        else:
            self.flow.clear()
            self._block_line(first, end, margin)
        return here

    def _ends_flow(self, first: int, end: int) -> bool:
        """Return True if a line starts with a key or dash, and so ends unclosed brackets."""
        return bool(_key(self.text, first, end) or _DASH.match(self.text, first, end))

    def _blank_line(self, column: int) -> None:
        """Scan an empty line: the place for a key of the mapping that is open at this column."""
        while self.blocks and self.blocks[-1][0] >= column:
            self.blocks.pop()
        self.found = CursorContext(self._path(), key=True, start=self.at, end=self.at)

    def _block_line(self, first: int, end: int, margin: int) -> None:
        """Scan a line outside of brackets."""
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
            self._set_context(*key.span, key=True)
        self.blocks.append((column, unquoted(self.text[slice(*key.span)])))
        after = min(key.end + 1, end)
        if self.at >= after:
            self._value(after, end, margin, alone=False)

    def _value(self, at: int, end: int, margin: int, *, alone: bool) -> None:
        """Scan the rest of a line after a key or dash; a text `alone` on its line is an unfinished key."""
        while at < end and self.text[at] in " \t":
            at += 1
        if at == end or self.text[at] == "#":
            if at >= self.at and self.text[self.at - 1 : self.at] in {" ", "\t"}:
                self.found = CursorContext(self._path(), key=False, start=self.at, end=self.at)
        elif self.text[at] in "[{":
            self.margin = margin
            self._flow_line(at, end)
        elif _BLOCK.match(self.text, at, end):
            self.literal = margin
        else:
            quoted = _SCALAR.match(self.text, at, end)
            close = quoted.end() if quoted is not None else _before_comment(self.text, at, end)
            if self._covers(at, close):
                self._set_context(at, close, key=alone)
            elif self.at < at:
                self.found = CursorContext(self._path(), key=False, start=self.at, end=self.at)

    def _flow_line(self, at: int, end: int) -> None:
        """Scan a line, or the rest of one, inside brackets or starting with one."""
        for token in _TOKEN.finditer(self.text, at, end):
            kind = token.lastgroup
            if kind == "text" and self._covers(*token.span()):
                self._set_context(*token.span(), key=self._expects_key())
                return
            if kind != "space" and self.flow and token.start() >= self.at:
                break
            if kind == "text" and self.flow:
                self.flow[-1].pending = unquoted(token[0])
            elif kind == "mark" and not self._apply_mark(token[0]):
                return
        if self.flow and self.at <= end:
            self._flow_gap()

    def _flow_gap(self) -> None:
        """Set the context between two entries in brackets; directly after an entry there is none."""
        if self.found is None and self.flow[-1].pending is None:
            self.found = CursorContext(self._path(), key=self._expects_key(), start=self.at, end=self.at)

    def _apply_mark(self, mark: str) -> bool:
        """Apply a bracket, comma or colon, and return True if a bracket is still open."""
        if mark in "[{":
            self.flow.append(_OpenBracket(mark))
        elif mark in "]}":
            if self.flow:
                self.flow.pop()
            if self.flow:
                self.flow[-1].pending = ""
        elif self.flow and mark == ",":
            self.flow[-1].key = self.flow[-1].pending = None
        elif self.flow and self.flow[-1].bracket == "{" and self.flow[-1].key is None:
            self.flow[-1].key, self.flow[-1].pending = self.flow[-1].pending or "", None
        return bool(self.flow)

    def _expects_key(self) -> bool:
        return bool(self.flow) and self.flow[-1].bracket == "{" and self.flow[-1].key is None

    def _covers(self, start: int, end: int) -> bool:
        return start <= self.at <= end

    def _set_context(self, start: int, end: int, *, key: bool) -> None:
        self.found = CursorContext(self._path(), key, start, end, self.text[start:end])

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
