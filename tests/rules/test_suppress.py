"""`policy.suppress`, its limits, and the order of findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.declaration.load import load
from seatsync.declaration.project_values import Suppress
from seatsync.finding import Finding, Location, Severity
from seatsync.rules import Checked, check, silences
from tests.rules.case_files import DAY, case_of, write

TEAMS = """\
teams:
  design: {primary_admin: ana@acme.example}
  build: {primary_admin: ana@acme.example, secondary_admins: [ana@acme.example]}
"""


def checked(entry: str, tmp_path: Path, day: str = DAY) -> Checked:
    policy = f"# policy: {{suppress: [{entry}]}}\n"
    loaded = load(write(case_of("suppress", policy + TEAMS), tmp_path))
    assert loaded.declaration is not None
    return check(loaded.declaration, day, loaded.findings)


def shown(result: Checked) -> tuple[list[str], list[str]]:
    """Return the codes of shown warnings and errors, and of suppressed findings."""
    spoken = [f.code for f in result.findings if f.severity is not Severity.INFO]
    return spoken, [s.finding.code for s in result.suppressed]


@pytest.mark.parametrize(
    ("entry", "spoken", "silent"),
    [
        ("{code: ROLE003, team: design, reason: two people only}", ["ROLE002"], ["ROLE003"]),
        ("{code: ROLE003, team: build, reason: two people only}", ["ROLE003", "ROLE002"], []),
        ("{code: ROLE002, team: build, user: ANA@acme.example, reason: soon}", ["ROLE003"], ["ROLE002"]),
        ("{code: ROLE002, team: build, user: ben@acme.example, reason: soon}", ["ROLE003", "ROLE002"], []),
        ("{code: ROLE002, user: ana@acme.example, reason: soon}", ["ROLE003"], ["ROLE002"]),
        ("{code: ROLE003, reason: in no team}", ["ROLE002"], ["ROLE003"]),
        ("{code: ROLE003, team: design, reason: x, until: 2026-06-15}", ["ROLE002"], ["ROLE003"]),
        ("{code: ROLE003, team: design, reason: x, until: 2026-06-14}", ["ROLE003", "ROLE002"], []),
    ],
)
def test_an_entry_suppresses_its_code_for_its_things(
    entry: str, spoken: list[str], silent: list[str], tmp_path: Path
) -> None:
    assert shown(checked(entry, tmp_path)) == (spoken, silent)


def test_suppressed_findings_have_their_entry(tmp_path: Path) -> None:
    result = checked("{code: ROLE003, team: design, reason: two people only, until: 2027-01-31}", tmp_path)
    (silenced,) = result.suppressed
    assert silenced.by == Suppress("ROLE003", (("team", "design"),), "two people only", "2027-01-31")
    assert silenced.finding.message == "team design has no secondary admin, so nobody backs up its primary admin"


@pytest.mark.parametrize("code", ["YAML002", "SCHEMA001", "REF001", "REF003"])
def test_some_families_cannot_be_suppressed(code: str) -> None:
    finding = Finding(code, Severity.ERROR, "", things=(("team", "design"),))
    assert not silences(Suppress(code, (("team", "design"),), "because", None), finding, DAY)


def test_findings_come_by_file_and_place(tmp_path: Path) -> None:
    files = {
        "b.yaml": "teams: {design: {primary_admin: ana@acme.example}}\n",
        "a.yaml": "users: {ana@acme.example: {nickname: A}}\nteams:\n  build: {}\n",
    }
    loaded = load(write(case_of("order", files), tmp_path))
    assert loaded.declaration is not None
    found = check(loaded.declaration, DAY, loaded.findings).findings
    assert [(str(f.location), f.code) for f in found] == [
        ("a.yaml:1:28", "SCHEMA001"),
        ("a.yaml:3:3", "ROLE001"),
        ("a.yaml:3:3", "ROLE003"),
        ("b.yaml:1:9", "ROLE003"),
    ]
    assert all(isinstance(f.location, Location) for f in found)
