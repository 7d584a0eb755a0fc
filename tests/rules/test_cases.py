"""Cases of every rule, beside this file and in the shared folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.rules import ALL_RULES
from tests.reading.corpora import RULE_CASES, needs
from tests.rules.case_files import Case, case_of, difference, findings_of, own_cases

OWN = [pytest.param(code, kind, case, id=f"{code}-{kind}-{case.name}") for code, kind, case in own_cases()]
GIVEN = sorted(RULE_CASES.glob("*.yaml"))


@pytest.mark.parametrize(("code", "kind", "case"), OWN)
def test_own_case(code: str, kind: str, case: Case, tmp_path: Path) -> None:
    findings = findings_of(case, tmp_path)
    assert "\n".join(difference(case, findings)) == ""
    assert (code in {finding.code for finding in findings}) is (kind == "fails")


@needs(RULE_CASES)
@pytest.mark.parametrize("path", GIVEN, ids=[path.stem for path in GIVEN])
def test_shared_case(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    case = case_of(path.stem, text)
    assert "\n".join(difference(case, findings_of(case, tmp_path))) == ""


def test_every_rule_has_cases_of_both_kinds() -> None:
    kinds = {(code, kind) for code, kind, _ in own_cases()}
    wanted = {(rule.code, kind) for rule in ALL_RULES for kind in ("passes", "fails")}
    assert wanted - kinds == set()


def test_the_comparison_of_the_test(tmp_path: Path) -> None:
    case = case_of("wrong on purpose", "teams:\n  design:  #! ROLE003@4 ROLE001\n    primary_admin: ana@acme.example\n")
    told = [line.partition(": team")[0] for line in difference(case, findings_of(case, tmp_path))]
    assert told == [
        "missing: account.yaml:2 ROLE003@4",
        "missing: account.yaml:2 ROLE001",
        "surplus: account.yaml:2 ROLE003@3",
    ]
