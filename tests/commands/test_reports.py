"""Findings in the formats of other programs: one repository in each, and the commands that offer them."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from seatsync.reading import plain_text
from tests.commands.running import DAY, Run, replace_in
from tests.gits import commit
from tests.reporting.any_findings import each_list
from tests.reporting.workflow_commands import commands

ROOT = Path(__file__).parents[2]
REPORTS = ("sarif", "junit", "github", "gitlab")
GITHUB = """\
::error file=teams/design.yaml,line=4,endLine=4,col=42,endColumn=58,title=ROLE002::\
ana@acme.example is primary admin and secondary admin of team design%0A\
teams/design.yaml:3:20: primary admin here%0Ahint: keep one of the two entries
::warning file=teams/design.yaml,line=5,endLine=5,col=17,endColumn=35,title=ROLE005::\
team design has SSO admins, but no SSO configuration%0A\
hint: add `sso:` with its domains and metadata_url, or make them secondary admins
"""
JUNIT = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="seatsync" tests="2" failures="1" errors="0" skipped="0" time="0">
 <testsuite name="seatsync" tests="2" failures="1" errors="0" skipped="0" time="0">
  <testcase classname="seatsync.ROLE002" name="ana@acme.example is primary admin and secondary admin of team \
design (teams/design.yaml)" file="teams/design.yaml" line="4" time="0">
   <failure type="ROLE002" message="ana@acme.example is primary admin and secondary admin of team \
design">teams/design.yaml:4:42: error ROLE002 ana@acme.example is primary admin and secondary admin of team design
    4 |     secondary_admins: [ben@acme.example, ana@acme.example]
      |                                          ^^^^^^^^^^^^^^^^
  teams/design.yaml:3:20: primary admin here
  hint: keep one of the two entries</failure>
  </testcase>
  <testcase classname="seatsync.ROLE005" name="team design has SSO admins, but no SSO configuration \
(teams/design.yaml)" file="teams/design.yaml" line="5" time="0">
   <system-out>teams/design.yaml:5:17: warning ROLE005 team design has SSO admins, but no SSO configuration
    5 |     sso_admins: [cho@acme.example]
      |                 ^^^^^^^^^^^^^^^^^^
  hint: add `sso:` with its domains and metadata_url, or make them secondary admins</system-out>
  </testcase>
 </testsuite>
</testsuites>
"""
GITLAB = """\
[
 {
  "description": "ana@acme.example is primary admin and secondary admin of team design (keep one of the two entries)",
  "check_name": "ROLE002",
  "fingerprint": "14f2caf36a3ec89d849dda9808eb162c566e098524086c2c14210f9a44406199",
  "severity": "major",
  "location": {
   "path": "teams/design.yaml",
   "lines": {
    "begin": 4,
    "end": 4
   }
  }
 },
 {
  "description": "team design has SSO admins, but no SSO configuration (add `sso:` with its domains and \
metadata_url, or make them secondary admins)",
  "check_name": "ROLE005",
  "fingerprint": "d2a6281ff9d479d1d6b0de7442e3ac3e2356c77da2bb9f7139b9b7c1879466b9",
  "severity": "minor",
  "location": {
   "path": "teams/design.yaml",
   "lines": {
    "begin": 5,
    "end": 5
   }
  }
 }
]
"""
RESULTS: list[dict[str, Any]] = [
    {
        "ruleId": "ROLE002",
        "ruleIndex": 17,
        "level": "error",
        "message": {
            "text": "ana@acme.example is primary admin and secondary admin of team design\n"
            "Hint: keep one of the two entries"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "teams/design.yaml", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 4, "startColumn": 42, "endLine": 4, "endColumn": 58},
                }
            }
        ],
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": {"uri": "teams/design.yaml", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 3, "startColumn": 20, "endLine": 3, "endColumn": 36},
                },
                "message": {"text": "primary admin here"},
            }
        ],
        "fingerprints": {"seatsync/v1": "14f2caf36a3ec89d849dda9808eb162c566e098524086c2c14210f9a44406199"},
        "partialFingerprints": {"primaryLocationLineHash": "14f2caf36a3ec89d849dda9808eb162c:1"},
    },
    {
        "ruleId": "ROLE005",
        "ruleIndex": 20,
        "level": "warning",
        "message": {
            "text": "team design has SSO admins, but no SSO configuration\n"
            "Hint: add `sso:` with its domains and metadata_url, or make them secondary admins"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "teams/design.yaml", "uriBaseId": "SRCROOT"},
                    "region": {"startLine": 5, "startColumn": 17, "endLine": 5, "endColumn": 35},
                }
            }
        ],
        "fingerprints": {"seatsync/v1": "d2a6281ff9d479d1d6b0de7442e3ac3e2356c77da2bb9f7139b9b7c1879466b9"},
        "partialFingerprints": {"primaryLocationLineHash": "d2a6281ff9d479d1d6b0de7442e3ac3e:1"},
    },
]


@pytest.fixture(name="wrong")
def _wrong(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with an error and a warning."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    commit(repository, "old")
    replace_in(
        repository / "teams/design.yaml",
        "[ben@acme.example]\n",
        "[ben@acme.example, ana@acme.example]\n    sso_admins: [cho@acme.example]\n",
    )
    return repository


def results(sarif: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(sarif)["runs"][0]["results"]


def test_the_reference_shows_a_result_as_it_is(folder: Path, run: Run) -> None:
    page = (ROOT / "docs/reference/findings-format.md").read_text(encoding="utf-8")
    shutil.copytree(ROOT / "examples/quickstart", folder / "quickstart", ignore=shutil.ignore_patterns(".seatsync"))
    replace_in(
        folder / "quickstart/teams/design.yaml", "[ben@acme.example]\n", "[ben@acme.example, ana@acme.example]\n"
    )
    assert run("validate", "quickstart", "--at", "2026-06-15", "--format", "sarif") == 1
    (shown,) = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert results(run.out) == [json.loads(shown)]


def test_github(wrong: Path, run: Run) -> None:
    assert run("validate", "--format", "github") == 1
    assert run.said == (GITHUB, "")


def test_junit(wrong: Path, run: Run) -> None:
    assert run("validate", "--format", "junit") == 1
    assert run.said == (JUNIT, "")


def test_gitlab(wrong: Path, run: Run) -> None:
    assert run("validate", "--format", "gitlab") == 1
    assert run.said == (GITLAB, "")


def test_sarif(wrong: Path, run: Run) -> None:
    assert run("validate", "--format", "sarif") == 1
    assert (results(run.out), run.err) == (RESULTS, "")


def test_all_of_them_beside_a_run_for_people(wrong: Path, run: Run) -> None:
    assert run("validate") == 1
    text = run.out
    assert run("validate", *(word for form in REPORTS for word in ("--output", f"{form}=found.{form}"))) == 1
    assert run.said == (text, "")
    assert (wrong / "found.github").read_text() == GITHUB
    assert (wrong / "found.junit").read_text() == JUNIT
    assert (wrong / "found.gitlab").read_text() == GITLAB
    assert results((wrong / "found.sarif").read_text()) == RESULTS


def test_warnings_fail_a_test_where_they_fail_the_run(wrong: Path, run: Run) -> None:
    replace_in(wrong / "teams/design.yaml", ", ana@acme.example]", "]")
    assert run("validate", "--format", "junit") == 0
    assert 'failures="0"' in run.out
    assert run("validate", "--format", "junit", "--strict") == 1
    assert 'failures="1"' in run.out


def test_nothing_found(repository: Path, run: Run) -> None:
    said = []
    for form in REPORTS:
        assert run("validate", "--at", DAY, "--format", form) == 0
        said.append(run.said)
    sarif, *others = said
    assert results(sarif[0]) == []
    assert [(out.count("<testcase"), len(out)) for out, _ in others] == [(1, 300), (0, 0), (0, 3)]


def test_new_findings_of_a_diff(wrong: Path, run: Run) -> None:
    assert run("diff", "old", "--format", "github") == 1
    assert run.said == (GITHUB, "")
    assert run("diff", "old", "--output", "sarif=new.sarif", "--output", "gitlab=new", "--output", "junit=new.xml") == 1
    assert results((wrong / "new.sarif").read_text()) == RESULTS
    assert (wrong / "new").read_text() == GITLAB
    assert (wrong / "new.xml").read_text() == JUNIT
    commit(wrong, "new")
    assert run("diff", "new", "--format", "github") == 0
    assert run.said == ("", "")


def test_errors_in_the_files_instead_of_a_plan(wrong: Path, run: Run) -> None:
    replace_in(wrong / "seatsync.yaml", "policy:", "polici:")
    assert run("plan", "--format", "github", "--output", "junit=found.xml") == 1
    assert run.out.startswith("::error file=seatsync.yaml,line=5,endLine=5,col=1,endColumn=7,title=SCHEMA001::")
    assert run.out.splitlines()[1:] == GITHUB.splitlines()
    assert run.err == ""
    assert 'failures="2"' in (wrong / "found.xml").read_text()


def test_errors_of_a_team_and_the_plan_of_the_others(wrong: Path, run: Run) -> None:
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("plan", "--at", DAY, "--format", "github", "--output", "junit=found.xml") == 1
    assert run.out == GITHUB
    assert (wrong / "found.xml").read_text() == JUNIT


def test_plan_reports_findings_of_files_and_account(loaded: Path, run: Run) -> None:
    replace_in(loaded / "teams/design.yaml", "[ben@acme.example]\n", "[]\n    sso_admins: [cho@acme.example]\n")
    replace_in(loaded / "teams/design.yaml", "[ben@acme.example, cho@acme.example]", "[]")
    assert run("plan", "--at", DAY, "--out", "p.json", "--output", "github=p.txt", "--output", "junit=p.xml") == 1
    found = commands((loaded / "p.txt").read_text())
    assert [(each.name, each.values["title"]) for each in found] == [
        ("error", "GUARD001"),
        ("error", "GUARD002"),
        ("warning", "ROLE003"),
        ("warning", "ROLE005"),
        ("notice", "REF005"),
    ]
    assert run("plan", "--at", DAY, "--format", "sarif") == 1
    assert [each["ruleId"] for each in results(run.out)] == [each.values["title"] for each in found]
    assert run("show", "p.json", "--format", "github") == 0
    assert [each.values["title"] for each in commands(run.out)] == ["GUARD001", "GUARD002"]
    for form in ("sarif", "junit", "gitlab"):
        assert run("show", "p.json", "--format", form) == 0
        assert "GUARD" in run.out


def test_files_are_named_from_the_top_of_the_repository(wrong: Path, run: Run) -> None:
    (wrong / "config" / "seats").mkdir(parents=True)
    for name in ("seatsync.yaml", "users.yaml", "subscriptions.yaml", "teams"):
        shutil.move(wrong / name, wrong / "config/seats" / name)
    said = [f"config/seats/teams/design.yaml{after}" for after in (",line=4", '" line="4"', '",', '",')]
    for command in (("validate", "config/seats"), ("-C", "config/seats", "diff", "old")):
        for form, file in zip(("github", "junit", "sarif", "gitlab"), said, strict=True):
            assert run(*command, "--format", form) == 1
            assert file in run.out


def test_a_finding_is_known_again_after_other_changes(wrong: Path, run: Run) -> None:
    assert run("validate", "--format", "sarif") == 1
    before = [each["fingerprints"] for each in results(run.out)]
    design = wrong / "teams/design.yaml"
    replace_in(design, "    seats:", "    members: [ben@acme.example]\n    seats:")
    replace_in(design, "    primary_admin: ana@acme.example\n", "")
    replace_in(design, "    seats:", "    primary_admin: ana@acme.example  # moved\n    seats:")
    replace_in(design, "cho@acme.example]\n    members", "cho@acme.example]  # later more\n\n    members")
    replace_in(wrong / "subscriptions.yaml", "seats: 3", "seats: 1")
    assert run("validate", "--format", "sarif") == 1
    after = {each["ruleId"]: each["fingerprints"] for each in results(run.out)}
    assert set(after) == {"ROLE002", "ROLE005", "SEAT001"}
    assert [after["ROLE002"], after["ROLE005"]] == before


# From here on, files contain every hostile string that is valid there, and no output may contain a workflow command.


def allowed(texts: list[str]) -> list[str]:
    """Return the texts that a YAML file can contain, without duplicates."""
    return [text for text in dict.fromkeys(texts) if text and plain_text.problem_in_value(text) is None]


def as_yaml(text: str) -> str:
    """Return the text in double quotes, with everything but ASCII escaped."""
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in text) + '"'


def in_quotes(text: str) -> str:
    """Return the text in single quotes, if YAML allows it."""
    return "'" + text.replace("'", "''") + "'" if text.isprintable() else as_yaml(text)


@pytest.fixture(name="hostile")
def _hostile(texts: list[str], repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a valid repository with each valid string as a person's name, and the state before it."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    commit(repository, "old")
    people = [f"  u{n}@acme.example: {{first_name: {in_quotes(text)}}}\n" for n, text in enumerate(allowed(texts))]
    more = repository / "more.yaml"
    more.write_text("users:\n" + "".join(people), encoding="utf-8")
    replace_in(repository / "seatsync.yaml", "[users.yaml,", "[users.yaml, more.yaml,")
    assert run("validate", "--format", "json") == 1
    refused = {each["line"] for each in json.loads(run.out)["findings"]}
    more.write_text("users:\n" + "".join(x for n, x in enumerate(people, 2) if n not in refused), encoding="utf-8")
    return repository


@each_list
def test_no_name_in_a_plan_commands_the_runner(hostile: Path, run: Run) -> None:
    (hostile / "empty.yaml").write_text("{account: acme, at: 2026-11-21, timezone: UTC}\n")
    assert run("validate") == 0
    for form in ("text", "json", *REPORTS):
        for command in (("plan", "--target", "file:empty.yaml"), ("diff", "old"), ("validate",)):
            run(*command, "--format", form, "-v")
            assert commands(run.err) == []
            assert form == "github" or commands(run.out) == []


@each_list
def test_no_name_in_a_finding_commands_the_runner(hostile: Path, texts: list[str], run: Run) -> None:
    names = [text for text in allowed(texts) if len(text) < 90]
    teams = "".join(
        f"  {in_quotes(text)}: {{seats: {{{as_yaml(text)}: [nobody@acme.example]}}}} # {in_quotes(text)}\n"
        for text in names
    )
    (hostile / "more.yaml").write_text(f"teams:\n{teams}", encoding="utf-8")
    asked = [("validate", "--format", form) for form in ("text", "json", "sarif", "junit", "gitlab")]
    for command in (*asked, ("validate", "--color"), ("plan", "-v"), ("diff", "old")):
        assert run(*command) == 1
        assert commands(run.out) == []
        assert commands(run.err) == []
    assert run("validate", "--format", "json") == 1
    count = len(json.loads(run.out)["findings"])
    assert count > len(names)
    assert run("validate", "--format", "github") == 1
    found = commands(run.out)
    assert len(found) == len(run.out.splitlines()) == count
    assert {each.name for each in found} <= {"error", "warning", "notice"}
    assert {tuple(each.values) for each in found} <= {
        ("file", "line", "endLine", "col", "endColumn", "title"),
        ("file", "line", "endLine", "title"),
    }
