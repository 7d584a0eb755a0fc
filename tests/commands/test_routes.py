"""`--route`, and plans of projects with a portal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from tests.commands.running import DAY, Run, replace_in, write

AT = ("--at", DAY)
PORTAL = {
    "seatsync.yaml": """\
version: 1
account: acme
target: file:state.yaml
include: [want.yaml]
policy: {max_removals: 100%}
portal: {import_from: 3}
""",
    "state.yaml": """\
account: acme
users: {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}}
teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example], members: [cho@acme.example]}}
subscriptions:
  574-1: {team: design, product: AutoCAD, offering: single-user, seats: 5, channel: reseller,
          contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
""",
    "want.yaml": """\
users: {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}, p1@acme.example: {}, p2@acme.example: {}}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    seats: {AutoCAD: [p1@acme.example, p2@acme.example, cho@acme.example]}
subscriptions:
  574-1: {team: design, product: AutoCAD, offering: single-user, seats: 8, channel: reseller,
          contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2027-12-31}
""",
}


@pytest.fixture(name="portal")
def _portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, PORTAL)
    return tmp_path


def test_no_step_has_the_route_of_the_account(portal: Path, run: Run) -> None:
    assert portal.is_dir()
    assert run("plan", *AT) == 0
    assert (
        run.out
        == """\
Account acme at file:state.yaml, on 2026-11-21

team design
  1. + invite p1@acme.example (console)
  2. + invite p2@acme.example (console)
  3. ~ make ben@acme.example contract manager of subscription 574-1
       by form, which ana@acme.example hands in
  4. + assign AutoCAD to cho@acme.example (csv)
  5. + assign AutoCAD to p1@acme.example (csv)
  6. + assign AutoCAD to p2@acme.example (csv)
  7. ~ order for subscription 574-1: seats 5 -> 8
       ben@acme.example buys it

7 steps in 4 entries are left to people:
  csv (import files): 3 steps in 1 entry
  console (by hand in the portal): 2 steps in 1 entry
  form: 1 step in 1 entry
  purchase: 1 step in 1 entry
  ana@acme.example: 6 steps in 3 entries (csv 1, console 1, form 1)
  ben@acme.example: 1 step in 1 entry

Waiting for people:
  step 3, team design: make ben@acme.example contract manager of subscription 574-1
    by form, which ana@acme.example hands in
  step 7, team design: order for subscription 574-1: seats 5 -> 8
    ben@acme.example buys it

Plan: 5 to add, 2 to change, 0 to remove, 7 to be done by people.
"""
    )


def test_a_saved_plan_keeps_its_routes_and_limit(portal: Path, run: Run) -> None:
    assert run("plan", *AT, "--route", "console", "--route", "purchase", "--out", "p.json") == 0
    assert run("show", "p.json", "--format", "json") == 0
    document = json.loads(run.out)
    assert [(step["id"], step["route"], step["needs"]) for step in document["steps"]] == [
        (1, "console", []),
        (2, "console", []),
    ]
    assert document["limit"] == {"routes": ["console", "purchase"], "left_out": 5}
    assert (portal / "p.json").read_text() == run.out


def test_the_routes_change_the_document_but_not_the_intent(portal: Path, run: Run) -> None:
    documents = []
    for section in ("portal: {import_from: 3}", "portal: {import_from: 4}", "timezone: UTC"):
        replace_in(portal / "seatsync.yaml", "portal: {import_from: 3}", section)
        assert run("plan", *AT, "--format", "json") == 0
        documents.append(json.loads(run.out))
        replace_in(portal / "seatsync.yaml", section, "portal: {import_from: 3}")
    assert len({each["intent"] for each in documents}) == 1
    assert len({each["digest"] for each in documents}) == 3
    assert ["work" in each for each in documents] == [True, True, False]
    assert [each["summary"]["manual"] for each in documents] == [7, 7, 2]


@pytest.fixture(name="mixed")
def _mixed(loaded: Path) -> Path:
    """Return a repository with a form and a removed seat for a store that is the account itself."""
    replace_in(loaded / "subscriptions.yaml", "contract_manager: ana@", "contract_manager: ben@")
    replace_in(
        loaded / "teams/design.yaml", "AutoCAD: [ben@acme.example, cho@acme.example]", "AutoCAD: [cho@acme.example]"
    )
    return loaded


def test_an_apply_of_one_route_leaves_the_rest_to_the_next(mixed: Path, run: Run) -> None:
    def applied() -> str | None:
        return SqlTarget(SqliteFile("sqlite:///account.db", mixed / "account.db")).read().applied_declaration

    assert run("apply", *AT, "--auto-approve") == 3
    before = applied()
    replace_in(mixed / "teams/design.yaml", "AutoCAD: [cho@acme.example]", "AutoCAD: [ben@acme.example]")
    assert run("apply", *AT, "--route", "account", "--auto-approve") == 0
    assert run.out.startswith("Account acme (serial 2) at sqlite:///account.db, on 2026-11-21, only route account\n")
    assert "step of another route, or that needs one, is left out.\n" in run.out
    assert before is not None
    assert applied() == before, "what was left out was not applied"
    assert run("drift", *AT) == 0
    assert "Drift: 0 changed in the portal" in run.out
    assert run("apply", *AT, "--route", "account", "--auto-approve") == 0
    assert "Nothing to change by route account: 1 step of another route, or that needs one, is left out.\n" in run.out
    assert applied() == before
    assert run("apply", *AT, "--auto-approve") == 3
    assert applied() != before


def test_an_undo_of_one_route_does_not_count_as_the_undo_of_the_run(mixed: Path, run: Run) -> None:
    assert mixed.is_dir()
    assert run("apply", *AT, "--auto-approve", "--hand-in") == 0
    assert run("plan", *AT, "--undo", "2", "--route", "account", "--format", "json") == 0
    document = json.loads(run.out)
    assert (document["undo"]["whole"], document["limit"]["left_out"]) == (False, 1)


def test_a_saved_plan_cannot_be_limited_any_more(mixed: Path, run: Run) -> None:
    assert mixed.is_dir()
    assert run("plan", *AT, "--out", "p.json") == 0
    assert run("apply", "p.json", *AT, "--route", "form", "--auto-approve") == 1
    assert run.err == (
        "seatsync: a saved plan already contains its --team, --route, --allow and --undo; plan again to change them\n"
    )


def test_there_is_no_such_route(run: Run) -> None:
    assert run("plan", "--route", "pigeon") == 1
    assert "'pigeon' is not a route; use one of account, api, scim, csv, console, form, support, purchase" in run.err
