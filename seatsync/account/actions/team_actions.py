"""Actions on whole teams: single sign-on, create, rename, delete."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.account.actions.effects import Answer, added, gone, heading, refused, taken_back
from seatsync.account.actions.side_effects import freed_by_team
from seatsync.account.actions.spec import MANAGER, ActionSpec, Facts, Performers, Request, Step
from seatsync.account.actions.subscription_actions import moved
from seatsync.account.actions.user_actions import tied_to_account
from seatsync.account.email import identity
from seatsync.account.model import (
    Account,
    Change,
    Contract,
    Subscription,
    Team,
    User,
    team_rows,
    team_values,
    user_values,
)


def configure_sso(account: Account, request: Request) -> Answer:
    """Set the single sign-on configuration of a team, or remove it."""
    team = account.teams[request.scope.name]
    if team.sso == request.sso:
        return refused(f"{heading(request.scope)} has this single sign-on configuration already.")
    values = team_values(Team(team.primary, request.sso))
    return (Change("team", (request.scope.name,), team_values(team), values),)


def create_team(account: Account, request: Request) -> Answer:
    """Create a team under a free name; a contract manager of anything in the account becomes its primary admin."""
    maker = request.primary_admin
    if request.scope.name in account.teams:
        return refused(f"There is a team {request.scope.name} already.")
    if not any(thing.contract_manager == maker for thing in _purchases(account)):
        return refused(f"{request.written} is not contract manager of anything, and only contract managers make teams.")
    return tuple(new_team(account, request, maker, request.written))


def new_team(account: Account, request: Request, primary: str, written: str) -> Iterator[Change]:
    """Yield the rows of a new team with its primary admin; people new to the account are active, without names."""
    if primary not in account.users:
        yield added("user", primary, values=user_values(User(written)))
    yield added("team", request.scope.name, values=(primary, None))
    yield added("team_member", request.scope.name, primary)


def rename_team(account: Account, request: Request) -> Answer:
    """Rename a team, with its subscriptions, to a name that is free."""
    old, new = request.scope.name, request.to
    if new in account.teams:
        return refused(f"There is a team {new} already.")
    team = account.teams[old]
    subscriptions = (moved(key, sub, new) for key, sub in account.subscriptions_of(old).items())
    return (*team_rows(new, team), *subscriptions, *taken_back(team_rows(old, team)))


def delete_team(account: Account, request: Request) -> Answer:
    """Delete a team without subscriptions and seats; members of no other scope leave the account."""
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


def _purchases(account: Account) -> Iterator[Subscription | Contract]:
    yield from account.subscriptions.values()
    yield from account.contracts.values()


def _left_in(account: Account, name: str, team: Team) -> str:
    """Return in words a subscription or seat that keeps a team from being deleted, or nothing."""
    for key in account.subscriptions_of(name):
        return f"subscription {key}"
    for product in sorted(team.seats):
        return f"seats of {product}"
    for group_name, group in sorted(team.groups.items()):
        if group.products:
            return f"{min(group.products)} in group {group_name}"
    return ""


def _maker(account: Account, step: Step) -> Iterator[str]:
    """Yield the contract manager who becomes primary admin: nobody creates a team for another."""
    maker = identity(str(step.get(CREATE_TEAM.person))) or ""
    if any(thing.contract_manager == maker for thing in _purchases(account)):
        yield maker


def _is_deleted(account: Account, step: Step) -> bool:
    return step.scope.name not in account.teams


CONFIGURE_SSO = ActionSpec(
    name="sso.configure",
    kind="change",
    channel="self-service",
    required=("sso",),
    performers=Performers(("primary", "sso")),
    effects={"team": configure_sso},
    sentence=lambda step: (
        "configure SSO: {sso}" if isinstance(step.get("sso"), Facts) else "remove the SSO configuration"
    ),
    sensitive=True,
    reason="key",
    keys=("sso",),
)

CREATE_TEAM = ActionSpec(
    name="team.create",
    kind="add",
    channel="self-service",
    required=("primary_admin",),
    person="primary_admin",
    performers=Performers(
        MANAGER,
        special=_maker,
        words="contract manager of any subscription or contract, who becomes its primary admin",
        page=" of any of its subscriptions, else of anything in the account",
        rests_on="managed",
    ),
    effects={"team": create_team},
    sentence="create the team with {primary_admin} as primary admin",
    mail="role",
    makes_scope=True,
    holding="member",
    role="primary",
    rights="named",
    reads=("member",),
    sensitive=True,
)

RENAME_TEAM = ActionSpec(
    name="team.rename",
    kind="change",
    channel="self-service",
    required=("to",),
    performers=Performers(("primary",)),
    effects={"team": rename_team},
    sentence="rename the team to {to}",
    renames="team",
    sensitive=True,
    reason="value",
    keys=("renamed_from",),
)

DELETE_TEAM = ActionSpec(
    name="team.delete",
    kind="remove",
    channel="support",
    performers=Performers(("primary",)),
    effects={"team": delete_team},
    sentence="delete the team",
    mail="role",
    departs="everybody",
    rights="others",
    side_effects=freed_by_team,
    in_effect=_is_deleted,
    sensitive=True,
)

LOAD_ACCOUNT = ActionSpec(
    name="account.load",
    kind="add",
    channel="self-service",
    required=("account",),
    performers=Performers(),
    effects={},
    sentence="loaded account {account}",
)
"""Occurs in the log only: carried out by the store itself, never part of a plan."""
