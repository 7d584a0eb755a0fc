"""What a file is made of: values with the comments that stand above, beside and below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment at the end of a line. `column`: where it stood, if further away than it has to; else 0."""

    text: str
    column: int = 0


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as it is to be written; `""` is nothing. `below`: the lines of a block text, without their margin."""

    text: str
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value, or an item of a list (`key` None).

    `name` is the key, or what an item says first, by which entries are sorted. `lead` are the lines above it: comments,
    and `""` for blank lines.
    """

    lead: tuple[str, ...]
    key: str | None
    name: str
    value: Value
    remark: Remark | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """A mapping or list. `foot` are the lines after its last entry; with `brackets` it may stand in brackets."""

    mapping: bool
    entries: tuple[Entry, ...]
    foot: tuple[str, ...] = ()
    brackets: bool = False


Value: TypeAlias = Scalar | Collection


@dataclass(frozen=True, slots=True)
class Document:
    """A whole file: the lines that stay at its top whatever moves below them, and its content."""

    header: tuple[str, ...]
    root: Collection
