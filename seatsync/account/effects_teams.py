"""What happens to teams: single sign-on, created, renamed, deleted, and the subscriptions they get and give."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.account.effects_people import tied_to_account
from seatsync.account.entitlements import capacity, covers, pool, used
from seatsync.account.model import (
    Account,
    Change,
    Contract,
    Subscription,
    Team,
    User,
    subscription_values,
    team_rows,
    team_values,
    user_values,
)
from seatsync.account.refusal import Answer, Refused, counted, heading, refused, shown
from seatsync.account.request import Request
from seatsync.account.rows import added, gone, taken_back


def configure_sso(account: Account, request: Request) -> Answer:
    """Another configuration than the team has → this one; nothing removes it."""
    team = account.teams[request.scope.name]
    if team.sso == request.sso:
        return refused(f"{heading(request.scope)} has this single sign-on configuration already.")
    values = team_values(Team(team.primary, request.sso))
    return (Change("team", (request.scope.name,), team_values(team), values),)


def create(account: Account, request: Request) -> Answer:
    """A name that is free, and a contract manager of anything in the account → a team, they its primary and member."""
    maker = request.primary_admin
    if request.scope.name in account.teams:
        return refused(f"There is a team {request.scope.name} already.")
    if not any(thing.contract_manager == maker for thing in _purchases(account)):
        return refused(f"{request.written} is not contract manager of anything, and only contract managers make teams.")
    return tuple(new_team(account, request, maker, request.written))


def new_team(account: Account, request: Request, primary: str, written: str) -> Iterator[Change]:
    """A new team with its primary admin as a member; someone new to the account is active, without names."""
    if primary not in account.users:
        yield added("user", primary, values=user_values(User(written)))
    yield added("team", request.scope.name, values=(primary, None))
    yield added("team_member", request.scope.name, primary)


def rename(account: Account, request: Request) -> Answer:
    """A name that is free → the same team, with its subscriptions, under that name."""
    old, new = request.scope.name, request.to
    if new in account.teams:
        return refused(f"There is a team {new} already.")
    team = account.teams[old]
    moved = (_moved(key, sub, new) for key, sub in account.subscriptions_of(old).items())
    return (*team_rows(new, team), *moved, *taken_back(team_rows(old, team)))


def delete(account: Account, request: Request) -> Answer:
    """No subscriptions and no seats left → no team; whoever was in no other scope leaves the account."""
    name, team = request.scope.name, account.teams[request.scope.name]
    left = _left_in(account, name, team)
    if left:
        return refused(f"{heading(request.scope)} still has {left}.")
    leaving = sorted(user for user in team.members if account.scopes_of(user) == {request.scope})
    for user in leaving:
        tie = tied_to_account(account, user)
        if tie is not None:
            return tie
    people = (gone("user", user, values=user_values(account.users[user])) for user in leaving)
    return (*taken_back(team_rows(name, team)), *people)


def assign_subscription(account: Account, request: Request) -> Answer:
    """In no team, and its contract manager is a member of this one → in this team."""
    sub = account.subscriptions.get(request.subscription)
    if sub is None:
        return refused(f"There is no subscription {request.subscription}.")
    if sub.team is not None:
        return refused(f"Subscription {request.subscription} is in team {sub.team}.")
    if sub.contract_manager not in account.teams[request.scope.name].members:
        return _manager_outside(account, request, sub, request.scope.name)
    return (_moved(request.subscription, sub, request.scope.name),)


def move_subscription(account: Account, request: Request) -> Answer:
    """In the team named by `from`, its manager a member of both, and the pool left behind suffices → in this team."""
    sub = account.subscriptions.get(request.subscription)
    if sub is None or sub.team is None or sub.team != request.origin:
        return refused(f"There is no subscription {request.subscription} in team {request.origin}.")
    if sub.team == request.scope.name:
        return refused(f"Subscription {request.subscription} is in {request.scope} already.")
    for team in (sub.team, request.scope.name):
        if sub.contract_manager not in account.teams[team].members:
            return _manager_outside(account, request, sub, team)
    lack = left_short(account, request, sub, None)
    return lack or (_moved(request.subscription, sub, request.scope.name),)


def left_short(account: Account, request: Request, sub: Subscription, instead: Subscription | None) -> Refused | None:
    """Why a team cannot do without a subscription (or with another in its place), if it cannot: seats are in use."""
    if sub.team is None:
        return None
    others = [other for other in account.bought(sub.team, sub.product) if other is not sub]
    left = capacity([*others, instead] if instead else others, request.clock.day)
    taken = used(account, sub.team, sub.product)
    if covers(left, pool(account, sub.team, sub.product, request.clock.day), taken):
        return None
    return refused(f"Team {sub.team} uses {counted(taken, 'seat')} of {sub.product} and would have {left}.")


def _purchases(account: Account) -> Iterator[Subscription | Contract]:
    yield from account.subscriptions.values()
    yield from account.contracts.values()


def _left_in(account: Account, name: str, team: Team) -> str:
    """A subscription or seat that keeps a team from being deleted, in words, or nothing."""
    for key in account.subscriptions_of(name):
        return f"subscription {key}"
    for product in sorted(team.seats):
        return f"seats of {product}"
    for group_name, group in sorted(team.groups.items()):
        if group.products:
            return f"{min(group.products)} in group {group_name}"
    return ""


def _moved(key: str, sub: Subscription, team: str) -> Change:
    return Change("subscription", (key,), subscription_values(sub), subscription_values(sub._replace(team=team)))


def _manager_outside(account: Account, request: Request, sub: Subscription, team: str) -> Refused:
    return refused(
        f"{shown(account, sub.contract_manager)}, contract manager of subscription {request.subscription}, "
        f"is not a member of team {team}."
    )
