"""Plans limited to the steps of some routes."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.attributes import ROUTES
from seatsync.account.engine import perform
from seatsync.planning.plan import Limit, Plan, Undo, to_json
from seatsync.planning.plan_file import from_json
from seatsync.planning.step_routes import Routes, with_routes
from tests.chance import chances
from tests.planning.states import pair
from tests.planning.test_whole_way import CLOCK, declared_as, plan_from
from tests.reporting.test_plan_text import DESIGN, EMPTY, planned

ROUTES_OF_STEPS = ("csv", "console", "form", "csv", "csv", "console")
NEEDS = ((), (), (2,), (1,), (3, 4), (4,))
PLAN = EMPTY._replace(
    steps=tuple(
        planned(number, Step.make("group.create", DESIGN, group=f"g{number}"), route=route, needs=needs)
        for number, (route, needs) in enumerate(zip(ROUTES_OF_STEPS, NEEDS, strict=True), 1)
    ),
    undo=Undo(7),
)


def steps_of(plan: Plan) -> list[tuple[str, tuple[int, ...]]]:
    """Return the groups that the steps create, with the steps that each needs."""
    assert [each.id for each in plan.steps] == list(range(1, len(plan.steps) + 1))
    return [(each.step.text("group"), each.needs) for each in plan.steps]


def test_steps_that_need_one_of_another_route_are_left_out() -> None:
    limited = with_routes(PLAN, None, ("csv",))
    assert steps_of(limited) == [("g1", ()), ("g4", (1,))]  # g5 needs the form
    assert limited.limit == Limit(("csv",), 4)
    assert not limited.is_whole
    assert limited.undo == Undo(7, whole=False)
    assert steps_of(with_routes(PLAN, None, ("console", "csv"))) == [("g1", ()), ("g2", ()), ("g4", (1,)), ("g6", (3,))]
    assert steps_of(with_routes(PLAN, None, ("form",))) == []


def test_every_step_is_of_these_routes() -> None:
    limited = with_routes(PLAN, None, ("form", "csv", "console", "csv"))
    assert limited == PLAN._replace(limit=Limit(("form", "csv", "console"), 0))
    assert limited.is_whole
    assert with_routes(PLAN, None, ()) == PLAN


@given(chances())
@settings(max_examples=40)
def test_a_limited_plan_can_be_carried_out_alone(random: Random) -> None:
    before, after = pair(random)
    with TemporaryDirectory() as folder:
        plan = plan_from(declared_as(after, Path(folder) / "repository"), before)
    routes = [route for route in ROUTES if route != "api"]  # which tells its calls
    names = {each.id: random.choice(routes) for each in plan.steps}
    only = random.sample(routes, random.randint(1, 4))
    limited = with_routes(plan, Routes(lambda _: names), only)
    assert limited.limit is not None
    assert limited.limit.left_out + len(limited.steps) == len(plan.steps)
    assert {each.route for each in limited.steps} <= set(only)
    assert from_json(to_json(limited)) == limited
    for each in limited.steps:
        assert not isinstance(perform(before, each.step, CLOCK), Refused)
