"""Where things are declared."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.declaration.declared import Declaration
from seatsync.editor.shapes import Kind
from seatsync.editor.things import Mention, Thing, mentions
from seatsync.editor.view import View
from seatsync.finding import Location
from seatsync.reading.tree import YamlMap


def definitions(thing: Thing, declared: Declaration) -> list[Location]:
    """Where a thing is declared; a product where it is bought for the team or contract, or else wherever it is."""
    if thing.kind is Kind.PRODUCT:
        bought = list(_purchases(thing, declared))
        own = [at for scope, at in bought if scope == thing.within]
        return own or [at for _, at in bought]
    return list(_declared(thing, declared))


def references(thing: Thing, view: View) -> list[Location]:
    """Every place in the files that names a thing."""
    return [mention.at for mention in mentions(view, thing.kind) if same(mention, thing)]


def same(mention: Mention, thing: Thing) -> bool:
    """Whether a mention is of a thing: a group, product or service belongs to its team or contract."""
    if mention.thing.name != thing.name:
        return False
    if thing.kind in {Kind.PERSON, Kind.TEAM, Kind.SUBSCRIPTION, Kind.CONTRACT, Kind.CODE}:
        return True
    return thing.within is None or mention.thing.within in {None, thing.within}


def _declared(thing: Thing, declared: Declaration) -> Iterator[Location]:
    if thing.kind is Kind.PERSON:
        user = person(thing.name, declared)
        if user in declared.users:
            yield declared.users[user].at
    elif thing.kind is Kind.TEAM and thing.name in declared.teams:
        yield declared.teams[thing.name].at
    elif thing.kind is Kind.SUBSCRIPTION and thing.name in declared.subscriptions:
        yield declared.subscriptions[thing.name].at
    elif thing.kind is Kind.CONTRACT and thing.name in declared.contracts:
        yield declared.contracts[thing.name].at
    elif thing.kind is Kind.GROUP:
        for team in declared.teams.values():
            if thing.name in team.groups and thing.within in {None, team.name}:
                yield team.groups[thing.name].at


def person(user: str, declared: Declaration) -> str:
    """Who is meant by an identity: whoever is declared under it, or had the address before, or else nobody known."""
    if user in declared.users:
        return user
    for known, said in declared.users.items():
        if any(mention.user == user for mention in said.previous):
            return known
    return user


def _purchases(thing: Thing, declared: Declaration) -> Iterator[tuple[str | None, Location]]:
    """Where a product is bought, and for which team or contract."""
    for sub in declared.subscriptions.values():
        if sub.product == thing.name and "product" in sub.node:
            yield sub.team, sub.node.value_at("product")
    for contract in declared.contracts.values():
        products = contract.node.get("products")
        if isinstance(products, YamlMap) and thing.name in products:
            yield contract.number, products.key_at(thing.name)
