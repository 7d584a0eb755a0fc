"""Every promise of a plan, on random pairs of states; `make soak` draws a hundred times as many."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.engine import perform
from seatsync.account.refusal import Refused
from tests.planning.promises import (
    CLOCK,
    an_order_is_found_if_there_is_one,
    bridges_are_fewest,
    keep_every_promise_by_seed,
    sequence_between,
)
from tests.planning.replay import content
from tests.planning.seat_search import random_problem
from tests.planning.states import pair

SEEDS = st.integers(0, 2**32)


@given(SEEDS)
@settings(max_examples=1000)
def test_every_promise_is_kept(seed: int) -> None:
    keep_every_promise_by_seed(seed)


@given(SEEDS)
@settings(max_examples=60)
def test_no_step_can_be_left_out(seed: int) -> None:
    before, after = pair(Random(seed))
    sequence, _ = sequence_between(before, after)
    steps = [taken.step for taken in sequence.taken]
    for index in range(len(steps)):
        account = before.copy()
        answers = [perform(account, step, CLOCK) for step in (*steps[:index], *steps[index + 1 :])]
        legal = not any(isinstance(answer, Refused) for answer in answers)
        assert not (legal and content(account) == content(after)), steps[index]


@given(SEEDS)
@settings(max_examples=500)
def test_bridges_are_as_few_as_an_exhaustive_search_finds(seed: int) -> None:
    bridges_are_fewest(random_problem(Random(seed)), Random(seed))


@given(SEEDS)
@settings(max_examples=300)
def test_there_is_an_order_just_where_an_exhaustive_search_finds_one(seed: int) -> None:
    random = Random(seed)
    problem = random_problem(random)
    problem.sizes = [max(0, size - random.choice([0, 0, 1, 2])) for size in problem.sizes]
    an_order_is_found_if_there_is_one(problem, random)


@given(SEEDS)
@settings(max_examples=40)
def test_the_shortcuts_of_the_exhaustive_search_lose_nothing(seed: int) -> None:
    problem = random_problem(Random(seed), people=3, groups=2)
    with_shortcuts = problem.fewest_bridges(3)
    problem.shortcuts = False
    assert problem.fewest_bridges(3) == with_shortcuts
