"""Layout nodes of a YAML file: values together with the comments above, beside and below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


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
