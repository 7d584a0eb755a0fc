"""The table of rules holds on their cases: extent and withholding are as declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.declaration.load import load
from seatsync.finding import Finding, Severity
from seatsync.rules import ALL_RULES, OF_REPOSITORY, Rule, check, manual
from tests.rules.case_files import Case, own_cases, write

OWN = [pytest.param(case, id=f"{code}-{kind}-{case.name}") for code, kind, case in own_cases()]
RULES = {rule.code: rule for rule in ALL_RULES}
NAMED = {"team": {"team", "subscription"}, "contract": {"contract"}}
"""The kinds of things by scope, of which each finding of the scope names at least one."""


def outside(findings: list[Finding]) -> list[str]:
    """Return the codes of findings that name nothing of the scope that their rule declares."""
    return [
        finding.code
        for finding in findings
        if (scope := RULES[finding.code].scope) in NAMED and NAMED[scope].isdisjoint(kind for kind, _ in finding.things)
    ]


@pytest.mark.parametrize("case", OWN)
def test_the_table_on_a_case(case: Case, tmp_path: Path) -> None:
    loaded = load(write(case, tmp_path))
    assert loaded.declaration is not None
    findings = [*check(loaded.declaration, case.day).findings]
    assert outside(findings) == []
    assert [finding for finding in findings if finding.severity is not RULES[finding.code].severity] == []
    known = {(finding.code, finding.things) for finding in findings}
    for finding in findings:
        for code in RULES[finding.code].withheld_by:
            assert (code, finding.things) not in known


def test_the_search_itself() -> None:
    finding = Finding("ROLE001", Severity.ERROR, "message", things=(("user", "ana@acme.example"),))
    assert outside([finding]) == ["ROLE001"]
    assert outside([finding._replace(things=(("team", "design"),))]) == []


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.code)
def test_the_row_of_a_rule(rule: Rule) -> None:
    page = manual.page(rule.code)
    assert page is not None
    assert rule.page.startswith(page.title)
    assert rule.code.rstrip("0123456789") in manual.FAMILIES
    assert set(rule.withheld_by) <= RULES.keys() - {rule.code}
    assert (rule.code in OF_REPOSITORY) is (rule.scope == "repository")
