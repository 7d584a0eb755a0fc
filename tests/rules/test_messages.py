"""A repository that breaks every rule, and the whole of what is said of it."""

from __future__ import annotations

from pathlib import Path

from seatsync.finding import Finding, Severity
from seatsync.rules import ALL_RULES
from tests.rules.case_files import HERE, Case, case_of, findings_of

WHOLE = HERE / "whole"


def told(finding: Finding) -> str:
    """A finding as text, with everything that it carries."""
    lines = [
        f"{finding.location} {finding.severity} {finding.code} {finding.message}",
        f"  hint: {finding.hint}",
        *(f"  see {related.location}: {related.message}" for related in finding.related),
        f"  about {', '.join(' '.join(thing) for thing in finding.things)} [{finding.source}]",
    ]
    return "\n".join(lines) + "\n"


def errors(case: Case, folder: Path) -> list[Finding]:
    """The errors in a case."""
    return [finding for finding in findings_of(case, folder) if finding.severity is Severity.ERROR]


def test_everything_that_is_said(tmp_path: Path) -> None:
    case = case_of("whole", (WHOLE / "account.yaml").read_text(encoding="utf-8"))
    findings = findings_of(case, tmp_path)
    assert "".join(map(told, findings)) == (WHOLE / "expected.txt").read_text(encoding="utf-8")
    unsaid = {rule.code for rule in ALL_RULES} - {finding.code for finding in findings}
    assert unsaid == {"POLICY002"}  # it speaks where ROLE003 does not


def test_what_is_said_of_an_old_name(tmp_path: Path) -> None:
    text = (
        "teams:\n"
        "  design: {renamed_from: drafting, primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}\n"
        "subscriptions:\n"
        "  s-1: {team: drafting, product: AutoCAD, offering: flex, tokens: 1, channel: store,\n"
        "        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}\n"
    )
    (finding,) = errors(case_of("renamed", text), tmp_path)
    assert told(finding) == (
        "account.yaml:4:15 error REF001 team drafting is not declared\n"
        "  hint: team design was renamed from it; write the new name\n"
        "  about team drafting []\n"
    )


def test_what_is_said_of_a_term_to_come(tmp_path: Path) -> None:
    text = (
        "teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example],\n"
        "                 seats: {AutoCAD: [ben@acme.example]}}}\n"
        "subscriptions:\n"
        "  s-1: {team: design, product: AutoCAD, offering: flex, tokens: 1, channel: store,\n"
        "        contract_manager: ana@acme.example, starts: 2026-06-16, ends: 2026-12-31}\n"
    )
    (finding,) = errors(case_of("to come", text), tmp_path)
    assert told(finding) == (
        "account.yaml:2:26 error SEAT003 team design assigns AutoCAD, but no subscription to it is in term on"
        " 2026-06-15: s-1 begins on 2026-06-16\n"
        "  hint: correct its term, or let the seats begin with it (`from`)\n"
        "  see account.yaml:4:3: s-1 begins on 2026-06-16\n"
        "  about team design, product AutoCAD [S4]\n"
    )
