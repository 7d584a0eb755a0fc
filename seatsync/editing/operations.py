"""Operations on a YAML file: set or remove a key, add or remove an item.

A path holds the keys from the top of the file to a mapping or list. Names match after NFC normalisation. Missing
mappings on a path are created; null counts as missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seatsync.account.actions.spec import Facts
from seatsync.declaration.fields import nfc
from seatsync.declaration.writing.emit import Data
from seatsync.reading.tree import Node, YamlList, YamlMap

Path: TypeAlias = tuple[str, ...]
Plain: TypeAlias = "Facts | tuple[str, ...] | str | int | None"
"""A value that an operation can write: a flat mapping, a list of texts, a text, an integer or null."""


@dataclass(frozen=True, slots=True)
class AddItem:
    """Append a text or flat mapping to the list at `path`; the list is created if it is missing."""

    path: Path
    item: str | Facts


@dataclass(frozen=True, slots=True)
class RemoveItem:
    """Remove item `index` of the list at `path`; the index is that before all operations."""

    path: Path
    index: int


@dataclass(frozen=True, slots=True)
class SetItem:
    """Replace item `index` of the list at `path` where it is; the index is that before all operations."""

    path: Path
    index: int
    item: str | Facts


@dataclass(frozen=True, slots=True)
class SetKey:
    """Set the last key of `path`; a new key becomes the last of its mapping."""

    path: Path
    value: Plain


@dataclass(frozen=True, slots=True)
class RemoveKey:
    """Remove the last key of `path` with its value."""

    path: Path


ListOperation: TypeAlias = AddItem | RemoveItem | SetItem
Operation: TypeAlias = ListOperation | SetKey | RemoveKey


class EditRefused(Exception):
    """An edit that cannot be applied to a text; `str()` completes a sentence that starts with the file's name."""


def matching_key(mapping: Mapping[str, Node], name: str) -> str | None:
    """Return the key of a mapping that equals a name after NFC normalisation."""
    if name in mapping:
        return name
    return next((key for key in mapping if nfc(key) == nfc(name)), None)


def plain_data(value: Plain) -> Data:
    """Return a value as mappings, lists and scalars."""
    if isinstance(value, Facts):
        return {name: list(fact) if isinstance(fact, tuple) else fact for name, fact in value.items}
    return list(value) if isinstance(value, tuple) else value


def apply_operations(document: Node, operations: Sequence[Operation]) -> Node:
    """Return the data of a file after operations; the given data is not modified."""
    result: Node = YamlMap() if document is None else _copy(document)
    gone: dict[Path, set[int]] = {}
    for operation in operations:
        if isinstance(operation, RemoveItem):
            gone.setdefault(operation.path, set()).add(operation.index)
        elif isinstance(operation, SetItem):
            _list_at(result, operation.path)[operation.index] = _copy(plain_data(operation.item))
    for path, indexes in gone.items():
        listed = _list_at(result, path)
        listed[:] = [item for index, item in enumerate(listed) if index not in indexes]
    for operation in operations:
        if isinstance(operation, AddItem):
            _list_at(result, operation.path).append(_copy(plain_data(operation.item)))
        elif isinstance(operation, SetKey):
            parent = _map_at(result, operation.path[:-1])
            parent[matching_key(parent, operation.path[-1]) or operation.path[-1]] = _copy(plain_data(operation.value))
        elif isinstance(operation, RemoveKey):
            _remove(result, operation.path)
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


def _remove(document: Node, path: Path) -> None:
    here = document
    for name in path[:-1]:
        here = here.get(matching_key(here, name) or name) if isinstance(here, YamlMap) else None
    if isinstance(here, YamlMap):
        here.pop(matching_key(here, path[-1]) or path[-1], None)


def _map_at(document: Node, path: Path) -> YamlMap:
    here = document
    for name in path:
        if not isinstance(here, YamlMap):
            break
        key = matching_key(here, name) or name
        if here.get(key) is None:
            here[key] = YamlMap()
        here = here[key]
    if not isinstance(here, YamlMap):
        raise EditRefused(f"has no mapping at {' / '.join(path)}")
    return here


def _list_at(document: Node, path: Path) -> YamlList:
    parent = _map_at(document, path[:-1])
    key = matching_key(parent, path[-1]) or path[-1]
    if parent.get(key) is None:
        parent[key] = YamlList()
    here = parent[key]
    if not isinstance(here, YamlList):
        raise EditRefused(f"has no list at {' / '.join(path)}")
    return here
