"""The text of a YAML file: read back after an edit, and with names replaced where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from seatsync.editing.operations import EditRefused
from seatsync.editing.splices import Splice, spliced, written_like
from seatsync.finding import Location
from seatsync.reading import yaml_file
from seatsync.reading.tree import Node, YamlList, YamlMap

_LINE_END: Final = re.compile(r"\r\n|\n|\r")


def read_back(text: str, file: str) -> Node:
    """Return the data of a text that an edit works on. Raises `EditRefused`."""
    document, findings = yaml_file.read(text.encode(), file)
    if findings:
        raise EditRefused("has a layout that cannot be edited without breaking it")
    return document


def renamed(text: str, file: str, names: Mapping[Location, str]) -> str:
    """Return the text with the key or value at each location replaced by a name. Raises `EditRefused`."""
    starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
    splices: dict[int, Splice] = {}
    new: dict[int, str] = {}
    for at, name in names.items():
        start, end = starts[at.line - 1] + at.column - 1, starts[at.end_line - 1] + at.end_column - 1
        splices[start], new[start] = Splice(start, end, written_like(text[start:end], name)), name
    changed = spliced(text, [*splices.values()])
    intended = [new.pop(start, value) for start, value in _scalars(read_back(text, file))]
    if new or [value for _, value in _scalars(read_back(changed, file))] != intended:
        raise EditRefused("has a layout in which a name cannot be replaced")
    return changed


def _scalars(node: Node) -> Iterator[tuple[int, Node]]:
    """Yield the keys and scalar values of a document in their order, each with the offset where it begins."""
    if isinstance(node, YamlMap):
        for rank, (key, child) in enumerate(node.items()):
            yield node.marks[4 * rank], key
            yield from _below(child, node.marks[4 * rank + 2])
    elif isinstance(node, YamlList):
        for index, child in enumerate(node):
            yield from _below(child, node.marks[2 * index])


def _below(node: Node, start: int) -> Iterator[tuple[int, Node]]:
    if isinstance(node, YamlMap | YamlList):
        yield from _scalars(node)
    else:
        yield start, node
