"""Go to definition and find references."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.declaration.declared import Declaration
from seatsync.editor.schema_nodes import SymbolKind
from seatsync.editor.symbols import Occurrence, Symbol, occurrences
from seatsync.editor.view import View
from seatsync.finding import Location
from seatsync.reading.tree import YamlMap


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
