"""What can be done to a YAML file, as small values, and what each of them means for the data in it.

A path leads from the top of the file to a mapping or list: the keys on the way. Names are found whatever their Unicode
spelling (NFC). Of what a path names and the file lacks, mappings are made; null counts as lacking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seatsync.account.actions import Facts
from seatsync.declaration.emit import Data
from seatsync.declaration.names import nfc
from seatsync.reading.tree import Node, YamlList, YamlMap

Path: TypeAlias = tuple[str, ...]
Plain: TypeAlias = "Facts | tuple[str, ...] | str | int | None"
"""What an operation can write: small mappings, lists of texts, texts, whole numbers, null."""


@dataclass(frozen=True, slots=True)
class AddItem:
    """A text, or a small mapping, at the end of the list at `path`, which is made where there is none."""

    path: Path
    item: str | Facts


@dataclass(frozen=True, slots=True)
class RemoveItem:
    """Item `index` of the list at `path` is taken out; indexes are those before all changes."""

    path: Path
    index: int


@dataclass(frozen=True, slots=True)
class SetKey:
    """The key at the end of `path` gets a value, in place of the one it has or as the last of its mapping."""

    path: Path
    value: Plain


@dataclass(frozen=True, slots=True)
class RemoveKey:
    """The key at the end of `path` is taken out, with its value."""

    path: Path


Operation: TypeAlias = AddItem | RemoveItem | SetKey | RemoveKey


class EditRefused(Exception):
    """A change that cannot be written into a text. `str()` says why, in words that follow the file's name."""


def spelt(mapping: Mapping[str, Node], name: str) -> str | None:
    """The key of a mapping that is this name, as it is written there."""
    if name in mapping:
        return name
    return next((key for key in mapping if nfc(key) == nfc(name)), None)


def data_of(value: Plain) -> Data:
    """A value as plain data."""
    if isinstance(value, Facts):
        return {name: list(fact) if isinstance(fact, tuple) else fact for name, fact in value.items}
    return list(value) if isinstance(value, tuple) else value


def carried_out(document: Node, operations: Sequence[Operation]) -> Node:
    """The data of a file after operations, in their order; the given data is left as it is."""
    result: Node = YamlMap() if document is None else _copy(document)
    gone: dict[Path, set[int]] = {}
    for operation in operations:
        if isinstance(operation, RemoveItem):
            gone.setdefault(operation.path, set()).add(operation.index)
    for path, indexes in gone.items():
        listed = _list_at(result, path)
        listed[:] = [item for index, item in enumerate(listed) if index not in indexes]
    for operation in operations:
        if isinstance(operation, AddItem):
            _list_at(result, operation.path).append(_copy(data_of(operation.item)))
        elif isinstance(operation, SetKey):
            parent = _map_at(result, operation.path[:-1])
            parent[spelt(parent, operation.path[-1]) or operation.path[-1]] = _copy(data_of(operation.value))
        elif isinstance(operation, RemoveKey):
            _take_out(result, operation.path)
    return result


def _copy(value: object) -> Node:
    if isinstance(value, Mapping):
        copied = YamlMap()
        copied.update({key: _copy(child) for key, child in value.items()})
        return copied
    if isinstance(value, list | tuple):
        items = YamlList()
        items.extend(_copy(child) for child in value)
        return items
    return value  # type: ignore[return-value]  # a scalar


def _take_out(document: Node, path: Path) -> None:
    here = document
    for name in path[:-1]:
        here = here.get(spelt(here, name) or name) if isinstance(here, YamlMap) else None
    if isinstance(here, YamlMap):
        here.pop(spelt(here, path[-1]) or path[-1], None)


def _map_at(document: Node, path: Path) -> YamlMap:
    here = document
    for name in path:
        if not isinstance(here, YamlMap):
            break
        key = spelt(here, name) or name
        if here.get(key) is None:
            here[key] = YamlMap()
        here = here[key]
    if not isinstance(here, YamlMap):
        raise EditRefused(f"has no mapping at {' / '.join(path)}")
    return here


def _list_at(document: Node, path: Path) -> YamlList:
    parent = _map_at(document, path[:-1])
    key = spelt(parent, path[-1]) or path[-1]
    if parent.get(key) is None:
        parent[key] = YamlList()
    here = parent[key]
    if not isinstance(here, YamlList):
        raise EditRefused(f"has no list at {' / '.join(path)}")
    return here
