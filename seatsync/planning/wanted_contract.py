"""The classic contracts an account is to reach, settled like the teams in `wanted.py`."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from seatsync.account.model import Account, Contract, ContractProduct, Scope
from seatsync.declaration.declared import Declaration, DeclaredContract, People
from seatsync.finding import Finding, Location
from seatsync.planning.authority import Authority, Thing, listed_on_other_days, vendor_only
from seatsync.reading.tree import YamlMap


class SettledContracts:
    """The contracts to reach, which of them are declared, what in them is unmanaged, and what is wrong."""

    def __init__(self) -> None:
        self.contracts: dict[str, Contract] = {}
        self.managed: set[str] = set()
        self.unmanaged: list[Thing] = []
        self.findings: list[Finding] = []


def want_contracts(declared: Declaration, actual: Account, authority: Authority, day: str) -> SettledContracts:
    """Every contract of the account as it is to be; what is declared but not bought yet is not among them."""
    settled = SettledContracts()
    for number, now in actual.contracts.items():
        said = declared.contracts.get(number)
        if not authority.covers_contract(number):
            settled.contracts[number] = now
        elif said is None:
            settled.contracts[number] = now
            settled.unmanaged.append((("contract", number),))
        else:
            settled.managed.add(number)
            settled.contracts[number] = _contract(said, now, authority, day, settled)
    return settled


def _contract(
    said: DeclaredContract, now: Contract, authority: Authority, day: str, settled: SettledContracts
) -> Contract:
    _compare_fixed(said, now, settled)
    where, things = f"contract {said.number}", (("contract", said.number),)
    manager, kept = authority.holder("contract manager", where, said.contract_manager, now.contract_manager, things)
    coordinator, also = authority.holder("software coordinator", where, said.coordinator, now.coordinator, things)
    settled.findings += (*kept, *also)
    buyer = now.contract_manager if authority.actor == now.contract_manager else manager  # who hands over last
    given = {name: {buyer} for name, bought in said.products.items() if name not in now.products and bought.seats}
    seats = _relation("product", said.users, {**now.seats, **given}, authority, day, said.number, settled)
    services = _relation("service", said.services, now.services, authority, day, said.number, settled)
    support = _relation(
        "benefit", {"support": said.support}, {"support": now.support}, authority, day, said.number, settled
    )
    holders = support.get("support", set())
    implied = {manager, coordinator, *holders}.union(*seats.values(), *services.values())
    listed = said.members.on(day)
    # Also where somebody ignored keeps the role.
    listed |= {each.user for each in (said.contract_manager, said.coordinator) if each is not None} & now.members
    elapsed = listed_on_other_days((said.members,), implied | listed)
    scope = Scope("contract", said.number)
    members, strangers = authority.settle_members(scope, implied | listed, elapsed, now.members)
    settled.unmanaged += [(("contract", said.number), ("user", user)) for user in sorted(strangers)]
    return Contract(
        manager,
        coordinator,
        now.license_type,
        now.channel,
        now.deployment,
        now.starts if said.starts is None else said.starts,
        now.ends if said.ends is None else said.ends,
        members | implied if not implied <= members else members,
        _products(said, now, settled),
        seats,
        services,
        holders,
    )


def _relation(
    kind: str,
    said: dict[str, People],
    now: dict[str, AbstractSet[str]],
    authority: Authority,
    day: str,
    number: str,
    settled: SettledContracts,
) -> dict[str, AbstractSet[str]]:
    """Holders by product or service, settled one by one; empty ones are left out."""
    result: dict[str, AbstractSet[str]] = {}
    for name in dict.fromkeys((*said, *now)):
        people = said.get(name)
        declared = people.on(day) if people is not None else set()
        elapsed = listed_on_other_days((people,), declared) if people is not None else set()
        holders, strangers = authority.settle("seats", declared, elapsed, now.get(name, set()))
        if holders:
            result[name] = holders
        settled.unmanaged += [(("contract", number), ("user", user), (kind, name)) for user in sorted(strangers)]
    return result


def _products(said: DeclaredContract, now: Contract, settled: SettledContracts) -> dict[str, ContractProduct]:
    """Purchased products: declared totals, the account's serials; an undeclared product stays as bought."""
    products = dict(now.products)
    for name, bought in said.products.items():
        have = products.get(name)
        if have is None:
            products[name] = bought
            continue
        for fact, wish, fact_now in (
            ("serial", bought.serial, have.serial),
            ("product_key", bought.product_key, have.product_key),
        ):
            if wish is not None and wish != fact_now:
                place = _place_in_product(said, name, fact)
                settled.findings.append(
                    vendor_only(
                        f"product {name} of contract {said.number}", fact, fact_now, wish, place, _things(said, name)
                    )
                )
        products[name] = ContractProduct(bought.seats, have.serial, have.product_key)
    settled.unmanaged += [
        (("contract", said.number), ("product", name)) for name in now.products if name not in said.products
    ]
    return products


def _place_in_product(said: DeclaredContract, name: str, fact: str) -> Location:
    section = said.node.get("products")
    if isinstance(section, YamlMap):
        product = section.get(name)
        if isinstance(product, YamlMap) and fact in product:
            return product.value_at(fact)
    return said.at


def _things(said: DeclaredContract, product: str) -> Thing:
    return (("contract", said.number), ("product", product))


def _compare_fixed(said: DeclaredContract, now: Contract, settled: SettledContracts) -> None:
    for name, wish, fact in (
        ("license_type", said.license_type, now.license_type),
        ("channel", said.channel, now.channel),
        ("deployment", said.deployment, now.deployment),
    ):
        if wish is not None and wish != fact:
            place = said.node.value_at(name)
            settled.findings.append(
                vendor_only(f"contract {said.number}", name, fact, wish, place, (("contract", said.number),))
            )
