"""Ordering of steps with few bridges: a greedy order first, then a search if that needed temporary seats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from seatsync.account.actions.seat_actions import UNASSIGN_SEAT
from seatsync.account.actions.step import Step
from seatsync.account.entitlements import pool
from seatsync.account.model import Account, Scope
from seatsync.planning.changes import Candidate, bridge, end_of_bridge
from seatsync.planning.ordering import ToDo, Unordered, order
from seatsync.planning.seat_route import Bridge, seat_route
from seatsync.planning.sequence import Sequence


def order_with_few_bridges(
    start: Sequence, goal: Account, todo: ToDo, actor: str | None = None
) -> tuple[Sequence, Unordered]:
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


def _steps(team: str, todo: ToDo) -> list[Step]:
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


def _routed(todo: ToDo, routes: dict[str, list[Step | Bridge]], base: Account) -> ToDo:
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
