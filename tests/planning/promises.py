"""Checks of the guarantees of plans on random pairs of states, by a replay that shares no code with the planner."""

from __future__ import annotations

from random import Random

from seatsync.account.actions.effects import Refused
from seatsync.account.engine import perform
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.planning.difference.changes import (
    contract_changes,
    people_changes,
    purchases,
    subscription_changes,
    team_changes,
    transfers,
)
from seatsync.planning.ordering.order import ToDo, Unordered, order_with_few_bridges
from seatsync.planning.ordering.sequence import Sequence
from tests.planning.replay import any_order, content, replay
from tests.planning.seat_search import Problem, account_of, flips, random_problem
from tests.planning.states import DAY, pair

CLOCK = Clock.at(DAY)


def sequence_between(before: Account, after: Account) -> tuple[Sequence, Unordered]:
    """Return the steps from one state to another, with everything in both managed."""
    start = Sequence(before, CLOCK)
    base = start.now
    subscriptions = subscription_changes(base, after)
    scopes = [list(people_changes(base, after, subscriptions, []))]
    scopes += [list(team_changes(name, base, after, subscriptions)) for name in sorted(base.teams)]
    scopes.append(list(transfers(None, base, after, subscriptions)))
    scopes += [list(contract_changes(number, base, after)) for number in sorted(base.contracts)]
    return order_with_few_bridges(start, after, ToDo(scopes, list(purchases(base, after)), [], []))


def keep_every_promise(before: Account, after: Account, random: Random) -> int:
    """Assert the guarantees for the plan between two states, in two orders. Return the number of steps."""
    sequence, left = sequence_between(before, after)
    assert left == Unordered([], [])
    steps = [taken.step for taken in sequence.taken]
    reached = replay(before, steps, after, CLOCK)
    assert content(reached) == content(after)
    assert sequence_between(reached, after)[0].taken == []
    needs = {number: taken.needs for number, taken in enumerate(sequence.taken, 1)}
    shuffled = [steps[number - 1] for number in any_order(needs, random)]
    assert content(replay(before, shuffled, after, CLOCK)) == content(after)
    if steps:
        _is_needed(random.randrange(len(steps)), sequence, before, after)
    return len(steps)


def _is_needed(index: int, sequence: Sequence, before: Account, after: Account) -> None:
    """Assert that the other steps alone are not legal, or lead elsewhere."""
    account = before.copy()
    others = [taken.step for number, taken in enumerate(sequence.taken) if number != index]
    legal = not any(isinstance(perform(account, step, CLOCK), Refused) for step in others)
    assert not (legal and content(account) == content(after)), sequence.taken[index].step


def keep_every_promise_between_some(random: Random) -> int:
    """Assert the guarantees for a random pair of states, with or without classic contracts."""
    before, after = pair(random, classic=random.random() < 0.5)
    return keep_every_promise(before, after, random)


def bridges_are_fewest(problem: Problem, random: Random) -> int:
    """Assert that seats need no more bridges than an exhaustive search finds. Return their number."""
    before, after = (account_of(seats, problem.sizes) for seats in (problem.now, problem.goal))
    steps = keep_every_promise(before, after, random)
    extra = steps - len(flips(problem.now, problem.goal))
    assert extra % 2 == 0
    assert problem.fewest_bridges(extra // 2) == extra // 2, problem
    return extra // 2


def some_bridges_are_fewest(random: Random) -> int:
    """Assert that bridges are fewest for a random team with full pools."""
    return bridges_are_fewest(random_problem(random), random)


def an_order_is_found_if_there_is_one(random: Random) -> bool:
    """Assert that steps are left out only if no order exists, even with every bridge. Return True if one exists."""
    problem = random_problem(random)
    problem.sizes = [max(0, size - random.choice([0, 0, 1, 2])) for size in problem.sizes]
    before, after = (account_of(seats, problem.sizes) for seats in (problem.now, problem.goal))
    sequence, left = sequence_between(before, after)
    replay(before, [taken.step for taken in sequence.taken], after, CLOCK)
    needs = {number: taken.needs for number, taken in enumerate(sequence.taken, 1)}
    shuffled = [sequence.taken[number - 1].step for number in any_order(needs, random)]
    replay(before, shuffled, after, CLOCK)
    possible = problem.possible(problem.bridges())
    assert (left == Unordered([], [])) == possible, problem
    assert possible or left.refused, problem
    return possible
