"""Batches of alike steps: which steps can be imported together, and that any plan can be carried out by its batches."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from seatsync.account.access import performers
from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.engine import perform
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.planning.assignments import candidates
from seatsync.planning.batches import Turn, batches, entry_key, hand_overs, import_key
from tests.chance import chances
from tests.planning.states import pair
from tests.planning.test_whole_way import CLOCK, declared_as, plan_from
from tests.reporting.test_plan_text import ANA, BEN, CHO, CONTRACT, DESIGN, EMPTY, SALES, planned


def invite(user: str, team: Scope = DESIGN) -> Step:
    return Step.make("user.invite", team, user=user, first_name="", last_name="")


@pytest.mark.parametrize(
    ("step", "key"),
    [
        (invite(CHO), ("user.invite", "design", "")),
        (Step.make("seat.assign", DESIGN, product="Revit", user=CHO), ("seat.assign", "design", "Revit")),
        (Step.make("group.add_member", DESIGN, group="cad", user=CHO), ("group.add_member", "design", "cad")),
        (Step.make("seat.assign", DESIGN, product="Revit", group="cad"), None),
        (Step.make("seat.unassign", DESIGN, product="Revit", user=CHO), None),
        (invite(CHO, CONTRACT), None),
        (Step.make("team.create", DESIGN, primary_admin=ANA), None),
        (Step.make("group.create", DESIGN, group="cad"), None),
        (Step.make("admin.assign_secondary", DESIGN, user=CHO), None),
        (Step.make("user.update", WHOLE_ACCOUNT, user=CHO, first_name="Cho", last_name=""), None),
        (invite("=cmd@acme.example"), None),
        (invite("+cho@acme.example"), None),
        (invite("-cho@acme.example"), None),
    ],
)
def test_what_the_portal_imports(step: Step, key: tuple[str, ...] | None) -> None:
    assert import_key(step) == key


@pytest.mark.parametrize(
    ("step", "route", "key"),
    [
        (invite(CHO), "csv", ("user.invite", "design", "")),
        (invite("=cmd@acme.example"), "csv", None),
        (invite(CHO), "console", ("user.invite", "team", "design", "", "", "")),
        (invite(CHO), "account", None),
        (invite(CHO, CONTRACT), "console", ("user.invite", "contract", CONTRACT.name, "", "", "")),
        (
            Step.make("seat.unassign", DESIGN, product="Revit", user=CHO),
            "console",
            ("seat.unassign", "team", "design", "Revit", "", ""),
        ),
        (Step.make("seat.assign", DESIGN, product="Revit", group="cad"), "console", None),
        (
            Step.make("group.remove_member", DESIGN, group="cad", user=CHO),
            "console",
            ("group.remove_member", "team", "design", "", "cad", ""),
        ),
        (
            Step.make("service.assign", CONTRACT, service="Rendering", user=CHO),
            "console",
            ("service.assign", "contract", CONTRACT.name, "", "", "Rendering"),
        ),
        (
            Step.make("user.resend_invitation", WHOLE_ACCOUNT, user=CHO),
            "console",
            ("user.resend_invitation", "account", "", "", "", ""),
        ),
        (Step.make("admin.assign_secondary", DESIGN, user=CHO), "console", None),
        (Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=CHO), "form", None),
    ],
)
def test_what_is_one_entry(step: Step, route: str, key: tuple[str, ...] | None) -> None:
    assert entry_key(planned(1, step, route=route)) == key


@pytest.mark.parametrize(
    ("able", "turns"),
    [
        ([], []),
        ([(ANA,)], [Turn(ANA, 0, 1)]),
        ([(ANA, BEN), (BEN, CHO), (CHO,)], [Turn(BEN, 0, 2), Turn(CHO, 2, 3)]),
        ([(BEN,), (ANA,), (ANA, BEN)], [Turn(BEN, 0, 1), Turn(ANA, 1, 3)]),
        ([(BEN,), (CHO,), (BEN, CHO), (ANA,), (ANA, BEN)], [Turn(BEN, 0, 1), Turn(CHO, 1, 3), Turn(ANA, 3, 5)]),
        ([(CHO,), (ANA,), (BEN, CHO)], [Turn(CHO, 0, 1), Turn(ANA, 1, 2), Turn(CHO, 2, 3)]),
        ([(), (ANA,), ()], [Turn(None, 0, 1), Turn(ANA, 1, 2), Turn(None, 2, 3)]),
    ],
)
def test_hand_overs(able: list[tuple[str, ...]], turns: list[Turn]) -> None:
    assert hand_overs(able) == turns


def ids(*steps: tuple[Step, tuple[int, ...], tuple[str, ...]]) -> list[list[int]]:
    """Return the ids of each batch of some steps, which are given with their needs and performers."""
    plan = [planned(number, step, needs=needs, performers=may) for number, (step, needs, may) in enumerate(steps, 1)]
    return [[each.id for each in batch] for batch in batches(plan)]


def test_alike_steps_take_the_place_of_the_first() -> None:
    revit = Step.make("seat.assign", DESIGN, product="Revit", user=CHO)
    found = ids(
        (invite(CHO), (), (ANA,)),
        (revit, (1,), (ANA,)),
        (invite(BEN), (), (ANA, BEN)),
        (invite(BEN, SALES), (), (ANA,)),
        (Step.make("seat.assign", DESIGN, product="Revit", user=BEN), (3,), (ANA,)),
        (Step.make("seat.assign", DESIGN, product="AutoCAD", user=BEN), (3,), (ANA,)),
    )
    assert found == [[1, 3], [2, 5], [4], [6]]


def test_step_that_is_not_ready_waits_for_the_next_batch() -> None:
    take = Step.make("seat.unassign", DESIGN, product="Revit", user=ANA)
    give = [Step.make("seat.assign", DESIGN, product="Revit", user=user) for user in (BEN, CHO, ANA)]
    found = ids((give[0], (), (ANA,)), (take, (), (ANA,)), (give[1], (2,), (ANA,)), (give[2], (1,), (ANA,)))
    assert found == [[1], [2], [3, 4]]  # 4 needs 1, so it cannot be in the same file


def test_one_person_can_do_a_whole_batch() -> None:
    found = ids((invite(ANA), (), (ANA, BEN)), (invite(BEN), (), (CHO,)), (invite(CHO), (), (BEN,)))
    assert found == [[1, 3], [2]]


def test_steps_that_nobody_may_do_are_alone() -> None:
    assert ids((invite(ANA), (), ()), (invite(BEN), (), ()), (invite(CHO), (), (BEN,))) == [[1], [2], [3]]


@given(chances())
@settings(max_examples=40)
def test_every_plan_can_be_done_by_its_batches(random: Random) -> None:
    before, after = pair(random)
    with TemporaryDirectory() as folder:
        plan = plan_from(declared_as(after, Path(folder) / "repository"), before)
    able = candidates(plan)
    found = batches(plan.steps, able=able)
    assert sorted(each.id for batch in found for each in batch) == [each.id for each in plan.steps]
    account = before.copy()
    for batch in found:
        together = set.intersection(*(set(able[each.id]) for each in batch))
        for each in batch:
            assert together <= set(performers(account, each.step))
            assert not isinstance(perform(account, each.step, CLOCK), Refused), (each, [b[0].id for b in found])
        assert len(batch) == 1 or together


def test_many_steps_of_which_one_is_ready_at_a_time() -> None:
    steps = [planned(number, invite(f"p{number}@acme.example"), needs=(number - 1,)) for number in range(1, 20_001)]
    assert len(batches(EMPTY._replace(steps=tuple(steps)).steps)) == len(steps)
