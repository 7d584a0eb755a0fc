"""The project's own rules in commands: what they leave out of a plan, what they say about plans, and their page."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seatsync.account.unknowns import Unknown
from seatsync.declaration.load import load
from seatsync.planning.checks.plan_rules import own_findings
from seatsync.planning.plan import CostChange
from seatsync.planning.plan_file import from_json
from tests.commands.running import DAY, Run, loaded_by, replace_in, write

DIRECT = 'POLICY101: {each: seat, must: "!direct", message: seats come through groups}'
STEP = """\
POLICY103:
    each: step
    must: action != 'seat.assign' || user != 'dee@acme.example'
    message: Dee holds nothing
"""
WHOLE = 'POLICY104: {each: plan, must: "add <= 1", message: one at a time}'
CIVIL = """\
teams:
  civil: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
subscriptions:
  "574-2": {team: civil, product: Civil 3D, offering: single-user, seats: 3, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""


def rules(*texts: str) -> None:
    """Add rules to the project file."""
    with Path("seatsync.yaml").open("a", encoding="utf-8") as file:
        file.write("rules:\n" + "".join(f"  {text.rstrip()}\n" for text in texts))


def planned(run: Run, *options: str, code: int = 1) -> dict[str, Any]:
    assert run("plan", "--format", "json", "--at", DAY, *options) == code, run.said
    document: dict[str, Any] = json.loads(run.out)
    return document


def codes(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["code"], each["severity"], each["message"]) for each in document["findings"]]


@pytest.fixture(name="two_teams")
def _two_teams(repository: Path, run: Run) -> Path:
    """Return a repository with the account of it, then with a new seat in each of its two teams."""
    write(repository, {"teams/civil.yaml": CIVIL})
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    replace_in(
        repository / "users.yaml", "  cho@acme.example: {}\n", "  cho@acme.example: {}\n  dee@acme.example: {}\n"
    )
    replace_in(repository / "teams/design.yaml", "cho@acme.example]", "cho@acme.example, dee@acme.example]")
    more = "secondary_admins: [ben@acme.example], seats: {Civil 3D: [cho@acme.example]}"
    replace_in(repository / "teams/civil.yaml", "secondary_admins: [ben@acme.example]", more)
    return repository


def test_an_error_of_a_seat_leaves_its_team_out(two_teams: Path, run: Run) -> None:
    rules(DIRECT.replace("!direct", "!direct || team == 'civil'"))
    document = planned(run)
    assert document["left_out"] == [{"team": "design", "findings": ["POLICY101"]}]
    assert [(step["action"], step["scope"]["team"]) for step in document["steps"]] == [
        ("user.invite", "civil"),
        ("seat.assign", "civil"),
    ]
    assert run("apply", "--auto-approve", "--at", DAY) == 1
    assert run("apply", "--auto-approve", "--partial", "--at", DAY) == 1
    assert "2 steps done" in run.out


def test_an_error_of_a_person_stops_the_plan(two_teams: Path, run: Run) -> None:
    rules("POLICY102: {each: person, must: \"person.email != 'dee@acme.example'\", message: not Dee}")
    document = planned(run)
    assert document["format"] == "seatsync/findings/1"
    assert codes(document) == [("POLICY102", "error", "not Dee")]


def test_a_rule_about_steps_is_judged_on_the_plan(two_teams: Path, run: Run) -> None:
    rules(STEP)
    assert run("validate", "--at", DAY) == 0
    document = planned(run)
    assert codes(document) == [("POLICY103", "error", "Dee holds nothing")]
    (finding,) = document["findings"]
    assert (finding["file"], finding["line"], finding["column"]) == ("teams/design.yaml", 6, 53)
    assert document["left_out"] == []
    assert run("apply", "--auto-approve", "--at", DAY) == 1
    assert run("apply", "--auto-approve", "--partial", "--at", DAY) == 1
    assert "2 steps done" in run.out
    assert "design (POLICY103)" in run.out


def test_a_rule_about_plans_stops_apply(two_teams: Path, run: Run) -> None:
    rules(WHOLE)
    assert codes(planned(run)) == [("POLICY104", "error", "one at a time")]
    assert run("apply", "--auto-approve", "--partial", "--at", DAY) == 1
    assert planned(run)["summary"]["add"] == 4


def test_a_saved_plan_keeps_its_findings(two_teams: Path, run: Run) -> None:
    rules(STEP)
    planned(run, "--out", "plan.json")
    assert run("show", "plan.json", "--format", "sarif") == 0
    assert [each["ruleId"] for each in json.loads(run.out)["runs"][0]["results"]] == ["POLICY103"]
    assert run("apply", "plan.json", "--auto-approve", "--at", DAY) == 1
    assert "0 steps done" not in run.out
    assert "POLICY103" in run.out


def test_an_undo_is_judged_too(two_teams: Path, run: Run) -> None:
    assert run("apply", "--auto-approve", "--at", DAY) == 0
    rules("POLICY103: {each: step, must: \"kind != 'remove'\", message: nothing is removed, severity: warning}")
    document = planned(run, "--undo", "2", "--allow", "GUARD002", code=0)
    assert [(each["line"], each["message"]) for each in document["findings"]] == [
        (7, "step 1 (user.remove): nothing is removed"),
        (7, "step 2 (user.remove): nothing is removed"),
    ]


def test_severities_and_strict(two_teams: Path, run: Run) -> None:
    rules(WHOLE.replace("{", "{severity: warning, "))
    assert codes(planned(run, code=0)) == [("POLICY104", "warning", "one at a time")]
    planned(run, "--strict", code=1)


@pytest.mark.parametrize(
    "entry",
    [
        "{code: POLICY103, reason: known}",
        "{code: POLICY103, team: design, user: Dee@acme.example, product: AutoCAD, reason: known, until: 2026-11-21}",
    ],
)
def test_findings_of_plans_are_suppressed(entry: str, two_teams: Path, run: Run) -> None:
    rules(STEP)
    replace_in(two_teams / "seatsync.yaml", "max_removals: 50%", f"max_removals: 50%, suppress: [{entry}]")
    assert codes(planned(run, code=0)) == []
    if "until" in entry:
        replace_in(two_teams / "seatsync.yaml", "2026-11-21", "2026-11-20")
        assert codes(planned(run)) == [("POLICY103", "error", "Dee holds nothing")]


def test_a_step_that_cannot_be_judged_says_why(two_teams: Path, run: Run) -> None:
    rules("POLICY103: {each: step, must: \"user.startsWith('a') || group.startsWith('a')\", message: odd}")
    assert ("POLICY103", "error", "odd (not judged: startsWith is applied to null)") in codes(planned(run))


def test_a_rule_about_steps_that_takes_too_long(two_teams: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(100))
    monkeypatch.setattr("seatsync.expressions.cel.monotonic", lambda: next(seconds))
    rules(STEP)
    found = codes(planned(run))
    assert found == [("SCHEMA003", "error", "POLICY103 takes too long: 2 of 4 were judged, and the rest was not")]
    assert run("apply", "--auto-approve", "--partial", "--at", DAY) == 1


VARIABLES = """\
POLICY150: {each: step, must: "action in ['user.invite', 'seat.assign'] && kind == 'add'", message: kind}
  POLICY151: {each: step, must: "channel == 'self-service' && route == 'account' && allowed", message: channel}
  POLICY152: {each: step, must: "team in ['civil', 'design'] && contract == null", message: scope}
  POLICY153: {each: step, must: "user in ['cho@acme.example', 'dee@acme.example'] && to == null", message: user}
  POLICY154: {each: step, must: "performers == ['ana@acme.example', 'ben@acme.example']", message: performers}
  POLICY155: {each: step, must: "product == null || action == 'seat.assign'", message: product}
  POLICY156: {each: step, must: "group == null && service == null && subscription == null", message: others}
  POLICY157: {each: step, must: "actor == 'ana@acme.example' && codes.size() == 0", message: actor}
  POLICY158: {each: plan, must: "steps == 4 && add == 4 && change == 0 && remove == 0 && manual == 0", message: counts}
  POLICY159: {each: plan, must: "actions.size() == 2 && teams.size() == 2 && contracts == []", message: lists}
  POLICY160: {each: plan, must: "actor == 'ana@acme.example' && allow == [] && unknown == 0", message: more}
  POLICY161: {each: plan, must: "today == '2026-11-21' && account == 'acme' && email_domains == []", message: always}
"""


def test_what_rules_about_plans_are_told(two_teams: Path, run: Run) -> None:
    rules(VARIABLES)
    assert codes(planned(run, "--as", "Ana@acme.example", code=0)) == []


def test_what_a_mirror_does_not_know_is_unknown(two_teams: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--out", "plan.json") == 0
    rules(
        "POLICY103: {each: step, must: \"'zoe@acme.example' in performers || !allowed\", message: Zoe performs}",
        "POLICY104: {each: step, must: \"action != '' || performers.size() > 9\", message: never}",
    )
    declared = load(two_teams).declaration
    assert declared is not None
    plan = from_json(Path("plan.json").read_text(encoding="utf-8"))
    known = list(own_findings(declared.project.rules, declared, plan))
    assert [(str(each.severity), each.message) for each in known] == [("error", "Zoe performs")] * 4
    unknown = plan._replace(unknown=(Unknown("design", "roles", "users export"),))
    found = list(own_findings(declared.project.rules, declared, unknown))
    assert [(str(each.severity), each.things[0][1], each.message) for each in found] == [
        *[("error", "civil", "Zoe performs")] * 2,
        *[("warning", "design", "Zoe performs (not judged: performers is unknown)")] * 2,
    ]


def test_what_a_mirror_does_not_know_of_a_team_stays_unknown_when_it_is_renamed(two_teams: Path, run: Run) -> None:
    replace_in(two_teams / "teams/design.yaml", "  design:\n", "  studio:\n    renamed_from: design\n")
    replace_in(two_teams / "subscriptions.yaml", "team: design", "team: studio")
    assert run("plan", "--at", DAY, "--out", "plan.json") == 0, run.said
    rules("POLICY103: {each: step, must: \"'zoe@acme.example' in performers\", message: Zoe, severity: warning}")
    declared = load(two_teams).declaration
    assert declared is not None
    plan = from_json(Path("plan.json").read_text(encoding="utf-8"))
    plan = plan._replace(unknown=(Unknown("design", "roles", "users export"),))
    found = {each.things[0][1]: each.message for each in own_findings(declared.project.rules, declared, plan)}
    unknown = "Zoe (not judged: performers is unknown)"
    assert found == {"civil": "Zoe", "design": unknown, "studio": unknown}


def test_what_a_mirror_does_not_know_has_no_cost(two_teams: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--out", "plan.json") == 0
    rules("POLICY104: {each: plan, must: \"!('EUR' in cost_change) || cost_change.EUR < 1.0\", message: dearer}")
    declared = load(two_teams).declaration
    assert declared is not None
    plan = from_json(Path("plan.json").read_text(encoding="utf-8"))
    dearer = plan._replace(cost=(CostChange("EUR", (Decimal(5), Decimal(7)), (Decimal(0), Decimal(0))),))
    unknown = dearer._replace(unknown=(Unknown("design", "subscriptions", "subscriptions export"),))
    found = [list(own_findings(declared.project.rules, declared, each)) for each in (plan, dearer, unknown)]
    assert [[(str(each.severity), each.message) for each in findings] for findings in found] == [
        [],
        [("error", "dearer")],
        [("warning", "dearer (not judged: cost_change is unknown)")],
    ]


def test_the_page_of_a_rule(repository: Path, run: Run) -> None:
    rules(
        "POLICY101:\n    each: seat\n    must: \"!(person.external && product == 'Vault\\u202e')\"\n"
        '    message: "no *Vault*"\n    severity: warning\n'
        "    fails: [{person.external: true, product: Vault, person.teams: [a, b]}]\n"
    )
    assert run("explain", "policy101") == 0
    assert run.out == (
        "POLICY101 (warning): no *Vault*\n\n"
        "What: For every seat this must be true:\n\n    !(person.external && product == 'Vault\\u202e')\n\n"
        "Why: no *Vault*\n\nSource: the project's own policy, seatsync.yaml:7:3\n\n"
        "Wrong:\n    person.external: true\n    product: Vault\n    person.teams: [a, b]\n"
    )
    assert run("explain", "POLICY102") == 1
    assert run.err == "seatsync: the project has no rule POLICY102; its own rules: POLICY101\n"


def test_without_rules_nothing_of_them_is_imported() -> None:
    ours, packages = loaded_by("-C", "examples/quickstart", "validate", "--at", "2026-06-15")
    assert "cel_expr_python" not in packages
    assert [name for name in ours if "expressions" in name or "own_" in name] == []


def test_the_page_of_a_rule_outside_of_a_project(folder: Path, run: Run) -> None:
    assert run("explain", "POLICY101") == 1
    assert run.err == "seatsync: POLICY101 is a rule of a project; run this in its folder\n"


def test_sarif_describes_the_rules(repository: Path, run: Run) -> None:
    rules(DIRECT)
    assert run("validate", "--format", "sarif", "--at", DAY) == 1
    (sarif,) = json.loads(run.out)["runs"]
    described = sarif["tool"]["driver"]["rules"]
    assert described[-1]["shortDescription"] == {"text": "seats come through groups"}
    assert described[-1]["fullDescription"] == {"text": "For every seat this must be true: !direct"}
    assert {described[each["ruleIndex"]]["id"] for each in sarif["results"]} == {"POLICY101"}
