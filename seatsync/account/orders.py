"""Orders placed with the vendor, and the steps that record one in the account.

An order is for one product: a subscription, or a product under a classic contract. For a known one it states what
changes, the total or the term: a top-up, a renewal, or both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seatsync.account.actions.effects import Refused, refused
from seatsync.account.actions.purchase_actions import (
    PURCHASE_CONTRACT,
    PURCHASE_RENEWAL,
    PURCHASE_SEATS,
    PURCHASE_SUBSCRIPTION,
)
from seatsync.account.actions.spec import Facts, Plain, Step
from seatsync.account.email import identity
from seatsync.account.model import WHOLE_ACCOUNT, Account, Contract, Scope, Subscription


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it was placed on `day`. `manager` is an address as written, `number` the number of the order.

    Either `subscription` is given, with team (or none), offering, and seats or tokens; or `contract`, with license
    type, seats, and serial or product key. None, and an empty text, leave a fact of a known one unchanged; without a
    product, the order is for the term of a contract with several.
    """

    number: str
    day: str
    company: str
    manager: str
    product: str
    channel: str
    starts: str | None = None
    ends: str | None = None
    subscription: str | None = None
    team: str | None = None
    offering: str | None = None
    seats: int | None = None
    tokens: int | None = None
    contract: str | None = None
    license_type: str | None = None
    deployment: str | None = None
    serial: str | None = None
    product_key: str | None = None
    auto_renew: bool | None = None


_SUBSCRIPTION = ("manager", "product", "offering", "seats or tokens", "channel", "starts", "ends")
_CONTRACT = ("manager", "license_type", "channel")
_PRODUCT = ("product", "seats", "serial or product_key")


@dataclass(frozen=True, slots=True)
class Incomplete:
    """What an order does not state, but has to, and why.

    The facts are names, or two of which one will do (`seats or tokens`).
    """

    why: str
    facts: tuple[str, ...]


def completed(account: Account, order: Order) -> Order:
    """Return an order with what it leaves out as the account has it: manager, product, channel and term."""
    known = account.subscriptions.get(order.subscription or "") or account.contracts.get(order.contract or "")
    if known is None:
        return order
    manager = account.users.get(known.contract_manager)
    return replace(
        order,
        manager=order.manager or (known.contract_manager if manager is None else manager.email),
        product=order.product or _product(known),
        channel=order.channel or known.channel,
        starts=order.starts or known.starts,
    )


def _product(known: Subscription | Contract) -> str:
    """Return the product of an order that names none, if there is only one."""
    products = [known.product] if isinstance(known, Subscription) else list(known.products)
    return products[0] if len(products) == 1 else ""


def products_shown(account: Account, order: Order) -> str:
    """Return the product of an order, or all of a contract of which it changes only the term."""
    contract = account.contracts.get(order.contract or "")
    return order.product or ("" if contract is None else ", ".join(contract.products))


def lacking(account: Account, order: Order) -> Incomplete | None:
    """Return what an order has to state and does not, None if it is complete or for nothing."""
    if order.subscription is not None:
        is_known = order.subscription in account.subscriptions
        return None if is_known else _incomplete(order, f"subscription {order.subscription} is new", _SUBSCRIPTION)
    if order.contract is None:
        return None
    contract = account.contracts.get(order.contract)
    if contract is None:
        return _incomplete(order, f"contract {order.contract} is new", _CONTRACT + _PRODUCT)
    if not order.product:
        several = f"contract {order.contract} has {len(contract.products)} products"
        return Incomplete(several, ("product",)) if _bought(order) and not _product(contract) else None
    if order.product in contract.products:
        return None
    return _incomplete(order, f"product {order.product} is new in contract {order.contract}", _PRODUCT)


def _incomplete(order: Order, why: str, needed: tuple[str, ...]) -> Incomplete | None:
    missing = (fact for fact in needed if all(getattr(order, name) in {None, ""} for name in fact.split(" or ")))
    facts = tuple(missing)
    return Incomplete(why, facts) if facts else None


def _bought(order: Order) -> dict[str, str | int]:
    """Return the facts about a product under a contract that an order states."""
    facts = {"seats": order.seats, "serial": order.serial, "product_key": order.product_key}
    return {name: value for name, value in facts.items() if value is not None}


def recorded_purchase(account: Account, order: Order) -> tuple[Step, ...] | Refused:
    """Return the steps that record an order, in order, or the refusal if it does not fit the account."""
    if (order.subscription is None) == (order.contract is None):
        return refused("An order needs either a subscription or a contract.")
    if order.subscription is not None:
        return _of_subscription(account, order, order.subscription)
    return _of_contract(account, order, Scope("contract", order.contract or ""))


def _of_subscription(account: Account, order: Order, key: str) -> tuple[Step, ...] | Refused:
    sub = account.subscriptions.get(key)
    if sub is None:
        return (_new_subscription(order, key),)
    facts = {"product": order.product, "offering": order.offering, "channel": order.channel, "team": order.team}
    other = _other_manager(sub, order, f"subscription {key}") or _other_fact(sub, facts, f"subscription {key}")
    if other is not None:
        return other
    scope = Scope("team", sub.team) if sub.team is not None else WHOLE_ACCOUNT
    return _changes(
        scope,
        {"subscription": key},
        _sides(
            {"seats": sub.seats, "tokens": sub.tokens},
            {"seats": order.seats, "tokens": order.tokens},
        ),
        _sides(
            {"starts": sub.starts, "ends": sub.ends, "auto_renew": sub.auto_renew},
            {"starts": order.starts, "ends": order.ends, "auto_renew": order.auto_renew},
        ),
    )


def _new_subscription(order: Order, key: str) -> Step:
    wanted = {
        "team": order.team,
        "product": order.product,
        "offering": order.offering,
        "seats": order.seats,
        "tokens": order.tokens,
        "channel": order.channel,
        "contract_manager": order.manager,
        "starts": order.starts,
        "ends": order.ends,
        "auto_renew": order.auto_renew or None,
    }
    scope = Scope("team", order.team) if order.team is not None else WHOLE_ACCOUNT
    return PURCHASE_SUBSCRIPTION.step(scope, subscription=key, now=None, wanted=_facts(wanted))


def _of_contract(account: Account, order: Order, scope: Scope) -> tuple[Step, ...] | Refused:
    contract = account.contracts.get(scope.name)
    bought = _bought(order)
    if contract is None:
        return (_new_contract(order, scope), _new_product(order, scope))
    facts = {"license_type": order.license_type, "channel": order.channel, "deployment": order.deployment}
    other = _other_manager(contract, order, str(scope)) or _other_fact(contract, facts, str(scope))
    if other is not None:
        return other
    # A further order gives no term to a contract without one, such as a perpetual one.
    given = {"starts": order.starts, "ends": order.ends} if order.ends is not None else {}
    term = _sides({"starts": contract.starts, "ends": contract.ends}, given)
    if not bought:
        return _changes(scope, {}, None, term)
    known = contract.products.get(order.product)
    if known is None:
        return (_new_product(order, scope), *_renewal(scope, {}, term))
    now = {"seats": known.seats, "serial": known.serial, "product_key": known.product_key}
    return _changes(scope, {"product": order.product}, _sides(now, bought), term)


def _new_contract(order: Order, scope: Scope) -> Step:
    wanted = {
        "contract_manager": order.manager,
        "license_type": order.license_type,
        "channel": order.channel,
        "deployment": order.deployment,
        "starts": order.starts if order.ends is not None else None,
        "ends": order.ends,
    }
    return PURCHASE_CONTRACT.step(scope, now=None, wanted=_facts(wanted))


def _new_product(order: Order, scope: Scope) -> Step:
    return PURCHASE_SEATS.step(scope, product=order.product, now=None, wanted=_facts(_bought(order)))


def _changes(
    scope: Scope, what: dict[str, Plain], totals: tuple[Facts, Facts] | None, term: tuple[Facts, Facts] | None
) -> tuple[Step, ...] | Refused:
    """Return the steps for new totals and a new term of something known."""
    steps = []
    if totals is not None:
        steps.append(PURCHASE_SEATS.step(scope, **what, now=totals[0], wanted=totals[1]))
    steps += _renewal(scope, {name: value for name, value in what.items() if name == "subscription"}, term)
    return tuple(steps) or refused("The order changes nothing: the account already has these totals and this term.")


def _renewal(scope: Scope, what: dict[str, Plain], term: tuple[Facts, Facts] | None) -> list[Step]:
    return [PURCHASE_RENEWAL.step(scope, **what, now=term[0], wanted=term[1])] if term is not None else []


def _sides(now: Mapping[str, str | int | None], given: Mapping[str, str | int | None]) -> tuple[Facts, Facts] | None:
    """Return the facts of an order that differ, as the account has them and as the order states them; None if none."""
    changed = [name for name, value in given.items() if value is not None and value != now[name]]
    if not changed:
        return None
    return _facts({name: now[name] for name in changed}), _facts({name: given[name] for name in changed})


def _facts(values: Mapping[str, str | int | None]) -> Facts:
    return Facts(tuple((name, value) for name, value in values.items() if value is not None))


def _other_manager(thing: Subscription | Contract, order: Order, what: str) -> Refused | None:
    if identity(order.manager) == thing.contract_manager:
        return None
    return refused(f"The contract manager of {what} is {thing.contract_manager}, not {order.manager}.")


def _other_fact(thing: Subscription | Contract, facts: dict[str, str | None], what: str) -> Refused | None:
    """Return the refusal if an order states another value of a fact that no purchase changes."""
    for name, value in facts.items():
        present = getattr(thing, name)
        if value is not None and value != present:
            return refused(f"{name} of {what} is {present or 'not set'}, not {value}.")
    return None
