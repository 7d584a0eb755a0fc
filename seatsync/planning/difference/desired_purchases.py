"""The purchases of the desired state: subscriptions and classic contracts."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from seatsync.account.model import NOBODY, Account, Contract, ContractProduct, Scope, Subscription
from seatsync.clock import renewed_terms
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredSubscription
from seatsync.declaration.mentions import People
from seatsync.finding import Finding, Location
from seatsync.planning.difference.exclusions import Authority, Thing, vendor_only
from seatsync.planning.difference.scope_authority import ScopeAuthority, listed_on_other_days
from seatsync.reading.tree import YamlMap


def desired_subscriptions(
    declared: Declaration,
    actual: Account,
    authority: Authority,
    day: str,
    unmanaged: list[Thing],
    findings: list[Finding],
) -> dict[str, Subscription]:
    """Return the desired subscriptions. Adds undeclared ones to `unmanaged`, and contradictions to `findings`."""
    subscriptions: dict[str, Subscription] = {}
    for key, now in actual.subscriptions.items():
        entry = declared.subscriptions.get(key)
        if entry is None:
            subscriptions[key] = now
            if authority.covers_subscription(key, now.team, now):
                unmanaged.append((("subscription", key),))
        elif not authority.covers_subscription(key, entry.team, now):
            subscriptions[key] = now
        else:
            subscriptions[key] = _subscription(entry, now, authority, day, findings)
    for key, entry in declared.subscriptions.items():
        if key not in actual.subscriptions and authority.covers_subscription(key, entry.team, None):
            goal = declared_subscription(entry, day)
            if goal is not None and (goal.team is None or goal.team in actual.teams):
                subscriptions[key] = goal
    return subscriptions


def declared_subscription(entry: DeclaredSubscription, day: str) -> Subscription | None:
    """Return a subscription as declared for a day; None without a contract manager, who would have to buy it."""
    if entry.contract_manager is None:
        return None
    return Subscription(
        entry.team,
        entry.product,
        entry.offering,
        entry.seats_on(day),
        entry.tokens_on(day),
        entry.channel,
        entry.contract_manager.user,
        entry.starts,
        entry.ends,
        entry.auto_renew,
    )


def _subscription(
    entry: DeclaredSubscription, now: Subscription, authority: Authority, day: str, findings: list[Finding]
) -> Subscription:
    fixed = (
        ("product", entry.product, now.product),
        ("offering", entry.offering, now.offering),
        ("channel", entry.channel, now.channel),
    )
    where, things = f"subscription {entry.id}", (("subscription", entry.id),)
    for column, declared, actual in fixed:
        if declared != actual:
            findings.append(vendor_only(where, column, actual, declared, entry.node.value_at(column), things))
    if entry.team is None and now.team is not None:
        at = entry.node.value_at("team") if "team" in entry.node else entry.at
        findings.append(vendor_only(where, "team", now.team, "none", at, things))
    scope = authority.general if entry.team is None else authority.within(Scope("team", entry.team))
    manager, found = scope.holder("contract manager", where, entry.contract_manager, now.contract_manager, things)
    findings += found
    starts, ends = _term(entry, now)
    goal = Subscription(
        entry.team if entry.team is not None else now.team,
        now.product,
        now.offering,
        entry.seats_on(day),
        entry.tokens_on(day),
        now.channel,
        manager,
        starts,
        ends,
        now.auto_renew,
    )
    return now if goal == now else goal


def renewed_in_account(entry: DeclaredSubscription, now: Subscription) -> bool:
    """Return True if the account has a later term of a subscription that is declared to renew by itself."""
    return entry.auto_renew and now.ends > entry.ends


def _term(entry: DeclaredSubscription, now: Subscription) -> tuple[str, str]:
    """Return the desired term: that of the account if it follows from the declared one by itself, or leads to it."""
    if renewed_in_account(entry, now):
        return now.starts, now.ends
    if now.auto_renew and entry.ends > now.ends:
        first, last = next(renewed_terms(now.starts, now.ends, entry.ends))
        if last == entry.ends and entry.starts in {now.starts, first}:
            return now.starts, now.ends
    return entry.starts, entry.ends


class SettledContracts:
    """The desired contracts, the numbers of the declared ones, unmanaged things in them, and findings."""

    def __init__(self) -> None:
        self.contracts: dict[str, Contract] = {}
        self.managed: set[str] = set()
        self.unmanaged: list[Thing] = []
        self.findings: list[Finding] = []


def desired_contracts(declared: Declaration, actual: Account, authority: Authority, day: str) -> SettledContracts:
    """Return the desired contracts of the account, without those declared but not bought yet."""
    settled = SettledContracts()
    for number, now in actual.contracts.items():
        entry = declared.contracts.get(number)
        if not authority.covers_contract(number):
            settled.contracts[number] = now
        elif entry is None:
            settled.contracts[number] = now
            settled.unmanaged.append((("contract", number),))
        else:
            settled.managed.add(number)
            settled.contracts[number] = _contract(entry, now, authority, day, settled)
    return settled


def _contract(
    entry: DeclaredContract, now: Contract, authority: Authority, day: str, settled: SettledContracts
) -> Contract:
    _compare_fixed(entry, now, settled)
    where, things = f"contract {entry.number}", (("contract", entry.number),)
    name = Scope("contract", entry.number)
    scope = authority.within(name)
    manager, found = scope.holder("contract manager", where, entry.contract_manager, now.contract_manager, things)
    coordinator, more = scope.holder("software coordinator", where, entry.coordinator, now.coordinator, things)
    settled.findings += (*found, *more)
    buyer = now.contract_manager if authority.actor == now.contract_manager else manager  # who hands over last
    given = {name: {buyer} for name, bought in entry.products.items() if name not in now.products and bought.seats}
    seats = _relation("product", entry.users, {**now.seats, **given}, scope, day, entry.number, settled)
    services = _relation("service", entry.services, now.services, scope, day, entry.number, settled)
    support = _relation(
        "benefit", {"support": entry.support}, {"support": now.support}, scope, day, entry.number, settled
    )
    holders = support.get("support", set())
    implied = {manager, coordinator, *holders}.union(*seats.values(), *services.values())
    listed = entry.members.on(day)
    # Even if an ignored person retains the role.
    listed |= {each.user for each in (entry.contract_manager, entry.coordinator) if each is not None} & now.members
    elapsed = listed_on_other_days((entry.members,), implied | listed)
    tracked = authority.tracked.get(name, NOBODY)
    members, undeclared = scope.settle_members(implied | listed, elapsed, now.members, tracked)
    settled.unmanaged += [(("contract", entry.number), ("user", user)) for user in sorted(undeclared)]
    return Contract(
        manager,
        coordinator,
        now.license_type,
        now.channel,
        now.deployment,
        now.starts if entry.starts is None else entry.starts,
        now.ends if entry.ends is None else entry.ends,
        members | implied if not implied <= members else members,
        _products(entry, now, scope, settled),
        seats,
        services,
        holders,
    )


def _relation(
    kind: str,
    listed: dict[str, People],
    now: dict[str, AbstractSet[str]],
    scope: ScopeAuthority,
    day: str,
    number: str,
    settled: SettledContracts,
) -> dict[str, AbstractSet[str]]:
    """Return holders by product or service, settled one by one; empty ones are left out."""
    result: dict[str, AbstractSet[str]] = {}
    for name in dict.fromkeys((*listed, *now)):
        if kind != "benefit" and scope.ignores_product(name):
            if now.get(name):
                result[name] = now[name]
            continue
        people = listed.get(name)
        declared = people.on(day) if people is not None else set()
        elapsed = listed_on_other_days((people,), declared) if people is not None else set()
        holders, undeclared = scope.settle("seats", declared, elapsed, now.get(name, set()))
        if holders:
            result[name] = holders
        settled.unmanaged += [(("contract", number), ("user", user), (kind, name)) for user in sorted(undeclared)]
    return result


def _products(
    entry: DeclaredContract, now: Contract, scope: ScopeAuthority, settled: SettledContracts
) -> dict[str, ContractProduct]:
    """Return the products with declared totals and the account's serials; undeclared products stay as bought."""
    products = dict(now.products)
    for name, bought in entry.products.items():
        present = products.get(name)
        if present is None:
            products[name] = bought
            continue
        for column, declared, actual in (
            ("serial", bought.serial, present.serial),
            ("product_key", bought.product_key, present.product_key),
        ):
            if declared is not None and declared != actual:
                at = _place_in_product(entry, name, column)
                settled.findings.append(
                    vendor_only(
                        f"product {name} of contract {entry.number}", column, actual, declared, at, _things(entry, name)
                    )
                )
        products[name] = ContractProduct(bought.seats, present.serial, present.product_key)
    settled.unmanaged += [
        (("contract", entry.number), ("product", name))
        for name in now.products
        if name not in entry.products and not scope.ignores_product(name)
    ]
    return products


def _place_in_product(entry: DeclaredContract, name: str, column: str) -> Location:
    section = entry.node.get("products")
    if isinstance(section, YamlMap):
        product = section.get(name)
        if isinstance(product, YamlMap) and column in product:
            return product.value_at(column)
    return entry.at


def _things(entry: DeclaredContract, product: str) -> Thing:
    return (("contract", entry.number), ("product", product))


def _compare_fixed(entry: DeclaredContract, now: Contract, settled: SettledContracts) -> None:
    for column, declared, actual in (
        ("license_type", entry.license_type, now.license_type),
        ("channel", entry.channel, now.channel),
        ("deployment", entry.deployment, now.deployment),
    ):
        if declared is not None and declared != actual:
            at = entry.node.value_at(column)
            settled.findings.append(
                vendor_only(f"contract {entry.number}", column, actual, declared, at, (("contract", entry.number),))
            )
