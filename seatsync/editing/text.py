"""Operations carried out on the text of a YAML file: only what they speak of changes, character by character.

The places come from our own reader. The result is read again, and must hold exactly what the operations mean: where the
layout is one that is not understood here, the file is refused, never guessed at.
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
    carried_out,
)
from seatsync.editing.splices import Spliced, spliced
from seatsync.finding import Finding
from seatsync.reading import yaml_file
from seatsync.reading.tree import Node
from seatsync.reading.utf8 import decode

_BOM = b"\xef\xbb\xbf"


def edited(raw: bytes, file: str, operations: Sequence[Operation]) -> bytes:
    """The bytes of a file with operations carried out. Raises `EditRefused`."""
    mark = _BOM if raw.startswith(_BOM) else b""
    text = decode(raw, file)
    if isinstance(text, Finding):
        raise EditRefused("cannot be read")
    for batch in _rounds(operations):
        try:
            text = _after(text, file, batch)
        except EditRefused:
            parts = _apart(batch)
            if len(parts) == 1:
                raise
            for part in parts:  # what cannot be done at once can perhaps be done one after another
                text = _after(text, file, part)
    return mark + text.encode()


def _after(text: str, file: str, batch: Sequence[Operation]) -> str:
    """The text after the operations of one round."""
    document = _read(text, file)
    intended = carried_out(document, batch)
    changed = spliced(text, Spliced(text, document, style_of(text, document)).splices(batch))
    if _read(changed, file) != intended:
        raise EditRefused("is written in a way that cannot be changed without changing more")
    return changed


def _apart(batch: Sequence[Operation]) -> list[list[Operation]]:
    """Operations one by one, those on one list together."""
    parts: dict[tuple[bool, Path], list[Operation]] = {}
    for operation in batch:
        parts.setdefault((isinstance(operation, AddItem | RemoveItem), operation.path), []).append(operation)
    return list(parts.values())


def _read(text: str, file: str) -> Node:
    document, findings = yaml_file.read(text.encode(), file)
    if findings:
        raise EditRefused("is written in a way that cannot be changed without breaking it")
    return document


def _rounds(operations: Sequence[Operation]) -> list[list[Operation]]:
    """Operations in rounds: none of one round is about a container that is inside another's, those of a list together.

    Each comes into the first round after those that it must not share.
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
    """Operations that are done at once: the containers they change, what these stand in, and which are lists."""

    operations: list[Operation] = field(default_factory=list)
    taken: set[Path] = field(default_factory=set)
    above: set[Path] = field(default_factory=set)
    lists: set[Path] = field(default_factory=set)
