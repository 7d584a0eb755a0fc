"""CLASSIC: checks of contracts in classic user management."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.account.attributes import LICENSE_TYPES, OFFERINGS
from seatsync.account.entitlements import SERVICE_LIMIT, SUPPORT_PER_SEAT
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredSubscription
from seatsync.declaration.fragment import PRODUCT
from seatsync.declaration.mentions import People
from seatsync.declaration.pools import seats
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.plain_text import listed
from seatsync.reading.tree import YamlMap

_ACTIVATION = {"serial": "serial number", "product_key": "product key"}


def no_manager(declared: Declaration, day: str) -> Iterator[Finding]:
    """A contract has exactly one contract manager.

    What: Every entry under `contracts` needs a `contract_manager`. The software coordinator is optional and defaults to
    the contract manager.

    Why: A contract has one contract manager and one software coordinator, and the contract manager names the
    coordinator.

    Source: S3

    Wrong:
        contracts:
          "110007654321":
            license_type: maintenance
            channel: store
            products: {Maya 2019: {seats: 1, serial: "123-45678902"}}

    Right:
        contracts:
          "110007654321":
            contract_manager: ana@acme.example
            license_type: maintenance
            channel: store
            products: {Maya 2019: {seats: 1, serial: "123-45678902"}}
    """
    for contract in declared.contracts.values():
        if contract.contract_manager is None and "contract_manager" not in contract.broken:
            yield _finding(
                "CLASSIC001",
                contract,
                f"contract {contract.number} has no contract manager",
                contract.at,
                "add `contract_manager:` with the address of the buyer",
            )


def products_to_groups(declared: Declaration, day: str) -> Iterator[Finding]:
    """A classic contract assigns products to users only, never to groups.

    What: Neither a contract nor one of its products may have `groups`. The names of the groups are not checked.

    Why: In classic user management, admins assign products by user only. Groups belong to teams.

    Source: S3

    Wrong:
        contracts:
          "110001234567":
            products: {AutoCAD 2019: {groups: [cad]}}

    Right:
        contracts:
          "110001234567":
            products: {AutoCAD 2019: {users: [ben@acme.example]}}
    """
    for contract in declared.contracts.values():
        if contract.node.get("groups"):
            yield _grouped(contract, contract.node)
        for product, node in _products(contract):
            if node.get("groups"):
                yield _grouped(contract, node, ("product", product))


def crowded_service(declared: Declaration, day: str) -> Iterator[Finding]:
    """A contract assigns each cloud service to at most three users.

    What: The people under each entry of the contract's `services` are counted, each person once.

    Why: A classic contract includes three users for each cloud service.

    Source: S3

    Wrong:
        contracts:
          "110001234567":
            services: {Rendering: [ana@acme.example, ben@acme.example, cho@acme.example, dee@acme.example]}

    Right:
        contracts:
          "110001234567":
            services: {Rendering: [ana@acme.example, ben@acme.example, cho@acme.example]}
    """
    for contract in declared.contracts.values():
        for service, people in contract.services.items():
            users = _count(declared, people, day)
            if users > SERVICE_LIMIT:
                yield _finding(
                    "CLASSIC003",
                    contract,
                    f"contract {contract.number} has {users} users on {service}; the limit is {SERVICE_LIMIT}",
                    _key(contract, "services", service),
                    f"remove {users - SERVICE_LIMIT} of them from the service",
                    ("service", service),
                )


def crowded_support(declared: Declaration, day: str) -> Iterator[Finding]:
    """A contract gives support benefits to at most six users per seat.

    What: The people under `support` are counted, each person once. The limit is six times the number of seats of all
    products of the contract.

    Why: The vendor supports six people for each purchased seat.

    Source: S3

    Wrong:
        contracts:
          "110001234567":
            support: [ana@acme.example, ben@acme.example, cho@acme.example, dee@acme.example, eli@acme.example,
                      fay@acme.example, gus@acme.example]

    Right:
        contracts:
          "110001234567":
            support: [ana@acme.example, ben@acme.example, cho@acme.example, dee@acme.example, eli@acme.example,
                      fay@acme.example]
    """
    for contract in declared.contracts.values():
        users = _count(declared, contract.support, day)
        bought = sum(product.seats for product in contract.products.values())
        allowed = max(0, SUPPORT_PER_SEAT * bought)
        if users > allowed and not _products_lost(contract):
            yield _finding(
                "CLASSIC004",
                contract,
                f"contract {contract.number} has {users} users with support benefits;"
                f" the limit for {seats(bought)} is {allowed}",
                contract.node.key_at("support"),
                f"remove {users - allowed} of them from `support`",
            )


def crowded_product(declared: Declaration, day: str) -> Iterator[Finding]:
    """A contract assigns a product to no more users than it has seats.

    What: The people under a product's `users` are counted, each person once. The limit is the product's `seats`.
    Contracts do not pool their seats: a free seat of the same product in another contract does not count.

    Why: Each seat of a contract has its own licence, and the account refuses users beyond the last seat.

    Source: S3

    Wrong:
        contracts:
          "110001234567":
            products: {AutoCAD 2019: {users: [ben@acme.example, cho@acme.example]}}

    Right:
        contracts:
          "110001234567":
            products: {AutoCAD 2019: {seats: 2, users: [ben@acme.example, cho@acme.example]}}
    """
    for contract in declared.contracts.values():
        for product, people in contract.users.items():
            bought = contract.products.get(product)
            users = _count(declared, people, day)
            if bought is not None and users > bought.seats:
                yield _finding(
                    "CLASSIC005",
                    contract,
                    f"contract {contract.number} has {users} users on {product}, but only {seats(bought.seats)}",
                    _key(contract, "products", product),
                    f"remove {users - bought.seats} of them, or have the contract manager buy more seats",
                    ("product", product),
                )


def other_view(declared: Declaration, day: str) -> Iterator[Finding]:
    """Contracts and subscriptions do not mix the fields of the classic and the regular view.

    What: The `license_type` of a contract is perpetual, maintenance or education, not an offering such as single-user.
    Each product of a contract has a `serial` or a `product_key`. A subscription has neither, because its users sign in.

    Why: The vendor shows each purchase in one of the two views. A purchase with fields of both fits in neither.

    Source: S4

    Wrong:
        contracts:
          "110001234567":
            license_type: single-user

    Right:
        contracts:
          "110001234567":
            license_type: perpetual
    """
    for contract in declared.contracts.values():
        yield from _offering_as_license(contract)
        yield from _without_activation(contract)
    for sub in declared.subscriptions.values():
        yield from _with_activation(sub)


def _grouped(contract: DeclaredContract, node: YamlMap, *product: tuple[str, str]) -> Finding:
    message = f"contract {contract.number} has groups; a classic contract assigns its products to users only"
    hint = "list the people under `users` of the product instead"
    return _finding("CLASSIC002", contract, message, node.key_at("groups"), hint, *product)


def _offering_as_license(contract: DeclaredContract) -> Iterator[Finding]:
    written = contract.node.get("license_type")
    if isinstance(written, str) and written in OFFERINGS:
        yield _finding(
            "CLASSIC006",
            contract,
            f"contract {contract.number} has the licence type {written}, which is an offering of subscriptions",
            contract.node.value_at("license_type"),
            f"use {listed(LICENSE_TYPES, 'or')}, or declare the purchase under `subscriptions`",
        )


def _without_activation(contract: DeclaredContract) -> Iterator[Finding]:
    for product, node in _products(contract):
        # An unknown key may be a misspelt `serial`, which SCHEMA001 reports.
        if all(node.get(field) is None for field in _ACTIVATION) and node.keys() <= PRODUCT:
            yield _finding(
                "CLASSIC006",
                contract,
                f"product {product} of contract {contract.number} has neither a serial number nor a product key",
                _key(contract, "products", product),
                "add `serial:` or `product_key:`, or declare it under `subscriptions`",
                ("product", product),
            )


def _with_activation(sub: DeclaredSubscription) -> Iterator[Finding]:
    for field, words in _ACTIVATION.items():
        if sub.node.get(field) is not None:
            yield Finding(
                "CLASSIC006",
                Severity.ERROR,
                f"subscription {sub.id} has a {words}, which only products of contracts have",
                sub.node.key_at(field),
                hint=f"remove `{field}`, or declare it under `contracts`",
                source="S4",
                things=(("subscription", sub.id),),
            )


def _finding(
    code: str, contract: DeclaredContract, message: str, at: Location, hint: str, *things: tuple[str, str]
) -> Finding:
    source = "S4" if code == "CLASSIC006" else "S3"
    about = (("contract", contract.number), *things)
    return Finding(code, Severity.ERROR, message, at, hint=hint, source=source, things=about)


def _products(contract: DeclaredContract) -> Iterator[tuple[str, YamlMap]]:
    """Yield the well-formed products of a contract as written in the file."""
    section = contract.node.get("products")
    if isinstance(section, YamlMap):
        for product, node in section.items():
            if isinstance(node, YamlMap):
                yield product, node


def _products_lost(contract: DeclaredContract) -> bool:
    """Return True if the number of seats is unknown because a product could not be read."""
    section = contract.node.get("products")
    return not isinstance(section, YamlMap) or len(section) > len(contract.products)


def _count(declared: Declaration, people: People, day: str) -> int:
    """Return the number of different declared people in a list on a day; REF001 reports undeclared ones."""
    found = people.on(day)
    return len(found) - len(found.difference(declared.users))


def _key(contract: DeclaredContract, section: str, name: str) -> Location:
    node = contract.node[section]
    return node.key_at(name) if isinstance(node, YamlMap) else contract.at
