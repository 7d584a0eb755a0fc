"""Findings as GitLab's code quality report: a list of what merge requests show beside the lines."""

from __future__ import annotations

import json
from collections.abc import Sequence

from seatsync.declaration.including import PROJECT_FILE
from seatsync.finding import Finding, Location, Severity
from seatsync.reporting.escape import json_safe, visible
from seatsync.reporting.fingerprints import fingerprints

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(findings: Sequence[Finding], below: str) -> str:
    """The report. `below`: the project's folder as seen from the top of the repository (`""`, `"config/"`)."""
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
    """Where it is shown; what concerns the run as a whole, at the project file."""
    if place is None:
        return {"path": below + PROJECT_FILE, "lines": {"begin": 1}}
    return {"path": below + place.file, "lines": {"begin": place.line, "end": place.end_line}}
