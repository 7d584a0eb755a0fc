"""JUnit reports, checked with a third-party reader."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reporting.escape import visible
from seatsync.reporting.findings import findings_ci
from seatsync.reporting.findings.findings_text import paragraphs
from seatsync.reporting.terminal import PLAIN
from tests.reporting import any_findings

junitparser = pytest.importorskip("junitparser", reason="junitparser is not installed")

LINE = '    secondary_admins: ["<ana@acme.example>"]'
PLACE = Location("teams/design.yaml", 4, 24, 4, 44)
FINDINGS = [
    Finding("GUARD001", Severity.INFO, "1 < 2"),
    Finding("ROLE002", Severity.ERROR, 'two "roles"', PLACE, "keep one", "S1", (Related(PLACE, "here"),)),
    Finding("ROLE003", Severity.WARNING, "no secondary admin", PLACE),
]


def rendered(findings: list[Finding], line: str = LINE, *, strict: bool = False) -> str:
    return findings_ci.render_junit(findings, "config/", lambda _: line, strict=strict)


def test_the_report() -> None:
    assert (
        rendered(FINDINGS)
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="seatsync" tests="3" failures="1" errors="0" skipped="0" time="0">
 <testsuite name="seatsync" tests="3" failures="1" errors="0" skipped="0" time="0">
  <testcase classname="seatsync.GUARD001" name="1 &lt; 2" time="0">
   <system-out>info GUARD001 1 &lt; 2</system-out>
  </testcase>
  <testcase classname="seatsync.ROLE002" name="two &quot;roles&quot; (teams/design.yaml)" \
file="config/teams/design.yaml" line="4" time="0">
   <failure type="ROLE002" message="two &quot;roles&quot;">teams/design.yaml:4:24: error ROLE002 two "roles"
    4 |     secondary_admins: ["&lt;ana@acme.example&gt;"]
      |                        ^^^^^^^^^^^^^^^^^^^^
  teams/design.yaml:4:24: here
  hint: keep one</failure>
  </testcase>
  <testcase classname="seatsync.ROLE003" name="no secondary admin (teams/design.yaml)" \
file="config/teams/design.yaml" line="4" time="0">
   <system-out>teams/design.yaml:4:24: warning ROLE003 no secondary admin
    4 |     secondary_admins: ["&lt;ana@acme.example&gt;"]
      |                        ^^^^^^^^^^^^^^^^^^^^</system-out>
  </testcase>
 </testsuite>
</testsuites>
"""
    )


def test_no_findings_are_a_passing_test() -> None:
    assert (
        rendered([])
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="seatsync" tests="1" failures="0" errors="0" skipped="0" time="0">
 <testsuite name="seatsync" tests="1" failures="0" errors="0" skipped="0" time="0">
  <testcase classname="seatsync" name="nothing found" time="0"/>
 </testsuite>
</testsuites>
"""
    )


@pytest.mark.parametrize("strict", [False, True])
@given(findings=any_findings.FINDINGS, line=any_findings.TEXTS)
@example(findings=[], line="")
def test_junitparser_reads_the_same(findings: list[Finding], line: str, *, strict: bool) -> None:
    check_what_junitparser_reads(findings, "".join(line.splitlines()), strict=strict)


@pytest.mark.parametrize("strict", [False, True])
@any_findings.each_list
def test_junitparser_reads_the_same_of_hostile_texts(texts: list[str], *, strict: bool) -> None:
    check_what_junitparser_reads(any_findings.each_of(texts), "]]></failure>", strict=strict)


def check_what_junitparser_reads(findings: list[Finding], line: str, *, strict: bool) -> None:
    read = junitparser.JUnitXml.fromstring(rendered(findings, line, strict=strict).encode())
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    (suite,) = read
    assert (suite.tests, suite.failures) == (max(1, len(findings)), sum(f.severity in failing for f in findings))
    counted = (suite.tests, suite.failures, suite.errors, suite.skipped)
    suite.update_statistics()
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == counted
    for case, finding in zip(suite, findings, strict=bool(findings)):
        text = paragraphs([finding], lambda _: line, PLAIN).rstrip("\n")
        assert case.classname == f"seatsync.{finding.code}"
        if finding.severity in failing:
            (failure,) = case.result
            assert (failure.type, failure.message, failure.text) == (finding.code, visible(finding.message), text)
        else:
            assert (case.result, case.system_out) == ([], text)


def test_a_place_is_given_where_there_is_one() -> None:
    nowhere, somewhere = rendered(FINDINGS[:2]).split("</testcase>")[:2]
    assert "file=" not in nowhere
    assert ' file="config/teams/design.yaml" line="4"' in somewhere
