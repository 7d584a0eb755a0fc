"""Findings as a JUnit report, for build servers that show test results only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from seatsync.finding import Finding, has_errors
from seatsync.reporting.escape import visible
from seatsync.reporting.findings_text import LineOf, paragraphs
from seatsync.reporting.paint import PLAIN


def render(findings: Sequence[Finding], below: str, line_of: LineOf, *, strict: bool) -> str:
    """Return the report: one test case per finding, or a passing one if there are none.

    A test case fails if its finding makes the command fail. `below` is the project's folder in the repository (`""`,
    `"config/"`).
    """
    failures = sum(has_errors([finding], strict=strict) for finding in findings)
    counts = f'tests="{max(1, len(findings))}" failures="{failures}" errors="0" skipped="0" time="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="seatsync" {counts}>',
        f' <testsuite name="seatsync" {counts}>',
        *([] if findings else ['  <testcase classname="seatsync" name="nothing found" time="0"/>']),
    ]
    for finding in findings:
        lines += _case(finding, below, line_of, fails=has_errors([finding], strict=strict))
    return "".join(f"{line}\n" for line in [*lines, " </testsuite>", "</testsuites>"])


def _case(finding: Finding, below: str, line_of: LineOf, *, fails: bool) -> Iterator[str]:
    place = finding.location
    where = {} if place is None else {"file": below + place.file, "line": str(place.line)}
    text = escape(paragraphs([finding], line_of, PLAIN).rstrip("\n"), quote=False)
    name = finding.message if place is None else f"{finding.message} ({place.file})"
    case = {"classname": f"seatsync.{finding.code}", "name": name, **where, "time": "0"}
    yield f"  <testcase{_attributes(case)}>"
    if fails:
        failure = {"type": finding.code, "message": finding.message}
        yield f"   <failure{_attributes(failure)}>{text}</failure>"
    else:
        yield f"   <system-out>{text}</system-out>"
    yield "  </testcase>"


def _attributes(values: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(visible(value))}"' for name, value in values.items())
