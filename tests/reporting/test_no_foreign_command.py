"""No text of a finding is executed by a CI runner."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.finding import Finding, Location
from seatsync.reporting.escape import visible
from seatsync.reporting.formats import FINDINGS, RenderOptions
from seatsync.reporting.terminal import PLAIN, Paint
from tests.reporting import any_findings
from tests.reporting.workflow_commands import Command, command, commands

OTHERS = sorted(FINDINGS.keys() - {"github"})
LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def looks(line: str, paint: Paint = PLAIN) -> RenderOptions:
    return RenderOptions(lambda _: line, paint)


def expected(finding: Finding) -> Command:
    """Return the only command that a finding should become."""
    related = [f"{visible(str(other.location))}: {visible(other.message)}" for other in finding.related]
    hint = [f"hint: {visible(finding.hint)}"] if finding.hint else []
    place = finding.location
    values = {} if place is None else place_of(place)
    data = "\n".join([visible(finding.message), *related, *hint])
    return Command(LEVELS[finding.severity], {**values, "title": finding.code}, data)


def place_of(place: Location) -> dict[str, str]:
    values = {"file": visible(place.file), "line": str(place.line), "endLine": str(place.end_line)}
    if place.line == place.end_line:
        values |= {"col": str(place.column), "endColumn": str(place.end_column)}
    return {name: value for name, value in values.items() if value}


@given(any_findings.FINDINGS)
def test_a_finding_is_exactly_one_command(findings: list[Finding]) -> None:
    check_the_commands(findings)


@any_findings.each_list
def test_a_hostile_text_is_exactly_one_command(texts: list[str]) -> None:
    check_the_commands(any_findings.each_of(texts))


def check_the_commands(findings: list[Finding]) -> None:
    log = FINDINGS["github"](findings, looks(""))
    assert commands(log) == [expected(finding) for finding in findings]
    assert len(log.splitlines()) == len(findings)


@pytest.mark.parametrize("form", OTHERS)
@settings(max_examples=40)
@given(findings=any_findings.FINDINGS, line=any_findings.TEXTS)
def test_the_other_formats_have_no_command(form: str, findings: list[Finding], line: str) -> None:
    check_for_no_command(form, findings, "".join(line.splitlines()))


@pytest.mark.parametrize("form", OTHERS)
@any_findings.each_list
def test_the_other_formats_have_no_command_with_hostile_texts(form: str, texts: list[str]) -> None:
    check_for_no_command(form, any_findings.each_of(texts), "a ##[error]b")


def check_for_no_command(form: str, findings: list[Finding], line: str) -> None:
    assert commands(FINDINGS[form](findings, looks(line))) == []
    assert commands(FINDINGS[form](findings, looks(line, Paint(on=True)))) == []


@given(st.lists(any_findings.TEXTS, max_size=3))
def test_nothing_shown_is_a_command(texts: Sequence[str]) -> None:
    assert commands("\n".join(visible(text) for text in texts)) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("::error::x", Command("error", {}, "x")),
        (
            "  ::error file=a%2Cb%3Ac,line=3::x%0Ay::z%25",
            Command("error", {"file": "a,b:c", "line": "3"}, "x\ny::z%"),
        ),
        ("\u200b:\u00ad:group::", Command("group")),
        ("a ##[group a=b;c=d]e", Command("[group", {"a": "b", "c": "d"}, "e")),
        ("a #\u034f#vso[task]e", Command("vso[task", {}, "e")),
        ("a ::error::x", None),
        ("::error", None),
        ("## [a]", None),
        ("##[a", None),
    ],
)
def test_the_parser_of_the_test(line: str, found: Command | None) -> None:
    assert command(line) == found
