"""Groups and their products outside their days are as if they were not declared, and as declared within them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from seatsync.planning.plan import Plan
from tests.chance import chances
from tests.planning.situations import Situation, situation
from tests.planning.states import DAY

Facts = dict[str, Any]


def only_today(facts: Facts) -> Facts:
    """Return the content of a fragment without what is declared for other days, and without days."""
    found = deepcopy(facts)
    for team in found["teams"].values():
        team["groups"] = {name: group for name, group in team["groups"].items() if lasts(group)}
        for group in team["groups"].values():
            entries = [item if isinstance(item, dict) else {"product": item} for item in group["products"]]
            group["products"] = [item["product"] for item in entries if lasts(item)]
            group.pop("from", None)
            group.pop("until", None)
    return found


def lasts(facts: Facts) -> bool:
    return bool(facts.get("from", DAY) <= DAY <= facts.get("until", DAY))


def days_change_nothing(random: Random, dated: Callable[[Facts], Facts] = deepcopy) -> bool | None:
    """Assert that a plan is that of the entries of its day. `dated` breaks the files; None: `validate` refuses them."""
    found = situation(random, dated=1)
    found.policy["prune"] = ["seats", "admins", "groups", "members"]
    for scope in (*found.facts["teams"].values(), *found.facts["contracts"].values()):
        scope.pop("prune", None)
    plain = deepcopy(found)
    plain.facts, found.facts = only_today(found.facts), dated(found.facts)
    plans = [planned(each) for each in (plain, found)]
    if plans[0] is None or plans[1] is None:
        return None
    assert plans[1] == plans[0]
    return found.facts != plain.facts


def planned(found: Situation) -> list[tuple[object, ...]] | None:
    declared = found.declaration()
    return None if declared is None else _things(found.plan(declared))


def _things(plan: Plan) -> list[tuple[object, ...]]:
    steps = [(each.step.action, each.step.scope, each.step.args, each.needs) for each in plan.steps]
    return [*steps, tuple(finding.message for finding in plan.findings)]


@given(chances())
@settings(max_examples=60)
def test_a_plan_is_that_of_the_entries_of_its_day(random: Random) -> None:
    days_change_nothing(random)


def without_days_of_groups(facts: Facts) -> Facts:
    found = deepcopy(facts)
    for team in found["teams"].values():
        for group in team["groups"].values():
            group.pop("from", None)
            group.pop("until", None)
    return found


def without_days_of_products(facts: Facts) -> Facts:
    found = deepcopy(facts)
    for team in found["teams"].values():
        for group in team["groups"].values():
            group["products"] = [item if isinstance(item, str) else item["product"] for item in group["products"]]
    return found


@pytest.mark.parametrize("broken", [without_days_of_groups, without_days_of_products])
def test_files_whose_days_are_not_heeded_are_caught(broken: Callable[[Facts], Facts]) -> None:
    caught = 0
    for seed in range(60):
        try:
            days_change_nothing(Random(seed), broken)
        except AssertionError:
            caught += 1
    assert caught


def test_most_situations_have_days() -> None:
    found = [days_change_nothing(Random(seed)) for seed in range(40)]
    assert found.count(True) > found.count(False) + found.count(None)
