"""The one entry for reading YAML: a line scanner for ordinary files, and the full parser for all others.

The scanner supports block mappings and lists, `[lists]` and `{mappings}`, plain and quoted text on one line, and
comments. A file with anything else is read by the full parser (`yaml_parser.py`) instead, so the scanner never reports
a finding. Its values and locations are those of the full parser.
"""

from __future__ import annotations

import re
import sys
from functools import cache, lru_cache
from typing import Final, cast

from seatsync.finding import Finding
from seatsync.reading import plain_text
from seatsync.reading.plain_text import Meanings, decode
from seatsync.reading.tree import Lines, Node, YamlList, YamlMap, collector_paused, ends

_DEPTH: Final = 30
_NOT_WORTH_COUNTING: Final = 1_000_000
_LONGEST_KEY: Final = 500  # libyaml rejects keys of more than 1024 characters

# Characters without a special meaning within plain text, in brackets or not; fewer of them may begin it.
_INSIDE: Final = r"[^\x00-\x1f!\"#,:;<=>?\[\\\]^`{|}~\x7f-\xbf]"
_TEXT: Final = rf"[^\x00-'\x29-.:-@\[-^`{{-\xbf](?>{_INSIDE}*(?<! ))"
_WORDS: Final = rf"(?![0-9_/(]){_TEXT}"  # always text, unless a word such as null
_PLAIN: Final = rf"{_TEXT}(?::(?=[\w/])(?>{_INSIDE}+(?<! )))*+"
_QUOTED: Final = r"""(?:'[^'\n]*+'(?!')|"[^"\\\n]*+")"""
_PAIR: Final = rf"{_TEXT}: {_TEXT}"
_TO_NEXT: Final = r"(?: *+(?:#[^\n]*+)?\n)*+( *+)"  # over blank lines and comments, to the next content

# Fast path: one match for a common entry, or a run of common items.
_ENTRY: Final = (
    rf"({_TEXT}):(?: ++(?:({_TEXT})|\{{({_PAIR}(?:, {_PAIR})*+)\}}|\[({_WORDS}(?:, {_WORDS})*+)\]))?+\n{_TO_NEXT}"
)
_ITEMS: Final = rf"( *+)- {_WORDS}\n(?:\1- {_WORDS}\n)*+"
_KEY: Final = rf"({_PLAIN}|{_QUOTED}):(?: ++|(?=\n))"
_SCALAR: Final = rf"({_PLAIN})|({_QUOTED})"
_SPACES: Final = r" *+(?:\n( *+))?+"  # in brackets
_LINE_END: Final = rf"(?: ++#[^\n]*+| *+)\n{_TO_NEXT}"


class _Unsupported(Exception):
    """Unsupported syntax: the file is left to the full reader."""


class _Patterns:
    """Compiled patterns. Compiling takes as long as reading a small file, so it is done on first use."""

    __slots__ = ("entry", "items", "key", "line_end", "scalar", "spaces", "to_next")

    def __init__(self) -> None:
        self.entry, self.items = re.compile(_ENTRY), re.compile(_ITEMS)
        self.key, self.scalar, self.spaces = re.compile(_KEY), re.compile(_SCALAR), re.compile(_SPACES)
        self.to_next, self.line_end = re.compile(_TO_NEXT), re.compile(_LINE_END)


@cache
def _patterns() -> _Patterns:
    return _Patterns()


@lru_cache(maxsize=_DEPTH)
def _end_of_items(between: str) -> re.Pattern[str]:
    """Return a pattern for the end of the last item of a list, given the text between its items."""
    return re.compile(rf"\n(?!{between[1:]})")


def scan(text: str, file: str) -> YamlMap | None:
    """Return the mapping in a file; None if the file needs the full reader."""
    if sys.version_info < (3, 11, 5):  # possessive groups with alternatives match incorrectly there
        return None
    if "\t" in text or "\r" in text or _events_at_most(text) > plain_text.MAX_EVENTS:
        return None
    text = text if text.endswith("\n") else f"{text}\n"
    lines = Lines(file, text)
    try:
        node = _Scan(text, lines).document()
    except _Unsupported:
        return None
    lines.compact()
    return node


def _events_at_most(text: str) -> int:
    """Return an upper bound of the number of events: two per node, counted by colons, dashes, commas and brackets."""
    if len(text) < _NOT_WORTH_COUNTING:
        return 4 * len(text) + 6
    return 2 * (1 + 2 * text.count(":") + sum(map(text.count, "-,["))) + 4


class _Scan:
    """Scanner of one file. `at` is the offset of the next content, `indent` its column (from 0)."""

    __slots__ = ("at", "indent", "lines", "meanings", "patterns", "text")

    def __init__(self, text: str, lines: Lines) -> None:
        self.text = text
        self.lines = lines
        self.meanings = Meanings()
        self.patterns = _patterns()
        self.at = 0
        self.indent = 0

    def document(self) -> YamlMap:
        """Read the whole file."""
        self._advance(self.patterns.to_next, 0)
        node, _ = self._mapping(1)
        if self.at < len(self.text):
            raise _Unsupported
        return node

    def _mapping(self, depth: int) -> tuple[YamlMap, int]:
        """Read the block mapping at the current offset. Return it and the end of its last content."""
        indent, end, last = self.indent, len(self.text), -1
        node = self._new_map(depth)
        match, mark = self.patterns.entry.match, node.marks.extend
        value: Node
        while self.indent == indent and self.at < end:
            start = self.at
            found = match(self.text, start)
            if found is None:
                key, key_end, value, first, last = self._entry(depth)
            else:
                key, plain, pairs, items, _ = found.groups()
                key_end = start + len(key)
                self.at = found.end()
                self.indent = self.at - found.start(5)
                if plain is not None:
                    value, (first, last) = self.meanings[plain], found.span(2)
                elif pairs is not None:
                    first, last = found.start(3) - 1, found.end(3) + 1
                    value = self._pairs(pairs, first + 1)
                elif items is not None:
                    first, last = found.start(4) - 1, found.end(4) + 1
                    value = self._items(items, ", ", first + 1)
                else:
                    value, first, last = self._below(indent, key_end + 1, depth)
            self._put(node, key, value)
            mark((start, key_end, first, last))
        if last < 0:
            raise _Unsupported
        return node, last

    def _entry(self, depth: int) -> tuple[str, int, Node, int, int]:
        """Read an entry outside the fast path. Return the key, its end, the value, its start and its end."""
        indent = self.indent
        key, key_end, at = self._key(self.at)
        if self.text[at] in "#\n":
            self._advance(self.patterns.line_end, key_end + 1)
            return key, key_end, *self._below(indent, key_end + 1, depth)
        value, first, last = self._value(at, depth)
        self._advance(self.patterns.line_end, last)
        return key, key_end, value, first, last

    def _below(self, indent: int, nothing: int, depth: int) -> tuple[Node, int, int]:
        """Read the value in the lines below a key. An empty value is located at `nothing`, after the colon."""
        start = self.at
        if self.indent >= indent and self.text.startswith("- ", start):
            listed, last = self._list(depth + 1)
            return listed, start, last
        if self.indent > indent:
            node, last = self._mapping(depth + 1)
            return node, start, last
        return None, nothing, nothing

    def _list(self, depth: int) -> tuple[YamlList, int]:
        """Read the block list at the current offset. Return it and the end of its last content."""
        indent, last = self.indent, -1
        between = f"\n{indent * ' '}- "
        node = self._new_list(depth)
        while self.indent == indent and self.text.startswith("- ", self.at):
            known = self._known_items(between) if not node else None
            if known is not None:
                node, last = known, self.at - 1
                self._advance(self.patterns.to_next, self.at)
                continue
            run = self.patterns.items.match(self.text, self.at - indent)
            if run is None:
                value, first, last = self._item(depth)
                node.marks.extend((first, last))
                node.append(value)
                continue
            last = run.end() - 1
            items = self._items(self.text[self.at + 2 : last], between, self.at + 2)
            self._advance(self.patterns.to_next, run.end())
            if node:
                node.marks.extend(items.marks)
                node += items
            else:
                node = items
        return node, last

    def _known_items(self, between: str) -> YamlList | None:
        """Read the rest of a block list if all items are texts that occurred in the file before, and advance.

        Returns None, without advancing, if an item is new and has to be validated.
        """
        found = _end_of_items(between).search(self.text, self.at)
        if found is None:
            return None
        written = self.text[self.at + 2 : found.start()]
        items = list(map(self.meanings.get, written.split(between)))
        if set(map(type, items)) != {str} or not written.isascii():
            return None
        node = YamlList(self.lines.file, self.lines, items)
        node.set_contiguous(self.at + 2, len(between))
        self.at = found.start() + 1
        return node

    def _item(self, depth: int) -> tuple[Node, int, int]:
        """Read an item outside the fast path, such as a mapping on the line of its dash. Return it, start and end."""
        start = self.at + 2
        while self.text[start] == " ":
            start += 1
        if self.text[start] not in "[{" and self.patterns.key.match(self.text, start):
            self.indent += start - self.at
            self.at = start
            node, last = self._mapping(depth + 1)
            return node, start, last
        value, start, last = self._value(start, depth)
        self._advance(self.patterns.line_end, last)
        return value, start, last

    def _value(self, at: int, depth: int) -> tuple[Node, int, int]:
        """Read a value that begins on the current line. Return it, its start and its end."""
        if self.text[at] == "[":
            return self._list_in_brackets(at, depth + 1)
        if self.text[at] == "{":
            return self._mapping_in_brackets(at, depth + 1)
        found = self.patterns.scalar.match(self.text, at)
        if found is None:
            raise _Unsupported
        plain, quoted = found.groups()
        return self.meanings[plain] if plain is not None else self.meanings.of_quoted(quoted[1:-1]), *found.span()

    def _list_in_brackets(self, start: int, depth: int) -> tuple[YamlList, int, int]:
        node = self._new_list(depth)
        at = self._after_spaces(start + 1)
        while not (self.text[at] == "]" and not node):
            value, first, last = self._value(at, depth)
            node.marks.extend((first, last))
            node.append(value)
            at = self._after_spaces(last)
            if self.text[at] != ",":
                break
            at = self._after_spaces(at + 1)
        return node, start, self._closed(at, "]")

    def _mapping_in_brackets(self, start: int, depth: int) -> tuple[YamlMap, int, int]:
        node = self._new_map(depth)
        at = self._after_spaces(start + 1)
        while not (self.text[at] == "}" and not node):
            key, key_end, begins = self._key(at)
            value, first, last = self._value(begins, depth)
            self._put(node, key, value)
            node.marks.extend((at, key_end, first, last))
            at = self._after_spaces(last)
            if self.text[at] != ",":
                break
            at = self._after_spaces(at + 1)
        return node, start, self._closed(at, "}")

    def _closed(self, at: int, bracket: str) -> int:
        """Return the offset after the closing bracket that is expected here."""
        if self.text[at] != bracket:
            raise _Unsupported
        return at + 1

    def _items(self, written: str, between: str, start: int) -> YamlList:
        """Return a list of plain texts, separated by `between`, that starts at an offset."""
        texts = written.split(between)
        node = YamlList(self.lines.file, self.lines, map(self.meanings.setdefault, texts, texts))
        if written.isascii() and set(map(type, node)) == {str}:
            node.set_contiguous(start, len(between))
        else:
            node.marks.extend(ends(texts, start, len(between)))
        return node

    def _pairs(self, written: str, start: int) -> YamlMap:
        """Return a flow mapping of plain texts with one space after each colon and comma."""
        parts = written.replace(": ", ", ").split(", ")
        node = YamlMap(self.lines.file, self.lines)
        known = list(map(self.meanings.__getitem__, parts))
        keys = cast("list[str]", known[::2])
        if list(map(str, known)) == parts and set(map(type, keys)) == {str} and len(written) <= _LONGEST_KEY:
            node.update(zip(keys, known[1::2], strict=True))
            node.set_contiguous(start)
        else:
            for key, value in zip(parts[::2], known[1::2], strict=True):
                self._put(node, key, value)
            node.marks.extend(ends(parts, start, 2))
        if 2 * len(node) != len(parts):
            raise _Unsupported  # a duplicate key
        return node

    def _key(self, at: int) -> tuple[str, int, int]:
        """Return a key as written, its end, and the start of the value."""
        found = self.patterns.key.match(self.text, at)
        if found is None:
            raise _Unsupported
        return found[1], found.end(1), found.end()

    def _put(self, node: YamlMap, written: str, value: Node) -> None:
        """Add an entry to a mapping, given the key as written."""
        quoted = written[0] in "'\""
        key = self.meanings.of_quoted(written[1:-1]) if quoted else self.meanings.text(written)
        if key in node or len(key) > _LONGEST_KEY:
            raise _Unsupported
        node[key] = value

    def _new_map(self, depth: int) -> YamlMap:
        if depth > _DEPTH:
            raise _Unsupported
        return YamlMap(self.lines.file, self.lines)

    def _new_list(self, depth: int) -> YamlList:
        if depth > _DEPTH:
            raise _Unsupported
        return YamlList(self.lines.file, self.lines)

    def _after_spaces(self, at: int) -> int:
        """Return the offset of the next content in brackets, which must be indented deeper than the enclosing block."""
        found = self.patterns.spaces.match(self.text, at)
        if found is None or (found[1] is not None and len(found[1]) <= self.indent):
            raise _Unsupported
        return found.end()

    def _advance(self, pattern: re.Pattern[str], at: int) -> None:
        """Advance to the next content, over text that must match the pattern. Its group 1 is the indentation."""
        found = pattern.match(self.text, at)
        if found is None:
            raise _Unsupported
        self.at = found.end()
        self.indent = self.at - found.start(1)


def read(raw: bytes, file: str) -> tuple[Node, list[Finding]]:
    """Return the value of a YAML file and the findings.

    The findings are YAML001 to YAML005, and SCHEMA001 for a key that is not text. The value is None if the file is
    empty, or if reading ended early; the last finding is then the reason.
    """
    clean = decode(raw, file)
    if isinstance(clean, Finding):
        return None, [clean]
    with collector_paused():
        node = scan(clean, file)
        if node is not None:
            return node, []
        # Imported here because few files need it, and PyYAML is slow to import.
        from seatsync.reading.yaml_parser import read_in_full  # noqa: PLC0415

        return read_in_full(clean, file)
