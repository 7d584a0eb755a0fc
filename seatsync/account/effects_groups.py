"""What happens to groups of a team: created, deleted, renamed, filled and emptied."""

from __future__ import annotations

from seatsync.account.effects_seats import without_room
from seatsync.account.model import Account
from seatsync.account.refusal import Answer, Refused, heading, refused, shown
from seatsync.account.request import Request
from seatsync.account.rows import added, gone, group_rows, taken_back


def create(account: Account, request: Request) -> Answer:
    """No group of that name → an empty one."""
    if request.group in account.teams[request.scope.name].groups:
        return refused(f"{heading(request.scope)} has a group {request.group} already.")
    return (added("team_group", request.scope.name, request.group),)


def delete(account: Account, request: Request) -> Answer:
    """A group → none; what its members held through it is freed."""
    group = account.teams[request.scope.name].groups.get(request.group)
    if group is None:
        return _unknown(request)
    return tuple(taken_back(group_rows(request.scope.name, request.group, group)))


def rename(account: Account, request: Request) -> Answer:
    """A group and a name that is free → the same group under that name."""
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
    """A member of the team, and room for whatever the group newly entitles them to → a member of the group."""
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
    """A member of the group → none."""
    group = account.teams[request.scope.name].groups.get(request.group)
    if group is None:
        return _unknown(request)
    if request.user not in group.members:
        return refused(f"{request.written} is not in group {request.group} of {request.scope}.")
    return (gone("group_member", request.scope.name, request.group, request.user),)


def _unknown(request: Request) -> Refused:
    return refused(f"{heading(request.scope)} has no group {request.group}.")
