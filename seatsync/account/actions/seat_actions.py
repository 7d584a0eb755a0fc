"""Actions on seats of products, in teams and in contracts."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from seatsync.account.actions.effects import Answer, Refused, added, counted, gone, heading, refused, shown
from seatsync.account.actions.spec import ADMINS, CONTRACT_ROLES, ActionSpec, Performers, Request, Step
from seatsync.account.email import identity
from seatsync.account.entitlements import pool, subscribed
from seatsync.account.model import Account


def without_room(account: Account, request: Request, product: str, people: AbstractSet[str]) -> Refused | None:
    """Return the refusal if a pool has no room for people of a team. Those entitled already need none."""
    team, day = request.scope.name, request.clock.day
    holders = account.holders(team, product)
    new = people - holders
    if people and not new:
        return None
    seats, taken = pool(account, team, product, day), len(holders)
    if seats == 0 and not subscribed(account, team, product, day):
        return refused(_no_subscription(account, request, product))
    if not new or seats is None or taken + len(new) <= seats:
        return None
    need = "one more is" if len(new) == 1 else f"{len(new)} more are"
    return refused(f"{heading(request.scope)} has {counted(seats, 'seat')} of {product}, {taken} taken; {need} needed.")


def assign_in_team(account: Account, request: Request) -> Answer:
    """Assign a product to a member or a group of the team, if the pool has room."""
    if bool(request.user) == bool(request.group):
        return refused("seat.assign: either a user or a group is needed.")
    return _assign_group(account, request) if request.group else _assign_user(account, request)


def _assign_user(account: Account, request: Request) -> Answer:
    team = account.teams[request.scope.name]
    if request.user not in team.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user in team.seats.get(request.product, ()):
        return refused(f"{shown(account, request.user)} holds a seat of {request.product} in {request.scope} already.")
    lack = without_room(account, request, request.product, {request.user})
    return lack or (added("team_seat", request.scope.name, request.product, request.user),)


def _assign_group(account: Account, request: Request) -> Answer:
    group = account.teams[request.scope.name].groups.get(request.group)
    if group is None:
        return refused(f"{heading(request.scope)} has no group {request.group}.")
    if request.product in group.products:
        return refused(f"Group {request.group} of {request.scope} has {request.product} already.")
    lack = without_room(account, request, request.product, group.members)
    return lack or (added("group_seat", request.scope.name, request.group, request.product),)


def unassign_in_team(account: Account, request: Request) -> Answer:
    """Free a direct seat, or take a product from a group."""
    if bool(request.user) == bool(request.group):
        return refused("seat.unassign: either a user or a group is needed.")
    team = account.teams[request.scope.name]
    if request.group:
        group = team.groups.get(request.group)
        if group is None or request.product not in group.products:
            return refused(f"Group {request.group} of {request.scope} does not have {request.product}.")
        return (gone("group_seat", request.scope.name, request.group, request.product),)
    if request.user not in team.seats.get(request.product, ()):
        return refused(f"{request.written} holds no direct seat of {request.product} in {request.scope}.")
    return (gone("team_seat", request.scope.name, request.product, request.user),)


def assign_in_contract(account: Account, request: Request) -> Answer:
    """Assign a product to a member of the contract, if a purchased seat is free."""
    contract = account.contracts[request.scope.name]
    bought = contract.products.get(request.product)
    holders = contract.seats.get(request.product, set())
    if request.group or not request.user:
        return refused("seat.assign: a contract assigns products to users only, so a user is needed.")
    if request.user not in contract.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if bought is None:
        return refused(f"{request.product} was not bought under {request.scope}.")
    if request.user in holders:
        return refused(f"{shown(account, request.user)} holds a seat of {request.product} in {request.scope} already.")
    if len(holders) >= bought.seats:
        return refused(
            f"{heading(request.scope)} has {counted(bought.seats, 'seat')} of {request.product}, "
            f"{len(holders)} taken; one more is needed."
        )
    return (added("contract_seat", request.scope.name, request.product, request.user),)


def unassign_in_contract(account: Account, request: Request) -> Answer:
    """Free a seat of a contract."""
    if request.group or not request.user:
        return refused("seat.unassign: a contract assigns products to users only, so a user is needed.")
    if request.user not in account.contracts[request.scope.name].seats.get(request.product, ()):
        return refused(f"{request.written} holds no seat of {request.product} in {request.scope}.")
    return (gone("contract_seat", request.scope.name, request.product, request.user),)


def _no_subscription(account: Account, request: Request, product: str) -> str:
    subs = account.subscriptions_to(request.scope.name, product)
    if not subs:
        return f"{heading(request.scope)} has no subscription to {product}."
    day = request.clock.day
    coming = sorted(sub.starts for sub in subs if sub.starts > day)
    when = f"the next begins on {coming[0]}" if coming else f"the last ended on {max(sub.ends for sub in subs)}"
    return f"No subscription of {request.scope} to {product} is in term on {day}: {when}."


def _came_with_purchase(account: Account, step: Step) -> bool:
    """Return True if a user of a contract holds the product already, as its manager does after the purchase."""
    if step.scope.kind != "contract":
        return False
    holders = account.contracts[step.scope.name].seats.get(step.text("product"), ())
    return (identity(str(step.get("user"))) or "") in holders


def _holder(step: Step) -> str:
    return "group {group}" if step.get("user") is None else "{user}"


ASSIGN_SEAT = ActionSpec(
    name="seat.assign",
    kind="add",
    channel="self-service",
    required=("product",),
    optional=("user", "group"),
    performers=Performers(ADMINS, CONTRACT_ROLES),
    effects={"team": assign_in_team, "contract": assign_in_contract},
    sentence=lambda step: f"assign {{product}} to {_holder(step)}",
    holding="seat",
    reads=("member",),
    in_effect=_came_with_purchase,
    reason="seat",
    section="products",
)

UNASSIGN_SEAT = ActionSpec(
    name="seat.unassign",
    kind="remove",
    channel="self-service",
    required=("product",),
    optional=("user", "group"),
    performers=Performers(ADMINS, CONTRACT_ROLES),
    effects={"team": unassign_in_team, "contract": unassign_in_contract},
    sentence=lambda step: f"take {{product}} from {_holder(step)}",
    holding="seat",
    reads=("member",),
    reason="seat",
    section="products",
)
