"""Steps that let a refused subscription join a team: an earlier change of its manager, or seats freed first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from seatsync.account.access import performers
from seatsync.account.actions.contract_actions import TRANSFER_CONTRACT_MANAGER
from seatsync.account.actions.group_actions import REMOVE_MEMBER
from seatsync.account.actions.seat_actions import UNASSIGN_SEAT
from seatsync.account.actions.step import Step
from seatsync.account.actions.table import LEAVES_TEAM
from seatsync.account.actions.user_actions import REMOVE_USER
from seatsync.account.email import identity
from seatsync.account.engine import attempt
from seatsync.account.entitlements import capacity, used
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.account.refusal import Refused
from seatsync.clock import Clock
from seatsync.planning.changes import Candidate


def handed_over_first(
    now: Account, clock: Clock, candidate: Candidate, joining: Mapping[str, Step]
) -> Candidate | None:
    """Return a transfer to be done before its subscription joins a team, if the subscription can join only then.

    Usually the present contract manager moves the subscription; if they cannot, the next one may be able to. `joining`
    maps subscriptions to the refused steps by which they would join their teams.
    """
    key = candidate.step.get("subscription")
    if candidate.step.action != TRANSFER_CONTRACT_MANAGER.name or not isinstance(key, str) or key not in joining:
        return None
    team = now.subscriptions[key].team
    scope = Scope("team", team) if team is not None else WHOLE_ACCOUNT
    earlier = TRANSFER_CONTRACT_MANAGER.step(scope, subscription=key, user=candidate.step.text("user"))
    rows = attempt(now, earlier, clock)
    if scope == candidate.step.scope or isinstance(rows, Refused):
        return None
    now.change(rows)
    helps = not isinstance(attempt(now, joining[key], clock), Refused) and performers(now, joining[key])
    now.undo(rows)
    return candidate._replace(step=earlier) if helps else None


def freed_first(now: Account, day: str, move: Step, pending: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield the steps that free one seat for a move, held by somebody who cannot leave the team before it."""
    if move.action not in LEAVES_TEAM or move.text("subscription") not in now.subscriptions:
        return
    sub, scope = now.subscriptions[move.text("subscription")], Scope("team", move.text("from"))
    if sub.team != scope.name or not _left_short(now, day, scope.name, move.text("subscription")):
        return
    leaving = [
        (identity(candidate.step.text("user")) or "", candidate.step.text("user"))
        for candidate in pending
        if candidate.step.action == REMOVE_USER.name and candidate.step.scope == scope
    ]
    team = now.teams[scope.name]
    for user, written in sorted(leaving):
        if user not in now.holders(scope.name, sub.product):
            continue
        if user in team.seats.get(sub.product, ()):
            yield Candidate(UNASSIGN_SEAT.step(scope, product=sub.product, user=written))
        for name, group in sorted(team.groups.items()):
            if sub.product in group.products and user in group.members:
                yield Candidate(REMOVE_MEMBER.step(scope, group=name, user=written))
        return


def _left_short(now: Account, day: str, team: str, key: str) -> bool:
    product = now.subscriptions[key].product
    others = [now.subscriptions[other] for other in now.subscription_ids(team, product) if other != key]
    left = capacity(others, day)
    return left is not None and left < used(now, team, product)
