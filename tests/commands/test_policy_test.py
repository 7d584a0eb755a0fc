"""`policy test`: the cases written beside the project's own rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml

from tests.commands.running import Run, replace_in, write
from tests.documents import checked

RULES = """\
version: 1
account: acme
rules:
  POLICY101:
    each: seat
    must: "!(person.external && product == 'Vault') || until != null"
    message: external people hold Vault for a time only
    passes:
      - {product: Vault}
      - {product: Vault, person.external: true, until: 2027-01-31}
    fails:
      - {product: Vault, person.external: true}
  POLICY102: {each: team, must: "secondary_admins.size() >= 2 || members.size() < 10", message: a second deputy}
  POLICY103: {each: subscription, must: "cost == null || cost <= 1000.0", message: too dear,
              passes: [{}, {cost: 1000}, {cost: 999.99}], fails: [{cost: 1000.01}]}
  POLICY104: {each: plan, must: "!('EUR' in cost_change) || cost_change.EUR < 100.0", message: dear,
              passes: [{cost_change: {USD: 500}}], fails: [{cost_change: {EUR: 100}}]}
"""


@pytest.fixture(name="project")
def _project(folder: Path) -> Path:
    write(folder, {"seatsync.yaml": RULES})
    return folder


def test_all_cases_are_right(project: Path, run: Run) -> None:
    assert run("policy", "test") == 0
    assert run.said == (
        """\
POLICY101 external people hold Vault for a time only
  ok    passes 1: product: Vault
  ok    passes 2: product: Vault, person.external: true, until: 2027-01-31
  ok    fails 1: product: Vault, person.external: true
POLICY102 a second deputy
  no cases
POLICY103 too dear
  ok    passes 1: nothing given
  ok    passes 2: cost: 1000
  ok    passes 3: cost: 999.99
  ok    fails 1: cost: 1000.01
POLICY104 dear
  ok    passes 1: cost_change: {USD: 500}
  ok    fails 1: cost_change: {EUR: 100}

9 cases of 4 rules: all right; 1 rule without cases.
""",
        "",
    )


def test_a_wrong_case_fails(project: Path, run: Run) -> None:
    replace_in(project / "seatsync.yaml", "|| until != null", "|| until < '2027'")
    assert run("policy", "test") == 1
    assert run.out.startswith(
        """\
POLICY101 external people hold Vault for a time only
  ok    passes 1: product: Vault
  wrong passes 2: product: Vault, person.external: true, until: 2027-01-31
        seatsync.yaml:10:9: breaks the rule, but should pass
  wrong fails 1: product: Vault, person.external: true
        seatsync.yaml:12:9: cannot be judged: < is applied to null
"""
    )
    assert run.out.endswith("\n9 cases of 4 rules: 2 wrong; 1 rule without cases.\n")
    replace_in(project / "seatsync.yaml", "!(person.external && product == 'Vault') || until < '2027'", "true")
    assert run("policy", "test") == 1
    assert "        seatsync.yaml:12:9: keeps the rule, but should fail\n" in run.out


def test_the_document(project: Path, run: Run) -> None:
    replace_in(project / "seatsync.yaml", "|| until != null", "|| until < '2027'")
    assert run("policy", "test", "--format", "json") == 1
    document = checked(run.out, "policy-test")
    assert document["summary"] == {"cases": 9, "wrong": 2, "rules_without_cases": 1}
    first = document["rules"][0]
    assert (first["code"], first["each"]) == ("POLICY101", "seat")
    assert [(case["kind"], case["number"], case["line"], case["column"], case["wrong"]) for case in first["cases"]] == [
        ("passes", 1, 9, 9, None),
        ("passes", 2, 10, 9, "breaks the rule, but should pass"),
        ("fails", 1, 12, 9, "cannot be judged: < is applied to null"),
    ]


def test_junit(project: Path, run: Run) -> None:
    replace_in(project / "seatsync.yaml", "|| until != null", "|| until < '2027'")
    assert run("policy", "test", "--format", "junit", "--output", "junit=again.xml") == 1
    assert Path("again.xml").read_text(encoding="utf-8") == run.out
    suites = JUnitXml.fromstring(run.out.encode())
    assert (suites.tests, suites.failures) == (9, 2)
    assert [(suite.name, suite.tests, suite.failures) for suite in suites] == [
        ("POLICY101", 3, 2),
        ("POLICY102", 0, 0),
        ("POLICY103", 4, 0),
        ("POLICY104", 2, 0),
    ]
    first = next(iter(suites))
    assert [(case.classname, [each.message for each in case.result]) for case in first] == [
        ("POLICY101", []),
        ("POLICY101", ["breaks the rule, but should pass"]),
        ("POLICY101", ["cannot be judged: < is applied to null"]),
    ]


def test_mistakes_are_findings(project: Path, run: Run) -> None:
    replace_in(project / "seatsync.yaml", "person.external: true}", "person.extern: true}")
    replace_in(project / "seatsync.yaml", "members.size() < 10", "sso < 10")
    assert run("policy", "test") == 1
    assert run.out == (
        "seatsync.yaml:12:26: error SCHEMA003 a rule about a seat has no variable 'person.extern'\n"
        "   12 |       - {product: Vault, person.extern: true}\n"
        "      |                          ^^^^^^^^^^^^^\n"
        "  hint: did you mean person.external?\n"
        "\n"
        "seatsync.yaml:13:70: error SCHEMA003 < cannot be applied to true or false and number\n"
        '   13 | …t: "secondary_admins.size() >= 2 || sso < 10", message: a second deputy}\n'
        "      |                                          ^\n"
        "\n"
        "2 errors. Run `seatsync explain SCHEMA003` for the reason and the remedy.\n"
    )
    assert run("policy", "test", "--format", "json") == 1
    assert json.loads(run.out)["format"] == "seatsync/findings/1"


def test_a_word_that_a_variable_never_is(project: Path, run: Run) -> None:
    with (project / "seatsync.yaml").open("a") as file:
        file.write("  POLICY105: {each: role, must: \"role != 'sso'\", message: none, fails: [{role: secundary}]}\n")
    assert run("policy", "test") == 1
    assert "error SCHEMA003 role is never 'secundary'\n" in run.out
    assert "hint: did you mean secondary?\n" in run.out


def test_a_project_without_rules_or_cases(project: Path, run: Run) -> None:
    write(project, {"seatsync.yaml": "version: 1\naccount: acme\n"})
    assert run("policy", "test") == 0
    assert run.out == "The project has no rules of its own; they are written under `rules` in seatsync.yaml.\n"
    rule = "rules: {POLICY101: {each: team, must: sso, message: SSO everywhere}}\n"
    write(project, {"seatsync.yaml": f"version: 1\naccount: acme\n{rule}"})
    assert run("policy", "test") == 0
    assert run.out == "POLICY101 SSO everywhere\n  no cases\nNo cases in 1 rule.\n"


def test_a_broken_project_file(project: Path, run: Run) -> None:
    write(project, {"seatsync.yaml": "version: 1\naccount: [\n"})
    assert run("policy", "test") == 1
    assert "error YAML001" in run.out
