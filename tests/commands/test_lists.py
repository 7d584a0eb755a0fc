"""Named lists through the commands: what they declare, where they stop a plan, who owns them, and how they change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in, write

FILES = {
    "seatsync.yaml": """\
version: 1
account: acme
target: file:now.yaml
include: [people.yaml, lists/*.yaml, teams.yaml, subscriptions.yaml]
policy: {max_removals: 100%}
""",
    "now.yaml": """\
account: acme
users: {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}, dee@acme.example: {}}
teams:
  civil: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example, cho@acme.example]}
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example, cho@acme.example]
    seats: {AutoCAD: [dee@acme.example]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "574-2": {team: civil, product: Revit, offering: flex, tokens: 100, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
""",
    "people.yaml": """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
  dee@acme.example: {}
""",
    "lists/core.yaml": """\
lists:
  core:
    members:
      # the first of us
      - ben@acme.example
      - {list: leads, until: 2027-01-31}
""",
    "lists/leads.yaml": "lists: {leads: {members: [cho@acme.example]}}\n",
    "teams.yaml": """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [{list: core}]
    seats: {AutoCAD: [dee@acme.example]}
  civil:
    primary_admin: ana@acme.example
    secondary_admins: [{list: core}]
""",
    "subscriptions.yaml": """\
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "574-2": {team: civil, product: Revit, offering: flex, tokens: 100, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
""",
}


@pytest.fixture(name="files")
def _files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    write(folder, FILES)
    return folder


def steps(run: Run, *arguments: str) -> list[str]:
    """Return the steps of the plan, with the places that ask for them."""
    run("plan", "--format", "json", *arguments)
    return [
        f"{step['action']} {step['args'].get('user')} in {step['scope']['team']}: "
        f"{step['reason']['file']}:{step['reason']['line']}:{step['reason']['column']}"
        for step in json.loads(run.out)["steps"]
    ]


def test_people_of_lists_are_declared_on_their_days(files: Path, run: Run) -> None:
    assert run("validate") == 0
    assert steps(run) == []
    assert steps(run, "--at", "2027-01-31") == []
    assert steps(run, "--at", "2027-02-01") == [
        "admin.revoke cho@acme.example in civil: teams.yaml:8:5",
        "admin.revoke cho@acme.example in design: teams.yaml:4:5",
    ]


def test_a_new_person_of_a_list_is_asked_for_by_the_mention(files: Path, run: Run) -> None:
    replace_in(files / "lists/leads.yaml", "cho@acme.example", "cho@acme.example, dee@acme.example")
    assert steps(run) == [
        "user.invite dee@acme.example in civil: teams.yaml:8:31",
        "admin.assign_secondary dee@acme.example in civil: teams.yaml:8:31",
        "admin.assign_secondary dee@acme.example in design: teams.yaml:4:31",
    ]


def test_an_unknown_list_leaves_its_team_out(files: Path, run: Run) -> None:
    replace_in(files / "teams.yaml", "{list: core}]\n    seats", "{list: croe}]\n    seats")
    assert run("plan", "--format", "json") == 1
    assert json.loads(run.out)["left_out"] == [{"team": "design", "findings": ["REF004"]}]


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("[cho@", "[choo@", "lists/leads.yaml:1:27: error REF001 choo@acme.example is not declared"),
        (
            "[cho@",
            "[{list: core}, cho@",
            "lists/leads.yaml:1:34: error REF004 list core contains itself, through list leads",
        ),
        ("leads:", "heads:", "lists/core.yaml:6:16: error REF004 list leads is not declared"),
    ],
)
def test_errors_below_lists_stop_every_plan(files: Path, run: Run, old: str, new: str, finding: str) -> None:
    replace_in(files / "lists/leads.yaml", old, new)
    assert run("plan") == 1
    assert run.out.splitlines()[0] == finding
    assert run.err == ""
    assert run("validate") == 1
    assert [line for line in run.out.splitlines() if ": error " in line] == [finding]


def test_a_finding_about_a_person_is_at_the_mention(files: Path, run: Run) -> None:
    replace_in(
        files / "teams.yaml",
        "    secondary_admins: [{list: core}]\n    seats",
        "    secondary_admins: []\n    sso_admins: [ben@acme.example]\n    external_users: [{list: core}]\n    seats",
    )
    run("validate")
    assert (
        run.out[run.out.index("teams.yaml:6:29") :]
        == """\
teams.yaml:6:29: error ROLE002 ben@acme.example is SSO admin and external user of team design
    6 |     external_users: [{list: core}]
      |                             ^^^^
  lists/core.yaml:5:9: listed here
  teams.yaml:5:18: SSO admin here
  hint: keep one of the two entries

1 error, 2 warnings. Run `seatsync explain ROLE002` for the reason and the remedy.
"""
    )


def test_overlapping_lists_are_no_second_role_and_no_second_seat(files: Path, run: Run) -> None:
    replace_in(
        files / "teams.yaml", "[{list: core}]\n    seats", "[ben@acme.example, {list: leads}, {list: core}]\n    seats"
    )
    replace_in(
        files / "teams.yaml",
        "[dee@acme.example]",
        "[dee@acme.example, ben@acme.example, {list: core}, {list: core, until: 2027-06-30}]",
    )
    assert run("validate") == 0
    assert run.out == "Nothing wrong: 2 teams, 4 people, 2 subscriptions.\n"


def test_people_of_lists_count_as_entries(files: Path, run: Run) -> None:
    replace_in(files / "seatsync.yaml", "{max_removals: 100%}", "{min_secondary_admins: 3}")
    assert run("validate") == 1
    assert [line for line in run.out.splitlines() if " error " in line] == [
        "teams.yaml:2:3: error POLICY002 team design has 2 of the 3 secondary admins that the policy requires",
        "teams.yaml:6:3: error POLICY002 team civil has 2 of the 3 secondary admins that the policy requires",
    ]


def test_entries_of_lists_that_are_over(files: Path, run: Run) -> None:
    run("validate", "--at", "2027-02-01")
    assert (
        run.out
        == """\
lists/core.yaml:6:30: info TIME001 the entry of list leads for list core ended on 2027-01-31
    6 |       - {list: leads, until: 2027-01-31}
      |                              ^^^^^^^^^^
  hint: remove the entry, or correct its year

1 piece of information. Run `seatsync explain TIME001` for the reason and the remedy.
"""
    )


def test_why_names_the_list(files: Path, run: Run) -> None:
    assert run("why", "cho@acme.example") == 0
    assert "\n  teams.yaml:4:31, until 2027-01-31\n  through list core: lists/leads.yaml:1:27\n" in run.out
    assert run("why", "cho@acme.example", "--format", "json") == 0
    entry = json.loads(run.out)["roles"][0]["entries"][0]
    assert (entry["list"], entry["list_at"]["file"], entry["list_at"]["line"]) == ("core", "lists/leads.yaml", 1)


def test_forecast_shows_the_people_of_a_list(files: Path, run: Run) -> None:
    assert run("forecast", "--days", "100") == 0
    assert (
        run.out
        == """\
Account acme, 2026-11-21 to 2027-03-01

2027-02-01
  - team civil: cho@acme.example as secondary admin (until 2027-01-31)
  - team design: cho@acme.example as secondary admin (until 2027-01-31)

Forecast: 2 changes, and nothing runs short.
"""
    )


def test_owners_of_a_list_are_those_of_the_teams_that_mention_it(files: Path, run: Run) -> None:
    (files / ".git").mkdir()
    replace_in(files / "teams.yaml", "[{list: core}]\n    seats", "[dee@acme.example]\n    seats")
    replace_in(files / "lists/leads.yaml", "cho@", "ben@")
    replace_in(files / "lists/core.yaml", "ben@", "cho@")
    write(files, {"lists/unused.yaml": "lists: {unused: {members: [dee@acme.example]}}\n"})
    assert run("codeowners") == 0
    text = (files / "CODEOWNERS").read_text()
    assert [line for line in text.splitlines() if line.startswith("/lists")] == [
        "/lists/*.yaml ana@acme.example",
        "/lists/core.yaml ana@acme.example ben@acme.example cho@acme.example",
        "/lists/leads.yaml ana@acme.example ben@acme.example cho@acme.example",
        "/lists/unused.yaml ana@acme.example",
    ]


def test_leavers_leave_their_lists(files: Path, run: Run) -> None:
    assert run("edit", "offboard", "ben@acme.example") == 0
    assert (
        files / "lists/core.yaml"
    ).read_text() == "lists:\n  core:\n    members:\n      - {list: leads, until: 2027-01-31}\n"
    assert (files / "teams.yaml").read_text() == FILES["teams.yaml"]
    assert run("validate") == 0


def test_an_edit_of_one_mention_is_refused(files: Path, run: Run) -> None:
    assert run("edit", "promote", "ben@acme.example", "primary", "--team", "design") == 1
    assert run.err == (
        "seatsync: secondary admin of team design is declared through list core (lists/core.yaml:5); "
        "nothing was written; change it by hand\n"
    )
    assert {name: (files / name).read_text() for name in FILES} == FILES


def test_a_repository_with_lists_is_a_state(files: Path, run: Run) -> None:
    write(files / "other", {name: text for name, text in FILES.items() if name != "now.yaml"})
    assert run("plan", "--target", "file:other", "--detailed-exitcode") == 0
    replace_in(files / "other/teams.yaml", "{list: core}]\n    seats", "{list: croe}]\n    seats")
    assert run("plan", "--target", "file:other") == 1
    assert "REF004" in run.out + run.err


def test_canonical_form(files: Path, run: Run) -> None:
    members = "[{until: 2027-01-31, list: 'x y'}, eli@acme.example, {list: a}, cho@acme.example]"
    text = f"teams: {{}}\nlists: {{b: {{members: {members}}}}}\n"
    write(files, {"lists/core.yaml": text})
    assert run("fmt") == 0
    assert (
        (files / "lists/core.yaml").read_text()
        == """\
lists: {b: {members: [{list: a}, cho@acme.example, eli@acme.example, {list: "x y", until: 2027-01-31}]}}

teams: {}
"""
    )


def test_own_rules_judge_people_of_lists(files: Path, run: Run) -> None:
    must = "{each: role, must: 'person.email != \"cho@acme.example\"', message: not Cho, severity: warning}"
    write(files, {"seatsync.yaml": f"{FILES['seatsync.yaml']}rules: {{POLICY101: {must}}}\n"})
    assert run("validate") == 0
    assert (
        run.out.partition("\n\n")[0]
        == """\
teams.yaml:4:31: warning POLICY101 not Cho
    4 |     secondary_admins: [{list: core}]
      |                               ^^^^
  lists/leads.yaml:1:27: listed here
  seatsync.yaml:6:9: must: person.email != "cho@acme.example\""""
    )


def test_an_anchor_for_people_is_answered_with_lists(files: Path, run: Run) -> None:
    teams = "x: &core [ben@acme.example]\nteams: {design: {primary_admin: ana@acme.example, secondary_admins: *core}}\n"
    write(files, {"teams.yaml": teams})
    assert run("validate") == 1
    assert (
        run.out.partition("\n\n")[0]
        == """\
teams.yaml:1:4: error YAML004 anchors are not supported
    1 | x: &core [ben@acme.example]
      |    ^^^^^
  hint: write the value out wherever it is needed, or name people once under `lists`"""
    )
