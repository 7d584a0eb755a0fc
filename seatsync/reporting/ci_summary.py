"""Markdown summary page of a CI job: its result, findings and reports."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.finding import Finding, Severity
from seatsync.reporting.counting import number_of
from seatsync.reporting.findings_rows import rows
from seatsync.reporting.markdown_text import code_block, prose

LARGEST = 1 << 20
"""GitHub's limit for the summary of one step, in bytes."""

_FOR_FINDINGS, _FOR_LOG = 60_000, 60_000


def render(line: str, findings: Sequence[Finding], blocks: Sequence[str], room: int) -> str:
    """Return the page, with as many blocks (Markdown) as fit into `room` bytes."""
    found = rows(findings, _FOR_FINDINGS)
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
    found = [
        (each, sum(finding.severity is each for finding in findings)) for each in (Severity.ERROR, Severity.WARNING)
    ]
    return ", ".join(number_of(number, str(each)) for each, number in found if number) or "nothing wrong"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
