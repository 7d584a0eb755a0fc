"""The order of candidate steps, with as few temporary seats as possible.

Every candidate is tried on the account that the steps before it lead to. It is taken if the engine allows it, nobody
temporarily loses what they hold before and after the plan, and nobody temporarily gets what they hold neither before
nor after. Candidates that cannot be taken yet are tried again. If none can, a purchase is assumed; without one, a
temporary direct seat breaks a cycle; if that does not help, the rest is left out with the engine's reasons.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.seat_actions import UNASSIGN_SEAT
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS, JOINS, LEAVES_TEAM
from seatsync.account.entitlements import pool
from seatsync.account.model import Account, Scope
from seatsync.planning.difference.changes import Candidate, bridge, end_of_bridge
from seatsync.planning.ordering.routes import Bridge, freed_first, handed_over_first, seat_route
from seatsync.planning.ordering.sequence import Sequence, Waits


def order_with_few_bridges(
    start: Sequence, goal: Account, todo: "ToDo", actor: str | None = None
) -> "tuple[Sequence, Unordered]":
    """Take all candidates as `order` does, and search for an order with fewer bridges if that needed any."""
    sequence = start.with_goal(goal, actor)
    left = order(sequence, todo)
    base, day = start.now, start.clock.day
    routes = {
        team: route
        for team, count in sorted(_bridges(sequence).items())
        if (
            route := seat_route(
                base.teams[team], goal.teams[team], _steps(team, todo), _sizes(team, base, goal, day), count
            )
        )
    }
    if not routes:
        return sequence, left
    again = start.with_goal(goal, actor, routes)
    left_again = order(again, _routed(todo, routes, base))
    fewer = len(again.taken) < len(sequence.taken) and left_again == left
    return (again, left_again) if fewer else (sequence, left)


def _bridges(sequence: Sequence) -> Counter[str]:
    """Return the number of temporary direct seats per team."""
    return Counter(
        taken.step.scope.name
        for taken in sequence.taken
        if taken.step.action == UNASSIGN_SEAT.name and "STEP003" in taken.codes
    )


def _steps(team: str, todo: "ToDo") -> list[Step]:
    scope = Scope("team", team)
    return [candidate.step for candidates in todo.scopes for candidate in candidates if candidate.step.scope == scope]


def _sizes(team: str, base: Account, goal: Account, day: str) -> dict[str, int | None]:
    """Return the capacity of a team's pools that is available throughout the plan (None: not counted)."""
    states = (base, goal)
    things = [state.teams[team] for state in states]
    products = {product for thing in things for group in thing.groups.values() for product in group.products}
    products.update(*(thing.seats for thing in things))
    counted = {
        product: [size for state in states if (size := pool(state, team, product, day)) is not None]
        for product in sorted(products)
    }
    return {product: min(sizes, default=None) for product, sizes in counted.items()}


def _routed(todo: "ToDo", routes: dict[str, list[Step | Bridge]], base: Account) -> "ToDo":
    """Return the candidates with the steps of each route in its order, and its bridges removed at its end."""
    ordered = {step for route in routes.values() for step in route if isinstance(step, Step)}
    scopes = [[candidate for candidate in candidates if candidate.step not in ordered] for candidates in todo.scopes]
    return ToDo(scopes, todo.bought, todo.last, [list(_in_order(team, routes[team], base)) for team in routes])


def _in_order(team: str, route: list[Step | Bridge], base: Account) -> Iterator[Candidate]:
    """Yield the candidates of one route, in order."""
    scope, ends = Scope("team", team), list[Candidate]()
    for item in route:
        if isinstance(item, Step):
            yield Candidate(item)
        else:
            product, user = item
            yield bridge(scope, product, base.users[user].email)
            ends.append(end_of_bridge(scope, product, base.users[user].email))
    yield from ends


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
