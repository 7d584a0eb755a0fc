"""The prevailing style of a YAML text, in which new lines are written."""

from __future__ import annotations

from dataclasses import dataclass

from seatsync.reading.tree import Node, YamlList, YamlMap


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
