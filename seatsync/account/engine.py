"""The rule authority: the one place where the precondition and the effect of a step are evaluated.

Planner, stores and server all use it, and none of them has a rule of its own. `access.py` knows who may perform a
step, `notices.py` who gets a mail about it.
"""

from seatsync.account.actions.step import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import Account, Change, Scope
from seatsync.account.refusal import Refused, refused
from seatsync.account.request import read_request
from seatsync.clock import Clock

__all__ = ["Refused", "account_route", "attempt", "perform"]


def attempt(account: Account, step: Step, clock: Clock) -> tuple[Change, ...] | Refused:
    """Return the rows that a step would change, in order, or the refusal. The account stays unchanged."""
    spec = ACTIONS.get(step.action)
    if spec is None:
        return refused(f"There is no action {step.action!r}.")
    request = read_request(step, spec, clock)
    if isinstance(request, Refused):
        return request
    effect = spec.effects.get(step.scope.kind)
    if effect is None:
        return refused(f"{step.action} cannot be done to {_kind(step.scope)}.")
    if not spec.makes_scope and not _exists(account, step.scope):
        return refused(f"There is no {step.scope} in the account.")
    return effect(account, request)


def perform(account: Account, step: Step, clock: Clock) -> tuple[Change, ...] | Refused:
    """Carry out a step; return the rows that changed, or the refusal if nothing did."""
    answer = attempt(account, step, clock)
    if not isinstance(answer, Refused):
        account.change(answer)
    return answer


def account_route(step: Step) -> str:
    """Return the route where the target is the account itself: it does self-service steps, people do the rest."""
    channel = ACTIONS[step.action].channel
    return "account" if channel == "self-service" else channel


def _exists(account: Account, scope: Scope) -> bool:
    if scope.kind == "account":
        return True
    return scope.name in (account.teams if scope.kind == "team" else account.contracts)


def _kind(scope: Scope) -> str:
    return "the whole account" if scope.kind == "account" else f"a {scope.kind}"
