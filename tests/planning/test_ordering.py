"""What every plan guarantees, on random pairs of states, by a replay that shares no code with the planner."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.engine import perform
from seatsync.account.model import Account
from seatsync.account.refusal import Refused
from seatsync.clock import Clock
from seatsync.planning.changes import (
    contract_changes,
    people_changes,
    purchases,
    subscription_changes,
    team_changes,
    transfers,
)
from seatsync.planning.ordering import LeftOut, order
from seatsync.planning.sequence import Sequence
from tests.planning.replay import any_order, content, replay
from tests.planning.states import DAY, pair

CLOCK = Clock.at(DAY)


def sequence_between(before: Account, after: Account) -> tuple[Sequence, LeftOut]:
    """The steps from one state to another, everything in both being managed."""
    sequence = Sequence(before.copy(), CLOCK)
    base = sequence.now
    sequence.aim(after)
    subscriptions = subscription_changes(base, after)
    scopes = [list(people_changes(base, after, subscriptions, []))]
    scopes += [list(team_changes(name, base, after, subscriptions)) for name in sorted(base.teams)]
    scopes.append(list(transfers(None, base, after, subscriptions)))
    scopes += [list(contract_changes(number, base, after)) for number in sorted(base.contracts)]
    return sequence, order(sequence, scopes, list(purchases(base, after)))


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=300)
def test_every_prefix_is_legal_and_the_end_is_what_was_wanted(seed: int, classic: bool) -> None:  # noqa: FBT001 - drawn
    before, after = pair(Random(seed), classic=classic)
    sequence, left = sequence_between(before, after)
    assert left == LeftOut()
    reached = replay(before, [taken.step for taken in sequence.taken], after, CLOCK)
    assert content(reached) == content(after)
    assert sequence_between(after, after)[0].taken == []


@given(st.integers(0, 2**32))
@settings(max_examples=300)
def test_any_order_that_the_needs_allow_is_legal(seed: int) -> None:
    before, after = pair(Random(seed))
    sequence, _ = sequence_between(before, after)
    needs = {number: taken.needs for number, taken in enumerate(sequence.taken, 1)}
    for shuffle in range(3):
        steps = [sequence.taken[number - 1].step for number in any_order(needs, Random(seed + shuffle))]
        assert content(replay(before, steps, after, CLOCK)) == content(after)


@given(st.integers(0, 2**32))
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
