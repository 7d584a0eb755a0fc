"""The style of an existing YAML text, and new values written in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from seatsync.declaration.emit import Data, Several, entries_of, entry_lines, flow, quoted
from seatsync.reading.tree import Node, YamlList, YamlMap

_SINGLE_QUOTED = re.compile(r"[^'\r\n]*")


@dataclass(frozen=True, slots=True)
class Style:
    """The prevailing style of a text: line ending, block or flow lists, and the indentation of dashes."""

    newline: str
    block_lists: bool
    dash: int


def style_of(text: str, document: Node) -> Style:
    """Return the style of a text, taken from its lists."""
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
    """Return the column of the dashes (None in flow style) and of the key, for every list that is not empty."""
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
    """Return the number of characters before an offset in its line."""
    return at - line_start(text, at)


def line_start(text: str, at: int) -> int:
    """Return the start of the line of an offset."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def next_line(text: str, at: int) -> int:
    """Return the start of the next line after an offset, or the end of the text."""
    found = re.compile(r"\r\n|\n|\r").search(text, at)
    return len(text) if found is None else found.end()


def entry(name: str, value: Data, margin: str, style: Style, *, blocks: bool) -> list[str]:
    """Return a key with its value as lines of a block mapping.

    With `blocks`, a mapping is written in block style, and so are nested mappings that contain collections.
    """

    def opens(several: Several) -> bool:
        if isinstance(several, Mapping):
            return blocks if several is value else not _names_only(several)
        return style.block_lists

    (written,) = entries_of({name: value}, opens)
    return entry_lines(written, margin, dash=style.dash)


def _names_only(value: Mapping[str, Data]) -> bool:
    """Return True if a mapping holds scalars only, such as the names of a person."""
    return not any(isinstance(child, Mapping | list | tuple) for child in value.values())


def written_like(old: str, value: Data) -> str:
    """Return a scalar in the quoting style of the one it replaces."""
    if isinstance(value, str) and old.startswith('"'):
        return quoted(value)
    if isinstance(value, str) and old.startswith("'") and value.isprintable() and _SINGLE_QUOTED.fullmatch(value):
        return f"'{value}'"
    return flow(value)
