"""Findings as workflow commands, which GitHub's runner turns into annotations."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.finding import Finding, Location, Severity
from seatsync.reporting.escape import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(findings: Sequence[Finding], below: str) -> str:
    """Return one line per finding; `below` is the project's folder in the repository (`""`, `"config/"`)."""
    return "".join(_command(finding, below) for finding in findings)


def _command(finding: Finding, below: str) -> str:
    properties = {**_place(finding.location, below), "title": finding.code}
    written = ",".join(f"{name}={visible(value).translate(_IN_PROPERTY)}" for name, value in properties.items())
    text = "\n".join(_lines(finding)).translate(_IN_DATA)
    return f"::{_COMMANDS[finding.severity]} {written}::{text}\n"


def _place(place: Location | None, below: str) -> dict[str, str]:
    """Return the properties of a place; the runner supports columns only within one line."""
    if place is None:
        return {}
    properties = {"file": below + place.file, "line": str(place.line), "endLine": str(place.end_line)}
    if place.line == place.end_line:
        properties |= {"col": str(place.column), "endColumn": str(place.end_column)}
    return properties


def _lines(finding: Finding) -> list[str]:
    related = [f"{visible(str(other.location))}: {visible(other.message)}" for other in finding.related]
    hint = [f"hint: {visible(finding.hint)}"] if finding.hint else []
    return [visible(finding.message), *related, *hint]
