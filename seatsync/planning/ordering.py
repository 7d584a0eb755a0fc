"""Ordering of candidate steps by replaying the engine, so that each step is legal when it is reached.

Every candidate is tried on the account that the steps before it lead to. It is taken if the engine allows it, nobody
temporarily loses what they hold before and after the plan, and nobody temporarily gets what they hold neither before
nor after. Candidates that cannot be taken yet are tried again. If none can, a purchase is assumed; without one, a
temporary direct seat breaks a cycle; if that does not help, the rest is left out with the engine's reasons.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seatsync.account.actions.seat_actions import UNASSIGN_SEAT
from seatsync.account.actions.step import Step
from seatsync.account.actions.table import ACTIONS, JOINS, LEAVES_TEAM
from seatsync.account.model import Account, Scope
from seatsync.account.refusal import Refused
from seatsync.planning.changes import Candidate, bridge, end_of_bridge
from seatsync.planning.sequence import Sequence, Waits
from seatsync.planning.unblocking import freed_first, handed_over_first


class Unordered(NamedTuple):
    """Steps that could not be ordered: refused ones with the engine's reason, and those still waiting."""

    refused: list[tuple[Step, Refused]]
    waiting: list[Step]


class ToDo(NamedTuple):
    """Candidates to be ordered: `scopes` with one list per scope, `bought` purchases, and the `last` ones.

    The candidates of each of the `routes` are taken in their given order, among the others.
    """

    scopes: list[list[Candidate]]
    bought: list[Candidate]
    last: list[Candidate]
    routes: list[list[Candidate]]


def order(sequence: Sequence, todo: ToDo) -> Unordered:
    """Take all candidates, scope by scope, as soon as each is legal and safe. Return those that could not be taken.

    A purchase is assumed only if no other candidate can be taken.
    """
    left = Unordered([], [])
    bought, final = list(todo.bought), list(todo.last)
    pending = [list(candidates) for candidates in todo.scopes if candidates]
    sequence.moves = [c.step for candidates in pending for c in candidates if c.step.action in LEAVES_TEAM]
    bridges = _Bridges()
    routes = [list(route) for route in todo.routes]
    while True:
        answers = _exhaust(sequence, pending, routes)
        if not (pending or routes or bought or bridges.temporary or final):
            return left
        if _unblock_joining(sequence, pending, final, answers) or _buy(sequence, bought, pending):
            continue
        if _take_unpermitted(sequence, pending):
            continue
        built = bridges.build(sequence, answers)
        if built:
            pending.append(built)
            continue
        if bridges.temporary:
            pending.append(bridges.removal())
            continue
        if final:
            pending.append(final)
            final = []
            continue
        if _take_short_of_admins(sequence, pending):
            continue
        if not _drop_refused(pending, bought, answers, sequence, left):
            left.waiting.extend(candidate.step for candidates in (*pending, *routes) for candidate in candidates)
            return left


def _exhaust(
    sequence: Sequence, pending: list[list[Candidate]], routes: list[list[Candidate]]
) -> dict[Step, Refused | Waits]:
    """Take candidates until no more can be taken. The others stay in their lists; return the engine's answers."""
    answers: dict[Step, Refused | Waits] = {}
    moved = True
    while moved:
        moved = False
        for candidates in pending:
            while True:
                left = []
                for candidate in candidates:
                    answer = sequence.take(candidate)
                    if answer is None or (isinstance(answer, Refused) and _already_done(sequence, candidate.step)):
                        answers.pop(candidate.step, None)
                    else:
                        answers[candidate.step] = answer
                        left.append(candidate)
                if len(left) == len(candidates):
                    break
                moved = True
                candidates[:] = left
        for route in routes:
            taken = 0
            while taken < len(route) and sequence.take(route[taken]) is None:
                taken += 1
            del route[:taken]
            moved = moved or taken > 0
        pending[:] = [candidates for candidates in pending if candidates]
        routes[:] = [route for route in routes if route]
    return answers


def _already_done(sequence: Sequence, step: Step) -> bool:
    """Return True if another step had the effect of a step: an invitation sets names, a purchase seats its manager."""
    in_effect = ACTIONS[step.action].in_effect
    return in_effect is not None and in_effect(sequence.now, step)


def _unblock_joining(
    sequence: Sequence,
    pending: list[list[Candidate]],
    final: list[Candidate],
    answers: dict[Step, Refused | Waits],
) -> bool:
    """Take or replace steps so that a refused subscription can join its team. Return True if any was taken."""
    joining = {
        step.text("subscription"): step
        for step, answer in answers.items()
        if step.action in JOINS and isinstance(answer, Refused)
    }
    if not joining:
        return False
    moved = False
    for candidates in pending:
        for candidate in candidates[:]:
            earlier = handed_over_first(sequence.now, sequence.clock, candidate, joining)
            if earlier is not None and sequence.take(earlier) is None:
                candidates.remove(candidate)
                moved = True
    waiting = [candidate for candidates in (*pending, final) for candidate in candidates]
    for move in joining.values():
        for freed in list(freed_first(sequence.now, sequence.clock.day, move, waiting)):
            moved = sequence.take(freed) is None or moved
    return moved


def _take_unpermitted(sequence: Sequence, pending: list[list[Candidate]]) -> bool:
    """Take the steps that the actor may not perform and no other step allows. Return True if there were any."""
    moved = False
    for candidates in pending:
        for candidate in candidates[:]:
            if sequence.take(candidate) is None or sequence.take(candidate, patient=False) is None:
                candidates.remove(candidate)
                moved = True
    return moved


def _take_short_of_admins(sequence: Sequence, pending: list[list[Candidate]]) -> bool:
    """Take the first step that temporarily leaves a team with too few admins. Return True if there was one."""
    for candidates in pending:
        for candidate in candidates:
            if sequence.take(candidate, patient=False, strict=False) is None:
                candidates.remove(candidate)
                return True
    return False


def _buy(sequence: Sequence, bought: list[Candidate], pending: list[list[Candidate]]) -> bool:
    """Assume the next purchase that the account allows, and add the removal of undeclared seats that come with it."""
    for candidate in bought:
        if sequence.take(candidate) is None:
            bought.remove(candidate)
            pending.extend([each] for each in _unwanted_seats(sequence, candidate.step))
            return True
    return False


def _unwanted_seats(sequence: Sequence, purchase: Step) -> Iterator[Candidate]:
    """Yield the removal of a seat that came to the manager with a contract's product and is not declared."""
    product, scope = purchase.get("product"), purchase.scope
    if sequence.goal is None or not isinstance(product, str) or purchase.get("now") is not None:
        return
    wanted = sequence.goal.contracts[scope.name].seats.get(product, ())
    for user in sorted(sequence.now.contracts[scope.name].seats.get(product, ())):
        if user not in wanted:
            person = sequence.now.users[user].email
            yield Candidate(UNASSIGN_SEAT.step(scope, product=product, user=person))


class _Bridges:
    """Temporary direct seats for people whom a waiting step would leave without, and their removal (STEP003)."""

    def __init__(self) -> None:
        self.temporary: list[Candidate] = []
        self._done: set[tuple[str, str, str]] = set()

    def build(self, sequence: Sequence, answers: dict[Step, Refused | Waits]) -> list[Candidate]:
        """Return the bridges for the waiting step that needs the fewest; none if no bridge would help."""
        gaps = [answer.short for answer in answers.values() if isinstance(answer, Waits) and answer.short]
        gaps = [gap for gap in gaps if self._done.isdisjoint(gap) and _bridgeable(sequence.now, gap)]
        best = min(gaps, key=len, default=())
        built: list[Candidate] = []
        for team, product, user in best:
            self._done.add((team, product, user))
            person = sequence.now.users[user].email
            scope = Scope("team", team)
            built.append(bridge(scope, product, person))
            goal = sequence.goal.teams[team].seats.get(product, set()) if sequence.goal is not None else set()
            if user not in goal:
                self.temporary.append(end_of_bridge(scope, product, person))
        return built

    def removal(self) -> list[Candidate]:
        """Return the steps that remove the bridges again."""
        removal, self.temporary = self.temporary, []
        return removal


def _bridgeable(now: Account, short: Iterable[tuple[str, str, str]]) -> bool:
    return all(user not in now.teams[team].seats.get(product, ()) for team, product, user in short)


def _drop_refused(
    pending: list[list[Candidate]],
    bought: list[Candidate],
    answers: dict[Step, Refused | Waits],
    sequence: Sequence,
    left: Unordered,
) -> bool:
    """Move the candidates that the engine refuses to `left`. Return True if there were any."""
    dropped = False
    for candidate in bought:
        answer = sequence.take(candidate)
        if isinstance(answer, Refused):
            left.refused.append((candidate.step, answer))
            dropped = True
    bought.clear()
    for candidates in pending:
        for candidate in candidates[:]:
            reason = answers.get(candidate.step)
            if isinstance(reason, Refused):
                left.refused.append((candidate.step, reason))
                candidates.remove(candidate)
                sequence.moves = [move for move in sequence.moves if move != candidate.step]
                dropped = True
    return dropped
