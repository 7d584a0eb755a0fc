"""The places in the files that name something: a person, a team, a group, a product.

They are found by the schemas, in every file and section, also in what the declaration does not keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from seatsync.account.email import identity
from seatsync.declaration.declared import Declaration
from seatsync.declaration.fields import nfc
from seatsync.declaration.files import PROJECT_FILE, Files, Folder, Unreadable, is_csv
from seatsync.declaration.load import included_by
from seatsync.editing.operations import Path
from seatsync.editing.schema_nodes import ITEM, SchemaNode, SymbolKind, schema_of
from seatsync.finding import Location
from seatsync.reading import people_csv, yaml_file
from seatsync.reading.plain_text import text_of_table
from seatsync.reading.tree import Node, YamlList, YamlMap

_BOM: Final = b"\xef\xbb\xbf"
_ENTRIES: Final = ("policy/suppress/-", "policy/reclaim/exempt/-")
COLUMNS: Final = {
    "email": SymbolKind.PERSON,
    "team": SymbolKind.TEAM,
    "product": SymbolKind.PRODUCT,
    "group": SymbolKind.GROUP,
}
"""The columns of a CSV of people that hold names."""


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The files of a repository as text and data. `declaration` is None if the project file is unusable.

    `names` maps the paths of the files, relative to the root, to their real paths.
    """

    files: Files
    names: Mapping[str, str]
    declaration: Declaration | None

    def text(self, name: str) -> str:
        """Return the text of a file; invalid bytes are replaced, an unreadable file is empty."""
        try:
            raw = self.files.content(self.names.get(name) or self.files.inside(name))
        except Unreadable:
            return ""
        return text_of_table(raw) if is_csv(name) else raw.removeprefix(_BOM).decode("utf-8", "replace")

    def tree(self, name: str) -> Node:
        """Return the data of a YAML file with its positions; None if it cannot be read."""
        try:
            return yaml_file.read(self.files.content(self.names[name]), name)[0]
        except Unreadable:
            return None


def source_files(declared: Declaration) -> SourceFiles:
    """Return the YAML files of a declaration, as they are saved."""
    files = Folder(declared.project.root)
    names = {PROJECT_FILE: files.real(f"{files.top}/{PROJECT_FILE}")}
    names.update((file.name, file.real) for file in included_by(declared.project, files)[0] if not is_csv(file.name))
    return SourceFiles(files, names, declared)


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named object: a person by identity, others by NFC name. `within` is the team or contract it is named in."""

    kind: SymbolKind
    name: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place that names a symbol."""

    symbol: Symbol
    at: Location


def occurrences(source: SourceFiles, kind: SymbolKind) -> Iterator[Occurrence]:
    """Yield every place in the files that names a symbol of a kind, file by file."""
    for name in source.names:
        if is_csv(name):
            yield from _occurrences_in_rows(name, source, kind)
        else:
            schema_node = schema_of(PROJECT_FILE if name == PROJECT_FILE else "")
            yield from _OccurrenceFinder(kind, source.declaration).below(source.tree(name), schema_node, ())


def normal(kind: SymbolKind, text: str) -> str:
    """Return a name in the form in which names are compared."""
    return (identity(text) or text) if kind is SymbolKind.PERSON else nfc(text)


def within(pattern: str, path: Path, declared: Declaration | None) -> str | None:
    """Return the team or contract that a path belongs to."""
    if pattern.startswith(("teams/*", "contracts/*")):
        return nfc(path[1])
    if pattern.startswith("users/*/seats/*"):
        return nfc(path[3])
    if pattern.startswith("subscriptions/*") and declared is not None:
        subscription = declared.subscriptions.get(path[1])
        return subscription.team if subscription is not None else None
    return None


@dataclass(frozen=True, slots=True)
class _OccurrenceFinder:
    """A search of the data of a file for names of one kind."""

    kind: SymbolKind
    declared: Declaration | None

    def below(self, node: Node, schema_node: SchemaNode, path: Path) -> Iterator[Occurrence]:
        """Yield the occurrences below a path."""
        if isinstance(node, YamlMap):
            yield from self._in_map(node, schema_node, path)
        elif isinstance(node, YamlList):
            below, there = schema_node.child(ITEM), (*path, ITEM)
            for index, item in enumerate(node):
                yield from self._value(item, below, there, partial(node.item_at, index))

    def _in_map(self, node: YamlMap, schema_node: SchemaNode, path: Path) -> Iterator[Occurrence]:
        names, scope = schema_node.key_kind() is self.kind, None
        if schema_node.pattern in _ENTRIES:  # the names of an entry belong to the team or contract named there
            named = node.get("team", node.get("contract"))
            scope = nfc(named) if isinstance(named, str) else None
        for key, value in node.items():
            if names:
                yield self._occurrence(key, schema_node, path, node.key_at(key))
            yield from self._value(value, schema_node.child(key), (*path, key), partial(node.value_at, key), scope)

    def _value(
        self, value: Node, schema_node: SchemaNode, path: Path, at: Callable[[], Location], scope: str | None = None
    ) -> Iterator[Occurrence]:
        if isinstance(value, YamlMap | YamlList):
            yield from self.below(value, schema_node, path)
        elif isinstance(value, str) and schema_node.value_kind() is self.kind:
            yield self._occurrence(value, schema_node, path, at(), scope)

    def _occurrence(
        self, text: str, schema_node: SchemaNode, path: Path, at: Location, scope: str | None = None
    ) -> Occurrence:
        where = scope or within(schema_node.pattern, path, self.declared)
        return Occurrence(Symbol(self.kind, normal(self.kind, text), where), at)


def _occurrences_in_rows(name: str, source: SourceFiles, kind: SymbolKind) -> Iterator[Occurrence]:
    column = next((column for column, of in COLUMNS.items() if of is kind), None)
    if column is None:
        return
    raw = source.text(name).encode()
    for row in people_csv.read_people(raw, name)[0]:
        cell = getattr(row, column)
        if cell:
            yield Occurrence(Symbol(kind, normal(kind, cell), nfc(row.team) if row.team else None), row.at(column))


def is_of(occurrence: Occurrence, symbol: Symbol) -> bool:
    """Return True if an occurrence names this symbol; groups, products and services belong to a team or contract."""
    if occurrence.symbol.name != symbol.name:
        return False
    if symbol.kind not in {SymbolKind.GROUP, SymbolKind.PRODUCT, SymbolKind.SERVICE}:
        return True
    return symbol.within is None or occurrence.symbol.within in {None, symbol.within}
