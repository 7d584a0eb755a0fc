"""Messages of all rules, for a repository that breaks every one of them."""

from __future__ import annotations

import os
from pathlib import Path

from seatsync.finding import Finding, Severity
from seatsync.rules import ALL_RULES
from tests.rules.case_files import HERE, Case, case_of, findings_of, whole_files

EXPECTED = HERE / "whole" / "expected.txt"


def as_text(finding: Finding) -> str:
    """Return a finding as text with all of its fields."""
    lines = [
        f"{finding.location} {finding.severity} {finding.code} {finding.message}",
        f"  hint: {finding.hint}",
        *(f"  see {related.location}: {related.message}" for related in finding.related),
        f"  about {', '.join(' '.join(thing) for thing in finding.things)} [{finding.source}]",
    ]
    return "\n".join(lines) + "\n"


def errors(case: Case, folder: Path) -> list[Finding]:
    """Return the errors in a case."""
    return [finding for finding in findings_of(case, folder) if finding.severity is Severity.ERROR]


def test_all_messages(tmp_path: Path) -> None:
    findings = findings_of(case_of("whole", whole_files()), tmp_path)
    text = "".join(map(as_text, findings))
    if "UPDATE_FINDINGS" in os.environ:
        EXPECTED.write_text(text, encoding="utf-8")
    assert text == EXPECTED.read_text(encoding="utf-8"), "to write the findings anew, set UPDATE_FINDINGS=1"
    missing = {rule.code for rule in ALL_RULES} - {finding.code for finding in findings}
    assert missing == {"POLICY002"}  # excludes ROLE003


def test_message_for_an_old_name(tmp_path: Path) -> None:
    text = (
        "teams:\n"
        "  design: {renamed_from: drafting, primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}\n"
        "subscriptions:\n"
        "  s-1: {team: drafting, product: AutoCAD, offering: flex, tokens: 1, channel: store,\n"
        "        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}\n"
    )
    (finding,) = errors(case_of("renamed", text), tmp_path)
    assert as_text(finding) == (
        "account.yaml:4:15 error REF001 team drafting is not declared\n"
        "  hint: it was renamed to design; use the new name\n"
        "  about team drafting []\n"
    )


def test_message_for_a_future_term(tmp_path: Path) -> None:
    text = (
        "teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example],\n"
        "                 seats: {AutoCAD: [ben@acme.example]}}}\n"
        "subscriptions:\n"
        "  s-1: {team: design, product: AutoCAD, offering: flex, tokens: 1, channel: store,\n"
        "        contract_manager: ana@acme.example, starts: 2026-06-16, ends: 2026-12-31}\n"
    )
    (finding,) = errors(case_of("to come", text), tmp_path)
    assert as_text(finding) == (
        "account.yaml:2:26 error SEAT003 team design assigns AutoCAD, but no subscription to it is in term on"
        " 2026-06-15: s-1 begins on 2026-06-16\n"
        "  hint: correct its term, or start the seats with it (`from`)\n"
        "  see account.yaml:4:3: s-1 begins on 2026-06-16\n"
        "  about team design, product AutoCAD [S4]\n"
    )
