"""The estimate of calls and minutes that the API takes for the steps of a plan."""

from __future__ import annotations

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Scope
from seatsync.planning.plan import MachineWork
from seatsync.portal.call_estimate import TeamSize, calls_of, lists_everybody, machine_work, minutes_of, pages
from tests.portal.test_routing import PEOPLE, assign, invite
from tests.reporting.test_plan_text import ANA, DESIGN, SALES, planned

SMALL = TeamSize(people=9, pools=3)


def assign_in(team: Scope, number: int) -> Step:
    return Step.make("seat.assign", team, product="Revit", user=f"n{number}@acme.example")


@pytest.mark.parametrize(("items", "calls"), [(0, 1), (1, 1), (100, 1), (101, 2), (10_000, 100)])
def test_pages(items: int, calls: int) -> None:
    assert pages(items) == calls


def test_a_whole_list_is_read_where_that_takes_fewer_calls() -> None:
    assert [lists_everybody(wanted, 250) for wanted in (0, 3, 4)] == [False, False, True]


@pytest.mark.parametrize(
    ("steps", "size", "calls"),
    [
        ([], SMALL, 0),
        ([invite(ANA)], SMALL, 2),
        ([assign(ANA)], SMALL, 1 + 1 + 2),  # pools, person, step
        ([assign(ANA), assign(ANA, "AutoCAD")], SMALL, 1 + 1 + 4),
        ([invite(ANA), assign(ANA)], SMALL, 2 + 1 + 2),  # the answer to the invitation has the id
        ([assign(ANA), invite(ANA)], SMALL, 1 + 1 + 2 + 2),
        ([assign(user) for user in PEOPLE], SMALL, 1 + 1 + 18),  # everybody in one list
        ([assign(user) for user in PEOPLE], TeamSize(2000, 101), 2 + 9 + 18),
        ([assign("ANA@acme.example"), assign(ANA, "AutoCAD")], SMALL, 1 + 1 + 4),
    ],
)
def test_calls_of_a_team(steps: list[Step], size: TeamSize, calls: int) -> None:
    assert calls_of([planned(number, step) for number, step in enumerate(steps, 1)], size) == calls


def test_a_step_with_an_open_case_is_asked_about_first() -> None:
    steps = [planned(1, invite(ANA), route="api", case="CASE-1"), planned(2, assign(ANA), route="api")]
    assert calls_of(steps, SMALL) == (1 + 2) + (1 + 2)
    assert machine_work(steps, {"design": SMALL}) == (MachineWork("api", "design", 2, 6, 0),)
    assert calls_of([each._replace(case=None) for each in steps], SMALL) == 2 + (1 + 2)


def test_minutes_of_a_team() -> None:
    assert [minutes_of(calls) for calls in (0, 1, 50, 51, 100, 101, 550, 551)] == [0, 0, 0, 1, 1, 2, 10, 11]


def test_each_team_has_its_own_allowance() -> None:
    steps = [
        *(assign_in(DESIGN, number) for number in range(30)),  # 1 + 1 + 60 calls: a minute has to pass
        *(assign_in(SALES, number) for number in range(24)),  # 1 + 1 + 48 calls: all of them after that minute
        *(assign_in(DESIGN, number) for number in range(30, 60)),
    ]
    numbered = [planned(number, step, route="api") for number, step in enumerate(steps, 1)]
    sizes = {"design": TeamSize(80, 2), "sales": TeamSize(30, 1)}
    assert machine_work(numbered, sizes) == (
        MachineWork("api", "design", 60, 122, 2),
        MachineWork("api", "sales", 24, 50, 1),
    )


def test_steps_of_people_take_no_calls() -> None:
    assert machine_work([planned(1, assign(ANA), route="console"), planned(2, invite(ANA), route="csv")], {}) == ()
