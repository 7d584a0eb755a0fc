"""Candidate steps for every difference between the present and the desired state.

The order is a preference: gains precede losses so that nobody loses a seat in between; demotions and departures come
last. The ordering takes each step as soon as it is legal.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from seatsync.account.actions.admin_actions import (
    ASSIGN_ROLE,
    ASSIGN_SECONDARY,
    CHANGE_PRIMARY,
    MAKE_EXTERNAL,
    MAKE_INTERNAL,
    REVOKE,
)
from seatsync.account.actions.contract_actions import (
    ASSIGN_COORDINATOR,
    ASSIGN_SERVICE,
    ASSIGN_SUPPORT,
    CHANGE_COORDINATOR,
    TRANSFER_CONTRACT_MANAGER,
    UNASSIGN_SERVICE,
    UNASSIGN_SUPPORT,
)
from seatsync.account.actions.group_actions import ADD_MEMBER, CREATE_GROUP, DELETE_GROUP, REMOVE_MEMBER
from seatsync.account.actions.purchase_actions import PURCHASE_RENEWAL, PURCHASE_SEATS, PURCHASE_SUBSCRIPTION
from seatsync.account.actions.seat_actions import ASSIGN_SEAT, UNASSIGN_SEAT
from seatsync.account.actions.spec import ActionSpec, Facts, Step
from seatsync.account.actions.subscription_actions import ASSIGN_SUBSCRIPTION, MOVE_SUBSCRIPTION
from seatsync.account.actions.team_actions import CONFIGURE_SSO, DELETE_TEAM
from seatsync.account.actions.user_actions import (
    CHANGE_EMAIL,
    INVITE,
    REDIRECT_INVITATION,
    REMOVE_USER,
    RESEND_INVITATION,
    UPDATE_USER,
)
from seatsync.account.model import (
    WHOLE_ACCOUNT,
    Account,
    Contract,
    ContractProduct,
    Group,
    Scope,
    Sso,
    Subscription,
    Team,
    User,
)

# Roles of a team

_LAST = (REVOKE, MAKE_EXTERNAL)
"""The actions of a role route that come after the losses of seats, in this order for one person."""


class RoleStep(NamedTuple):
    """An action on the role of one person; `inserted` if only the vendor's rules require it (STEP003)."""

    action: ActionSpec
    user: str
    inserted: bool = False


def role_route(now: Team, wanted: Team) -> list[RoleStep]:
    """Return the steps from the roles of `now` to those of `wanted`: change of primary admin, gains, then losses.

    This is the shortest route. Only a secondary admin can become primary admin, and the former one becomes secondary.
    So there is one step per person who differs in role or as an external user, one more if the new primary admin is not
    secondary yet, one less if the former one should be secondary anyway.
    """
    swap: list[RoleStep] = []
    before = dict(now.admins)
    if now.primary != wanted.primary:
        if before.get(wanted.primary) != "secondary":
            swap.append(RoleStep(ASSIGN_SECONDARY, wanted.primary, inserted=True))
        swap.append(RoleStep(CHANGE_PRIMARY, wanted.primary))
        before.pop(wanted.primary, None)
        before[now.primary] = "secondary"
    gains = [
        RoleStep(ASSIGN_ROLE[role], user) for user, role in sorted(wanted.admins.items()) if before.get(user) != role
    ]
    losses = [RoleStep(REVOKE, user) for user in sorted(before) if user not in wanted.admins]
    losses += [RoleStep(MAKE_EXTERNAL, user) for user in sorted(wanted.external - now.external)]
    # A role, or the departure, ends that somebody is an external user.
    ends = {wanted.primary, *wanted.admins}
    gains += [
        RoleStep(MAKE_INTERNAL, user)
        for user in sorted(now.external - wanted.external)
        if user in wanted.members and user not in ends
    ]
    return [*swap, *gains, *losses]


# Candidates


class Candidate(NamedTuple):
    """A step to take; `inserted` if the vendor's rules require it although it is not declared (STEP003)."""

    step: Step
    inserted: bool = False


def bridge(scope: Scope, product: str, address: str) -> Candidate:
    """Return the assignment of a temporary direct seat, so that its holder keeps the product while groups change."""
    return Candidate(ASSIGN_SEAT.step(scope, product=product, user=address), inserted=True)


def end_of_bridge(scope: Scope, product: str, address: str) -> Candidate:
    """Return the removal of a temporary direct seat."""
    return Candidate(UNASSIGN_SEAT.step(scope, product=product, user=address), inserted=True)


class SubscriptionChanges:
    """Subscriptions that join a team or get another contract manager, and the buyers of new ones; all by team."""

    def __init__(self) -> None:
        self.joining: dict[str, list[str]] = {}
        self.transfers: dict[str | None, list[str]] = {}
        self.buyers: dict[str | None, set[str]] = {}


def subscription_changes(base: Account, wanted: Account) -> SubscriptionChanges:
    """Return the changes of all subscriptions, found in one pass."""
    found = SubscriptionChanges()
    for key, goal in sorted(wanted.subscriptions.items()):
        now = base.subscriptions.get(key)
        if now is None:
            found.buyers.setdefault(goal.team, set()).add(goal.contract_manager)
            continue
        if goal.team is not None and now.team != goal.team:
            found.joining.setdefault(goal.team, []).append(key)
        if now.contract_manager != goal.contract_manager:
            found.transfers.setdefault(goal.team, []).append(key)
    return found


def people_changes(
    base: Account, wanted: Account, subscriptions: SubscriptionChanges, due: Iterable[str]
) -> Iterator[Candidate]:
    """Yield the updates of names that differ, and the invitations that are `due` to be sent again.

    A new buyer is in no scope yet and starts without names.
    """
    buyers = set().union(*subscriptions.buyers.values())
    present = base.users
    for user, goal in sorted(item for item in wanted.users.items() if present.get(item[0]) != item[1]):
        now = present.get(user) or (User(goal.email) if user in buyers else None)
        if now is not None and (now.first_name, now.last_name) != (goal.first_name, goal.last_name):
            names = {"first_name": goal.first_name, "last_name": goal.last_name}
            yield Candidate(UPDATE_USER.step(WHOLE_ACCOUNT, user=now.email, **names))
    yield from (Candidate(resending(base.users[user].email)) for user in sorted(due))


def change_of_address(account: Account, user: str, to: str) -> Step:
    """Return the step that changes the address of a person; a pending invitation is redirected instead."""
    person = account.users[user]
    action = REDIRECT_INVITATION if person.status == "pending" else CHANGE_EMAIL
    return action.step(WHOLE_ACCOUNT, user=person.email, to=to)


def resending(address: str) -> Step:
    """Return the step that sends an invitation again."""
    return RESEND_INVITATION.step(WHOLE_ACCOUNT, user=address)


def team_changes(name: str, base: Account, wanted: Account, subscriptions: SubscriptionChanges) -> Iterator[Candidate]:
    """Yield the steps of one team that is in both states. Buyers of its new subscriptions need no invitation."""
    now, goal = base.teams[name], wanted.teams[name]
    scope = Scope("team", name)
    leaving = now.members - goal.members
    arriving = goal.members - now.members - subscriptions.buyers.get(name, set())
    yield from _invitations(scope, arriving, wanted)
    yield from joining(name, base, subscriptions)
    yield from _plain(CREATE_GROUP, scope, "group", goal.groups.keys() - now.groups.keys())
    route = role_route(now, goal)
    for role in route:
        if role.action not in _LAST:
            yield Candidate(role.action.step(scope, user=_shown(base, wanted, role.user)), role.inserted)
    yield from transfers(name, base, wanted, subscriptions)
    if now.sso != goal.sso:
        yield Candidate(CONFIGURE_SSO.step(scope, sso=sso_attributes(goal.sso)))
    yield from _gains(scope, now, goal, base, wanted)
    yield from _losses(scope, now, goal, base, wanted, leaving)
    for role in route:
        if role.action in _LAST:
            yield Candidate(role.action.step(scope, user=_shown(base, wanted, role.user)))
    yield from _plain(REMOVE_USER, scope, "user", (_shown(base, wanted, user) for user in sorted(leaving)))


def joining(name: str, base: Account, subscriptions: SubscriptionChanges) -> Iterator[Candidate]:
    """Yield the steps by which subscriptions join a team."""
    for key in subscriptions.joining.get(name, ()):
        origin, scope = base.subscriptions[key].team, Scope("team", name)
        if origin is None:
            yield Candidate(ASSIGN_SUBSCRIPTION.step(scope, subscription=key))
        else:
            yield Candidate(MOVE_SUBSCRIPTION.step(scope, subscription=key, from_=origin))


def team_deletion(name: str, base: Account) -> Iterator[Candidate]:
    """Yield the steps that dissolve a team: its direct seats, the groups that give products, then the team itself."""
    team, scope = base.teams[name], Scope("team", name)
    for product, holders in sorted(team.seats.items()):
        for user in sorted(holders):
            yield Candidate(UNASSIGN_SEAT.step(scope, product=product, user=_shown(base, base, user)))
    yield from _plain(DELETE_GROUP, scope, "group", (group for group, g in team.groups.items() if g.products))
    yield Candidate(DELETE_TEAM.step(scope))


def transfers(
    name: str | None, base: Account, wanted: Account, subscriptions: SubscriptionChanges
) -> Iterator[Candidate]:
    """Yield the changes of contract managers of a team's subscriptions (None: of those in no team)."""
    scope = Scope("team", name) if name is not None else WHOLE_ACCOUNT
    for key in subscriptions.transfers.get(name, ()):
        manager = _shown(base, wanted, wanted.subscriptions[key].contract_manager)
        yield Candidate(TRANSFER_CONTRACT_MANAGER.step(scope, subscription=key, user=manager))


def contract_changes(number: str, base: Account, wanted: Account, actor: str | None = None) -> Iterator[Candidate]:
    """Yield the steps of one contract that is in both states, without purchases, in an order the actor can take."""
    now, goal = base.contracts[number], wanted.contracts[number]
    scope = Scope("contract", number)
    leaving = now.members - goal.members
    yield from _invitations(scope, goal.members - now.members, wanted)
    yield from _contract_roles(scope, base, wanted, actor)
    gains, losses = (list(_contract_relations(*pair, scope, base, wanted)) for pair in ((goal, now), (now, goal)))
    for action, _, args in gains:
        yield Candidate(action.step(scope, **args))
    for _, action, args in losses:
        if _identity_in(args["user"], leaving, base):
            continue
        yield Candidate(action.step(scope, **args))
    yield from _plain(REMOVE_USER, scope, "user", (_shown(base, wanted, user) for user in sorted(leaving)))


def purchases(base: Account, wanted: Account) -> Iterator[Candidate]:
    """Yield the purchases the contract managers have to make: totals, terms, products and whole subscriptions."""
    for key, goal in sorted(wanted.subscriptions.items()):
        now = base.subscriptions.get(key)
        if now is None:
            yield Candidate(subscription_purchase(key, goal, _shown(base, wanted, goal.contract_manager)))
            continue
        if now == goal:
            continue
        scope = Scope("team", goal.team) if goal.team is not None else WHOLE_ACCOUNT
        for action, names in ((PURCHASE_SEATS, ("seats", "tokens")), (PURCHASE_RENEWAL, ("starts", "ends"))):
            present, needed = _attributes(now, names), _attributes(goal, names)
            if present != needed:
                yield Candidate(action.step(scope, subscription=key, now=present, wanted=needed))
    for number, contract in sorted(wanted.contracts.items()):
        if number in base.contracts:
            yield from contract_purchases(number, base.contracts[number], contract)


def contract_purchases(number: str, now: Contract, goal: Contract) -> Iterator[Candidate]:
    """Yield the purchases within one contract: its term and the totals of its products."""
    scope = Scope("contract", number)
    if (now.starts, now.ends) != (goal.starts, goal.ends):
        term, wanted_term = (Facts((("starts", c.starts), ("ends", c.ends))) for c in (now, goal))
        yield Candidate(PURCHASE_RENEWAL.step(scope, now=term, wanted=wanted_term))
    for product, bought in sorted(goal.products.items()):
        present = now.products.get(product)
        if present is None or present.seats != bought.seats:
            before = product_attributes(present) if present is not None else None
            yield Candidate(PURCHASE_SEATS.step(scope, product=product, now=before, wanted=product_attributes(bought)))


def subscription_purchase(key: str, goal: Subscription, manager: str) -> Step:
    """Return the purchase of a whole subscription; `manager` is its contract manager's address as written."""
    scope = Scope("team", goal.team) if goal.team is not None else WHOLE_ACCOUNT
    names = ("team", "product", "offering", "seats", "tokens", "channel", "contract_manager", "starts", "ends")
    attributes = dict(_attributes(goal, names).items) | {"contract_manager": manager}
    if goal.auto_renew:
        attributes["auto_renew"] = True
    return PURCHASE_SUBSCRIPTION.step(scope, subscription=key, now=None, wanted=Facts(tuple(attributes.items())))


def product_attributes(bought: ContractProduct) -> Facts:
    """Return a contract's product as the `now` or `wanted` argument of a purchase."""
    attributes = (("seats", bought.seats), ("serial", bought.serial), ("product_key", bought.product_key))
    return Facts(tuple((name, value) for name, value in attributes if value is not None))


def sso_attributes(sso: Sso | None) -> Facts | None:
    """Return a single sign-on configuration as an argument of `sso.configure`."""
    if sso is None:
        return None
    attributes = (("domains", sso.domains), ("metadata_url", sso.metadata_url))
    return Facts(tuple((name, value) for name, value in attributes if value is not None))


def _attributes(sub: Subscription, names: Iterable[str]) -> Facts:
    return Facts(tuple((name, getattr(sub, name)) for name in names if getattr(sub, name) is not None))


def _shown(base: Account, wanted: Account, user: str) -> str:
    known = base.users.get(user) or wanted.users.get(user)
    return known.email if known is not None else user


def _identity_in(written: object, users: AbstractSet[str], base: Account) -> bool:
    return any(written == base.users[user].email for user in users if user in base.users)


def _plain(action: ActionSpec, scope: Scope, name: str, values: Iterable[str]) -> Iterator[Candidate]:
    for value in sorted(values):
        yield Candidate(action.step(scope, **{name: value}))


def _invitations(scope: Scope, users: Iterable[str], wanted: Account) -> Iterator[Candidate]:
    for user in sorted(users):
        person = wanted.users[user]
        names = {"first_name": person.first_name, "last_name": person.last_name}
        yield Candidate(INVITE.step(scope, user=person.email, **names))


def _gains(scope: Scope, now: Team, goal: Team, base: Account, wanted: Account) -> Iterator[Candidate]:
    for name, group in sorted(goal.groups.items()):
        before = now.groups.get(name, Group())
        if group is before:
            continue
        for user in sorted(group.members - before.members):
            yield Candidate(ADD_MEMBER.step(scope, group=name, user=_shown(base, wanted, user)))
        for product in sorted(group.products - before.products):
            yield Candidate(ASSIGN_SEAT.step(scope, product=product, group=name))
    for product, holders in sorted(goal.seats.items()):
        for user in sorted(holders - now.seats.get(product, set())):
            yield Candidate(ASSIGN_SEAT.step(scope, product=product, user=_shown(base, wanted, user)))


def _losses(
    scope: Scope, now: Team, goal: Team, base: Account, wanted: Account, leaving: AbstractSet[str]
) -> Iterator[Candidate]:
    """Yield the losses of people who stay; a departure or the end of a group takes away the rest."""
    for product, holders in sorted(now.seats.items()):
        for user in sorted(holders - goal.seats.get(product, set()) - leaving):
            yield Candidate(UNASSIGN_SEAT.step(scope, product=product, user=_shown(base, wanted, user)))
    for name, group in sorted(now.groups.items()):
        after = goal.groups.get(name)
        if after is None or after is group:
            continue
        for product in sorted(group.products - after.products):
            yield Candidate(UNASSIGN_SEAT.step(scope, product=product, group=name))
        for user in sorted(group.members - after.members - leaving):
            yield Candidate(REMOVE_MEMBER.step(scope, group=name, user=_shown(base, wanted, user)))
    yield from _plain(DELETE_GROUP, scope, "group", now.groups.keys() - goal.groups.keys())


def _contract_roles(scope: Scope, base: Account, wanted: Account, actor: str | None) -> Iterator[Candidate]:
    """Yield the changes of contract manager and coordinator, in the order that avoids the vendor's support.

    A manager who is also coordinator can assign that role; taking it from someone else is a request to support. So it
    is assigned before the present manager changes, or after the present coordinator became manager. Not after if the
    present manager is the actor, who could not assign it any more.
    """
    now, goal = base.contracts[scope.name], wanted.contracts[scope.name]
    moves = now.contract_manager != goal.contract_manager
    transfer = TRANSFER_CONTRACT_MANAGER.step(scope, user=_shown(base, wanted, goal.contract_manager))
    afterwards = moves and now.coordinator == goal.contract_manager and actor != now.contract_manager
    if afterwards:
        yield Candidate(transfer)
    if now.coordinator != goal.coordinator:
        held = afterwards or now.coordinator == now.contract_manager
        action = ASSIGN_COORDINATOR if held else CHANGE_COORDINATOR
        yield Candidate(action.step(scope, user=_shown(base, wanted, goal.coordinator)))
    if moves and not afterwards:
        yield Candidate(transfer)


def _contract_relations(
    more: Contract, less: Contract, scope: Scope, base: Account, wanted: Account
) -> Iterator[tuple[ActionSpec, ActionSpec, dict[str, str]]]:
    """Yield the relations of `more` that `less` lacks: the actions that give and take them, and their arguments."""
    for give, take, name, ours, theirs in (
        (ASSIGN_SEAT, UNASSIGN_SEAT, "product", more.seats, less.seats),
        (ASSIGN_SERVICE, UNASSIGN_SERVICE, "service", more.services, less.services),
    ):
        for thing, holders in sorted(ours.items()):
            for user in sorted(holders - theirs.get(thing, set())):
                yield give, take, {name: thing, "user": _shown(base, wanted, user)}
    for user in sorted(more.support - less.support):
        yield ASSIGN_SUPPORT, UNASSIGN_SUPPORT, {"user": _shown(base, wanted, user)}
