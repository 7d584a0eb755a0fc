"""The one emitter of YAML: documents with comments as values, and their text.

It writes new files, canonical files and in-place edits, which differ only in the use of the flow style.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class LineComment:
    """A comment at the end of a line. `column` is its original column if it was aligned further right, else 0."""

    text: str
    column: int = 0


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as written; `""` for an empty value. `below` are the lines of a block scalar, without indentation."""

    text: str
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value, or an item of a list (`key` None).

    `name` is the sort key: the key, or the first text of an item. `lead` are the lines above it: comments, and `""` for
    blank lines.
    """

    lead: tuple[str, ...]
    key: str | None
    name: str
    value: Value
    comment: LineComment | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A mapping or list. `foot` are the lines after its last entry; `brackets` allows the flow style."""

    mapping: bool
    entries: tuple[Entry, ...]
    foot: tuple[str, ...] = ()
    brackets: bool = False


Value: TypeAlias = Scalar | Collection


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file: the lines that always stay at its top, and its content."""

    header: tuple[str, ...]
    root: Collection


Data: TypeAlias = "Mapping[str, Data] | Sequence[Data] | str | int | None"
"""Data that can be written: mappings, lists, texts, integers, true and false, and null."""

Several: TypeAlias = "Mapping[str, Data] | Sequence[Data]"
"""A mapping or list."""

_STEP: Final = 2
_LONGEST_KEY: Final = 1000  # YAML requires `?` before a key of more than 1024 characters

# Plain scalars that are not text: numbers, booleans, null; and `<<`, which the reader rejects.
_RESOLVED: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|true|false|null|~|<<")
# The start of a plain scalar: no indicator, except `-` and `:` before a character other than a space.
_OPENING: Final = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[\-:][^\s]")
_MARKUP: Final = re.compile(r":(?:\s|$)|\s#|\s$|^(?:---|\.\.\.)(?:\s|$)")
_SAFE_IN_BRACKETS: Final = re.compile(r"[^,\[\]{}:?#&*!|>'\"%@`]+(?:@[^,\[\]{}:?#'\"`]+)?")


def yaml_of(value: Mapping[str, Data]) -> str:
    """Return a mapping as a YAML document with one line per entry and item."""
    return "".join(f"{line}\n" for entry in entries_of(value) for line in entry_lines(entry, ""))


def flow(value: Data) -> str:
    """Return a value on one line."""
    return _in_brackets(_bracketed(value))


# Text


def scalar(text: str) -> str:
    """Return a text as a YAML value."""
    return quoted(text) if _RESOLVED.fullmatch(text) else key(text)


@lru_cache(maxsize=1 << 16)  # the same people occur in many lists
def key(text: str) -> str:
    """Return a text as a YAML key. Keys are always text, so numbers need no quotes."""
    plain = text.isprintable() and _OPENING.match(text) and not _MARKUP.search(text) and text != "<<"
    return text if plain else quoted(text)


def flow_key(text: str) -> str:
    """Return a text as a key in flow style, where more characters require quotes."""
    return _safe(key(text), text)


def quoted(text: str) -> str:
    """Return a text in double quotes, with unprintable characters escaped."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else _escape(c) for c in text) + '"'


def _escape(character: str) -> str:
    return '\\"' if character == '"' else character.encode("unicode_escape").decode("ascii")


def _safe(written: str, text: str) -> str:
    return written if written.startswith('"') or _SAFE_IN_BRACKETS.fullmatch(written) else quoted(text)


# Data to nodes


def _always(_: Several) -> bool:
    return True


def entries_of(value: Mapping[str, Data], opens: Callable[[Several], bool] = _always) -> tuple[Entry, ...]:
    """Return the entries of a mapping; children for which `opens` returns True use the block style."""
    return tuple(Entry((), key(name), name, _opened(child, opens)) for name, child in value.items())


def _opened(value: Data, opens: Callable[[Several], bool]) -> Value:
    if isinstance(value, str):
        return Scalar(scalar(value))
    if value is None or isinstance(value, int) or not value or not opens(value):
        return _bracketed(value)
    if isinstance(value, Mapping):
        return Collection(mapping=True, entries=entries_of(value, opens))
    return Collection(mapping=False, entries=tuple(map(_item_of, value)))


def _item_of(item: Data) -> Entry:
    """Return an item of a block list; a mapping or list in it uses the flow style."""
    return Entry((), None, "", Scalar(scalar(item)) if isinstance(item, str) else _bracketed(item))


def _bracketed(value: Data) -> Value:
    if isinstance(value, str):
        return Scalar(_safe(scalar(value), value))
    if value is None or isinstance(value, int):
        return Scalar("null" if value is None else str(value).lower())  # true, false and numbers
    if isinstance(value, Mapping):
        entries = tuple(Entry((), flow_key(name), name, _bracketed(child)) for name, child in value.items())
        return Collection(mapping=True, entries=entries, brackets=True)
    items = tuple(Entry((), None, "", _bracketed(item)) for item in value)
    return Collection(mapping=False, entries=items, brackets=True)


# Nodes to lines


def entry_lines(entry: Entry, margin: str, *, width: int | None = None, dash: int = _STEP) -> list[str]:
    """Return an entry as lines.

    A flow collection that would exceed `width` is written in block style; `dash` is the indentation of list items
    relative to their key.
    """
    return _Lines(width, dash).entry(entry, margin)


class _Lines:
    """Layout of nodes as lines, with one width and list indentation."""

    def __init__(self, width: int | None, dash: int) -> None:
        self.width = width
        self.dash = dash

    def entry(self, entry: Entry, margin: str) -> list[str]:
        lines = _indented(entry.lead, margin)
        if entry.key is None:
            return lines + self._item(entry, margin)
        start = f"{margin}{entry.key}:"
        if len(entry.key) > _LONGEST_KEY:
            lines.append(f"{margin}? {entry.key}")
            start = f"{margin}:"
        line = self._on_one_line(entry.value, start)
        if line is not None:
            return [*lines, _with(line, entry.comment), *_below(entry.value, margin)]
        return [*lines, _with(start, entry.comment), *self._block(entry.value, margin)]

    def _item(self, entry: Entry, margin: str) -> list[str]:
        line = self._on_one_line(entry.value, f"{margin}-")
        if line is not None:
            return [_with(line, entry.comment), *_below(entry.value, margin)]
        inner = self._block(entry.value, margin)
        above = next(number for number, line in enumerate(inner) if not line.lstrip().startswith("#") and line)
        comments = _indented((line.lstrip() for line in inner[:above]), margin)
        if entry.comment is not None:
            comments.append(f"{margin}{entry.comment.text}")
        return [*comments, f"{margin}- {inner[above].lstrip()}", *inner[above + 1 :]]

    def _block(self, value: Value, margin: str) -> list[str]:
        """Return the lines of a mapping or list below its key or dash, which is at `margin`."""
        if isinstance(value, Scalar):
            return []
        margin += " " * (_STEP if value.mapping else self.dash)
        lines = [line for entry in value.entries for line in self.entry(entry, margin)]
        return from_first(lines) + _indented(value.foot, margin)

    def _on_one_line(self, value: Value, start: str) -> str | None:
        """Return the start of a line followed by a value, None if the value needs lines of its own."""
        if isinstance(value, Scalar):
            return f"{start} {value.text}" if value.text else start
        if not value.entries:
            return f"{start} {_in_brackets(value)}"
        line = f"{start} {_in_brackets(value)}" if value.brackets else ""
        return line if line and (self.width is None or len(line) <= self.width) else None


def from_first(lines: list[str]) -> list[str]:
    """Return lines without leading blank lines."""
    first = next((number for number, line in enumerate(lines) if line), len(lines))
    return lines[first:]


def _indented(lines: Iterable[str], margin: str) -> list[str]:
    return [f"{margin}{line}" if line else "" for line in lines]


def _below(value: Value, margin: str) -> list[str]:
    return _indented(value.below, f"{margin}{' ' * _STEP}") if isinstance(value, Scalar) else []


def _in_brackets(value: Value) -> str:
    if isinstance(value, Scalar):
        return value.text or "null"
    parts = [
        _in_brackets(entry.value) if entry.key is None else f"{entry.key}: {_in_brackets(entry.value)}"
        for entry in value.entries
    ]
    return ("{%s}" if value.mapping else "[%s]") % ", ".join(parts)


def _with(line: str, comment: LineComment | None) -> str:
    """Return a line with its comment, two spaces apart or in its original column."""
    if comment is None:
        return line
    return f"{line}{' ' * max(2, comment.column - len(line))}{comment.text}"
