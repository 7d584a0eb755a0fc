"""How new values are written, so that they look like what stands around them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from seatsync.declaration.emit import key as block_key
from seatsync.declaration.emit import quoted
from seatsync.declaration.emit import scalar as block_scalar
from seatsync.editing.operations import Data
from seatsync.reading.tree import Node, YamlList, YamlMap

_SAFE_IN_FLOW = re.compile(r"[^,\[\]{}:?#&*!|>'\"%@`]+(?:@[^,\[\]{}:?#'\"`]+)?")
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


def flow(value: Data) -> str:
    """A value on one line."""
    if isinstance(value, str):
        plain = block_scalar(value)
        return plain if plain.startswith('"') or _SAFE_IN_FLOW.fullmatch(plain) else quoted(value)
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow_key(name)}: {flow(child)}" for name, child in value.items()) + "}"
    return "[" + ", ".join(flow(item) for item in value) + "]"


def flow_key(name: str) -> str:
    """A key among braces."""
    plain = block_key(name)
    return plain if plain.startswith('"') or _SAFE_IN_FLOW.fullmatch(plain) else quoted(name)


def entry(name: str, value: Data, margin: str, style: Style, *, blocks: bool) -> str:
    """A key with its value as whole lines of a block mapping; with `blocks`, mappings in it are in block style too."""
    start = f"{margin}{block_key(name)}:"
    if isinstance(value, str):
        return f"{start} {block_scalar(value)}{style.newline}"
    if isinstance(value, Mapping) and value and blocks:
        inside = "".join(
            entry(key, child, f"{margin}  ", style, blocks=not _names_only(child)) for key, child in value.items()
        )
        return f"{start}{style.newline}{inside}"
    if isinstance(value, list | tuple) and value and style.block_lists:
        items = "".join(f"{margin}{' ' * style.dash}- {block_scalar(str(item))}{style.newline}" for item in value)
        return f"{start}{style.newline}{items}"
    return f"{start} {flow(value)}{style.newline}"


def _names_only(value: Data) -> bool:
    """Whether a mapping is short and flat: names of a person, say."""
    return isinstance(value, Mapping) and not any(isinstance(child, Mapping | list | tuple) for child in value.values())


def like(old: str, value: Data) -> str:
    """A scalar in the quotes of the one it replaces."""
    if isinstance(value, str) and old.startswith('"'):
        return quoted(value)
    if isinstance(value, str) and old.startswith("'") and value.isprintable() and _SINGLE_QUOTED.fullmatch(value):
        return f"'{value}'"
    return flow(value)
