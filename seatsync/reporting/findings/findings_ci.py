"""Reports for build servers: findings as GitHub commands, GitLab code quality, JUnit; a job's outputs and summary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from seatsync.declaration.files import PROJECT_FILE
from seatsync.finding import Finding, Location, Severity, has_errors, in_bulk
from seatsync.reporting.escape import code_block, json_safe, number_of, prose, visible
from seatsync.reporting.findings.findings_documents import fingerprints
from seatsync.reporting.findings.findings_pages import rows
from seatsync.reporting.findings.findings_text import LineOf, paragraphs, places
from seatsync.reporting.terminal import PLAIN

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render_github(findings: Sequence[Finding], below: str) -> str:
    """Return one line per finding; `below` is the project's folder in the repository (`""`, `"config/"`)."""
    return "".join(_command(finding, below) for finding in findings)


def _command(finding: Finding, below: str) -> str:
    properties = {**_github_place(finding.location, below), "title": finding.code}
    written = ",".join(f"{name}={visible(value).translate(_IN_PROPERTY)}" for name, value in properties.items())
    text = "\n".join(_lines(finding)).translate(_IN_DATA)
    return f"::{_COMMANDS[finding.severity]} {written}::{text}\n"


def _github_place(place: Location | None, below: str) -> dict[str, str]:
    """Return the properties of a place; the runner supports columns only within one line."""
    if place is None:
        return {}
    properties = {"file": below + place.file, "line": str(place.line), "endLine": str(place.end_line)}
    if place.line == place.end_line:
        properties |= {"col": str(place.column), "endColumn": str(place.end_column)}
    return properties


def _lines(finding: Finding) -> list[str]:
    shown, left = places(finding)
    related = [f"{visible(str(other.location))}: {visible(other.message)}" for other in shown]
    related += [left] if left else []
    hint = [f"hint: {visible(finding.hint)}"] if finding.hint else []
    return [visible(finding.message), *related, *hint]


_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render_gitlab(findings: Sequence[Finding], below: str) -> str:
    """Return the report; `below` is the project's folder in the repository (`""`, `"config/"`)."""
    report = [
        {
            "description": visible(finding.message) + (f" ({visible(finding.hint)})" if finding.hint else ""),
            "check_name": finding.code,
            "fingerprint": mark,
            "severity": _SEVERITIES[finding.severity],
            "location": _gitlab_place(finding.location, below),
        }
        for finding, mark in zip(findings, fingerprints(findings), strict=True)
    ]
    return json_safe(json.dumps(report, indent=1, ensure_ascii=False)) + "\n"


def _gitlab_place(place: Location | None, below: str) -> dict[str, object]:
    """Return a place; findings without one are shown at the project file."""
    if place is None:
        return {"path": below + PROJECT_FILE, "lines": {"begin": 1}}
    return {"path": below + place.file, "lines": {"begin": place.line, "end": place.end_line}}


def render_junit(findings: Sequence[Finding], below: str, line_of: LineOf, *, strict: bool) -> str:
    """Return the report: one test case per finding, or a passing one if there are none.

    A test case fails if its finding makes the command fail. `below` is the project's folder in the repository (`""`,
    `"config/"`).
    """
    failures = sum(has_errors([finding], strict=strict) for finding in findings)
    whole = attributes(junit_counts("seatsync", max(1, len(findings)), failures))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{whole}>",
        f" <testsuite{whole}>",
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
    yield f"  <testcase{attributes(case)}>"
    if fails:
        failure = {"type": finding.code, "message": finding.message}
        yield f"   <failure{attributes(failure)}>{text}</failure>"
    else:
        yield f"   <system-out>{text}</system-out>"
    yield "  </testcase>"


def junit_counts(name: str, tests: int, failures: int) -> dict[str, str]:
    """Return the attributes of a suite in a JUnit report, or of all suites."""
    return {"name": name, "tests": str(tests), "failures": str(failures), "errors": "0", "skipped": "0", "time": "0"}


def attributes(values: Mapping[str, str]) -> str:
    """Return the attributes of an element of XML, with a blank before each."""
    return "".join(f' {name}="{escape(visible(value))}"' for name, value in values.items())


_PREFIX = "SEATSYNC_"


def for_github(values: Mapping[str, str], delimiter: str) -> str:
    """Return outputs for the `GITHUB_OUTPUT` file.

    `delimiter` is an unpredictable text, so that no value can end its own block.
    """
    return "".join(f"{name}<<{delimiter}\n{visible(value)}\n{delimiter}\n" for name, value in values.items())


def for_gitlab(values: Mapping[str, str]) -> str:
    """Return variables for a dotenv report: `has-changes` becomes `SEATSYNC_HAS_CHANGES`."""
    return "".join(f"{_PREFIX}{name.upper().replace('-', '_')}={visible(value)}\n" for name, value in values.items())


LARGEST = 1 << 20
"""GitHub's limit for the summary of one step, in bytes."""

_FOR_FINDINGS, _FOR_LOG = 60_000, 60_000


def render_summary(line: str, findings: Sequence[Finding], blocks: Sequence[str], room: int) -> str:
    """Return the page, with as many blocks (Markdown) as fit into `room` bytes."""
    found = rows(in_bulk(findings), _FOR_FINDINGS)
    page = ""
    for block in (f"### seatsync: {prose(line)}\n", found, *blocks):
        text = f"{block}\n" if block else ""
        if _size(page + text) > room:
            break
        page += text
    return page


def as_code(title: str, log: str) -> str:
    """Return a log under a title, without any markup."""
    return f"#### {title}\n\n{code_block(log, _FOR_LOG, 'The rest is in the log of the job.')}"


def counts(findings: Sequence[Finding]) -> str:
    """Return `2 errors, 1 warning`, or `nothing wrong`."""
    shown = in_bulk(findings)
    found = [(each, sum(finding.severity is each for finding in shown)) for each in (Severity.ERROR, Severity.WARNING)]
    return ", ".join(number_of(number, str(each)) for each, number in found if number) or "nothing wrong"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
