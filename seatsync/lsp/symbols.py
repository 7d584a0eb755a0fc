"""Symbols of a repository (people, teams, products, …): definitions, references and the one at a position."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seatsync.declaration.declared import (
    Declaration,
    DeclaredContract,
    DeclaredList,
    DeclaredSubscription,
    DeclaredTeam,
)
from seatsync.declaration.fields import nfc
from seatsync.declaration.files import is_csv
from seatsync.editing.occurrences import COLUMNS, Symbol, is_of, normal, occurrences, within
from seatsync.editing.schema_nodes import SymbolKind, schema_at
from seatsync.finding import Location
from seatsync.lsp.outline import context_at
from seatsync.lsp.positions import Text
from seatsync.lsp.workspace import View
from seatsync.reading import people_csv
from seatsync.reading.tree import YamlMap


@dataclass(frozen=True, slots=True)
class SymbolSpan:
    """A symbol with the offsets of its text."""

    symbol: Symbol
    start: int
    end: int


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


def _symbol_in_cell(file: str, text: Text, offset: int) -> SymbolSpan | None:
    """Return the symbol in the cell of a CSV at an offset."""
    position = text.position(offset)
    for row in people_csv.read_people(text.text.encode("utf-8", "replace"), file)[0]:
        for column, kind in COLUMNS.items():
            cell = getattr(row, column)
            if not cell or row.at(column).line != position.line + 1:
                continue
            place = text.range_of(row.at(column))
            if place.start <= position <= place.end:
                symbol = Symbol(kind, normal(kind, cell), nfc(row.team) if row.team else None)
                return SymbolSpan(symbol, text.offset(place.start), text.offset(place.end))
    return None


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


def _declared(symbol: Symbol, declared: Declaration) -> Iterator[Location]:
    sections: dict[SymbolKind, Mapping[str, DeclaredList | DeclaredTeam | DeclaredSubscription | DeclaredContract]] = {
        SymbolKind.LIST: declared.lists,
        SymbolKind.TEAM: declared.teams,
        SymbolKind.SUBSCRIPTION: declared.subscriptions,
        SymbolKind.CONTRACT: declared.contracts,
    }
    named = sections.get(symbol.kind, {}).get(symbol.name)
    if named is not None:
        yield named.at
    elif symbol.kind is SymbolKind.PERSON:
        user = person(symbol.name, declared)
        if user in declared.users:
            yield declared.users[user].at
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
