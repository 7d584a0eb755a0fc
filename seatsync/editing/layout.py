"""How new values are written, so that they look like what stands around them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from seatsync.declaration.emit import Data, Several, entries_of, entry_lines, flow, quoted
from seatsync.reading.tree import Node, YamlList, YamlMap

_SINGLE_QUOTED = re.compile(r"[^'\r\n]*")


@dataclass(frozen=True, slots=True)
class Style:
    """What is usual in a text: how its lines end, whether lists are in block style, and how far their dash is in."""

    newline: str
    block_lists: bool
    dash: int


def style_of(text: str, document: Node) -> Style:
    """The style of a text, judged by its lists."""
    newline = next((end for end in ("\r\n", "\n", "\r") if end in text), "\n")
    flow = block = 0
    dash = 2
    for column, parent in _lists(text, document):
        if column is None:
            flow += 1
        else:
            block += 1
            dash = 0 if column <= parent else 2
    return Style(newline, block > flow, dash)


def _lists(text: str, node: Node) -> list[tuple[int | None, int]]:
    """Every list with items: the column of its dashes (None in flow style), and that of its key."""
    found: list[tuple[int | None, int]] = []
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, YamlMap):
            for rank, child in enumerate(here.values()):
                waiting.append(child)
                if isinstance(child, YamlList) and child:
                    start = here.marks[4 * rank + 2]
                    flow = text[start : start + 1] == "["
                    found.append((None if flow else column(text, start), column(text, here.marks[4 * rank])))
        elif isinstance(here, YamlList):
            waiting.extend(here)
    return found


def column(text: str, at: int) -> int:
    """How many characters stand before an offset in its line."""
    return at - line_start(text, at)


def line_start(text: str, at: int) -> int:
    """Where the line of an offset begins."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def next_line(text: str, at: int) -> int:
    """Where the line after that of an offset begins, or the text ends."""
    found = re.compile(r"\r\n|\n|\r").search(text, at)
    return len(text) if found is None else found.end()


def entry(name: str, value: Data, margin: str, style: Style, *, blocks: bool) -> list[str]:
    """Return a key with its value as lines of a block mapping.

    With `blocks`, the value is in block style if it is a mapping, and so are those in it that are not short and flat.
    """

    def opens(several: Several) -> bool:
        if isinstance(several, Mapping):
            return blocks if several is value else not _names_only(several)
        return style.block_lists

    (written,) = entries_of({name: value}, opens)
    return entry_lines(written, margin, dash=style.dash)


def _names_only(value: Mapping[str, Data]) -> bool:
    """Whether a mapping is short and flat: names of a person, say."""
    return not any(isinstance(child, Mapping | list | tuple) for child in value.values())


def like(old: str, value: Data) -> str:
    """A scalar in the quotes of the one it replaces."""
    if isinstance(value, str) and old.startswith('"'):
        return quoted(value)
    if isinstance(value, str) and old.startswith("'") and value.isprintable() and _SINGLE_QUOTED.fullmatch(value):
        return f"'{value}'"
    return flow(value)
