"""Candidate steps into an order in which each is legal when its turn comes, by replaying the engine.

Every candidate is tried on the account as the steps before left it. It is taken when the engine allows it and nobody
loses in passing what they hold before and after, or holds in passing what they hold neither before nor after. What
cannot be taken yet waits and is tried again. When nothing moves, a purchase is assumed; when no purchase is left, a
temporary direct seat bridges what waits for itself; when nothing helps, the rest is left out, with the engine's reason.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seatsync.account.actions import Step
from seatsync.account.email import identity
from seatsync.account.model import Account, Scope
from seatsync.account.refusal import Refused
from seatsync.planning.changes import Candidate, bridge, end_of_bridge
from seatsync.planning.sequence import Sequence, Waits
from seatsync.planning.unblocking import JOINING, freed_first, handed_over_first


class LeftOut(NamedTuple):
    """What could not be taken: steps with the engine's reasons."""

    refused: list[tuple[Step, Refused]]
    waiting: list[Step]


class ToDo(NamedTuple):
    """Candidates to be ordered: `scopes` one list a scope, `bought` the purchases, `last` what comes after all else.

    Those of each of the `routes` are taken in just that order, among the others.
    """

    scopes: list[list[Candidate]]
    bought: list[Candidate]
    last: list[Candidate]
    routes: list[list[Candidate]]


def order(sequence: Sequence, todo: ToDo) -> LeftOut:
    """Take all candidates, scope by scope, as soon as each is legal and safe; say what had to be left out.

    A purchase is assumed only when nothing else moves.
    """
    left = LeftOut([], [])
    bought, final = list(todo.bought), list(todo.last)
    pending = [list(candidates) for candidates in todo.scopes if candidates]
    sequence.moves = [c.step for candidates in pending for c in candidates if c.step.action == "subscription.move"]
    bridges = _Bridges()
    routes = [list(route) for route in todo.routes]
    while True:
        answers = _exhaust(sequence, pending, routes)
        if not (pending or routes or bought or bridges.temporary or final):
            return left
        if _unblocked(sequence, pending, final, answers) or _buy(sequence, bought, pending):
            continue
        if _hurried(sequence, pending):
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
        if _short_of_admins(sequence, pending):
            continue
        if not _drop_refused(pending, bought, answers, sequence, left):
            left.waiting.extend(candidate.step for candidates in (*pending, *routes) for candidate in candidates)
            return left


def _exhaust(
    sequence: Sequence, pending: list[list[Candidate]], routes: list[list[Candidate]]
) -> dict[Step, Refused | Waits]:
    """Take what can be taken until nothing moves; what is left stays in its lists, with the answers it got."""
    answers: dict[Step, Refused | Waits] = {}
    moved = True
    while moved:
        moved = False
        for candidates in pending:
            while True:
                left = []
                for candidate in candidates:
                    answer = sequence.take(candidate)
                    if answer is None or (isinstance(answer, Refused) and _came_by_itself(sequence, candidate.step)):
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


def _came_by_itself(sequence: Sequence, step: Step) -> bool:
    """Whether what a step is for was brought by another: names by an invitation, a manager's seat by a purchase."""
    user = identity(str(step.get("user"))) or ""
    if step.action == "user.update" and user in sequence.now.users:
        person = sequence.now.users[user]
        return (person.first_name, person.last_name) == (step.get("first_name"), step.get("last_name"))
    if step.action == "seat.assign" and step.scope.kind == "contract":
        return user in sequence.now.contracts[step.scope.name].seats.get(step.text("product"), ())
    return False


def _unblocked(
    sequence: Sequence,
    pending: list[list[Candidate]],
    final: list[Candidate],
    answers: dict[Step, Refused | Waits],
) -> bool:
    """Put in or exchange what lets a refused subscription join its team; whether anything did."""
    joining = {
        step.text("subscription"): step
        for step, answer in answers.items()
        if step.action in JOINING and isinstance(answer, Refused)
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


def _hurried(sequence: Sequence, pending: list[list[Candidate]]) -> bool:
    """Take what the actor may not do and nothing will let them do; whether there was anything."""
    moved = False
    for candidates in pending:
        for candidate in candidates[:]:
            if sequence.take(candidate) is None or sequence.take(candidate, patient=False) is None:
                candidates.remove(candidate)
                moved = True
    return moved


def _short_of_admins(sequence: Sequence, pending: list[list[Candidate]]) -> bool:
    """Take the first step that leaves a team with too few admins in passing, where no order avoids that; if any."""
    for candidates in pending:
        for candidate in candidates:
            if sequence.take(candidate, patient=False, strict=False) is None:
                candidates.remove(candidate)
                return True
    return False


def _buy(sequence: Sequence, bought: list[Candidate], pending: list[list[Candidate]]) -> bool:
    """Assume the next purchase that the account allows now, and plan to take away what came with it unwanted."""
    for candidate in bought:
        if sequence.take(candidate) is None:
            bought.remove(candidate)
            pending.extend([each] for each in _unwanted_seats(sequence, candidate.step))
            return True
    return False


def _unwanted_seats(sequence: Sequence, purchase: Step) -> Iterator[Candidate]:
    """The seat of the manager that came with a product of a contract, where they are not to have it."""
    product, scope = purchase.get("product"), purchase.scope
    if sequence.goal is None or not isinstance(product, str) or purchase.get("now") is not None:
        return
    wanted = sequence.goal.contracts[scope.name].seats.get(product, ())
    for user in sorted(sequence.now.contracts[scope.name].seats.get(product, ())):
        if user not in wanted:
            person = sequence.now.users[user].email
            yield Candidate(Step.make("seat.unassign", scope, product=product, user=person))


class _Bridges:
    """Temporary direct seats for those whom a waiting step would leave short, and their removal (STEP003)."""

    def __init__(self) -> None:
        self.temporary: list[Candidate] = []
        self._done: set[tuple[str, str, str]] = set()

    def build(self, sequence: Sequence, answers: dict[Step, Refused | Waits]) -> list[Candidate]:
        """The bridges for the waiting step that needs fewest of them; none where no bridge would help."""
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
        """The steps that take the bridges away again."""
        removal, self.temporary = self.temporary, []
        return removal


def _bridgeable(now: Account, short: Iterable[tuple[str, str, str]]) -> bool:
    return all(user not in now.teams[team].seats.get(product, ()) for team, product, user in short)


def _drop_refused(
    pending: list[list[Candidate]],
    bought: list[Candidate],
    answers: dict[Step, Refused | Waits],
    sequence: Sequence,
    left: LeftOut,
) -> bool:
    """Give up what the engine refuses; whether anything was given up."""
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
