"""Symbols of a repository (people, teams, products, …): definitions, references and the one at a position."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from seatsync.account.email import identity
from seatsync.declaration.declared import Declaration
from seatsync.declaration.fields import nfc
from seatsync.declaration.files import PROJECT_FILE
from seatsync.finding import Location
from seatsync.lsp.outline import ITEM, Path, context_at
from seatsync.lsp.positions import Text
from seatsync.lsp.schema_nodes import SchemaNode, SymbolKind, schema_at, schema_of
from seatsync.lsp.workspace import View
from seatsync.reading import people_csv
from seatsync.reading.tree import Node, YamlList, YamlMap

_ENTRIES = ("policy/suppress/-", "policy/reclaim/exempt/-")
_COLUMNS = {
    "email": SymbolKind.PERSON,
    "team": SymbolKind.TEAM,
    "product": SymbolKind.PRODUCT,
    "group": SymbolKind.GROUP,
}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named object: a person by identity, others by NFC name. `within` is the team or contract it is named in."""

    kind: SymbolKind
    name: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class SymbolSpan:
    """A symbol with the offsets of its text."""

    symbol: Symbol
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place that names a symbol."""

    symbol: Symbol
    at: Location


def is_csv(file: str) -> bool:
    """Return True if a file is a CSV of people."""
    return file.lower().endswith(".csv")


def symbol_at(file: str, text: Text, offset: int, declared: Declaration | None) -> SymbolSpan | None:
    """Return the symbol at an offset of a file; the file need not be valid."""
    if is_csv(file):
        return _symbol_in_cell(file, text, offset)
    context = context_at(text.text, offset)
    if context is None or not context.raw:
        return None
    schema_node = schema_at(file, context.path)
    kind = schema_node.key_kind() if context.key else schema_node.value_kind()
    if kind is None:
        return None
    return SymbolSpan(
        Symbol(kind, normal(kind, context.text), within(schema_node.pattern, context.path, declared)),
        context.start,
        context.end,
    )


def occurrences(view: View, kind: SymbolKind) -> Iterator[Occurrence]:
    """Yield every place in the files that names a symbol of a kind, file by file."""
    for name in view.names:
        if is_csv(name):
            yield from _occurrences_in_rows(name, view, kind)
        else:
            schema_node = schema_of(PROJECT_FILE if name == PROJECT_FILE else "")
            yield from _OccurrenceFinder(kind, view.declaration).below(view.tree(name), schema_node, ())


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


def _symbol_in_cell(file: str, text: Text, offset: int) -> SymbolSpan | None:
    """Return the symbol in the cell of a CSV at an offset."""
    position = text.position(offset)
    for row in people_csv.read_people(text.text.encode("utf-8", "replace"), file)[0]:
        for column, kind in _COLUMNS.items():
            cell = getattr(row, column)
            if not cell or row.at(column).line != position.line + 1:
                continue
            place = text.range_of(row.at(column))
            if place.start <= position <= place.end:
                symbol = Symbol(kind, normal(kind, cell), nfc(row.team) if row.team else None)
                return SymbolSpan(symbol, text.offset(place.start), text.offset(place.end))
    return None


def _occurrences_in_rows(name: str, view: View, kind: SymbolKind) -> Iterator[Occurrence]:
    column = next((column for column, of in _COLUMNS.items() if of is kind), None)
    if column is None:
        return
    raw = view.text(name).encode()
    for row in people_csv.read_people(raw, name)[0]:
        cell = getattr(row, column)
        if cell:
            yield Occurrence(Symbol(kind, normal(kind, cell), nfc(row.team) if row.team else None), row.at(column))


def definitions(symbol: Symbol, declared: Declaration) -> list[Location]:
    """Return the places that declare a symbol.

    A product is declared by its purchases: those of the symbol's team or contract, or all of them if it has none.
    """
    if symbol.kind is SymbolKind.PRODUCT:
        bought = list(_purchases(symbol, declared))
        own = [at for scope, at in bought if scope == symbol.within]
        return own or [at for _, at in bought]
    return list(_declared(symbol, declared))


def references(symbol: Symbol, view: View) -> list[Location]:
    """Return every place in the files that names a symbol."""
    return [found.at for found in occurrences(view, symbol.kind) if is_of(found, symbol)]


def is_of(occurrence: Occurrence, symbol: Symbol) -> bool:
    """Return True if an occurrence names this symbol; groups, products and services belong to a team or contract."""
    if occurrence.symbol.name != symbol.name:
        return False
    if symbol.kind not in {SymbolKind.GROUP, SymbolKind.PRODUCT, SymbolKind.SERVICE}:
        return True
    return symbol.within is None or occurrence.symbol.within in {None, symbol.within}


def _declared(symbol: Symbol, declared: Declaration) -> Iterator[Location]:
    if symbol.kind is SymbolKind.PERSON:
        user = person(symbol.name, declared)
        if user in declared.users:
            yield declared.users[user].at
    elif symbol.kind is SymbolKind.TEAM and symbol.name in declared.teams:
        yield declared.teams[symbol.name].at
    elif symbol.kind is SymbolKind.SUBSCRIPTION and symbol.name in declared.subscriptions:
        yield declared.subscriptions[symbol.name].at
    elif symbol.kind is SymbolKind.CONTRACT and symbol.name in declared.contracts:
        yield declared.contracts[symbol.name].at
    elif symbol.kind is SymbolKind.CODE:
        yield from (rule.at for rule in declared.project.rules if rule.code == symbol.name)
    elif symbol.kind is SymbolKind.GROUP:
        for team in declared.teams.values():
            if symbol.name in team.groups and symbol.within in {None, team.name}:
                yield team.groups[symbol.name].at


def person(user: str, declared: Declaration) -> str:
    """Return the declared identity for a current or previous address; an unknown identity is returned unchanged."""
    if user in declared.users:
        return user
    for known, user_declaration in declared.users.items():
        if any(mention.user == user for mention in user_declaration.previous):
            return known
    return user


def _purchases(symbol: Symbol, declared: Declaration) -> Iterator[tuple[str | None, Location]]:
    """Yield the team or contract that each purchase of a product is for, and the place that declares it."""
    for sub in declared.subscriptions.values():
        if sub.product == symbol.name and "product" in sub.node:
            yield sub.team, sub.node.value_at("product")
    for contract in declared.contracts.values():
        products = contract.node.get("products")
        if isinstance(products, YamlMap) and symbol.name in products:
            yield contract.number, products.key_at(symbol.name)
