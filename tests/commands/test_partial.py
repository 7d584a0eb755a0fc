"""Errors of one team or contract: the others are planned, and `apply --partial` applies them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.running import DAY, Run, replace_in, write
from tests.reporting.test_plan_html import Page

PROJECT = """\
version: 1
account: acme
target: sqlite:///account.db
include: ['*.part.yaml']
policy: {max_removals: 100%, prune: [seats, admins, groups, members]}
"""
USERS = """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
"""
DESIGN = """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    seats: {AutoCAD: [ben@acme.example, cho@acme.example]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
CIVIL = """\
teams:
  civil:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    seats: {Civil 3D: [ben@acme.example]}
subscriptions:
  "574-2": {team: civil, product: Civil 3D, offering: single-user, seats: 9, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
CONTRACT = """\
contracts:
  "110001234567":
    contract_manager: ana@acme.example
    license_type: perpetual
    channel: store
    products: {AutoCAD 2019: {seats: 1, serial: "123-45678901", users: [ben@acme.example]}}
    services: {Rendering: [ben@acme.example]}
"""
FILES = {
    "seatsync.yaml": PROJECT,
    "users.part.yaml": USERS,
    "design.part.yaml": DESIGN,
    "civil.part.yaml": CIVIL,
    "contract.part.yaml": CONTRACT,
}
NO_LONGER = ("cho@acme.example]}", "]}")
"""In team design, Cho is not declared any more."""
EXPIRED = ("ends: 2027-12-31", "ends: 2026-11-20")


@pytest.fixture(name="account")
def _account(folder: Path, run: Run) -> Path:
    """Return a repository that matched its account until Cho was removed from team design."""
    write(folder, FILES)
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    replace_in(folder / "design.part.yaml", ", cho@acme.example]}", "]}")
    return folder


def document(run: Run, *arguments: str) -> Any:  # noqa: ANN401 - JSON
    run("plan", "--at", DAY, "--format", "json", *arguments)
    return json.loads(run.out)


REMOVAL = f"""\
Account acme (serial 1) at sqlite:///account.db, on {DAY}

team design
  1. - remove cho@acme.example
       frees AutoCAD
       leaves the account
"""
EXPIRY = f"""\
civil.part.yaml:5:13: error SEAT003 team civil assigns Civil 3D, but no subscription to it is in term on {DAY}: \
574-2 ended on 2026-11-20
    5 |     seats: {{Civil 3D: [ben@acme.example]}}
      |             ^^^^^^^^
  civil.part.yaml:7:3: 574-2 ended on 2026-11-20
  hint: renew the subscription and correct its term, or take the seats back
"""
WITHOUT_CIVIL = """
Left out because of errors:
  team civil (SEAT003)

Plan: 0 to add, 0 to change, 1 to remove. Team civil is left out; `seatsync apply --partial` applies the rest.
"""


DONE = """
  done     team design: remove cho@acme.example

Apply: 1 step done. The account is at serial 2 (run 2).
"""


def test_an_expired_term_leaves_its_team_out(account: Path, run: Run) -> None:
    replace_in(account / "civil.part.yaml", *EXPIRED)
    assert run("plan", "--at", DAY) == 1
    assert run.said == (REMOVAL + WITHOUT_CIVIL, EXPIRY + "\n")


def test_with_team_only_errors_of_that_team_count(account: Path, run: Run) -> None:
    replace_in(account / "civil.part.yaml", *EXPIRED)
    assert run("plan", "--at", DAY, "--team", "design") == 0
    assert run.said == (
        REMOVAL + "\nPlan: 0 to add, 0 to change, 1 to remove.\n",
        "1 error outside the teams of --team; run `seatsync validate` to see all\n",
    )
    assert run("plan", "--at", DAY, "--team", "civil") == 1
    assert run.out.endswith(
        "\nLeft out because of errors:\n  team civil (SEAT003)\n\n"
        "Nothing to change in the rest: team civil is left out.\n"
    )
    assert run("apply", "--at", DAY, "--team", "design", "--auto-approve") == 0


def test_apply_does_nothing_unless_a_part_will_do(account: Path, run: Run) -> None:
    replace_in(account / "civil.part.yaml", *EXPIRED)
    assert run("apply", "--at", DAY, "--auto-approve") == 1
    assert run.out == REMOVAL + WITHOUT_CIVIL
    assert run.err.endswith("--partial skips teams and contracts with errors and applies the rest\n")
    assert run("apply", "--at", DAY, "--auto-approve", "--partial") == 1
    assert run.out == (REMOVAL + WITHOUT_CIVIL + DONE)
    assert run("apply", "--at", DAY, "--auto-approve", "--partial") == 1
    assert run.out.endswith("Nothing to change in the rest: team civil is left out.\n")


def test_an_error_found_against_the_account_leaves_its_team_out_of_a_part(account: Path, run: Run) -> None:
    replace_in(account / "civil.part.yaml", "contract_manager: ana", "contract_manager: ben")
    assert run("plan", "--at", DAY) == 1
    assert run.out.endswith("It cannot be applied: 1 error.\n")
    assert document(run)["left_out"] == []
    assert run("apply", "--at", DAY, "--auto-approve") == 1
    assert run.err == "nothing was done; --partial skips teams and contracts with errors and applies the rest\n"
    assert run("apply", "--at", DAY, "--auto-approve", "--partial") == 1
    assert run.out == (REMOVAL + WITHOUT_CIVIL.replace("SEAT003", "STEP002") + DONE)


def test_a_saved_plan_that_leaves_something_out(account: Path, run: Run) -> None:
    replace_in(account / "civil.part.yaml", *EXPIRED)
    assert run("plan", "--at", DAY, "--out", "plan.json") == 1
    assert run.err == EXPIRY + "\nsaved to plan.json\n"
    assert run("show", "plan.json") == 0
    assert run.out == REMOVAL + WITHOUT_CIVIL
    assert run("apply", "--at", DAY, "plan.json", "--auto-approve") == 1
    assert run.out == REMOVAL + WITHOUT_CIVIL
    assert run("apply", "--at", DAY, "plan.json", "--auto-approve", "--partial") == 1
    assert "done     team design: remove cho@acme.example\n" in run.out


def test_the_document_and_its_digests(account: Path, run: Run) -> None:
    whole = document(run)
    replace_in(account / "civil.part.yaml", *EXPIRED)
    part = document(run)
    assert (whole["left_out"], part["left_out"]) == ([], [{"team": "civil", "findings": ["SEAT003"]}])
    assert part["intent"] == whole["intent"]  # what is done is the same
    assert part["digest"] != whole["digest"]
    (account / "plan.json").write_text(json.dumps(part))
    assert run("show", "plan.json") == 1
    assert "PLAN002" in run.err


def test_pages_and_comments_name_exclusions_with_reasons(account: Path, run: Run) -> None:
    replace_in(account / "civil.part.yaml", *EXPIRED)
    assert run("plan", "--at", DAY, "--format", "markdown") == 1
    assert "\nLeft out because of errors: `team civil (SEAT003)`.\n" in run.out
    assert "- **error** SEAT003: team civil assigns Civil 3D" in run.out
    assert run("plan", "--at", DAY, "--format", "html") == 1
    said = Page(run.out).said
    assert "Left out because of errors team civil (SEAT003)" in said
    assert "error SEAT003 team civil assigns Civil 3D" in said
    assert run("plan", "--at", DAY, "--by-person") == 1
    assert "Left out because of errors:\n  team civil (SEAT003)\n" in run.out


def test_a_build_server_plans_the_rest_and_applies_it_if_a_part_will_do(account: Path, run: Run) -> None:
    replace_in(account / "civil.part.yaml", *EXPIRED)
    assert run("ci", "plan", "--at", DAY, "--out", "job") == 1
    assert WITHOUT_CIVIL in run.out
    assert json.loads((account / "job/plan.json").read_text())["left_out"]
    assert run("ci", "apply", "--at", DAY, "--out", "job") == 1
    assert "done     team design" not in run.out
    assert run("ci", "apply", "--at", DAY, "--out", "job", "--partial") == 1
    assert "done     team design: remove cho@acme.example\n" in run.out


CIVIL_OUT: list[dict[str, object]] = [{"team": "civil", "findings": ["REF001"]}]
LEAVES_OUT: dict[str, tuple[str, str, str, list[dict[str, object]]]] = {
    "a person of a team who is nobody": ("civil", "[ben@acme.example]}", "[nobody@acme.example]}", CIVIL_OUT),
    "a manager who is nobody": ("civil", "manager: ana@", "manager: nobody@", CIVIL_OUT),
    "a subscription of no such team": (
        "civil",
        "team: civil",
        "team: civvil",
        [{"team": "civvil", "findings": ["REF001"]}],
    ),
    "two roles": (
        "civil",
        "secondary_admins: [ben@",
        "secondary_admins: [ana@",
        [{"team": "civil", "findings": ["ROLE002"]}],
    ),
    "more seats than there are": ("civil", "seats: 9", "seats: 0", [{"team": "civil", "findings": ["SEAT001"]}]),
    "no such product": ("civil", "product: Civil 3D", "product: Revit", [{"team": "civil", "findings": ["SEAT002"]}]),
    "no contract manager": (
        "civil",
        "contract_manager: ana@acme.example, ",
        "",
        [{"team": "civil", "findings": ["ROLE004"]}],
    ),
    "declared twice": (
        "design",
        "subscriptions:",
        "  civil: {primary_admin: ben@acme.example}\nsubscriptions:",
        [{"team": "civil", "findings": ["REF002"]}],
    ),
    "a subscription declared twice": (
        "design",
        "subscriptions:",
        """subscriptions:
  "574-2": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}""",
        [{"team": "civil", "findings": ["REF002"]}, {"team": "design", "findings": ["REF002"]}],
    ),
    "one old name claimed twice": (
        "civil",
        "subscriptions:",
        "    renamed_from: old\n  third: {primary_admin: ana@acme.example, renamed_from: old}\nsubscriptions:",
        [{"team": "civil", "findings": ["REF002"]}, {"team": "third", "findings": ["REF002"]}],
    ),
    "a contract": (
        "contract",
        "users: [ben@acme.example]",
        "users: [ben@acme.example, ana@acme.example]",
        [{"contract": "110001234567", "findings": ["CLASSIC005"]}],
    ),
    "a subscription in no team": (
        "civil",
        "subscriptions:",
        """subscriptions:
  "574-9": {product: Revit, offering: single-user, seats: 1, channel: store,
    starts: 2026-01-01, ends: 2027-12-31}""",
        [{"subscription": "574-9", "findings": ["ROLE004"]}],
    ),
}


@pytest.mark.parametrize("what", LEAVES_OUT)
def test_errors_that_leave_something_out(account: Path, run: Run, what: str) -> None:
    file, old, new, left_out = LEAVES_OUT[what]
    replace_in(account / f"{file}.part.yaml", old, new)
    plan = document(run)
    assert plan["left_out"] == left_out
    assert run("plan", "--at", DAY) == 1
    removals = [step["args"]["user"] for step in plan["steps"]]
    assert removals == ([] if {"team": "design", "findings": ["REF002"]} in left_out else ["cho@acme.example"])
    assert plan["findings"] == []
    assert run("apply", "--at", DAY, "--auto-approve", "--partial") == 1
    assert document(run)["steps"] == []
    assert run("drift", "--at", DAY) == 1  # the files have errors
    assert run("account", "verify") == 0


STOPS: dict[str, tuple[str, str, str, str]] = {
    "no YAML": ("civil", "teams:", "teams: ]", "YAML001"),
    "an unknown key": ("civil", "    seats:", "    seets: {}\n    seats:", "SCHEMA001"),
    "a term that ends before it begins": ("civil", "ends: 2027-12-31", "ends: 2025-12-31", "SCHEMA002"),
    "a person declared twice": ("civil", "teams:", "users:\n  ana@acme.example: {}\nteams:", "REF002"),
    "a seat written by user": (
        "users",
        "cho@acme.example: {}",
        "cho@acme.example: {seats: {civil: [Revit]}}",
        "SEAT002",
    ),
    "a person outside of the domains": (
        "users",
        "cho@acme.example: {}",
        "cho@acme.example: {}\n  dee@other.example: {}",
        "POLICY001",
    ),
    "a person who is protected and not declared": ("users", "  cho@acme.example: {}\n", "", "POLICY003"),
}


@pytest.mark.parametrize("what", STOPS)
def test_errors_that_stop_everything(account: Path, run: Run, what: str) -> None:
    file, old, new, code = STOPS[what]
    lists = "email_domains: [acme.example], protected: {users: [cho@acme.example]}, "
    replace_in(account / "seatsync.yaml", "policy: {", f"policy: {{{lists}")
    replace_in(account / f"{file}.part.yaml", old, new)
    for arguments in ([], ["--team", "design"]):
        assert run("plan", "--at", DAY, "--format", "json", *arguments) == 1
        found = json.loads(run.out)
        assert found["format"] == "seatsync/findings/1"
        assert code in {finding["code"] for finding in found["findings"]}
        assert run("apply", "--at", DAY, "--auto-approve", "--partial", *arguments) == 1
        assert run.out.partition("error ")[2].startswith(code)


def test_strictly_a_warning_leaves_its_team_out(account: Path, run: Run) -> None:
    replace_in(account / "civil.part.yaml", "    secondary_admins: [ben@acme.example]\n", "")
    replace_in(
        account / "civil.part.yaml", "[ben@acme.example]}", "[ben@acme.example]}\n    members: [ben@acme.example]"
    )
    assert document(run)["left_out"] == []
    assert document(run, "--strict")["left_out"] == [{"team": "civil", "findings": ["ROLE003"]}]


def test_a_team_that_is_left_out_keeps_its_old_name_too(account: Path, run: Run) -> None:
    replace_in(account / "seatsync.yaml", "prune: [", "prune: [teams, ")
    replace_in(account / "civil.part.yaml", "  civil:\n", "  roads:\n    renamed_from: civil\n")
    replace_in(account / "civil.part.yaml", "team: civil", "team: roads")
    replace_in(account / "civil.part.yaml", *EXPIRED)
    plan = document(run)
    assert plan["left_out"] == [{"team": "roads", "findings": ["SEAT003"]}]
    assert [step["scope"] for step in plan["steps"]] == [{"team": "design"}]


def test_nobody_leaves_the_account_because_their_new_team_is_left_out(account: Path, run: Run) -> None:
    replace_in(account / "civil.part.yaml", "[ben@acme.example]}", "[ben@acme.example, cho@acme.example]}")
    moved = document(run)
    assert [step["action"] for step in moved["steps"]] == ["user.invite", "seat.assign", "user.remove"]
    replace_in(account / "civil.part.yaml", *EXPIRED)
    plan = document(run)
    assert [(step["action"], step["args"]["user"]) for step in plan["steps"]] == [("seat.unassign", "cho@acme.example")]
    assert {"team": "design", "user": "cho@acme.example"} in plan["unmanaged"]
    assert run("apply", "--at", DAY, "--auto-approve", "--partial") == 1
    replace_in(account / "civil.part.yaml", *reversed(EXPIRED))
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    assert run("plan", "--at", DAY, "--detailed-exitcode") == 0


def test_leaver_of_an_excluded_team_is_removed_later(account: Path, run: Run) -> None:
    replace_in(account / "seatsync.yaml", ", prune: [seats, admins, groups, members]", "")
    replace_in(account / "civil.part.yaml", "    seats:", "    members: [cho@acme.example]\n    seats:")
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    replace_in(account / "civil.part.yaml", "    members: [cho@acme.example]\n", "")
    replace_in(account / "civil.part.yaml", *EXPIRED)
    replace_in(account / "design.part.yaml", "[ben@acme.example]}", "[ben@acme.example, ana@acme.example]}")
    assert run("apply", "--at", DAY, "--auto-approve", "--partial") == 1
    replace_in(account / "civil.part.yaml", *reversed(EXPIRED))
    plan = document(run)
    assert [(step["action"], step["scope"]) for step in plan["steps"]] == [("user.remove", {"team": "civil"})]


def test_a_guard_that_names_a_team_leaves_it_out(account: Path, run: Run) -> None:
    replace_in(account / "civil.part.yaml", "    seats: {Civil 3D: [ben@acme.example]}\n", "    groups: {}\n")
    replace_in(account / "design.part.yaml", "[ben@acme.example]}", "[ben@acme.example, ana@acme.example]}")
    replace_in(account / "seatsync.yaml", "policy: {", "policy: {protected: {teams: [civil]}, ")
    plan = document(run)
    assert {finding["code"] for finding in plan["findings"]} == {"GUARD002", "GUARD004"}
    assert run("apply", "--at", DAY, "--auto-approve", "--partial") == 1
    assert "  team civil (GUARD002, GUARD004)\n" in run.out
    assert "done     team design: assign AutoCAD to ana@acme.example\n" in run.out
    assert "team civil: take" not in run.out


def test_a_guard_of_the_whole_plan_stops_a_part_too(account: Path, run: Run) -> None:
    replace_in(account / "seatsync.yaml", "max_removals: 100%", "max_removals: 0")
    replace_in(account / "civil.part.yaml", *EXPIRED)
    assert run("apply", "--at", DAY, "--auto-approve", "--partial") == 1
    assert "It cannot be applied: 2 errors." in run.out
    assert "done" not in run.out
