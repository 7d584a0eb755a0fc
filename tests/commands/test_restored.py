"""STEP009: a plan that restores something removed in the portal notes the day of the removal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.history import PORTAL
from seatsync.account.model import Scope
from seatsync.clock import Clock
from seatsync.targets.target import open_target
from tests.commands.running import DAY, Run, replace_in

DESIGN, STUDIO = Scope("team", "design"), Scope("team", "studio")
CHO, BEN = "cho@acme.example", "ben@acme.example"
NOTE = "restores what was removed outside of seatsync on 2026-11-19 (STEP009)"


def seen(*steps: Step, day: str = "2026-11-19", actor: str | None = PORTAL) -> None:
    """Record changes in the portal in the log, as seatsync does when it sees them."""
    target = open_target("sqlite:///account.db", Path.cwd(), {})
    with target.session(actor, Clock.at(day)) as session:
        outcomes = session.perform([(step, False) for step in steps])
    assert [outcome.status for outcome in outcomes] == ["done"] * len(steps), outcomes


@pytest.fixture(name="applied")
def _applied(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    replace_in(loaded / "seatsync.yaml", "50%", "100%")
    assert run("apply", "--auto-approve") == 0
    return loaded


def noted(run: Run) -> dict[str, list[str]]:
    """Return the notes of steps by action."""
    assert run("plan", "--format", "json") == 0, run.said
    steps = json.loads(run.out)["steps"]
    found = {step["action"]: step["notes"] for step in steps if "STEP009" in step["codes"]}
    assert found == {step["action"]: step["notes"] for step in steps if "notes" in step}
    return found


def test_a_person_who_was_removed_in_the_portal(applied: Path, run: Run) -> None:
    seen(Step.make("user.remove", DESIGN, user=CHO))
    assert run("plan") == 0
    assert run.out == (
        "Account acme (serial 2) at sqlite:///account.db, on 2026-11-21\n\n"
        "team design\n"
        "  1. + invite cho@acme.example\n"
        f"       {NOTE}\n"
        "  2. + assign AutoCAD to cho@acme.example\n"
        f"       {NOTE}\n\n"
        "Plan: 2 to add, 0 to change, 0 to remove.\n"
    )
    assert run("plan", "--strict", "--detailed-exitcode") == 2  # information
    assert run("drift") == 0
    assert "  - member cho@acme.example\n" in run.out.partition("Changed in the portal")[2]


def test_a_role_that_somebody_else_got_in_the_portal(applied: Path, run: Run) -> None:
    seen(Step.make("admin.change_primary", DESIGN, user=BEN))
    assert noted(run) == {"admin.change_primary": [NOTE]}


def test_removal_before_a_rename_of_team_and_person(applied: Path, run: Run) -> None:
    seen(Step.make("seat.unassign", DESIGN, product="AutoCAD", user=CHO))
    rename = Step.make("team.rename", DESIGN, to="studio")
    address = Step.make("user.change_email", Scope("account"), user=CHO, to="cho@new.example")
    seen(rename, address, actor=None)
    for file in ("teams/design.yaml", "subscriptions.yaml"):
        text = (applied / file).read_text().replace("design", "studio").replace("cho@acme", "cho@new")
        (applied / file).write_text(text)
    replace_in(applied / "users.yaml", "cho@acme", "cho@new")
    assert noted(run) == {"seat.assign": [NOTE]}


def test_restored_thing_in_a_team_renamed_by_the_plan(applied: Path, run: Run) -> None:
    seen(Step.make("seat.unassign", DESIGN, product="AutoCAD", user=CHO))
    replace_in(applied / "teams/design.yaml", "  design:\n", "  studio:\n    renamed_from: design\n")
    replace_in(applied / "subscriptions.yaml", "team: design", "team: studio")
    assert noted(run) == {"seat.assign": [NOTE]}


def test_the_last_time_counts(applied: Path, run: Run) -> None:
    seat = {"product": "AutoCAD", "user": CHO}
    seen(Step.make("seat.unassign", DESIGN, **seat), day="2026-11-12")
    seen(Step.make("seat.assign", DESIGN, **seat), day="2026-11-13", actor=None)
    assert run("plan", "--detailed-exitcode") == 0
    seen(Step.make("seat.unassign", DESIGN, **seat))
    assert noted(run) == {"seat.assign": [NOTE]}


def test_own_removals_are_restored_without_a_note(applied: Path, run: Run) -> None:
    seat = {"product": "AutoCAD", "user": CHO}
    seen(Step.make("seat.unassign", DESIGN, **seat), day="2026-11-12")
    seen(Step.make("seat.assign", DESIGN, **seat), day="2026-11-13", actor=None)
    seen(Step.make("seat.unassign", DESIGN, **seat), actor=None)
    assert noted(run) == {}
    assert run("plan", "--detailed-exitcode") == 2


def test_additions_in_the_portal_are_removed_without_a_note(applied: Path, run: Run) -> None:
    seen(Step.make("group.create", DESIGN, group="lab"))
    assert noted(run) == {}


def test_nobody_acts_as_the_portal(applied: Path, run: Run) -> None:
    assert run("apply", "--as", "portal", "--auto-approve") == 1
    assert "ACCESS002" in run.out
