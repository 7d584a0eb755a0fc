"""Actions on people: invite, invite again, rename, give another address, remove."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.account.actions.effects import (
    Answer,
    Refused,
    added,
    arrival,
    departure,
    gone,
    holdings,
    refused,
    shown,
    taken_back,
)
from seatsync.account.actions.side_effects import freed_by_departure
from seatsync.account.actions.spec import ADMINS, CONTRACT_ROLES, ActionSpec, Performers, Request, Step
from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.email import identity
from seatsync.account.model import (
    Account,
    Change,
    Contract,
    Scope,
    Subscription,
    User,
    contract_values,
    subscription_values,
    team_values,
    user_values,
)

RESEND_AFTER = 7
"""Days after which an invitation that was not accepted may be sent again."""


def invite(account: Account, request: Request) -> Answer:
    """Make somebody a member; people new to the account are pending and invited now."""
    if request.scope in account.scopes_of(request.user):
        return refused(f"{shown(account, request.user)} is a member of {request.scope} already.")
    person = User(request.written, request.first_name or "", request.last_name or "", "pending", request.clock.stamp)
    return tuple(arrival(account, request.user, person, request.scope))


def resend_invitation(account: Account, request: Request) -> Answer:
    """Invite a pending person again, seven days or more after the last time or if that is unknown."""
    person = account.users.get(request.user)
    if person is None:
        return _unknown(request)
    if person.status != "pending":
        return refused(f"{person.email} has accepted the invitation already.")
    if person.invited_at is not None and request.clock.days_since(person.invited_at) < RESEND_AFTER:
        since = request.clock.day_of(person.invited_at)
        return refused(f"{person.email} was invited on {since}, less than {RESEND_AFTER} days ago.")
    again = person._replace(invited_at=request.clock.stamp, invitations=person.invitations + 1)
    return (_person_changed(request.user, person, again),)


def update(account: Account, request: Request) -> Answer:
    """Change the names of a person. A name that is None stays unchanged."""
    person = account.users.get(request.user)
    if person is None:
        return _unknown(request)
    first = person.first_name if request.first_name is None else request.first_name
    last = person.last_name if request.last_name is None else request.last_name
    if (first, last) == (person.first_name, person.last_name):
        return refused(f"{person.email} has these names already.")
    return (_person_changed(request.user, person, person._replace(first_name=first, last_name=last)),)


def change_email(account: Account, request: Request) -> Answer:
    """Give an active person an address that is not in use, in everything they hold."""
    person = account.users.get(request.user)
    if person is None:
        return _unknown(request)
    if person.status == "pending":
        return refused(f"{person.email} has not accepted the invitation; send it to the new address instead.")
    return _readdressed(account, request, person, person._replace(email=request.new_address))


def redirect_invitation(account: Account, request: Request) -> Answer:
    """Invite a pending person at another address that is not in use."""
    person = account.users.get(request.user)
    if person is None:
        return _unknown(request)
    if person.status != "pending":
        return refused(f"{person.email} has accepted the invitation already.")
    moved = person._replace(email=request.new_address, invited_at=request.clock.stamp, invitations=1)
    return _readdressed(account, request, person, moved)


def _readdressed(account: Account, request: Request, person: User, moved: User) -> Answer:
    """Replace an address in everything that its owner holds, manages and administers."""
    old, new = request.user, request.to
    if old == new:
        if moved == person:
            return refused(f"{person.email} has this address already.")
        return (_person_changed(old, person, moved),)
    if new in account.users:
        return refused(f"{shown(account, new)} is in the account already.")
    scopes = sorted(account.scopes_of(old))
    return (
        added("user", new, values=user_values(moved)),
        *(row for scope in scopes for row in holdings(account, scope, old, new)),
        *_roles_handed_on(account, old, new),
        *(row for scope in scopes for row in taken_back(holdings(account, scope, old, old))),
        gone("user", old, values=user_values(person)),
    )


def remove(account: Account, request: Request) -> Answer:
    """Remove a member without a role from a scope, and with their last scope from the account."""
    if request.scope not in account.scopes_of(request.user):
        return refused(f"{request.written} is not a member of {request.scope}.")
    tie = still_tied(account, request.user, request.scope)
    if tie is not None:
        return tie
    return tuple(departure(account, request.user, request.scope))


def still_tied(account: Account, user: str, scope: Scope) -> Refused | None:
    """Return the refusal if a role keeps somebody in a scope."""
    if scope.kind == "team":
        role = _role_in_team(account, user, scope.name)
    else:
        role = _role_in_contract(account.contracts[scope.name], user, scope.name)
    if not role and account.scopes_of(user) == {scope}:
        return tied_to_account(account, user)
    return Refused("STEP004", f"{shown(account, user)} is still {role}.") if role else None


def tied_to_account(account: Account, user: str) -> Refused | None:
    """Return the refusal if a subscription in no team keeps somebody in the account."""
    role = _managed(account.subscriptions_of(None), user)
    return Refused("STEP004", f"{shown(account, user)} is still {role}.") if role else None


def _role_in_team(account: Account, user: str, name: str) -> str:
    role = account.teams[name].role_of(user)
    if role is not None:
        return f"{ROLE_TITLES[role]} of team {name}"
    return _managed(account.subscriptions_of(name), user)


def _role_in_contract(contract: Contract, user: str, number: str) -> str:
    if user == contract.contract_manager:
        return f"contract manager of contract {number}"
    return f"software coordinator of contract {number}" if user == contract.coordinator else ""


def _managed(subscriptions: dict[str, Subscription], user: str) -> str:
    for key, sub in subscriptions.items():
        if sub.contract_manager == user:
            return f"contract manager of subscription {key}"
    return ""


def _unknown(request: Request) -> Refused:
    return refused(f"{request.written} is not in the account.")


def _person_changed(user: str, old: User, new: User) -> Change:
    return Change("user", (user,), user_values(old), user_values(new))


def _roles_handed_on(account: Account, old: str, new: str) -> Iterator[Change]:
    """Yield the rows that hand on the exclusive roles: primary admin, contract manager, software coordinator."""
    for name, team in account.teams.items():
        if team.primary == old:
            yield Change("team", (name,), team_values(team), (new, team_values(team)[1]))
    for key, sub in account.subscriptions.items():
        if sub.contract_manager == old:
            moved = sub._replace(contract_manager=new)
            yield Change("subscription", (key,), subscription_values(sub), subscription_values(moved))
    for number, contract in account.contracts.items():
        if old in {contract.contract_manager, contract.coordinator}:
            values = contract_values(contract)
            people = tuple(new if user == old else user for user in (contract.contract_manager, contract.coordinator))
            yield Change("contract", (number,), values, (*people, *values[2:]))


def _named(_: Account, step: Step) -> str | None:
    return identity(step.text("user"))


def _has_names(account: Account, step: Step) -> bool:
    person = account.users.get(identity(str(step.get("user"))) or "")
    names = step.get("first_name"), step.get("last_name")
    return person is not None and (person.first_name, person.last_name) == names


def _has_address(account: Account, step: Step) -> bool:
    to = step.get("to")
    moved = isinstance(to, str) and identity(to) in account.users
    return moved and identity(str(step.get("user"))) not in account.users


def _is_named(step: Step) -> bool:
    return any(step.get(name) for name in ("first_name", "last_name"))


_ANYWHERE = Performers(ADMINS, CONTRACT_ROLES, anywhere=True)

INVITE = ActionSpec(
    name="user.invite",
    kind="add",
    channel="self-service",
    required=("user", "first_name", "last_name"),
    performers=Performers(ADMINS, CONTRACT_ROLES),
    effects={"team": invite, "contract": invite},
    sentence=lambda step: "invite {user} ({full_name})" if _is_named(step) else "invite {user}",
    mail="invitation",
    holding="member",
    makes=("known",),
    reason="member",
)

RESEND_INVITATION = ActionSpec(
    name="user.resend_invitation",
    kind="change",
    channel="self-service",
    required=("user",),
    performers=_ANYWHERE,
    effects={"account": resend_invitation},
    sentence="invite {user} again",
    mail="invitation",
    reads=("member",),
    reason="person",
)

UPDATE_USER = ActionSpec(
    name="user.update",
    kind="change",
    channel="self-service",
    required=("user", "first_name", "last_name"),
    performers=_ANYWHERE._replace(themselves=True),
    effects={"account": update},
    sentence=lambda step: f"change the name of {{user}} to {'{full_name}' if _is_named(step) else 'nothing'}",
    reads=("member",),
    in_effect=_has_names,
    reason="person",
)

CHANGE_EMAIL = ActionSpec(
    name="user.change_email",
    kind="change",
    channel="form",
    required=("user", "to"),
    performers=Performers(anywhere=True, themselves=True),
    effects={"account": change_email},
    sentence="change the address of {user} to {to}",
    renames="person",
    rights="named",
    reads=("member",),
    in_effect=_has_address,
    reason="person",
)

REDIRECT_INVITATION = ActionSpec(
    name="user.redirect_invitation",
    kind="change",
    channel="self-service",
    required=("user", "to"),
    performers=_ANYWHERE,
    effects={"account": redirect_invitation},
    sentence="send the invitation of {user} to {to} instead",
    mail="invitation",
    renames="person",
    rights="named",
    reads=("member",),
    reason="person",
)

REMOVE_USER = ActionSpec(
    name="user.remove",
    kind="remove",
    channel="self-service",
    required=("user",),
    performers=Performers(ADMINS, CONTRACT_ROLES),
    effects={"team": remove, "contract": remove},
    sentence="remove {user}",
    holding="member",
    departs="person",
    loses_role=_named,
    rights="named",
    reads=("member", "role"),
    side_effects=freed_by_departure,
    reason="key",
    keys=("members",),
)

RECORD_STATUS = ActionSpec(
    name="user.record",
    kind="change",
    channel="self-service",
    required=("user", "status"),
    performers=Performers(),
    effects={},
    sentence="{user} is {status}",
    vendor_undoes=True,
)
"""Occurs in the log of a mirror only: the status of somebody of whom it was assumed, or who was invited anew."""

ACCEPT_INVITATION = ActionSpec(
    name="account.accept",
    kind="change",
    channel="self-service",
    required=("user",),
    performers=Performers(),
    effects={},
    sentence="accepted the invitation of {user}",
    vendor_undoes=True,
)
"""Occurs in the log only: carried out by the store itself, never part of a plan."""
