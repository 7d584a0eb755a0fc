"""The people, teams and so on that the files name: which one stands at a place, and all places of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from seatsync.account.email import identity
from seatsync.declaration.declared import Declaration
from seatsync.declaration.including import PROJECT_FILE
from seatsync.declaration.names import nfc
from seatsync.editor.outline import ITEM, Path, spot_at
from seatsync.editor.places import Text
from seatsync.editor.shapes import Kind, Shape, shape_at, shape_of
from seatsync.editor.view import View
from seatsync.finding import Location
from seatsync.reading import people_csv
from seatsync.reading.tree import Node, YamlList, YamlMap

_SUPPRESS = "policy/suppress/-"
_COLUMNS = {"email": Kind.PERSON, "team": Kind.TEAM, "product": Kind.PRODUCT}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that has a name. People are identities, names NFC; `within`: the team or contract it is named in."""

    kind: Kind
    name: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A thing at the offsets of its text."""

    thing: Thing
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that names a thing."""

    thing: Thing
    at: Location


def is_csv(file: str) -> bool:
    """Whether a file is a CSV of people."""
    return file.lower().endswith(".csv")


def thing_at(file: str, text: Text, offset: int, declared: Declaration | None) -> Found | None:
    """What the text at an offset of a file names, in whatever state the file is."""
    if is_csv(file):
        return _in_cell(file, text, offset)
    spot = spot_at(text.text, offset)
    if spot is None or not spot.written:
        return None
    shape = shape_at(file, spot.path)
    kind = shape.keys() if spot.key else shape.value()
    if kind is None:
        return None
    return Found(Thing(kind, normal(kind, spot.text), within(shape.pattern, spot.path, declared)), spot.start, spot.end)


def mentions(view: View, kind: Kind) -> Iterator[Mention]:
    """Every place in the files that names a thing of a kind, file by file."""
    for name in view.names:
        if is_csv(name):
            yield from _in_rows(name, view, kind)
        else:
            shape = shape_of(PROJECT_FILE if name == PROJECT_FILE else "")
            yield from _Walk(kind, view.declaration).below(view.tree(name), shape, ())


def normal(kind: Kind, text: str) -> str:
    """The name as it is compared."""
    return (identity(text) or text) if kind is Kind.PERSON else nfc(text)


def within(pattern: str, path: Path, declared: Declaration | None) -> str | None:
    """The team, or the contract, that a path belongs to."""
    if pattern.startswith(("teams/*", "contracts/*")):
        return nfc(path[1])
    if pattern.startswith("users/*/seats/*"):
        return nfc(path[3])
    if pattern.startswith("subscriptions/*") and declared is not None:
        said = declared.subscriptions.get(path[1])
        return said.team if said is not None else None
    return None


@dataclass(frozen=True, slots=True)
class _Walk:
    """The way through the data of a file, after the names of one kind."""

    kind: Kind
    declared: Declaration | None

    def below(self, node: Node, shape: Shape, path: Path) -> Iterator[Mention]:
        """The mentions in a part of a file that stands at a path."""
        if isinstance(node, YamlMap):
            yield from self._in_map(node, shape, path)
        elif isinstance(node, YamlList):
            below, there = shape.step(ITEM), (*path, ITEM)
            for index, item in enumerate(node):
                yield from self._value(item, below, there, partial(node.item_at, index))

    def _in_map(self, node: YamlMap, shape: Shape, path: Path) -> Iterator[Mention]:
        names, scope = shape.keys() is self.kind, None
        if shape.pattern == _SUPPRESS:  # what it names is that of the team that it names beside
            beside = node.get("team", node.get("contract"))
            scope = nfc(beside) if isinstance(beside, str) else None
        for key, value in node.items():
            if names:
                yield self._mention(key, shape, path, node.key_at(key))
            yield from self._value(value, shape.step(key), (*path, key), partial(node.value_at, key), scope)

    def _value(
        self, value: Node, shape: Shape, path: Path, at: Callable[[], Location], scope: str | None = None
    ) -> Iterator[Mention]:
        if isinstance(value, YamlMap | YamlList):
            yield from self.below(value, shape, path)
        elif isinstance(value, str) and shape.value() is self.kind:
            yield self._mention(value, shape, path, at(), scope)

    def _mention(self, text: str, shape: Shape, path: Path, at: Location, scope: str | None = None) -> Mention:
        where = scope or within(shape.pattern, path, self.declared)
        return Mention(Thing(self.kind, normal(self.kind, text), where), at)


def _in_cell(file: str, text: Text, offset: int) -> Found | None:
    """What a cell of a CSV names."""
    position = text.position(offset)
    for row in people_csv.read_people(text.text.encode("utf-8", "replace"), file)[0]:
        for column, kind in _COLUMNS.items():
            written = getattr(row, column)
            if not written or row.at(column).line != position.line + 1:
                continue
            place = text.range_of(row.at(column))
            if place.start <= position <= place.end:
                thing = Thing(kind, normal(kind, written), nfc(row.team) if row.team else None)
                return Found(thing, text.offset(place.start), text.offset(place.end))
    return None


def _in_rows(name: str, view: View, kind: Kind) -> Iterator[Mention]:
    column = next((column for column, of in _COLUMNS.items() if of is kind), None)
    if column is None:
        return
    raw = view.text(name).encode()
    for row in people_csv.read_people(raw, name)[0]:
        written = getattr(row, column)
        if written:
            yield Mention(Thing(kind, normal(kind, written), nfc(row.team) if row.team else None), row.at(column))
