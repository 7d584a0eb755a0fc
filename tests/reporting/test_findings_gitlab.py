from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from seatsync.finding import Finding, Location, Severity
from seatsync.reporting.findings import findings_ci
from tests.reporting import any_findings


def report(findings: list[Finding], below: str = "") -> list[dict[str, Any]]:
    return list(json.loads(findings_ci.render_gitlab(findings, below)))


def test_the_report() -> None:
    findings = [
        Finding("GUARD001", Severity.WARNING, "too much", hint="remove less"),
        Finding("ROLE002", Severity.ERROR, "two roles \u202e", Location("teams/design.yaml", 4, 24, 5, 2)),
        Finding("SEAT006", Severity.INFO, "a seat", Location("teams/design.yaml", 9, 1, 9, 2)),
    ]
    assert (
        findings_ci.render_gitlab(findings, "config/")
        == """\
[
 {
  "description": "too much (remove less)",
  "check_name": "GUARD001",
  "fingerprint": "42e14e8c4ce687e1a3344682db11d296cd67f24458b0c885fc75fda2d85c6971",
  "severity": "minor",
  "location": {
   "path": "config/seatsync.yaml",
   "lines": {
    "begin": 1
   }
  }
 },
 {
  "description": "two roles \\\\u202e",
  "check_name": "ROLE002",
  "fingerprint": "8be5863543746f04f497a583777b84ba85a01527df081970e5fd663ceebcddd3",
  "severity": "major",
  "location": {
   "path": "config/teams/design.yaml",
   "lines": {
    "begin": 4,
    "end": 5
   }
  }
 },
 {
  "description": "a seat",
  "check_name": "SEAT006",
  "fingerprint": "1c191fcdb5ef713eab8dbf5777681a1cf7dd4364d2a93cac1e1e9754156d1815",
  "severity": "info",
  "location": {
   "path": "config/teams/design.yaml",
   "lines": {
    "begin": 9,
    "end": 9
   }
  }
 }
]
"""
    )


def test_nothing_found_is_an_empty_list() -> None:
    assert findings_ci.render_gitlab([], "") == "[]\n"


@given(any_findings.FINDINGS)
def test_entries_are_complete_and_fingerprints_unique(findings: list[Finding]) -> None:
    check_the_entries(findings)


@any_findings.each_list
def test_entries_of_hostile_texts(texts: list[str]) -> None:
    check_the_entries(any_findings.each_of(texts))


def check_the_entries(findings: list[Finding]) -> None:
    found = report(findings)
    assert len({entry["fingerprint"] for entry in found}) == len(findings)
    for entry, finding in zip(found, findings, strict=True):
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["check_name"] == finding.code
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert entry["location"]["path"] == ("seatsync.yaml" if finding.location is None else finding.location.file)
        assert entry["location"]["lines"]["begin"] >= 1
