"""What happens to people: invited, invited again, renamed, given another address, removed."""

from __future__ import annotations

from collections.abc import Iterator

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
from seatsync.account.refusal import Answer, Refused, refused, shown
from seatsync.account.request import Request
from seatsync.account.rows import added, arrival, departure, gone, holdings, taken_back

RESEND_AFTER = 7
"""Days after which an invitation that was not accepted may be sent again."""


def invite(account: Account, request: Request) -> Answer:
    """Not a member → member; someone new to the account is pending, invited now."""
    if request.scope in account.scopes_of(request.user):
        return refused(f"{shown(account, request.user)} is a member of {request.scope} already.")
    person = User(request.written, request.first_name or "", request.last_name or "", "pending", request.clock.stamp)
    return tuple(arrival(account, request.user, person, request.scope))


def resend_invitation(account: Account, request: Request) -> Answer:
    """Pending, invited seven days ago or more (or nobody knows when) → invited now."""
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
    """Other names than the account has → these names. A name that is None stays as it is."""
    person = account.users.get(request.user)
    if person is None:
        return _unknown(request)
    first = person.first_name if request.first_name is None else request.first_name
    last = person.last_name if request.last_name is None else request.last_name
    if (first, last) == (person.first_name, person.last_name):
        return refused(f"{person.email} has these names already.")
    return (_person_changed(request.user, person, person._replace(first_name=first, last_name=last)),)


def change_email(account: Account, request: Request) -> Answer:
    """Active under the old address, the new one not in use → the same person, in everything, under the new address."""
    person = account.users.get(request.user)
    if person is None:
        return _unknown(request)
    if person.status == "pending":
        return refused(f"{person.email} has not accepted the invitation; send it to the new address instead.")
    return _readdressed(account, request, person, person._replace(email=request.new_address))


def redirect_invitation(account: Account, request: Request) -> Answer:
    """Pending, the new address not in use → the same person under the new address, invited now."""
    person = account.users.get(request.user)
    if person is None:
        return _unknown(request)
    if person.status != "pending":
        return refused(f"{person.email} has accepted the invitation already.")
    moved = person._replace(email=request.new_address, invited_at=request.clock.stamp, invitations=1)
    return _readdressed(account, request, person, moved)


def _readdressed(account: Account, request: Request, person: User, moved: User) -> Answer:
    """Replace a person by themself under another address, in everything they hold, manage and administer."""
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
    """A member without a role in the scope → leaves it, and with the last scope the account."""
    if request.scope not in account.scopes_of(request.user):
        return refused(f"{request.written} is not a member of {request.scope}.")
    tie = still_tied(account, request.user, request.scope)
    if tie is not None:
        return tie
    return tuple(departure(account, request.user, request.scope))


def still_tied(account: Account, user: str, scope: Scope) -> Refused | None:
    """Why someone cannot leave a scope, if they cannot."""
    if scope.kind == "team":
        role = _role_in_team(account, user, scope.name)
    else:
        role = _role_in_contract(account.contracts[scope.name], user, scope.name)
    if not role and account.scopes_of(user) == {scope}:
        return tied_to_account(account, user)
    return Refused("STEP004", f"{shown(account, user)} is still {role}.") if role else None


def tied_to_account(account: Account, user: str) -> Refused | None:
    """Why someone cannot leave the account though no scope keeps them: a subscription in no team is theirs."""
    role = _managed(account.subscriptions_of(None), user)
    return Refused("STEP004", f"{shown(account, user)} is still {role}.") if role else None


def _role_in_team(account: Account, user: str, name: str) -> str:
    role = account.teams[name].role_of(user)
    words = {"primary": "primary admin", "secondary": "secondary admin", "sso": "SSO admin"}
    if role is not None:
        return f"{words[role]} of team {name}"
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
    """What one person has of every team, subscription and contract: primary admin, contract manager, coordinator."""
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
