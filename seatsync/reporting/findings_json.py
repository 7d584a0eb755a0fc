"""JSON document of findings: `seatsync/findings/1`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from seatsync.finding import Finding, Severity
from seatsync.planning.plan import finding_json
from seatsync.reporting.escape import json_safe

FORMAT = "seatsync/findings/1"


def render(findings: Sequence[Finding]) -> str:
    """Return the document with the findings in the given order and their number by severity."""
    document = {
        "format": FORMAT,
        "findings": [finding_json(finding) for finding in findings],
        "summary": {str(severity): sum(f.severity is severity for f in findings) for severity in Severity},
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"
