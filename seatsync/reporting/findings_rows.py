"""Findings as a Markdown list of limited size, errors first."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.finding import Finding, Severity
from seatsync.reporting.counting import number_of
from seatsync.reporting.markdown_text import code, prose

_LONGEST = 300
_ORDER = list(Severity)


def rows(findings: Sequence[Finding], most: int) -> str:
    """Return one line per finding within `most` bytes, errors first, and the number of those that do not fit."""
    texts = [_row(finding) for finding in sorted(findings, key=lambda finding: _ORDER.index(finding.severity))]
    shown = 0
    for text in texts:
        most -= len(text.encode("utf-8", "surrogatepass"))
        if most < 0:
            break
        shown += 1
    left = len(texts) - shown
    return "".join(texts[:shown]) + (f"- and {number_of(left, 'more finding')}\n" if left else "")


def _row(finding: Finding) -> str:
    where = f" ({code(_brief(str(finding.location)))})" if finding.location else ""
    hint = f"<br>{prose(_brief(finding.hint))}" if finding.hint else ""
    return f"- **{finding.severity}** {finding.code}: {prose(_brief(finding.message))}{where}{hint}\n"


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
