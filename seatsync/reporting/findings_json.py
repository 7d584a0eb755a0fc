"""Findings as the document that programs read: `seatsync/findings/1`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from seatsync.finding import Finding, Severity
from seatsync.planning.plan import finding_json
from seatsync.reporting.escape import json_safe

FORMAT = "seatsync/findings/1"


def render(findings: Sequence[Finding]) -> str:
    """The document, findings in the order given, with how many there are of each severity."""
    document = {
        "format": FORMAT,
        "findings": [finding_json(finding) for finding in findings],
        "summary": {str(severity): sum(f.severity is severity for f in findings) for severity in Severity},
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"
