"""Reads purchases: the facts of a step as a subscription or contract, or a refusal if a fact is impossible."""

from __future__ import annotations

from datetime import date
from typing import Any
from unicodedata import normalize

from seatsync.account.actions.effects import Refused, heading, refused, wrong_text
from seatsync.account.actions.spec import Request
from seatsync.account.attributes import BY_COUNT, DEPLOYMENTS, LICENSE_TYPES, OFFERINGS, SALES_CHANNELS
from seatsync.account.email import identity
from seatsync.account.model import Contract, ContractProduct, Subscription

MOST = 1_000_000_000
"""The largest number of seats or tokens, far beyond any purchase and within the integers of every store."""

_SUBSCRIPTION = Subscription._fields
_CONTRACT = ("contract_manager", "license_type", "channel", "deployment", "starts", "ends")


def read_subscription(request: Request) -> Subscription | Refused:
    """Return the subscription that a purchase adds; its team is the scope."""
    facts = _read(request, f"subscription {request.subscription}", _SUBSCRIPTION)
    if isinstance(facts, Refused):
        return facts
    team = request.scope.name or None
    if facts["team"] not in {None, team}:
        return refused(
            f"The purchase of subscription {request.subscription} is for {request.scope}, not team {facts['team']}."
        )
    sub = Subscription(**{**facts, "team": team, "auto_renew": facts["auto_renew"] or False})
    trouble = wrong_facts(sub)
    return refused(f"Subscription {request.subscription}: {trouble}.") if trouble else sub


def read_contract(request: Request) -> Contract | Refused:
    """Return the contract that a purchase adds, without products; its manager is software coordinator and member."""
    facts = _read(request, str(request.scope), _CONTRACT)
    if isinstance(facts, Refused):
        return facts
    contract = Contract(**facts, coordinator=facts["contract_manager"], members={facts["contract_manager"]})
    trouble = wrong_facts(contract)
    return refused(f"Contract {request.scope.name}: {trouble}.") if trouble else contract


def wrong_facts(thing: Subscription | Contract | ContractProduct) -> str:
    """Return what is impossible about a purchase, or nothing. Not even the types of values from steps are sure."""
    if isinstance(thing, ContractProduct):
        return _wrong_product(thing)
    return _wrong_subscription(thing) if isinstance(thing, Subscription) else _wrong_contract(thing)


def _read(request: Request, what: str, allowed: tuple[str, ...]) -> dict[str, Any] | Refused:
    """Return the facts of something new by name, None if not given, and the manager as an identity."""
    if request.now is not None:
        return refused(f"{heading(what)} is not in the account yet, so the purchase cannot state what it has now.")
    given = dict(request.wanted.items) if request.wanted else {}
    unknown = [name for name in given if name not in allowed]
    if unknown:
        return refused(f"A purchase of {what} cannot have {unknown[0]}.")
    facts: dict[str, Any] = {
        name: normalize("NFC", value) if isinstance(value := given.get(name), str) else value for name in allowed
    }
    manager = facts["contract_manager"]
    user = identity(manager) if isinstance(manager, str) else None
    if user is None:
        return refused(f"The purchase of {what} names no contract manager by e-mail address.")
    return {**facts, "contract_manager": user}


def _wrong_subscription(sub: Subscription) -> str:
    if sub.offering not in OFFERINGS:
        return f"offering must be one of {', '.join(OFFERINGS)}"
    counted, other = ("seats", "tokens") if sub.offering in BY_COUNT else ("tokens", "seats")
    if getattr(sub, other) is not None:
        return f"offering {sub.offering} has {counted}, not {other}"
    return (
        wrong_text("product", sub.product, empty=False)
        or _wrong_number(counted, getattr(sub, counted))
        or _wrong_choice("channel", sub.channel, SALES_CHANNELS)
        or _wrong_term(sub.starts, sub.ends, optional=False)
        or _wrong_flag("auto_renew", sub.auto_renew)
    )


def _wrong_contract(contract: Contract) -> str:
    return (
        _wrong_choice("license_type", contract.license_type, LICENSE_TYPES)
        or _wrong_choice("channel", contract.channel, SALES_CHANNELS)
        or ("" if contract.deployment is None else _wrong_choice("deployment", contract.deployment, DEPLOYMENTS))
        or _wrong_term(contract.starts, contract.ends, optional=True)
    )


def _wrong_product(product: ContractProduct) -> str:
    if product.serial is None and product.product_key is None:
        return "a serial number or a product key is needed"
    for name, value in (("serial", product.serial), ("product_key", product.product_key)):
        trouble = "" if value is None else wrong_text(name, value, empty=False)
        if trouble:
            return trouble
    return _wrong_number("seats", product.seats)


def _wrong_choice(name: str, value: object, choices: tuple[str, ...]) -> str:
    return "" if value in choices else f"{name} must be one of {', '.join(choices)}"


def _wrong_flag(name: str, value: object) -> str:
    return "" if isinstance(value, bool) else f"{name} must be true or false"


def _wrong_number(name: str, value: object) -> str:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
    return "" if good else f"{name} must be a number from 0 to {MOST}"


def _wrong_term(starts: object, ends: object, *, optional: bool) -> str:
    for name, day in (("starts", starts), ("ends", ends)):
        if not (optional and day is None) and not (isinstance(day, str) and _is_day(day)):
            return f"{name} must be a date such as 2026-12-31"
    backwards = isinstance(starts, str) and isinstance(ends, str) and ends < starts
    return f"the term ends on {ends}, before it begins on {starts}" if backwards else ""


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
