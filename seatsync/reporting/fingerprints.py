"""Fingerprints of findings that are stable across runs, for tools that track findings."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from seatsync.finding import Finding

_NUMBER = re.compile(r"\d+")


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """Return one fingerprint per finding, in order: 64 hexadecimal digits, unique within a run.

    A fingerprint depends on the rule, the things concerned and the message, and on the file if no thing is concerned.
    Places and numbers are ignored, because counts, dates and lines change while the finding remains. Findings that are
    equal in all of this are numbered in order.
    """
    seen: Counter[str] = Counter()
    found = []
    for finding in findings:
        text = _identity(finding)
        seen[text] += 1
        found.append(sha256(f"{seen[text]} {text}".encode()).hexdigest())
    return found


def _identity(finding: Finding) -> str:
    """Return a text that is equal for equal findings."""
    file = finding.location.file if finding.location is not None and not finding.things else ""
    return json.dumps([finding.code, sorted(finding.things), file, _NUMBER.sub("0", finding.message)])
