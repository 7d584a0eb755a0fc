"""Work lists on random plans: worked off in any order that the waits allow, everybody may do their steps."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from seatsync.account.access import performers
from seatsync.account.engine import perform
from seatsync.account.refusal import Refused
from seatsync.planning.work import Work, share_out
from tests.planning.states import pair
from tests.planning.test_whole_way import CLOCK, declared_as, plan_from


def in_some_order(work: Work, random: Random) -> list[tuple[int, str]]:
    """The ids of all steps with their doers, each list in its order, mixed as the waits allow."""
    left = {each.person: list(each.steps) for each in work.lists}
    waits = {number: others for each in work.lists for number, others in each.after.items()}
    done: list[tuple[int, str]] = []
    while any(left.values()):
        ids = {number for number, _ in done}
        free = [
            person
            for person, steps in left.items()
            if steps and all(ids.issuperset(needed) for needed in waits.get(steps[0].id, {}).values())
        ]
        person = random.choice(free)
        done.append((left[person].pop(0).id, person))
    return done


@given(st.integers(0, 2**32), st.booleans())
@example(33620, True)  # a person leaves a scope whose admin changes their name  # noqa: FBT003
@settings(max_examples=150)
def test_everybody_may_do_their_steps_whoever_is_quicker(seed: int, classic: bool) -> None:  # noqa: FBT001 - drawn
    random = Random(seed)
    before, after = pair(random, classic=classic)
    with TemporaryDirectory() as folder:
        declaration = declared_as(after, Path(folder) / "repository")
    plan = plan_from(declaration, before)
    work = share_out(plan)
    assert work == share_out(plan)
    steps = {planned.id: planned.step for planned in plan.steps}
    order = in_some_order(work, random)
    assert sorted([*(number for number, _ in order), *(planned.id for planned in work.nobodys)]) == sorted(steps)
    if work.nobodys:
        return
    account = before.copy()
    for number, person in order:
        assert person in performers(account, steps[number]), (order, number, steps[number])
        assert not isinstance(perform(account, steps[number], CLOCK), Refused), (order, number, steps[number])
