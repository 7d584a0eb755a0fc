"""Actions on the groups of a team: create, delete, rename, add and remove members."""

from __future__ import annotations

from seatsync.account.actions.effects import (
    Answer,
    Refused,
    added,
    gone,
    group_rows,
    heading,
    refused,
    shown,
    taken_back,
)
from seatsync.account.actions.seat_actions import without_room
from seatsync.account.actions.side_effects import freed_by_group
from seatsync.account.actions.spec import ADMINS, ActionSpec, Performers, Request
from seatsync.account.model import Account


def create_group(account: Account, request: Request) -> Answer:
    """Create an empty group under a name that is free."""
    if request.group in account.teams[request.scope.name].groups:
        return refused(f"{heading(request.scope)} has a group {request.group} already.")
    return (added("team_group", request.scope.name, request.group),)


def delete_group(account: Account, request: Request) -> Answer:
    """Delete a group, and with it what its members held through it."""
    group = account.teams[request.scope.name].groups.get(request.group)
    if group is None:
        return _unknown(request)
    return tuple(taken_back(group_rows(request.scope.name, request.group, group)))


def rename_group(account: Account, request: Request) -> Answer:
    """Rename a group to a name that is free."""
    team = account.teams[request.scope.name]
    group = team.groups.get(request.group)
    if group is None:
        return _unknown(request)
    if request.to in team.groups:
        return refused(f"{heading(request.scope)} has a group {request.to} already.")
    return (
        *group_rows(request.scope.name, request.to, group),
        *taken_back(group_rows(request.scope.name, request.group, group)),
    )


def add_member(account: Account, request: Request) -> Answer:
    """Put a member of the team into a group, if there is room for everything it newly entitles them to."""
    team = account.teams[request.scope.name]
    group = team.groups.get(request.group)
    if group is None:
        return _unknown(request)
    if request.user not in team.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user in group.members:
        return refused(f"{shown(account, request.user)} is in group {request.group} of {request.scope} already.")
    for product in sorted(group.products):
        lack = without_room(account, request, product, {request.user})
        if lack is not None:
            return lack
    return (added("group_member", request.scope.name, request.group, request.user),)


def remove_member(account: Account, request: Request) -> Answer:
    """Take a member out of a group."""
    group = account.teams[request.scope.name].groups.get(request.group)
    if group is None:
        return _unknown(request)
    if request.user not in group.members:
        return refused(f"{request.written} is not in group {request.group} of {request.scope}.")
    return (gone("group_member", request.scope.name, request.group, request.user),)


def _unknown(request: Request) -> Refused:
    return refused(f"{heading(request.scope)} has no group {request.group}.")


CREATE_GROUP = ActionSpec(
    name="group.create",
    kind="add",
    channel="self-service",
    required=("group",),
    performers=Performers(ADMINS),
    effects={"team": create_group},
    sentence="create group {group}",
    holding="group",
    reason="group",
)

DELETE_GROUP = ActionSpec(
    name="group.delete",
    kind="remove",
    channel="self-service",
    required=("group",),
    performers=Performers(ADMINS),
    effects={"team": delete_group},
    sentence="delete group {group}",
    holding="group",
    side_effects=freed_by_group,
    reason="group",
)

RENAME_GROUP = ActionSpec(
    name="group.rename",
    kind="change",
    channel="self-service",
    required=("group", "to"),
    performers=Performers(ADMINS),
    effects={"team": rename_group},
    sentence="rename group {group} to {to}",
    renames="group",
    reason="group",
)

ADD_MEMBER = ActionSpec(
    name="group.add_member",
    kind="add",
    channel="self-service",
    required=("group", "user"),
    performers=Performers(ADMINS),
    effects={"team": add_member},
    sentence="add {user} to group {group}",
    holding="group member",
    reads=("member",),
    reason="group",
)

REMOVE_MEMBER = ActionSpec(
    name="group.remove_member",
    kind="remove",
    channel="self-service",
    required=("group", "user"),
    performers=Performers(ADMINS),
    effects={"team": remove_member},
    sentence="take {user} out of group {group}",
    holding="group member",
    reads=("member",),
    reason="group",
)
