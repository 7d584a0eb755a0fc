"""Actions on the role menu of a team: secondary, SSO and primary admins, external users."""

from __future__ import annotations

from typing import Literal

from seatsync.account.actions.effects import Answer, added, gone, refused, shown
from seatsync.account.actions.side_effects import former_primary, former_role
from seatsync.account.actions.spec import ADMINS, ActionSpec, Performers, Request, Step
from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.email import identity
from seatsync.account.model import EXTERNAL, Account, Change, team_values


def assign_secondary(account: Account, request: Request) -> Answer:
    """Make a member other than the primary admin a secondary admin, in place of another role."""
    return _assign(account, request, "secondary")


def assign_sso(account: Account, request: Request) -> Answer:
    """Make a member other than the primary admin an SSO admin, in place of another role."""
    return _assign(account, request, "sso")


def _assign(account: Account, request: Request, role: Literal["secondary", "sso"]) -> Answer:
    team = account.teams[request.scope.name]
    old = team.menu_roles().get(request.user)
    if request.user not in team.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user == team.primary:
        return refused(
            f"{shown(account, request.user)} is primary admin of {request.scope}; "
            "another one must become primary admin first."
        )
    if old == role:
        return refused(f"{shown(account, request.user)} is {ROLE_TITLES[role]} of {request.scope} already.")
    return (Change("team_admin", (request.scope.name, request.user), (old,) if old else None, (role,)),)


def revoke(account: Account, request: Request) -> Answer:
    """Make a secondary or SSO admin a plain member."""
    team = account.teams[request.scope.name]
    role = team.admins.get(request.user)
    if role is None:
        return refused(f"{shown(account, request.user)} is neither secondary nor SSO admin of {request.scope}.")
    return (gone("team_admin", request.scope.name, request.user, values=(role,)),)


def change_primary(account: Account, request: Request) -> Answer:
    """Make a current secondary admin the primary one; the former primary becomes secondary at once."""
    name, team = request.scope.name, account.teams[request.scope.name]
    if request.user == team.primary:
        return refused(f"{shown(account, request.user)} is primary admin of {request.scope} already.")
    if team.admins.get(request.user) != "secondary":
        return refused(
            f"{shown(account, request.user)} is not a secondary admin of {request.scope}; "
            "only one can become primary admin."
        )
    values = team_values(team)
    return (
        gone("team_admin", name, request.user, values=("secondary",)),
        Change("team", (name,), values, (request.user, values[1])),
        added("team_admin", name, team.primary, values=("secondary",)),
    )


def make_external(account: Account, request: Request) -> Answer:
    """Make a member without a role an external user."""
    team = account.teams[request.scope.name]
    if request.user not in team.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user in team.external:
        return refused(f"{shown(account, request.user)} is an external user of {request.scope} already.")
    role = team.role_of(request.user)
    if role is not None:
        return refused(
            f"{shown(account, request.user)} is {ROLE_TITLES[role]} of {request.scope}; "
            "only a member without a role can become an external user."
        )
    return (added("team_admin", request.scope.name, request.user, values=EXTERNAL),)


def make_internal(account: Account, request: Request) -> Answer:
    """Make an external user a plain member."""
    if request.user not in account.teams[request.scope.name].external:
        return refused(f"{shown(account, request.user)} is not an external user of {request.scope}.")
    return (gone("team_admin", request.scope.name, request.user, values=EXTERNAL),)


def _named(_: Account, step: Step) -> str | None:
    return identity(step.text("user"))


def _sso_admin(account: Account, step: Step) -> str | None:
    user = identity(step.text("user")) or ""
    return user if account.teams[step.scope.name].admins.get(user) == "sso" else None


def _primary(account: Account, step: Step) -> str | None:
    return account.teams[step.scope.name].primary


ASSIGN_SECONDARY = ActionSpec(
    name="admin.assign_secondary",
    kind="add",
    channel="self-service",
    required=("user",),
    performers=Performers(ADMINS),
    effects={"team": assign_secondary},
    sentence="make {user} secondary admin",
    mail="role",
    role="secondary",
    loses_role=_sso_admin,
    rights="named",
    reads=("member", "role"),
    side_effects=former_role,
    sensitive=True,
    reason="role",
)

ASSIGN_SSO = ActionSpec(
    name="admin.assign_sso",
    kind="add",
    channel="self-service",
    required=("user",),
    performers=Performers(("primary",)),
    effects={"team": assign_sso},
    sentence="make {user} SSO admin",
    mail="role",
    role="sso",
    loses_role=_named,
    rights="named",
    reads=("member", "role"),
    side_effects=former_role,
    sensitive=True,
    reason="role",
)

REVOKE = ActionSpec(
    name="admin.revoke",
    kind="remove",
    channel="self-service",
    required=("user",),
    performers=Performers(ADMINS),
    effects={"team": revoke},
    sentence="take the admin role from {user}",
    mail="role",
    loses_role=_named,
    rights="named",
    reads=("member", "role"),
    sensitive=True,
    reason="role",
)

CHANGE_PRIMARY = ActionSpec(
    name="admin.change_primary",
    kind="change",
    channel="self-service",
    required=("user",),
    performers=Performers(ADMINS),
    effects={"team": change_primary},
    sentence="make {user} primary admin",
    mail="role",
    role="primary",
    loses_role=_primary,
    rights="others",
    reads=("member", "role"),
    side_effects=former_primary,
    sensitive=True,
    reason="role",
)

MAKE_EXTERNAL = ActionSpec(
    name="member.make_external",
    kind="change",
    channel="self-service",
    required=("user",),
    performers=Performers(ADMINS),
    effects={"team": make_external},
    sentence="make {user} an external user",
    reads=("member", "role"),
    reason="entry",
    keys=("external_users",),
)

MAKE_INTERNAL = ActionSpec(
    name="member.make_internal",
    kind="change",
    channel="self-service",
    required=("user",),
    performers=Performers(ADMINS),
    effects={"team": make_internal},
    sentence="make {user} a regular member",
    reads=("member", "role"),
    reason="key",
    keys=("external_users",),
)

ASSIGN_ROLE = {"secondary": ASSIGN_SECONDARY, "sso": ASSIGN_SSO}
"""The action that gives each role that several people of a team can have."""
