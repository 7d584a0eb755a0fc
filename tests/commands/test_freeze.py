"""GUARD005: `apply` refuses on the days of a freeze, `plan` warns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import Run, replace_in

FREEZE = "policy: {max_removals: 50%, freeze: [{from: 2026-12-20, until: 2027-01-06, reason: year-end closing}]}\n"
SPAN = "(from 2026-12-20 until 2027-01-06: year-end closing)"
REFUSED = f"2026-12-20 is in a freeze {SPAN}, on which nothing is applied"
HINT = "apply after 2027-01-06, or plan with --allow GUARD005 if it cannot wait"


@pytest.fixture(name="frozen")
def _frozen(loaded: Path) -> Path:
    """Return a repository whose account lacks a seat, with a freeze."""
    replace_in(loaded / "seatsync.yaml", "policy: {max_removals: 50%}\n", FREEZE)
    replace_in(loaded / "teams/design.yaml", "AutoCAD: [ben", "AutoCAD: [ana@acme.example, ben")
    return loaded


def serial(run: Run) -> int:
    run("plan", "--format", "json", "--at", "2026-12-01")
    return int(json.loads(run.out)["account"]["serial"])


def applied(run: Run, day: str, *options: str) -> int:
    return run("apply", "--auto-approve", "--at", day, *options)


def test_plan_warns_and_apply_refuses(frozen: Path, run: Run) -> None:
    before = serial(run)
    assert run("plan", "--at", "2026-12-20", "--format", "json") == 0
    (finding,) = json.loads(run.out)["findings"]
    assert [finding[key] for key in ("code", "severity", "message", "hint")] == ["GUARD005", "warning", REFUSED, HINT]
    assert run("plan", "--at", "2026-12-20", "--strict") == 1
    assert applied(run, "2026-12-20") == 1
    assert run.err == f"seatsync: GUARD005: {REFUSED}; {HINT}\n"
    assert applied(run, "2027-01-06", "--partial") == 1
    assert serial(run) == before


def test_freezes_that_follow_each_other(frozen: Path, run: Run) -> None:
    """The hint names the last day of all, but not of one after a free day."""
    more = "{from: 2027-01-07, until: 2027-01-09, reason: audit}, {from: 2027-01-11, until: 2027-01-31, reason: move}"
    replace_in(frozen / "seatsync.yaml", "year-end closing}]", f"year-end closing}}, {more}]")
    assert applied(run, "2026-12-20") == 1
    assert run.err == f"seatsync: GUARD005: {REFUSED}; {HINT.replace('2027-01-06', '2027-01-09')}\n"


@pytest.mark.parametrize("day", ["2026-12-19", "2027-01-07"])
def test_the_days_beside_a_freeze(day: str, frozen: Path, run: Run) -> None:
    assert applied(run, day) == 0
    assert serial(run) > 1


def test_an_apply_that_cannot_wait(frozen: Path, run: Run) -> None:
    before = serial(run)
    assert applied(run, "2026-12-24", "--allow", "GUARD005") == 0
    assert serial(run) > before
    assert run("account", "log") == 0
    assert "guards allowed: GUARD005" in run.out
    assert run("plan", "--at", "2026-12-01", "--allow", "GUARD005") == 0
    assert "--allow GUARD005 has no effect: the guard does not fire" in run.out


def test_a_saved_plan_is_judged_on_the_day_of_applying(frozen: Path, run: Run) -> None:
    before = serial(run)
    assert run("plan", "--at", "2026-12-19", "--out", "before.json") == 0
    assert run("plan", "--at", "2026-12-24", "--out", "within.json") == 0
    assert run("plan", "--at", "2026-12-19", "--allow", "GUARD005", "--out", "allowed.json") == 0
    for name in ("before.json", "within.json"):
        assert run("apply", name, "--auto-approve", "--at", "2026-12-25") == 1
        assert run.err == f"seatsync: GUARD005: {REFUSED.replace('12-20 is', '12-25 is')}; {HINT}\n"
    assert serial(run) == before
    assert run("apply", "allowed.json", "--auto-approve", "--at", "2026-12-25") == 0


def test_a_saved_plan_of_a_freeze_is_applied_after_it(frozen: Path, run: Run) -> None:
    assert run("plan", "--at", "2026-12-24", "--out", "within.json") == 0
    assert run("apply", "within.json", "--auto-approve", "--at", "2027-01-07") == 0


def test_an_undo_is_an_apply(frozen: Path, run: Run) -> None:
    assert applied(run, "2026-12-01") == 0
    assert applied(run, "2026-12-24", "--undo", "2") == 1
    assert "GUARD005" in run.err


def test_people_are_told_about_a_saved_plan_in_a_freeze(frozen: Path, run: Run) -> None:
    """Only what changes the account is refused."""
    replace_in(frozen / "teams/design.yaml", "[ben@acme.example]\n", "[ben@acme.example, cho@acme.example]\n")
    assert run("plan", "--at", "2026-12-24", "--out", "within.json") == 0
    assert run("notify", "--before", "within.json", "--at", "2026-12-25") == 0
    assert "cho@acme.example" in run.out


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("{from: 2027-01-06, until: 2026-12-20, reason: x}", "SCHEMA002"),
        ("{from: 2026-12-20, reason: x}", "SCHEMA001"),
        ("{from: 2026-12-20, until: 2027-01-06}", "SCHEMA001"),
        ("{from: 2026-12-32, until: 2027-01-06, reason: x}", "SCHEMA001"),
    ],
)
def test_entries_that_are_wrong(entry: str, code: str, frozen: Path, run: Run) -> None:
    replace_in(frozen / "seatsync.yaml", "{from: 2026-12-20, until: 2027-01-06, reason: year-end closing}", entry)
    for command in ("validate", "plan"):
        assert run(command, "--at", "2026-12-24", "--format", "json") == 1
        assert [finding["code"] for finding in json.loads(run.out)["findings"] if finding["severity"] == "error"] == [
            code
        ]
