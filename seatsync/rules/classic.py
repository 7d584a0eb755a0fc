"""CLASSIC001 to CLASSIC006: the contracts of the classic view, and what belongs to the other view."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.account.entitlements import SERVICE_LIMIT, SUPPORT_PER_SEAT
from seatsync.account.facets import OFFERINGS
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredSubscription, People
from seatsync.declaration.pools import seats
from seatsync.declaration.purchases import PRODUCT
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.tree import YamlMap

_ACTIVATION = {"serial": "serial number", "product_key": "product key"}


def no_manager(declared: Declaration, day: str) -> Iterator[Finding]:
    """A contract has exactly one contract manager.

    What: Every entry under `contracts` has a `contract_manager`. The software coordinator may be left out: the contract
    manager is it then.

    Why: A contract is managed by one contract manager and one software coordinator, and the first names the second.

    Source: S3

    Wrong:
        contracts:
          "110001234567":
            license_type: maintenance
            channel: store
            products: {AutoCAD 2019: {seats: 1, serial: "123-45678901"}}

    Right:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: maintenance
            channel: store
            products: {AutoCAD 2019: {seats: 1, serial: "123-45678901"}}
    """
    for contract in declared.contracts.values():
        if contract.contract_manager is None and "contract_manager" not in contract.broken:
            yield _finding(
                "CLASSIC001",
                contract,
                f"contract {contract.number} names no contract manager",
                contract.at,
                "add `contract_manager:` with the address of whoever bought it",
            )


def products_to_groups(declared: Declaration, day: str) -> Iterator[Finding]:
    """A classic contract assigns products to users only, never to groups.

    What: Neither a contract nor a product of it has `groups`. What stands there is not looked up.

    Why: In classic user management admins assign products by user only. Groups belong to teams.

    Source: S3

    Wrong:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: maintenance
            channel: store
            products: {AutoCAD 2019: {seats: 1, serial: "123-45678901", groups: [cad]}}

    Right:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: maintenance
            channel: store
            products: {AutoCAD 2019: {seats: 1, serial: "123-45678901", users: [ben@acme.example]}}
    """
    for contract in declared.contracts.values():
        if contract.node.get("groups"):
            yield _grouped(contract, contract.node)
        for product, node in _products(contract):
            if node.get("groups"):
                yield _grouped(contract, node, ("product", product))


def crowded_service(declared: Declaration, day: str) -> Iterator[Finding]:
    """At most three users are on one cloud service of a contract.

    What: The persons under each of the contract's `services` are counted, each once.

    Why: The vendor includes three users for any cloud service of a classic contract.

    Source: S3

    Wrong:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: perpetual
            channel: store
            products: {AutoCAD 2019: {seats: 4, serial: "123-45678901"}}
            services: {Rendering: [ana@acme.example, ben@acme.example, cho@acme.example, dee@acme.example]}

    Right:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: perpetual
            channel: store
            products: {AutoCAD 2019: {seats: 4, serial: "123-45678901"}}
            services: {Rendering: [ana@acme.example, ben@acme.example, cho@acme.example]}
    """
    for contract in declared.contracts.values():
        for service, people in contract.services.items():
            users = _count(declared, people, day)
            if users > SERVICE_LIMIT:
                yield _finding(
                    "CLASSIC003",
                    contract,
                    f"contract {contract.number} has {users} users on {service}; a service takes {SERVICE_LIMIT}",
                    _key(contract, "services", service),
                    f"take {users - SERVICE_LIMIT} of them off the service",
                    ("service", service),
                )


def crowded_support(declared: Declaration, day: str) -> Iterator[Finding]:
    """At most six users have support benefits for every seat of a contract.

    What: The persons under `support` are counted, each once, and held against six times the seats of all products of
    the contract together.

    Why: The vendor answers six people for every seat that was bought.

    Source: S3

    Wrong:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: maintenance
            channel: store
            products: {AutoCAD 2019: {seats: 1, serial: "123-45678901"}}
            support: [ana@acme.example, ben@acme.example, cho@acme.example, dee@acme.example, eli@acme.example,
                      fay@acme.example, gus@acme.example]

    Right:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: maintenance
            channel: store
            products: {AutoCAD 2019: {seats: 2, serial: "123-45678901"}}
            support: [ana@acme.example, ben@acme.example, cho@acme.example, dee@acme.example, eli@acme.example,
                      fay@acme.example, gus@acme.example]
    """
    for contract in declared.contracts.values():
        users = _count(declared, contract.support, day)
        bought = sum(product.seats for product in contract.products.values())
        allowed = max(0, SUPPORT_PER_SEAT * bought)
        if users > allowed and not _products_lost(contract):
            yield _finding(
                "CLASSIC004",
                contract,
                f"contract {contract.number} gives support benefits to {users} users; {seats(bought)} allow {allowed}",
                contract.node.key_at("support"),
                f"take {users - allowed} of them off the list",
            )


def crowded_product(declared: Declaration, day: str) -> Iterator[Finding]:
    """No more users are on a contract's product than seats were purchased.

    What: The persons under a product's `users` are counted, each once, and held against its `seats`. Contracts do not
    pool: a free seat of the same product in another contract does not help.

    Why: Each seat of a contract has its own licence, and the account refuses one too many.

    Source: S3

    Wrong:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: maintenance
            channel: store
            products: {AutoCAD 2019: {seats: 1, serial: "123-45678901", users: [ben@acme.example, cho@acme.example]}}

    Right:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: maintenance
            channel: store
            products: {AutoCAD 2019: {seats: 2, serial: "123-45678901", users: [ben@acme.example, cho@acme.example]}}
    """
    for contract in declared.contracts.values():
        for product, people in contract.users.items():
            bought = contract.products.get(product)
            users = _count(declared, people, day)
            if bought is not None and users > bought.seats:
                yield _finding(
                    "CLASSIC005",
                    contract,
                    f"contract {contract.number} has {users} users on {product}, but {seats(bought.seats)}",
                    _key(contract, "products", product),
                    f"take {users - bought.seats} of them off the product, or have the contract manager buy more",
                    ("product", product),
                )


def other_view(declared: Declaration, day: str) -> Iterator[Finding]:
    """Contracts and subscriptions each keep what belongs to their own view.

    What: A contract's `license_type` is perpetual, maintenance or education, not an offering such as single-user, and
    each of its products has a `serial` or a `product_key`. A subscription has neither of these: people sign in.

    Why: These are the marks by which the vendor's pages tell the classic view from the regular one. Mixed, one thing
    would have to live in both.

    Source: S4

    Wrong:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: single-user
            channel: store
            products: {AutoCAD 2019: {seats: 1, serial: "123-45678901"}}

    Right:
        contracts:
          "110001234567":
            contract_manager: ana@acme.example
            license_type: maintenance
            channel: store
            products: {AutoCAD 2019: {seats: 1, serial: "123-45678901"}}
    """
    for contract in declared.contracts.values():
        yield from _offering_as_license(contract)
        yield from _without_activation(contract)
    for sub in declared.subscriptions.values():
        yield from _with_activation(sub)


def _grouped(contract: DeclaredContract, node: YamlMap, *product: tuple[str, str]) -> Finding:
    message = f"contract {contract.number} has groups; a classic contract assigns its products to users only"
    hint = "name the persons under `users` of the product instead"
    return _finding("CLASSIC002", contract, message, node.key_at("groups"), hint, *product)


def _offering_as_license(contract: DeclaredContract) -> Iterator[Finding]:
    written = contract.node.get("license_type")
    if isinstance(written, str) and written in OFFERINGS:
        yield _finding(
            "CLASSIC006",
            contract,
            f"{written} is an offering of subscriptions, not a licence type of a contract",
            contract.node.value_at("license_type"),
            "write perpetual, maintenance or education, or declare it under `subscriptions`",
        )


def _without_activation(contract: DeclaredContract) -> Iterator[Finding]:
    for product, node in _products(contract):
        # An unknown key may be a misspelt `serial`: SCHEMA001 has spoken of it.
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
    """The products of a contract as they stand in the file, as far as they have the right shape."""
    section = contract.node.get("products")
    if isinstance(section, YamlMap):
        for product, node in section.items():
            if isinstance(node, YamlMap):
                yield product, node


def _products_lost(contract: DeclaredContract) -> bool:
    """Whether something of the products could not be read, so that nobody knows how many seats there are."""
    section = contract.node.get("products")
    return not isinstance(section, YamlMap) or len(section) > len(contract.products)


def _count(declared: Declaration, people: People, day: str) -> int:
    """How many declared persons a list has on a day, each once (the others are REF001's business)."""
    found = people.on(day)
    return len(found) - len(found.difference(declared.users))


def _key(contract: DeclaredContract, section: str, name: str) -> Location:
    node = contract.node[section]
    return node.key_at(name) if isinstance(node, YamlMap) else contract.at
