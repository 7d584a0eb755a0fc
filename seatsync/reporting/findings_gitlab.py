"""Findings as a GitLab code quality report, which merge requests show beside the lines."""

from __future__ import annotations

import json
from collections.abc import Sequence

from seatsync.declaration.including import PROJECT_FILE
from seatsync.finding import Finding, Location, Severity
from seatsync.reporting.escape import json_safe, visible
from seatsync.reporting.fingerprints import fingerprints

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(findings: Sequence[Finding], below: str) -> str:
    """Return the report; `below` is the project's folder in the repository (`""`, `"config/"`)."""
    report = [
        {
            "description": visible(finding.message) + (f" ({visible(finding.hint)})" if finding.hint else ""),
            "check_name": finding.code,
            "fingerprint": mark,
            "severity": _SEVERITIES[finding.severity],
            "location": _place(finding.location, below),
        }
        for finding, mark in zip(findings, fingerprints(findings), strict=True)
    ]
    return json_safe(json.dumps(report, indent=1, ensure_ascii=False)) + "\n"


def _place(place: Location | None, below: str) -> dict[str, object]:
    """Return a place; findings without one are shown at the project file."""
    if place is None:
        return {"path": below + PROJECT_FILE, "lines": {"begin": 1}}
    return {"path": below + place.file, "lines": {"begin": place.line, "end": place.end_line}}
