"""Every guarantee of a plan on random situations, and on plans broken on purpose, which have to be caught."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings

from seatsync.account.actions.spec import Step
from seatsync.account.model import Account, Team, User
from seatsync.declaration.states import load_snapshot
from seatsync.finding import has_errors
from seatsync.planning.plan import Plan
from tests.chance import chances
from tests.planning.guarantees import Broken, Checked
from tests.planning.situations import CLOCK, Situation, facts_of, situation
from tests.planning.words import plan_of


def keep_every_guarantee(random: Random) -> int:
    """Assert the guarantees of the plan for a random situation. Return the number of its steps."""
    found = situation(random)
    declared = found.declaration()
    if declared is None:
        return 0
    plan = found.plan(declared)
    checked = Checked(plan, found.before, CLOCK, found.policy["min_secondary_admins"], found.former)
    checked.every_guarantee(random)
    if found.actor is None and not has_errors(plan.findings):  # somebody may see more once they have a role
        checked.planned_again(found.plan(declared, checked.final))
    return len(plan.steps)


@given(chances())
@settings(max_examples=100)
def test_every_guarantee_is_kept(random: Random) -> None:
    keep_every_guarantee(random)


USERS = "users: {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}, dee@acme.example: {}}\n"
POOL = """
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: SEATS, channel: reseller,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
"""


def team(text: str, seats: int = 1) -> str:
    return f"teams: {{design: {{primary_admin: ana@acme.example, {text}}}}}\n" + POOL.replace("SEATS", str(seats))


CHANGES: dict[int, tuple[str, str]] = {
    1: (
        team("members: [ben@acme.example]"),
        team("secondary_admins: [ben@acme.example]").replace("_admin: ana", "_admin: ben").replace("[ben", "[ana"),
    ),
    2: (
        team("members: [cho@acme.example], seats: {AutoCAD: [ben@acme.example]}"),
        team("members: [ben@acme.example], seats: {AutoCAD: [cho@acme.example]}"),
    ),
    3: (
        team("seats: {AutoCAD: [ben@acme.example]}"),
        team("groups: {cad: {members: [ben@acme.example], products: [AutoCAD]}}"),
    ),
    6: (
        team("members: [ben@acme.example]") + "contracts: {}",
        team("members: [cho@acme.example]").replace(
            "teams: {", "teams: {films: {primary_admin: ana@acme.example, members: [ben@acme.example]}, "
        ),
    ),
    7: (
        team("secondary_admins: [ben@acme.example], members: [cho@acme.example]"),
        team("secondary_admins: [cho@acme.example], members: [ben@acme.example]"),
    ),
}


def checked(folder: Path, change: tuple[str, str], broken: Callable[[Plan], Plan] = lambda plan: plan) -> Checked:
    current, declared = change
    policy = "max_removals: 100%, min_secondary_admins: 0, prune: [seats, admins, groups, members]"
    if "secondary_admins" in current and "secondary_admins" in declared:
        policy = policy.replace("admins: 0", "admins: 1")
    plan = plan_of(folder, USERS + current, declared, policy=policy, users=USERS, allow=("GUARD002",))
    before, _ = load_snapshot(folder / "current.yaml")
    assert before is not None
    return Checked(broken(plan), before, CLOCK, 1 if "admins: 1" in policy else 0)


def without_needs(plan: Plan) -> Plan:
    return plan._replace(steps=tuple(planned._replace(needs=()) for planned in plan.steps))


def found_broken(check: Checked) -> int:
    for seed in range(20):
        try:
            check.every_guarantee(Random(seed))
        except Broken as broken:
            return broken.number
    return 0


@pytest.mark.parametrize("number", CHANGES)
def test_a_plan_whose_steps_need_nothing_is_caught(number: int, tmp_path: Path) -> None:
    assert found_broken(checked(tmp_path, CHANGES[number])) == 0
    assert found_broken(checked(tmp_path, CHANGES[number], without_needs)) == number


def test_a_step_without_a_performer_is_caught(tmp_path: Path) -> None:
    """The next contract manager buys, which no listed performer may do without the transfer."""
    change = (
        team("members: [ben@acme.example]", 2),
        team("members: [ben@acme.example]", 3).replace("manager: ana", "manager: ben"),
    )
    check = checked(tmp_path, change, without_needs)
    with pytest.raises(Broken, match=r"guarantee 4: none of .*ben@acme.example"):
        check.one_of_those_named_can(check.plan.steps[1])


def test_an_actor_without_the_right_is_caught(tmp_path: Path) -> None:
    check = checked(tmp_path, CHANGES[2], lambda plan: plan._replace(actor="cho@acme.example"))
    assert found_broken(check) == 4


def test_a_step_that_is_not_needed_is_caught(tmp_path: Path) -> None:
    """An intermediate name before the desired one is not needed."""
    plain = "teams: {design: {primary_admin: ana@acme.example}}\n"
    users = "users: {ana@acme.example: {first_name: Ana}}\n"
    plan = plan_of(tmp_path, "users: {ana@acme.example: {}}\n" + plain, plain, users=users)
    before, _ = load_snapshot(tmp_path / "current.yaml")
    assert before is not None
    (update,) = plan.steps
    detour = Step.make("user.update", update.step.scope, user="ana@acme.example", first_name="Zoe", last_name=None)
    longer = plan._replace(steps=(update._replace(step=detour), update._replace(id=2, needs=(1,))))
    Checked(plan, before, CLOCK).is_needed(update)
    with pytest.raises(Broken, match=r"guarantee 5: 1 user.update .* is not needed"):
        Checked(longer, before, CLOCK).is_needed(longer.steps[0])


def test_an_effect_that_was_not_foreseen_is_caught() -> None:
    """A classic purchase gives its manager a seat that has to be removed."""
    before = Account("acme", "l-1", 1, users={"ana@acme.example": User("ana@acme.example")})
    before.teams["design"] = Team("ana@acme.example", members={"ana@acme.example"})
    facts = facts_of(before, {})
    facts["contracts"]["110"] = {
        "contract_manager": "ana@acme.example",
        "license_type": "perpetual",
        "channel": "reseller",
        "products": {"Maya 2019": {"seats": 1, "serial": "123-4"}},
    }
    found = Situation(before, facts)
    declared = found.declaration()
    assert declared is not None
    steps = list(found.plan(declared).steps)
    assert [planned.step.action for planned in steps] == ["purchase.contract", "purchase.seats", "seat.unassign"]
    check = Checked(found.plan(declared), before, CLOCK)
    check.planned_again(found.plan(declared, check.carried_out(steps)))
    with pytest.raises(Broken, match=r"guarantee 8: planned again: 1 seat.unassign"):
        check.planned_again(found.plan(declared, check.carried_out(steps[:-1])))
