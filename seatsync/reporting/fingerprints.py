"""By what a finding is known again in the next run: for those who keep findings from run to run."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from seatsync.finding import Finding

_NUMBER = re.compile(r"\d+")


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """One a finding, in their order: 64 hexadecimal digits, no two alike in a run.

    A finding is known by its rule, by what it is about and by its sentence; one that is about no thing, by its file
    too. Where it stands makes no difference, nor do numbers: counts, days and lines change while it is still the same.
    Of several that have all of it in common, each is known by its place in their order.
    """
    seen: Counter[str] = Counter()
    found = []
    for finding in findings:
        text = _identity(finding)
        seen[text] += 1
        found.append(sha256(f"{seen[text]} {text}".encode()).hexdigest())
    return found


def _identity(finding: Finding) -> str:
    """What two findings have in common that are the same."""
    file = finding.location.file if finding.location is not None and not finding.things else ""
    return json.dumps([finding.code, sorted(finding.things), file, _NUMBER.sub("0", finding.message)])
