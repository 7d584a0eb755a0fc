"""What people are given to use: seats in teams and contracts, cloud services and support benefits of contracts."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from seatsync.account.entitlements import SERVICE_LIMIT, SUPPORT_PER_SEAT, pool, subscribed, support_limit
from seatsync.account.model import Account
from seatsync.account.refusal import Answer, Refused, counted, heading, refused, shown
from seatsync.account.request import Request
from seatsync.account.rows import added, gone


def without_room(account: Account, request: Request, product: str, people: AbstractSet[str]) -> Refused | None:
    """Why people of a team cannot be entitled to a product, if they cannot. Who is entitled already needs no room."""
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
    """A member of the team, or a group of it, and room in the pool → holds the product."""
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
    """A direct seat, or a product of a group → freed."""
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
    """A member, a product that was bought, fewer holders than seats → holds the product."""
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
    """A seat → freed."""
    if request.group or not request.user:
        return refused("seat.unassign: a contract assigns products to users only, so a user is needed.")
    if request.user not in account.contracts[request.scope.name].seats.get(request.product, ()):
        return refused(f"{request.written} holds no seat of {request.product} in {request.scope}.")
    return (gone("contract_seat", request.scope.name, request.product, request.user),)


def assign_service(account: Account, request: Request) -> Answer:
    """A member, fewer than three users → a user of the service, which exists from its first mention."""
    contract = account.contracts[request.scope.name]
    users = contract.services.get(request.service, set())
    if request.user not in contract.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user in users:
        return refused(f"{shown(account, request.user)} has service {request.service} in {request.scope} already.")
    if len(users) >= SERVICE_LIMIT:
        return refused(
            f"Service {request.service} of {request.scope} has {len(users)} users; "
            f"no more than {SERVICE_LIMIT} are possible."
        )
    return (added("contract_service", request.scope.name, request.service, request.user),)


def unassign_service(account: Account, request: Request) -> Answer:
    """A user of the service → none."""
    if request.user not in account.contracts[request.scope.name].services.get(request.service, ()):
        return refused(f"{request.written} does not have service {request.service} in {request.scope}.")
    return (gone("contract_service", request.scope.name, request.service, request.user),)


def assign_support(account: Account, request: Request) -> Answer:
    """A member, fewer than six per seat purchased → has support benefits."""
    contract = account.contracts[request.scope.name]
    limit = support_limit(contract)
    if request.user not in contract.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user in contract.support:
        return refused(f"{shown(account, request.user)} has support benefits in {request.scope} already.")
    if len(contract.support) >= limit:
        return refused(
            f"The seats of {request.scope} bring support benefits for {limit} people, {SUPPORT_PER_SEAT} for each; "
            f"{len(contract.support)} have them."
        )
    return (added("contract_support", request.scope.name, request.user),)


def unassign_support(account: Account, request: Request) -> Answer:
    """Support benefits → none."""
    if request.user not in account.contracts[request.scope.name].support:
        return refused(f"{request.written} has no support benefits in {request.scope}.")
    return (gone("contract_support", request.scope.name, request.user),)


def _no_subscription(account: Account, request: Request, product: str) -> str:
    subs = account.bought(request.scope.name, product)
    if not subs:
        return f"{heading(request.scope)} has no subscription to {product}."
    day = request.clock.day
    coming = sorted(sub.starts for sub in subs if sub.starts > day)
    when = f"the next begins on {coming[0]}" if coming else f"the last ended on {max(sub.ends for sub in subs)}"
    return f"No subscription of {request.scope} to {product} is in term on {day}: {when}."
