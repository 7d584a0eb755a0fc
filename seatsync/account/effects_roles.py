"""What happens to roles: the admins of a team, the contract manager, the software coordinator."""

from __future__ import annotations

from typing import Literal

from seatsync.account.model import (
    Account,
    Change,
    Contract,
    Scope,
    Subscription,
    contract_values,
    subscription_values,
    team_values,
)
from seatsync.account.refusal import Answer, Refused, place, refused, shown
from seatsync.account.request import Request
from seatsync.account.rows import added, gone

_ROLE = {"secondary": "secondary admin", "sso": "SSO admin"}


def assign_secondary(account: Account, request: Request) -> Answer:
    """A member, not the primary → secondary admin, in place of another role."""
    return _assign(account, request, "secondary")


def assign_sso(account: Account, request: Request) -> Answer:
    """A member, not the primary → SSO admin, in place of another role."""
    return _assign(account, request, "sso")


def _assign(account: Account, request: Request, role: Literal["secondary", "sso"]) -> Answer:
    team = account.teams[request.scope.name]
    old = team.admins.get(request.user)
    if request.user not in team.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user == team.primary:
        return refused(
            f"{shown(account, request.user)} is primary admin of {request.scope}; "
            "another one must become primary admin first."
        )
    if old == role:
        return refused(f"{shown(account, request.user)} is {_ROLE[role]} of {request.scope} already.")
    return (Change("team_admin", (request.scope.name, request.user), (old,) if old else None, (role,)),)


def revoke(account: Account, request: Request) -> Answer:
    """A secondary or SSO admin → a plain member."""
    team = account.teams[request.scope.name]
    role = team.admins.get(request.user)
    if role is None:
        return refused(f"{shown(account, request.user)} is neither secondary nor SSO admin of {request.scope}.")
    return (gone("team_admin", request.scope.name, request.user, values=(role,)),)


def change_primary(account: Account, request: Request) -> Answer:
    """A current secondary admin → primary; the former primary becomes secondary in the same instant."""
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


def transfer_subscription(account: Account, request: Request) -> Answer:
    """Bought through a reseller; the new one is a member of its team, or of the account if it is in none → manager."""
    if not request.subscription:
        return refused("contract_manager.transfer: the argument subscription is missing.")
    sub = account.subscriptions.get(request.subscription)
    if sub is None or Scope("team" if sub.team else "account", sub.team or "") != request.scope:
        return refused(f"There is no subscription {request.subscription} in {place(request.scope)}.")
    is_member = request.user in (account.teams[sub.team].members if sub.team else account.users)
    lack = _not_to(account, request, f"subscription {request.subscription}", sub, is_member=is_member)
    moved = sub._replace(contract_manager=request.user)
    row = Change("subscription", (request.subscription,), subscription_values(sub), subscription_values(moved))
    return lack or (row,)


def transfer_contract(account: Account, request: Request) -> Answer:
    """Bought through a reseller; the new one is a member → contract manager. The coordinator stays who they are."""
    if request.subscription:
        return refused(f"There is no subscription {request.subscription} in {place(request.scope)}.")
    contract = account.contracts[request.scope.name]
    lack = _not_to(account, request, str(request.scope), contract, is_member=request.user in contract.members)
    values = contract_values(contract)
    return lack or (Change("contract", (request.scope.name,), values, (request.user, *values[1:])),)


def _not_to(
    account: Account, request: Request, what: str, thing: Subscription | Contract, *, is_member: bool
) -> Refused | None:
    """Why a contract manager cannot hand a thing to the person of the request, if so."""
    if request.user == thing.contract_manager:
        return refused(f"{shown(account, request.user)} is contract manager of {what} already.")
    if thing.channel == "store":
        return Refused(
            "STEP002",
            f"The contract manager of {what} cannot be changed, because it was bought from the store: "
            "turn auto-renewal off and buy it anew at the end of its term.",
        )
    if not is_member:
        return refused(f"{request.written} is not a member of {place(request.scope)}.")
    return None


def assign_coordinator(account: Account, request: Request) -> Answer:
    """The contract manager holds it → another member holds it."""
    contract = account.contracts[request.scope.name]
    if contract.coordinator != contract.contract_manager:
        return refused(
            f"{shown(account, contract.coordinator)} is software coordinator of {request.scope}, "
            "not its contract manager; the vendor's support must change it."
        )
    return _coordinate(account, request, contract)


def change_coordinator(account: Account, request: Request) -> Answer:
    """Someone other than the contract manager holds it → another member holds it."""
    contract = account.contracts[request.scope.name]
    if contract.coordinator == contract.contract_manager:
        return refused(
            f"The contract manager is software coordinator of {request.scope} and can assign it without support."
        )
    return _coordinate(account, request, contract)


def _coordinate(account: Account, request: Request, contract: Contract) -> Answer:
    if request.user not in contract.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user == contract.coordinator:
        return refused(f"{shown(account, request.user)} is software coordinator of {request.scope} already.")
    values = contract_values(contract)
    return (Change("contract", (request.scope.name,), values, (values[0], request.user, *values[2:])),)
