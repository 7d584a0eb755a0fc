"""No value of a CI output breaks out of its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatsync.finding import Finding, Severity
from seatsync.reporting.escape import visible
from seatsync.reporting.findings import findings_ci
from seatsync.reporting.findings.findings_ci import for_github, for_gitlab
from tests.ci.env_file import BadFile, github, gitlab
from tests.reporting import any_findings
from tests.reporting.hostile import OWN, markup, naughty
from tests.reporting.rendered import rendered
from tests.reporting.workflow_commands import commands

END = "seatsync-0123"
HOSTILE = [
    "a\nverdict=sound",
    "a\r\nverdict<<x\r\nsound\r\nx",
    f"{END}x\nverdict=sound",
    "a\u2028verdict=sound",
    "\x85PATH=/tmp",
    "x<<EOF",
    "$(id) `id` ${HOME} 'a' \"b\"",
    "\ud800",
    "\0",
    *any_findings.HOSTILE,
    *OWN,
]
_TAGS = {"h3", "h4", "p", "ul", "li", "strong", "code", "br", "pre"}


def values(texts: list[str]) -> dict[str, str]:
    return {f"value-{number}": text for number, text in enumerate(texts)}


@given(st.lists(any_findings.TEXTS, max_size=5))
@example(HOSTILE)
@example(naughty())
@example(markup())
def test_no_value_breaks_out(texts: list[str]) -> None:
    there = values(texts)
    shown = [(name, visible(text)) for name, text in there.items()]
    assert github(for_github(there, END)) == shown
    assert commands(for_github(there, END)) == []
    assert gitlab(for_gitlab(there)) == [(f"SEATSYNC_{name.upper().replace('-', '_')}", text) for name, text in shown]
    assert len(for_gitlab(there).splitlines()) == len(texts)


def test_format_of_the_files() -> None:
    there = {"verdict": "sound", "has-changes": "true"}
    assert for_github(there, END) == f"verdict<<{END}\nsound\n{END}\nhas-changes<<{END}\ntrue\n{END}\n"
    assert for_gitlab(there) == "SEATSYNC_VERDICT=sound\nSEATSYNC_HAS_CHANGES=true\n"


@pytest.mark.parametrize("text", ["a\nb\n", "a<<b\nc\n"])
def test_the_parser_of_the_test(text: str) -> None:
    with pytest.raises(BadFile):
        github(text)
    with pytest.raises(BadFile):
        gitlab(text)


def summary(texts: list[str]) -> str:
    findings = [Finding("ROLE002", Severity.ERROR, text) for text in texts]
    return findings_ci.render_summary(
        texts[0], findings, [findings_ci.as_code("Log", "\n".join(texts))], findings_ci.LARGEST
    )


def test_values_on_the_page_are_not_markup() -> None:
    for text in [*HOSTILE, *naughty(), *markup()]:
        page = rendered(summary([text]))
        assert page.tags <= _TAGS, text
        assert page.found == [], text


def test_a_page() -> None:
    page = summary(["a", "b"])
    assert page == ("### seatsync: a\n\n- **error** ROLE002: a\n- **error** ROLE002: b\n\n#### Log\n\n    a\n    b\n\n")


def test_the_page_is_cut_block_by_block() -> None:
    many = [Finding("ROLE003", Severity.WARNING, "x" * 250)] * 1_000
    worse = Finding("ROLE002", Severity.ERROR, "this first")
    page = findings_ci.render_summary("much", [*many, worse], ["a" * 2_000, "b"], 61_000)
    assert len(page.encode()) <= 61_000
    assert page.startswith("### seatsync: much\n\n- **error** ROLE002: this first\n")
    left = re.search(r"- and (\d+) more findings\n", page)
    assert left is not None
    assert int(left[1]) + page.count("- **") == 1_001
    assert "aaa" not in page
    assert findings_ci.render_summary("much", many, [], 10) == ""


def test_a_log_is_cut_by_lines() -> None:
    text = findings_ci.as_code("Log", "é" * 10 + "\n" + "x" * 70 + "\n" * 2 + ("y" * 70 + "\n") * 2_000)
    assert len(text.encode()) < 61_000
    assert text.endswith("\nThe rest is in the log of the job.\n")


@pytest.mark.parametrize(
    ("severities", "text"),
    [
        ("", "nothing wrong"),
        ("i", "nothing wrong"),
        ("ew", "1 error, 1 warning"),
        ("eeww", "2 errors, 2 warnings"),
        ("w", "1 warning"),
    ],
)
def test_counts(severities: str, text: str) -> None:
    kinds = {"e": Severity.ERROR, "w": Severity.WARNING, "i": Severity.INFO}
    assert findings_ci.counts([Finding("X", kinds[each], "") for each in severities]) == text
