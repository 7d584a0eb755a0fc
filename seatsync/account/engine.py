"""The rule authority: precondition and effect of every action, by explicit table.

Planner, stores and server all ask here, and none of them has a rule of its own. Whether someone *may* do a step is
another question, which `access.py` answers; who gets a mail about it, `notices.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from seatsync.account import (
    effects_groups,
    effects_people,
    effects_purchases,
    effects_roles,
    effects_seats,
    effects_teams,
)
from seatsync.account.actions import Step
from seatsync.account.model import Account, Change, Scope
from seatsync.account.refusal import Answer, Refused, refused
from seatsync.account.request import Request, read_request
from seatsync.clock import Clock

__all__ = ["EFFECTS", "Refused", "attempt", "perform"]

Effect: TypeAlias = Callable[[Account, Request], Answer]
Place: TypeAlias = Literal["team", "contract", "account"]

EFFECTS: dict[tuple[str, Place], Effect] = {
    ("user.invite", "team"): effects_people.invite,
    ("user.invite", "contract"): effects_people.invite,
    ("user.resend_invitation", "account"): effects_people.resend_invitation,
    ("user.update", "account"): effects_people.update,
    ("user.change_email", "account"): effects_people.change_email,
    ("user.redirect_invitation", "account"): effects_people.redirect_invitation,
    ("user.remove", "team"): effects_people.remove,
    ("user.remove", "contract"): effects_people.remove,
    ("group.create", "team"): effects_groups.create,
    ("group.delete", "team"): effects_groups.delete,
    ("group.rename", "team"): effects_groups.rename,
    ("group.add_member", "team"): effects_groups.add_member,
    ("group.remove_member", "team"): effects_groups.remove_member,
    ("seat.assign", "team"): effects_seats.assign_in_team,
    ("seat.assign", "contract"): effects_seats.assign_in_contract,
    ("seat.unassign", "team"): effects_seats.unassign_in_team,
    ("seat.unassign", "contract"): effects_seats.unassign_in_contract,
    ("admin.assign_secondary", "team"): effects_roles.assign_secondary,
    ("admin.assign_sso", "team"): effects_roles.assign_sso,
    ("admin.revoke", "team"): effects_roles.revoke,
    ("admin.change_primary", "team"): effects_roles.change_primary,
    ("sso.configure", "team"): effects_teams.configure_sso,
    ("team.create", "team"): effects_teams.create,
    ("team.rename", "team"): effects_teams.rename,
    ("team.delete", "team"): effects_teams.delete,
    ("subscription.assign", "team"): effects_teams.assign_subscription,
    ("subscription.move", "team"): effects_teams.move_subscription,
    ("contract_manager.transfer", "team"): effects_roles.transfer_subscription,
    ("contract_manager.transfer", "account"): effects_roles.transfer_subscription,
    ("contract_manager.transfer", "contract"): effects_roles.transfer_contract,
    ("coordinator.assign", "contract"): effects_roles.assign_coordinator,
    ("coordinator.change", "contract"): effects_roles.change_coordinator,
    ("service.assign", "contract"): effects_seats.assign_service,
    ("service.unassign", "contract"): effects_seats.unassign_service,
    ("support.assign", "contract"): effects_seats.assign_support,
    ("support.unassign", "contract"): effects_seats.unassign_support,
    ("purchase.seats", "team"): effects_purchases.buy_seats_of_subscription,
    ("purchase.seats", "account"): effects_purchases.buy_seats_of_subscription,
    ("purchase.seats", "contract"): effects_purchases.buy_seats_of_contract,
    ("purchase.renewal", "team"): effects_purchases.renew_subscription,
    ("purchase.renewal", "account"): effects_purchases.renew_subscription,
    ("purchase.renewal", "contract"): effects_purchases.renew_contract,
    ("purchase.subscription", "team"): effects_purchases.buy_subscription,
    ("purchase.subscription", "account"): effects_purchases.buy_subscription,
    ("purchase.contract", "contract"): effects_purchases.buy_contract,
}
"""What does it, by action and by the kind of scope it is asked for. What does not stand here cannot be done."""

_MAKES_ITS_SCOPE = frozenset({"team.create", "purchase.subscription", "purchase.contract"})


def attempt(account: Account, step: Step, clock: Clock) -> tuple[Change, ...] | Refused:
    """The rows that a step would change, in order, or why it must not be done. The account stays as it is."""
    effect = EFFECTS.get((step.action, step.scope.kind))
    request = read_request(step, clock)
    if isinstance(request, Refused):
        return request
    if effect is None:
        return refused(f"{step.action} cannot be done to {_kind(step.scope)}.")
    if step.action not in _MAKES_ITS_SCOPE and not _exists(account, step.scope):
        return refused(f"There is no {step.scope} in the account.")
    return effect(account, request)


def perform(account: Account, step: Step, clock: Clock) -> tuple[Change, ...] | Refused:
    """Do a step: the rows that changed, or why nothing did."""
    answer = attempt(account, step, clock)
    if not isinstance(answer, Refused):
        account.change(answer)
    return answer


def _exists(account: Account, scope: Scope) -> bool:
    if scope.kind == "account":
        return True
    return scope.name in (account.teams if scope.kind == "team" else account.contracts)


def _kind(scope: Scope) -> str:
    return "the whole account" if scope.kind == "account" else f"a {scope.kind}"
