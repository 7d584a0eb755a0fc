"""Every guarantee of a plan, on random pairs of states; `make soak` draws many more."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings

from seatsync.account.actions.effects import Refused
from seatsync.account.engine import perform
from tests.chance import chances
from tests.planning.promises import (
    CLOCK,
    an_order_is_found_if_there_is_one,
    keep_every_promise_between_some,
    sequence_between,
    some_bridges_are_fewest,
)
from tests.planning.replay import content
from tests.planning.seat_search import random_problem
from tests.planning.states import pair


@given(chances())
@settings(max_examples=400)
def test_every_promise_is_kept(random: Random) -> None:
    keep_every_promise_between_some(random)


@given(chances())
@settings(max_examples=20)
def test_no_step_can_be_left_out(random: Random) -> None:
    before, after = pair(random)
    sequence, _ = sequence_between(before, after)
    steps = [taken.step for taken in sequence.taken]
    for index in range(len(steps)):
        account = before.copy()
        answers = [perform(account, step, CLOCK) for step in (*steps[:index], *steps[index + 1 :])]
        legal = not any(isinstance(answer, Refused) for answer in answers)
        assert not (legal and content(account) == content(after)), steps[index]


@given(chances())
@settings(max_examples=200)
def test_bridges_are_as_few_as_an_exhaustive_search_finds(random: Random) -> None:
    some_bridges_are_fewest(random)


@given(chances())
@settings(max_examples=120)
def test_order_exists_exactly_if_an_exhaustive_search_finds_one(random: Random) -> None:
    an_order_is_found_if_there_is_one(random)


@given(chances())
@settings(max_examples=20)
def test_the_shortcuts_of_the_exhaustive_search_lose_nothing(random: Random) -> None:
    problem = random_problem(random, people=3, groups=2)
    with_shortcuts = problem.fewest_bridges(3)
    problem.shortcuts = False
    assert problem.fewest_bridges(3) == with_shortcuts
