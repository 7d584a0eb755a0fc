"""Actions on the team of a subscription: put it into one, move it to another."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.account.actions.effects import Answer, Refused, counted, refused, shown
from seatsync.account.actions.spec import MANAGER, ActionSpec, Facts, Performers, Request, Step
from seatsync.account.entitlements import capacity, covers, pool, used
from seatsync.account.model import Account, Change, Subscription, subscription_values


def assign_subscription(account: Account, request: Request) -> Answer:
    """Put a subscription that is in no team into one that its contract manager is a member of."""
    sub = account.subscriptions.get(request.subscription)
    if sub is None:
        return refused(f"There is no subscription {request.subscription}.")
    if sub.team is not None:
        return refused(f"Subscription {request.subscription} is in team {sub.team}.")
    if sub.contract_manager not in account.teams[request.scope.name].members:
        return _manager_outside(account, request, sub, request.scope.name)
    return (moved(request.subscription, sub, request.scope.name),)


def move_subscription(account: Account, request: Request) -> Answer:
    """Move a subscription between two teams of its contract manager, if the pool left behind suffices."""
    sub = account.subscriptions.get(request.subscription)
    if sub is None or sub.team is None or sub.team != request.origin:
        return refused(f"There is no subscription {request.subscription} in team {request.origin}.")
    if sub.team == request.scope.name:
        return refused(f"Subscription {request.subscription} is in {request.scope} already.")
    for team in (sub.team, request.scope.name):
        if sub.contract_manager not in account.teams[team].members:
            return _manager_outside(account, request, sub, team)
    lack = left_short(account, request, sub, None)
    return lack or (moved(request.subscription, sub, request.scope.name),)


def left_short(account: Account, request: Request, sub: Subscription, instead: Subscription | None) -> Refused | None:
    """Return the refusal if a team uses more seats than it has without a subscription, or with another `instead`."""
    if sub.team is None:
        return None
    others = [other for other in account.subscriptions_to(sub.team, sub.product) if other is not sub]
    left = capacity([*others, instead] if instead else others, request.clock.day)
    taken = used(account, sub.team, sub.product)
    if covers(left, pool(account, sub.team, sub.product, request.clock.day), taken):
        return None
    return refused(f"Team {sub.team} uses {counted(taken, 'seat')} of {sub.product} and would have {left}.")


def moved(key: str, sub: Subscription, team: str) -> Change:
    """Return the row of a subscription in another team."""
    return Change("subscription", (key,), subscription_values(sub), subscription_values(sub._replace(team=team)))


def _manager_outside(account: Account, request: Request, sub: Subscription, team: str) -> Refused:
    return refused(
        f"{shown(account, sub.contract_manager)}, contract manager of subscription {request.subscription}, "
        f"is not a member of team {team}."
    )


def _mover(account: Account, step: Step) -> Iterator[str]:
    sub = account.subscriptions.get(str(step.get("subscription")))
    if sub is None:
        return
    teams = (account.teams.get(step.scope.name), account.teams.get(str(step.get("from"))))
    if any(team is not None and team.role_of(sub.contract_manager) in {"primary", "secondary"} for team in teams):
        yield sub.contract_manager


ASSIGN_SUBSCRIPTION = ActionSpec(
    name="subscription.assign",
    kind="add",
    channel="self-service",
    required=("subscription",),
    performers=Performers(MANAGER),
    effects={"team": assign_subscription},
    sentence="put subscription {subscription} into the team",
    joins=True,
    vendor_undoes=True,
    reason="value",
    keys=("team",),
)

MOVE_SUBSCRIPTION = ActionSpec(
    name="subscription.move",
    kind="change",
    channel="self-service",
    required=("subscription", "from"),
    performers=Performers(
        MANAGER,
        special=_mover,
        words=(
            "contract manager of subscription {subscription}, who is also primary or secondary admin "
            "of team {origin} or of {scope}"
        ),
        page=" who is also primary or secondary admin of one of the two teams",
        rests_on="teams",
    ),
    effects={"team": move_subscription},
    sentence="move subscription {subscription} here from team {from}",
    joins=True,
    reason="value",
    keys=("team",),
)

RECORD_SUBSCRIPTION = ActionSpec(
    name="subscription.record",
    kind="change",
    channel="self-service",
    required=("subscription", "now", "wanted"),
    performers=Performers(),
    effects={},
    sentence=lambda step: (
        "subscription {subscription} is now different: {difference}"
        if isinstance(step.get("wanted"), Facts)
        else "subscription {subscription} is gone"
    ),
    vendor_undoes=True,
)
"""Occurs in the log of a mirror only: a change seen in the real account that no other action makes."""
