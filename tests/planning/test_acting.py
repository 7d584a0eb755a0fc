"""Plans as somebody, on random pairs of states: in every order that the needs allow, each step is the actor's to do."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from seatsync.account.access import performers
from seatsync.account.engine import perform
from seatsync.account.refusal import Refused
from seatsync.planning.make import Request, make_plan
from tests.planning.replay import any_order
from tests.planning.states import pair
from tests.planning.test_whole_way import CLOCK, declared_as, errors


@given(st.integers(0, 2**32), st.booleans())
@example(1000, False)  # noqa: FBT003 - the actor's own demotion, before what it is needed for
@example(1001, True)  # noqa: FBT003 - a person leaves the actor's scope before their name is changed
@example(1017, True)  # noqa: FBT003 - what only the actor's own promotion makes possible
@example(1865, True)  # noqa: FBT003 - a contract handed on before its coordinator is changed
@settings(max_examples=60)
def test_everything_is_the_actors_in_any_order(seed: int, classic: bool) -> None:  # noqa: FBT001 - drawn
    before, after = pair(Random(seed), classic=classic)
    for name, team in after.teams.items():
        team.sso = team.sso or before.teams[name].sso  # files that leave it out leave it alone
    with TemporaryDirectory() as folder:
        declaration = declared_as(after, Path(folder) / "repository")
    for actor in sorted(before.users):
        request = Request(before, "file:x", CLOCK, lambda _: "account", "sha256:0", "{}", actor, allow=("GUARD002",))
        plan = make_plan(declaration, request)
        if errors(plan) or any(finding.code == "GUARD003" for finding in plan.findings):
            continue
        steps = {planned.id: planned for planned in plan.steps}
        account = before.copy()
        for number in any_order({planned.id: planned.needs for planned in plan.steps}, Random(seed)):
            planned = steps[number]
            if planned.channel == "self-service":
                assert actor in performers(account, planned.step), (actor, number, planned.step)
            assert not isinstance(perform(account, planned.step, CLOCK), Refused), (actor, number, planned.step)
