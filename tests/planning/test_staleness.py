"""Plans on accounts that have changed since they were made."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.access import performers
from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.engine import attempt, perform
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.planning.checks.staleness import Moved, moved_on
from seatsync.planning.plan import Plan, PlannedStep
from tests.planning.test_undo import done, make
from tests.targets.sample import (
    ANA,
    BEN,
    BUILD,
    BUY,
    BY_PEOPLE,
    CLOCK,
    DEE,
    DESIGN,
    FAY,
    FIRST,
    GUS,
    SELF_SERVICE,
    sample,
)

STEPS = [*SELF_SERVICE, *BY_PEOPLE]
OLD = Scope("team", "old")


def moved(plan: Plan, *later: Step) -> Moved:
    account = sample()
    return moved_on(plan, account, done(account, later, 3), CLOCK)


def planned(account: Account, *steps: Step) -> Plan:
    """Return a plan of steps with their performers."""
    numbered = []
    for number, step in enumerate(steps, 1):
        action, able = ACTIONS[step.action], tuple(performers(account, step))
        numbered.append(PlannedStep(number, step, action.kind, action.channel, "account", performers=able))
        perform(account, step, CLOCK)
    return Plan("acme", "9b1c", 0, "file:x", None, "2026-06-15", f"sha256:{0:064}", "{}", steps=tuple(numbered))


RENAME_DEE = make("user.update", WHOLE_ACCOUNT, user=DEE, first_name="x", last_name="")
RENAME_GUS = make("user.update", WHOLE_ACCOUNT, user=GUS, first_name="G", last_name="")
NEW_TEAM = make("team.create", Scope("team", "new"), primary_admin=ANA)
TRANSFER = make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN)
TAKES_SEAT = make("seat.assign", DESIGN, product="Maya", user=GUS)


@pytest.mark.parametrize(
    ("step", "later"),
    [
        pytest.param(TAKES_SEAT, make("group.create", BUILD, group="x"), id="another team"),
        pytest.param(TAKES_SEAT, make("support.assign", FIRST, user=BEN), id="a contract"),
        pytest.param(TAKES_SEAT, make("admin.assign_secondary", BUILD, user=ANA), id="a role elsewhere"),
        pytest.param(make("group.create", BUILD, group="x"), BUY, id="a purchase for another team"),
        pytest.param(RENAME_GUS, BY_PEOPLE[3], id="a person"),
    ],
)
def test_not_in_the_way(step: Step, later: Step) -> None:
    found = moved(planned(sample(), step), later)
    assert found.harmless


@pytest.mark.parametrize(
    ("step", "later"),
    [
        pytest.param(TAKES_SEAT, make("seat.assign", DESIGN, product="Maya", user=FAY), id="the pool"),
        pytest.param(TAKES_SEAT, BUY, id="the pool grows"),
        pytest.param(TAKES_SEAT, make("admin.revoke", DESIGN, user=BEN), id="the performers"),
        pytest.param(TAKES_SEAT, make("user.invite", BUILD, user=GUS, first_name="", last_name=""), id="the person"),
        pytest.param(
            make("user.remove", FIRST, user=DEE),
            RENAME_DEE,
            id="names",
        ),
        pytest.param(
            RENAME_GUS,
            make("admin.revoke", DESIGN, user=BEN),
            id="who may change a person",
        ),
        pytest.param(
            Step("subscription.move", DESIGN, (("subscription", "574-4"), ("from", "build"))),
            make("group.create", BUILD, group="x"),
            id="the team that a subscription leaves",
        ),
        pytest.param(
            make("team.rename", OLD, to="new"),
            NEW_TEAM,
            id="a new name",
        ),
        pytest.param(
            make("contract_manager.transfer", WHOLE_ACCOUNT, subscription="574-3", user=BEN),
            make("subscription.assign", BUILD, subscription="574-3"),
            id="the subscription",
        ),
        pytest.param(
            NEW_TEAM,
            TRANSFER,
            id="a manager",
        ),
    ],
)
def test_in_the_way(step: Step, later: Step) -> None:
    found = moved(planned(sample(), step), later)
    assert found.in_the_way == {1}
    assert not found.harmless


def test_performers_are_compared_step_by_step() -> None:
    """A new contract manager is not in the plan, but may create its team."""
    later = make("contract_manager.transfer", DESIGN, subscription="574-1", user=DEE)
    found = moved(planned(sample(), make("team.create", Scope("team", "x"), primary_admin=BEN)), later)
    assert found.broken is None or found.broken[1] == "other people may perform it now"


def test_a_step_that_is_done_already_is_broken() -> None:
    found = moved(planned(sample(), TAKES_SEAT, make("group.create", DESIGN, group="x")), TAKES_SEAT)
    assert found.in_the_way == {1}
    assert found.broken is not None
    assert found.broken[0].id == 1
    assert found.broken[1].endswith("already")


@given(st.sampled_from(STEPS), st.sampled_from(STEPS))
@settings(max_examples=150, deadline=None)
def test_harmless_changes_commute_with_the_plan(mine: Step, theirs: Step) -> None:
    """Harmless changes commute with the plan: rows and account are the same in either order."""
    before, account = sample(), sample()
    entries = done(account, [theirs], 3)
    if not moved_on(planned(sample(), mine), account, entries, CLOCK).harmless:
        return
    assert attempt(account, mine, CLOCK) == attempt(before, mine, CLOCK)
    one = account.copy()
    perform(one, mine, CLOCK)
    perform(before, mine, CLOCK)
    assert not isinstance(perform(before, theirs, CLOCK), Refused)
    before.serial = one.serial
    assert one == before
