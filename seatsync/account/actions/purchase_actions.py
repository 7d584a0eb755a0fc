"""Actions for purchases. seatsync never buys: the effects simulate a purchase, or record one that was made.

Every purchase states its facts twice: `now` as the account has them, and `wanted` as they are afterwards.

- `purchase.subscription`, scope the team it is for (created with its manager as primary admin if it is new) or the
  account: `now` None; `wanted` product, offering, seats or tokens, channel, contract_manager, starts, ends. A `team`
  is optional and must be the one of the scope, `auto_renew` is False unless given.
- `purchase.contract`, scope the contract: `now` None; `wanted` contract_manager, license_type, channel, and, if known,
  deployment, starts, ends. The manager becomes member and software coordinator.
- `purchase.seats` of a subscription: `seats` or `tokens`, the new total; of a product of a contract: `seats` with
  `serial` or `product_key`, `now` None where the product is new to the contract.
- `purchase.renewal` of a subscription or a contract: `starts` and `ends`; of a subscription also `auto_renew`.

A contract therefore takes two kinds of steps: `purchase.contract`, then one `purchase.seats` for each product. A
product that is new to a contract comes with a seat for its contract manager, if it has any seats.

A purchase makes its manager a member of the team or contract; people new to the account are active, without names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any

from seatsync.account.actions.effects import Answer, Refused, added, arrival, counted, heading, place, refused
from seatsync.account.actions.side_effects import seat_of_manager
from seatsync.account.actions.spec import MANAGER, ActionSpec, Facts, Performers, Request, Step
from seatsync.account.actions.subscription_actions import left_short
from seatsync.account.actions.team_actions import new_team
from seatsync.account.email import identity
from seatsync.account.entitlements import SUPPORT_PER_SEAT, covers, support_limit
from seatsync.account.model import (
    Account,
    Change,
    Contract,
    ContractProduct,
    Scope,
    User,
    contract_values,
    subscription_values,
    user_values,
)
from seatsync.account.purchased import read_contract, read_subscription, wrong_facts

_TOTALS = ("seats", "tokens")
_TERM = ("starts", "ends")
_RENEWAL = (*_TERM, "auto_renew")
_PRODUCT = ("seats", "serial", "product_key")


def buy_subscription(account: Account, request: Request) -> Answer:
    """Add a subscription to its team, which is created if need be; its manager becomes a member."""
    key = request.subscription
    if key in account.subscriptions:
        return refused(f"There is a subscription {key} already.")
    sub = read_subscription(request)
    if isinstance(sub, Refused):
        return sub
    written = str(request.wanted.get("contract_manager")) if request.wanted else ""
    people = _subscriber(account, request, sub.contract_manager, written)
    return (*people, added("subscription", key, values=subscription_values(sub)))


def _subscriber(account: Account, request: Request, manager: str, written: str) -> Iterator[Change]:
    """Yield the rows that make the manager a member of the team, which is created if need be; none without a team."""
    if request.scope.kind != "team":
        return
    if request.scope.name not in account.teams:
        yield from new_team(account, request, manager, written)
    elif manager not in account.teams[request.scope.name].members:
        yield from arrival(account, manager, User(written), request.scope)


def buy_contract(account: Account, request: Request) -> Answer:
    """Add a contract without products; its manager becomes member and software coordinator."""
    number = request.scope.name
    if number in account.contracts:
        return refused(f"There is a contract {number} already.")
    contract = read_contract(request)
    if isinstance(contract, Refused):
        return contract
    manager = contract.contract_manager
    known = () if manager in account.users else (_newcomer(request, manager),)
    return (
        *known,
        added("contract", number, values=contract_values(contract)),
        added("contract_member", number, manager),
    )


def _newcomer(request: Request, manager: str) -> Change:
    written = str(request.wanted.get("contract_manager")) if request.wanted else manager
    return added("user", manager, values=user_values(User(written)))


def buy_seats_of_subscription(account: Account, request: Request) -> Answer:
    """Change the totals of a subscription, unless that leaves people without a seat."""
    return _change_subscription(account, request, _TOTALS)


def renew_subscription(account: Account, request: Request) -> Answer:
    """Change the term of a subscription or whether it renews by itself, unless people would be without a seat today."""
    return _change_subscription(account, request, _RENEWAL)


def _change_subscription(account: Account, request: Request, allowed: tuple[str, ...]) -> Answer:
    if request.product or not request.subscription:
        return refused("A purchase outside of a contract needs a subscription and no product.")
    sub = account.subscriptions.get(request.subscription)
    if sub is None or Scope("team" if sub.team else "account", sub.team or "") != request.scope:
        return refused(f"There is no subscription {request.subscription} in {place(request.scope)}.")
    trouble = _wrong_sides(f"subscription {request.subscription}", request, sub._asdict(), allowed)
    if trouble is not None:
        return trouble
    bought = sub._replace(**_changes(request.wanted))
    wrong = wrong_facts(bought)
    if wrong:
        return refused(f"Subscription {request.subscription}: {wrong}.")
    lack = left_short(account, request, sub, bought)
    return lack or (
        Change("subscription", (request.subscription,), subscription_values(sub), subscription_values(bought)),
    )


def renew_contract(account: Account, request: Request) -> Answer:
    """Change the term of a contract."""
    number, contract = request.scope.name, account.contracts[request.scope.name]
    if request.subscription:
        return refused(f"There is no subscription {request.subscription} in {place(request.scope)}.")
    present = {"starts": contract.starts, "ends": contract.ends}
    trouble = _wrong_sides(str(request.scope), request, present, _TERM)
    if trouble is not None:
        return trouble
    bought = copy(contract)
    for name, value in _changes(request.wanted).items():
        setattr(bought, name, value)
    wrong = wrong_facts(bought)
    if wrong:
        return refused(f"{heading(request.scope)}: {wrong}.")
    return (Change("contract", (number,), contract_values(contract), contract_values(bought)),)


def buy_seats_of_contract(account: Account, request: Request) -> Answer:
    """Add a product to a contract, or change the total of one, unless that leaves people without a seat."""
    if request.subscription or not request.product:
        return refused("A purchase under a contract needs a product and no subscription.")
    contract = account.contracts[request.scope.name]
    old = contract.products.get(request.product)
    what = f"{request.product} of {request.scope}"
    trouble = _wrong_sides(what, request, old._asdict() if old else None, _PRODUCT)
    if trouble is not None:
        return trouble
    bought = old._replace(**_changes(request.wanted)) if old else _new_product(request)
    wrong = wrong_facts(bought)
    if wrong:
        return refused(f"{what}: {wrong}.")
    change = Change("contract_product", (request.scope.name, request.product), _values(old), _values(bought))
    seat = added("contract_seat", request.scope.name, request.product, contract.contract_manager)
    comes_along = (seat,) if old is None and bought.seats else ()
    return _contract_short(request, contract, old, bought) or (change, *comes_along)


def _new_product(request: Request) -> ContractProduct:
    facts: dict[str, Any] = {"seats": None, **_changes(request.wanted)}  # checked by wrong_facts, as every purchase
    return ContractProduct(**facts)


def _values(product: ContractProduct | None) -> tuple[str | int | None, ...] | None:
    return (product.seats, product.serial, product.product_key) if product else None


def _contract_short(
    request: Request, contract: Contract, old: ContractProduct | None, bought: ContractProduct
) -> Refused | None:
    """Return the refusal if more seats of a contract, or support benefits that they bring, are in use."""
    taken = len(contract.seats.get(request.product, ()))
    if not covers(bought.seats, old.seats if old else 0, taken):
        return refused(
            f"{heading(request.scope)} uses {counted(taken, 'seat')} of {request.product} "
            f"and would have {bought.seats}."
        )
    before = support_limit(contract)
    after = before + SUPPORT_PER_SEAT * (bought.seats - (old.seats if old else 0))
    if not covers(after, before, len(contract.support)):
        return refused(
            f"In {request.scope}, {len(contract.support)} people have support benefits; its seats would allow {after}."
        )
    return None


def _changes(wanted: Facts | None) -> dict[str, Any]:
    return dict(wanted.items) if wanted else {}


def _wrong_sides(
    what: str, request: Request, present: Mapping[str, object] | None, allowed: tuple[str, ...]
) -> Refused | None:
    """Return the refusal if `now` differs from the account, or `wanted` does not or cannot."""
    now, wanted = request.now, request.wanted
    if wanted is None or not wanted.items:
        return refused(f"The purchase of {what} states nothing to change.")
    for name, _ in (*wanted.items, *(now.items if now else ())):
        if name not in allowed:
            return refused(f"A purchase of this kind cannot change {name} of {what}.")
    if present is None:
        return refused(f"{heading(what)} is not in the account yet.") if now is not None else None
    if now is None:
        return refused(f"{heading(what)} is in the account already.")
    for name, value in now.items:
        if present[name] != value:
            return refused(f"{heading(what)} has {name} {_fact(present[name])} in the account, not {_fact(value)}.")
    if all(present[name] == value for name, value in wanted.items):
        return refused(f"{heading(what)} is already as the purchase states.")
    return None


def _fact(value: object) -> str:
    return "unset" if value is None else str(value)


def _buyer(_: Account, step: Step) -> Iterator[str]:
    wanted = step.get("wanted")
    manager = wanted.get("contract_manager") if isinstance(wanted, Facts) else None
    user = identity(manager) if isinstance(manager, str) else None
    if user is not None:
        yield user


def _seats_sentence(step: Step) -> str:
    what = "product" if step.get("subscription") is None else "subscription"
    verb = "buy" if step.get("now") is None else "order for"
    return f"{verb} {what} {{{what}}}: {{difference}}"


def _renewal_sentence(step: Step) -> str:
    what = "the contract" if step.get("subscription") is None else "subscription {subscription}"
    return f"renew {what}: {{difference}}"


_NAMED = Performers(special=_buyer, words="the contract manager named in the purchase", from_step=True)

PURCHASE_SEATS = ActionSpec(
    name="purchase.seats",
    kind="change",
    channel="purchase",
    required=("now", "wanted"),
    optional=("subscription", "product"),
    performers=Performers(MANAGER, MANAGER),
    effects={
        "team": buy_seats_of_subscription,
        "account": buy_seats_of_subscription,
        "contract": buy_seats_of_contract,
    },
    sentence=_seats_sentence,
    side_effects=seat_of_manager,
    reason="product",
    section="products",
    keys=("seats", "tokens"),
)

PURCHASE_RENEWAL = ActionSpec(
    name="purchase.renewal",
    kind="change",
    channel="purchase",
    required=("now", "wanted"),
    optional=("subscription",),
    performers=Performers(MANAGER, MANAGER),
    effects={"team": renew_subscription, "account": renew_subscription, "contract": renew_contract},
    sentence=_renewal_sentence,
    reason="value",
    keys=("ends", "starts"),
)

PURCHASE_SUBSCRIPTION = ActionSpec(
    name="purchase.subscription",
    kind="change",
    channel="purchase",
    required=("subscription", "now", "wanted"),
    performers=_NAMED._replace(team=MANAGER),
    effects={"team": buy_subscription, "account": buy_subscription},
    sentence="buy subscription {subscription}: {difference}",
    makes_scope=True,
    rights="others",
)

PURCHASE_CONTRACT = ActionSpec(
    name="purchase.contract",
    kind="change",
    channel="purchase",
    required=("now", "wanted"),
    performers=_NAMED._replace(contract=MANAGER),
    effects={"contract": buy_contract},
    sentence="buy the contract: {difference}",
    makes_scope=True,
    rights="others",
)
