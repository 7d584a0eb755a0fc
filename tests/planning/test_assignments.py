"""Work lists of random plans: in any order that the waits allow, all people may perform their steps."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from seatsync.account.access import performers
from seatsync.account.actions.effects import Refused
from seatsync.account.engine import perform
from seatsync.planning.assignments import Assignments, assign_steps
from seatsync.planning.plan import to_json
from seatsync.planning.plan_file import from_json
from tests.chance import chances
from tests.planning.situations import situation
from tests.planning.states import pair
from tests.planning.test_whole_way import CLOCK, declared_as, plan_from
from tests.planning.words import plan_of


def in_some_order(work: Assignments, random: Random) -> list[tuple[int, str]]:
    """Return all step ids with their performers, in a random order that the lists and waits allow."""
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


@given(chances())
@settings(max_examples=40)
def test_everybody_may_do_their_steps_in_any_order(random: Random) -> None:
    check_that_everybody_may_do_their_steps(random, classic=random.random() < 0.5)


def test_a_person_leaves_a_scope_whose_admin_changes_their_name() -> None:
    check_that_everybody_may_do_their_steps(Random(33620), classic=True)


def check_that_everybody_may_do_their_steps(random: Random, *, classic: bool) -> None:
    before, after = pair(random, classic=classic)
    with TemporaryDirectory() as folder:
        declaration = declared_as(after, Path(folder) / "repository")
    plan = plan_from(declaration, before)
    work = assign_steps(plan)
    assert work == assign_steps(plan)
    steps = {planned.id: planned.step for planned in plan.steps}
    order = in_some_order(work, random)
    assert sorted([*(number for number, _ in order), *(planned.id for planned in work.unassigned)]) == sorted(steps)
    if work.unassigned:
        return
    account = before.copy()
    for number, person in order:
        assert person in performers(account, steps[number]), (order, number, steps[number])
        assert not isinstance(perform(account, steps[number], CLOCK), Refused), (order, number, steps[number])


LEAVING = """
users:
  ana@acme.example: {}
  ben@acme.example: {status: pending, invited_at: 2026-06-14}
  cho@acme.example: {}
  dee@acme.example: {}
teams:
  design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example, dee@acme.example],
           members: [cho@acme.example]}
"""


def work_of(folder: Path, declared: str, actor: str | None = None) -> dict[str, list[str]]:
    users = "users: {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}, dee@acme.example: {}}\n"
    plan = plan_of(folder, LEAVING, declared, users=users, actor=actor, policy=PRUNED)
    assert from_json(to_json(plan)).no_work == plan.no_work
    return {each.person: [planned.step.action for planned in each.steps] for each in assign_steps(plan).lists}


PRUNED = "max_removals: 100%, prune: [seats, admins, groups, members]"


def test_leavers_and_pending_people_get_no_avoidable_work(tmp_path: Path) -> None:
    declared = "teams: {design: {primary_admin: dee@acme.example, members: [ben@acme.example, cho@acme.example]}}"
    steps = ["admin.change_primary", "admin.revoke", "admin.revoke", "user.remove"]
    assert work_of(tmp_path, declared) == {"dee@acme.example": steps}


def test_leaver_performs_what_nobody_else_may(tmp_path: Path) -> None:
    declared = "teams: {design: {primary_admin: cho@acme.example, sso_admins: [dee@acme.example]}}"
    found = work_of(tmp_path, declared)
    assert "ana@acme.example" not in found
    assert "ben@acme.example" not in found
    assert [action for actions in found.values() for action in actions if action == "admin.assign_sso"]


def test_actor_gets_every_step_they_may_do(tmp_path: Path) -> None:
    declared = "teams: {design: {primary_admin: dee@acme.example, members: [ben@acme.example, cho@acme.example]}}"
    found = work_of(tmp_path, declared, "ana@acme.example")
    assert found["ana@acme.example"] == ["admin.revoke", "admin.change_primary", "admin.revoke"]


@given(chances())
@settings(max_examples=50)
def test_work_goes_to_those_who_stay(random: Random) -> None:
    found = situation(random)
    found.actor = None
    declared = found.declaration()
    if declared is None:
        return
    plan = found.plan(declared)
    for each in assign_steps(plan).lists:
        if each.person in plan.no_work:
            assert all(set(planned.performers) <= set(plan.no_work) for planned in each.steps)
