"""Random changes of a repository lead to findings, never to an exception."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.declaration.load import load
from seatsync.rules import check
from tests.rules.case_files import case_of, findings_of, whole_files, write

FILES = whole_files()
TEXT = FILES["account.yaml"]
PLACES = [match.span() for match in re.finditer(r"[\w@.-]+|[\[\]{}:,]", TEXT)]
OTHER = [
    "",
    "null",
    "7",
    "-1",
    "[]",
    "{}",
    "[7]",
    "{a: b}",
    "x",
    "ana@acme.example",
    "1999-01-01",
    "true",
    "''",
    "{user: 7}",
    "{list: core}",
    "{list: core, from: 2026-07-01}",
]


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(OTHER)), min_size=1, max_size=3))
def test_a_changed_repository_yields_findings(changes: list[tuple[tuple[int, int], str]]) -> None:
    text = TEXT
    for (start, end), other in sorted(changes, reverse=True):
        text = text[:start] + other + text[end:]
    with tempfile.TemporaryDirectory() as folder:
        for finding in findings_of(case_of("changed", {**FILES, "account.yaml": text}), Path(folder)):
            assert finding.message


def test_any_day(tmp_path: Path) -> None:
    declaration = load(write(case_of("whole", FILES), tmp_path)).declaration
    assert declaration is not None
    for day in ("0001-01-01", "2026-02-28", "9999-12-31"):
        assert check(declaration, day).findings
        assert check(declaration, day) == check(declaration, day)
