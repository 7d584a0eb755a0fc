"""In-place edits of YAML text: only the edited values change, and all other characters are kept.

The result is read again, and must equal the data after the operations; otherwise the edit is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seatsync.editing.layout import style_of
from seatsync.editing.operations import (
    AddItem,
    EditRefused,
    Operation,
    Path,
    RemoveItem,
    RemoveKey,
    SetKey,
    apply_operations,
)
from seatsync.editing.splices import Splicer, spliced
from seatsync.finding import Finding
from seatsync.reading import yaml_file
from seatsync.reading.tree import Node
from seatsync.reading.utf8 import decode

_BOM = b"\xef\xbb\xbf"


def edited(raw: bytes, file: str, operations: Sequence[Operation]) -> bytes:
    """Return the bytes of a file after operations. Raises `EditRefused`."""
    mark = _BOM if raw.startswith(_BOM) else b""
    text = decode(raw, file)
    if isinstance(text, Finding):
        raise EditRefused("cannot be read")
    for batch in _rounds(operations):
        try:
            text = _after(text, file, batch)
        except EditRefused:
            parts = _split_by_container(batch)
            if len(parts) == 1:
                raise
            for part in parts:  # operations refused together may succeed one after another
                text = _after(text, file, part)
    return mark + text.encode()


def _after(text: str, file: str, batch: Sequence[Operation]) -> str:
    """Return the text after the operations of one round."""
    document = _read(text, file)
    intended = apply_operations(document, batch)
    changed = spliced(text, Splicer(text, document, style_of(text, document)).splices(batch))
    if _read(changed, file) != intended:
        raise EditRefused("has a layout that cannot be edited without other changes")
    return changed


def _split_by_container(batch: Sequence[Operation]) -> list[list[Operation]]:
    """Return single operations, but those on the same list together."""
    parts: dict[tuple[bool, Path], list[Operation]] = {}
    for operation in batch:
        parts.setdefault((isinstance(operation, AddItem | RemoveItem), operation.path), []).append(operation)
    return list(parts.values())


def _read(text: str, file: str) -> Node:
    document, findings = yaml_file.read(text.encode(), file)
    if findings:
        raise EditRefused("has a layout that cannot be edited without breaking it")
    return document


def _rounds(operations: Sequence[Operation]) -> list[list[Operation]]:
    """Return operations in rounds that can be applied at once: no container of a round lies inside another.

    Operations on the same list share a round. Every operation goes into the earliest round that allows it.
    """
    rounds: list[_Round] = []
    for operation in operations:
        path = operation.path[:-1] if isinstance(operation, SetKey | RemoveKey) else operation.path
        above = {path[:length] for length in range(len(path))}
        chosen = len(rounds)
        while chosen and not (path in rounds[chosen - 1].above or above & rounds[chosen - 1].taken):
            chosen -= 1
        same = next((number for number, other in enumerate(rounds) if operation.path in other.lists), None)
        if isinstance(operation, AddItem | RemoveItem) and same is not None:
            chosen = same
        if chosen == len(rounds):
            rounds.append(_Round())
        rounds[chosen].operations.append(operation)
        rounds[chosen].taken.add(path)
        rounds[chosen].above.update(above)
        if isinstance(operation, AddItem | RemoveItem):
            rounds[chosen].lists.add(path)
    return [each.operations for each in rounds]


@dataclass(slots=True)
class _Round:
    """Operations applied at once: the containers they change, the ancestors of these, and the lists among them."""

    operations: list[Operation] = field(default_factory=list)
    taken: set[Path] = field(default_factory=set)
    above: set[Path] = field(default_factory=set)
    lists: set[Path] = field(default_factory=set)
