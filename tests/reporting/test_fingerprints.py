from __future__ import annotations

from hypothesis import given

from seatsync.finding import Finding, Location, Severity
from seatsync.reporting.findings.findings_documents import fingerprints
from tests.reporting import any_findings

THINGS = (("team", "design"), ("user", "ana@acme.example"))
TWICE = Finding(
    "ROLE002", Severity.ERROR, "ana@acme.example has 2 roles", Location("a.yaml", 4, 24, 4, 40), things=THINGS
)
KEY = Finding("YAML002", Severity.ERROR, "the key 'x' stands twice", Location("a.yaml", 9, 3, 9, 4))
OTHER = Finding("SEAT001", Severity.ERROR, "team sales assigns 9 seats of Maya", Location("a.yaml", 1, 1, 1, 2))


def moved(finding: Finding, file: str = "a.yaml", line: int = 70) -> Finding:
    return finding._replace(location=Location(file, line, 3, line, 5))


def test_parts_of_a_fingerprint() -> None:
    assert fingerprints([TWICE, KEY]) == [
        "0c30fc75a5d4d72eaa7ec5980c26445442af88a90a6cb1537e8d873c68e66355",
        "a8022a4bde577919e86cbc5e5f921fcfb005e2054e28a8f391fb6ba10422e3a8",
    ]


def test_independent_of_place_and_other_findings() -> None:
    twice, key = fingerprints([TWICE, KEY])
    assert fingerprints([OTHER, moved(KEY), moved(TWICE, "b.yaml")])[1:] == [key, twice]


def test_independent_of_numbers() -> None:
    assert fingerprints([TWICE._replace(message="ana@acme.example has 3 roles")]) == fingerprints([TWICE])


def test_depends_on_thing_and_rule_or_else_on_the_file() -> None:
    others = [
        TWICE,
        KEY,
        TWICE._replace(things=(("team", "design"), ("user", "ben@acme.example"))),
        TWICE._replace(code="ROLE003"),
        TWICE._replace(message="ana@acme.example has no role"),
        moved(KEY, "b.yaml"),
    ]
    assert len(set(fingerprints(others))) == len(others)


def test_equal_findings_are_numbered() -> None:
    first, second = fingerprints([KEY, moved(KEY)])
    assert first != second
    assert fingerprints([KEY]) == [first]
    assert fingerprints([moved(KEY, line=10), OTHER, moved(KEY, line=90)])[::2] == [first, second]


@given(any_findings.FINDINGS)
def test_unique(findings: list[Finding]) -> None:
    found = fingerprints([*findings, *findings])
    assert len(set(found)) == 2 * len(findings)
