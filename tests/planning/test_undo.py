"""A run taken back: the account is as before it, apart from what cannot be undone, and later changes stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.actions import Step
from seatsync.account.engine import perform
from seatsync.account.model import Account, Scope
from seatsync.account.past import Past
from seatsync.account.refusal import Refused
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.planning.make import Request
from seatsync.planning.plan import Kept, Lasting, Plan, from_json, to_json
from seatsync.planning.undo import Undoing, make_undo
from tests.planning.replay import any_order, content, replay
from tests.planning.states import pair
from tests.planning.test_whole_way import CLOCK, declared_as, plan_from
from tests.targets.sample import BEN, BUILD, BUY, BY_PEOPLE, CHO, DEE, DESIGN, ELI, FIRST, GUS, SELF_SERVICE, sample

RUN, LATER = 2, 3


def done(account: Account, steps: Iterable[Step], run: int) -> tuple[Past, ...]:
    """Steps done to an account, as the journal keeps them."""
    entries = []
    for step in steps:
        rows = perform(account, step, CLOCK)
        assert not isinstance(rows, Refused), rows.message
        account.serial = (account.serial or 0) + 1
        entries.append(Past(account.serial, run, CLOCK.stamp, None, step, rows))
    return tuple(entries)


def nothing_declared(account: Account) -> Declaration:
    """A repository that says nothing: an undo asks it for its policy only."""
    with TemporaryDirectory() as folder:
        project = f"version: 1\naccount: {account.name}\npolicy: {{max_removals: 100%}}\n"
        Path(folder, "seatsync.yaml").write_text(project, encoding="utf-8")
        declaration = load(Path(folder)).declaration
    assert declaration is not None
    return declaration


def undo(account: Account, entries: tuple[Past, ...], later: tuple[Past, ...] = (), **wish: object) -> Plan:
    request = Request(account, "file:x", CLOCK, lambda _: "account", "sha256:0", "{}", allow=("GUARD002",))
    return make_undo(nothing_declared(account), replace(request, **wish), Undoing(RUN, entries, later))  # type: ignore[arg-type]


def errors(plan: Plan) -> list[str]:
    return [finding.message for finding in plan.findings if finding.severity == "error"]


def steps_of(plan: Plan) -> list[Step]:
    return [planned.step for planned in plan.steps]


def after(account: Account, plan: Plan) -> Account:
    account = account.copy()
    done(account, steps_of(plan), RUN + 9)
    return account


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=100)
def test_a_plan_and_its_undo_lead_back(seed: int, classic: bool) -> None:  # noqa: FBT001 - drawn
    random = Random(seed)
    before, goal = pair(random, classic=classic)
    with TemporaryDirectory() as folder:
        declaration = declared_as(goal, Path(folder) / "repository")
    account = before.copy()
    entries = done(account, steps_of(plan_from(declaration, before)), RUN)
    back = undo(account, entries)
    wanted = before
    assert errors(back) == []
    assert back.undo is not None
    assert back.undo.kept == ()
    reached = replay(account, steps_of(back), wanted, CLOCK)
    assert content(reached) == content(wanted)
    order = any_order({planned.id: planned.needs for planned in back.steps}, random)
    reached = replay(account, [back.steps[number - 1].step for number in order], wanted, CLOCK)
    assert content(reached) == content(wanted)
    assert from_json(to_json(back)) == back


@given(st.integers(0, 2**32))
@settings(max_examples=60)
def test_later_changes_stay(seed: int) -> None:
    """Two runs after one another, the first undone: a legal plan, or errors that say why; never a fault."""
    random = Random(seed)
    before, middle = pair(random)
    account = before.copy()
    with TemporaryDirectory() as folder:
        first = plan_from(declared_as(middle, Path(folder) / "first"), account)
    entries = done(account, steps_of(first), RUN)
    later = done(account, _some_legal(account, random), LATER)
    back = undo(account, entries, later)
    reached = account.copy()
    for planned in back.steps:
        assert not isinstance(perform(reached, planned.step, CLOCK), Refused)
    untouched = {(row.table, row.key) for entry in later for row in entry.rows if row.table != "user"}
    untouched -= {(row.table, row.key) for entry in entries for row in entry.rows}
    now = {(row.table, row.key): row.new for row in account.rows() if row.table != "user"}
    then = {(row.table, row.key): row.new for row in reached.rows() if row.table != "user"}
    for place in untouched:
        assert then.get(place) == now.get(place), place


def _some_legal(account: Account, random: Random) -> list[Step]:
    """A few steps that can be done one after another."""
    trial, found = account.copy(), []
    for _ in range(30):
        name = random.choice(sorted(trial.teams))
        user = random.choice(sorted(trial.users))
        step = random.choice(
            [
                Step.make("group.create", Scope("team", name), group="late"),
                Step.make("group.add_member", Scope("team", name), group=random.choice(["late", "cad", "lab"]), user=user),
                Step.make("admin.assign_secondary", Scope("team", name), user=user),
                Step.make("admin.change_primary", Scope("team", name), user=user),
                Step.make("admin.revoke", Scope("team", name), user=user),
                Step.make("seat.assign", Scope("team", name), product="Revit", user=user),
                Step.make("user.remove", Scope("team", name), user=user),
                Step.make("user.invite", Scope("team", name), user=user, first_name="", last_name=""),
            ]
        )
        if not isinstance(perform(trial, step, CLOCK), Refused):
            found.append(step)
    return found


VENDOR = {"subscription.assign"}
"""What leaves something behind that only the vendor can take back."""


@pytest.mark.parametrize("step", [*SELF_SERVICE, *BY_PEOPLE], ids=lambda step: f"{step.action}-{step.scope.kind}")
def test_every_action_is_taken_back(step: Step) -> None:
    account = sample()
    entries = done(account, [step], RUN)
    plan = undo(account, entries)
    assert errors(plan) == []
    if step.action in VENDOR or step.action == "user.resend_invitation":
        assert plan.steps == ()
    else:
        assert content(after(account, plan)) == content(sample())
    assert plan.undo is not None
    assert plan.undo.kept == ()
    assert plan.undo.whole
