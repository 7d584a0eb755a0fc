"""Plans as an actor, on random pairs of states: in every allowed order the actor may perform each step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest
from hypothesis import given, settings

from seatsync.account.access import performers
from seatsync.account.actions.effects import Refused
from seatsync.account.engine import perform
from seatsync.account.model import Account
from seatsync.planning.make import Request, make_plan
from tests.chance import chances
from tests.planning.replay import any_order
from tests.planning.states import left_alone, pair
from tests.planning.test_whole_way import CLOCK, declared_as, errors

Order: TypeAlias = Callable[[dict[int, tuple[int, ...]]], list[int]]
"""Numbered steps, with those that each needs, in an order in which they can be done."""


@given(chances())
@settings(max_examples=15)
def test_everything_is_the_actors_in_any_order(random: Random) -> None:
    before, after = pair(random, classic=random.random() < 0.5)
    check_for_each_actor(before, after, lambda needs: any_order(needs, random))


@pytest.mark.parametrize(
    ("seed", "classic"),
    [
        pytest.param(1000, False, id="the actor's own demotion, before what it is needed for"),
        pytest.param(1001, True, id="a person leaves the actor's scope before their name is changed"),
        pytest.param(1017, True, id="what only the actor's own promotion makes possible"),
        pytest.param(1865, True, id="a contract handed on before its coordinator is changed"),
    ],
)
def test_pairs_that_went_wrong_once(seed: int, *, classic: bool) -> None:
    before, after = pair(Random(seed), classic=classic)
    check_for_each_actor(before, after, lambda needs: any_order(needs, Random(seed)))


def check_for_each_actor(before: Account, after: Account, order: Order) -> None:
    left_alone(before, after)
    with TemporaryDirectory() as folder:
        declaration = declared_as(after, Path(folder) / "repository")
    for actor in sorted(before.users):
        request = Request(
            before, "file:x", CLOCK, lambda _: "account", f"sha256:{0:064}", "{}", actor, allow=("GUARD002",)
        )
        plan = make_plan(declaration, request)
        if errors(plan) or any(finding.code == "GUARD003" for finding in plan.findings):
            continue
        steps = {planned.id: planned for planned in plan.steps}
        account = before.copy()
        for number in order({planned.id: planned.needs for planned in plan.steps}):
            planned = steps[number]
            if planned.channel == "self-service":
                assert actor in performers(account, planned.step), (actor, number, planned.step)
            assert not isinstance(perform(account, planned.step, CLOCK), Refused), (actor, number, planned.step)
