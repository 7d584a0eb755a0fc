"""Findings as text: place, message, the line with carets under the error, and the hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias
from unicodedata import combining, east_asian_width

from seatsync.finding import SEPARATE, Finding, Location, Related, Severity
from seatsync.reporting.escape import visible
from seatsync.reporting.terminal import Paint

LineOf: TypeAlias = Callable[[Location], str | None]
"""Function from a place to its first line without the line end, or None if it cannot be shown."""

MOST = 200
"""The most findings that a text shows."""

VALIDATE = "seatsync validate --format json"
"""The command that lists all findings of the files."""

_WINDOW = 100  # code points shown of a long line
_BEFORE = 40  # code points shown before the place


def render(findings: Sequence[Finding], line_of: LineOf, paint: Paint) -> str:
    """Return each finding as a paragraph, then their count; an empty text without findings."""
    if not findings:
        return ""
    return paragraphs(findings, line_of, paint) + "\n" + paint.bold(count_line(findings)) + "\n"


def paragraphs(findings: Sequence[Finding], line_of: LineOf, paint: Paint, in_full: str = "--format json") -> str:
    """Return each finding as a paragraph, separated by empty lines; of many, the most severe, and how many are left.

    `in_full` is the option or command that shows all of them.
    """
    severe = sorted(range(len(findings)), key=lambda index: list(Severity).index(findings[index].severity))[:MOST]
    shown = [findings[index] for index in sorted(severe)]
    texts = ["".join(f"{line}\n" for line in _lines(finding, line_of, paint)) for finding in shown]
    if len(shown) < len(findings):
        more = len(findings) - len(shown)
        are = "finding is" if more == 1 else "findings are"
        texts.append(f"{more} more {are} not shown; `{in_full}` lists all of them.\n")
    return "\n".join(texts)


def count_line(findings: Sequence[Finding]) -> str:
    """Return the number of findings by severity, and the command that explains the first one."""
    counts = []
    for severity, one, many in (
        (Severity.ERROR, "error", "errors"),
        (Severity.WARNING, "warning", "warnings"),
        (Severity.INFO, "piece of information", "pieces of information"),
    ):
        number = sum(finding.severity is severity for finding in findings)
        if number:
            counts.append(f"{number} {one if number == 1 else many}")
    first = min(findings, key=lambda finding: list(Severity).index(finding.severity)).code
    return f"{', '.join(counts)}. Run `seatsync explain {visible(first)}` for the reason and the remedy."


def painted(severity: Severity, paint: Paint) -> str:
    """Return the name of a severity in its colour."""
    if severity is Severity.ERROR:
        return paint.red(severity)
    return paint.yellow(severity) if severity is Severity.WARNING else paint.cyan(severity)


def _lines(finding: Finding, line_of: LineOf, paint: Paint) -> Iterator[str]:
    place = f"{paint.bold(visible(str(finding.location)))}: " if finding.location else ""
    yield f"{place}{painted(finding.severity, paint)} {finding.code} {visible(finding.message)}"
    if finding.location:
        yield from excerpt(finding.location, line_of, paint)
    shown, left = places(finding)
    for related in shown:
        yield f"  {paint.dim(visible(str(related.location)) + ':')} {visible(related.message)}"
    if left:
        yield f"  {paint.dim(left)}"
    if finding.hint:
        yield f"  {paint.green('hint:')} {visible(finding.hint)}"


def places(finding: Finding) -> tuple[tuple[Related, ...], str]:
    """Return the related places to show, with the finding's own place no more than five, and how many are left."""
    if len(finding.related) <= SEPARATE:
        return finding.related, ""
    return finding.related[: SEPARATE - 1], f"and {len(finding.related) - SEPARATE + 1} more places"


def excerpt(place: Location, line_of: LineOf, paint: Paint) -> Iterator[str]:
    """Yield the line of a place and carets under the place; a long line is cut around the place."""
    line = line_of(place)
    if line is None:
        return
    start = min(place.column - 1, len(line))
    end = place.end_column - 1 if place.end_line == place.line else len(line)
    left = max(0, start - _BEFORE) if len(line) > _WINDOW else 0
    right = min(len(line), left + _WINDOW)
    before = ("…" if left else "") + visible(line[left:start])
    marked = visible(line[start : min(max(end, start), right)])
    after = visible(line[min(max(end, start), right) : right]) + ("…" if right < len(line) else "")
    margin = f"{place.line:>5}"
    # Escaped again as a whole: a workflow command may span two of the parts.
    yield f"{paint.dim(f'{margin} |')} {visible(before + marked + after)}".rstrip()
    carets = "^" * max(1, _width(marked))
    yield f"{paint.dim(' ' * len(margin) + ' |')} {' ' * _width(before)}{paint.red(carets)}"


def _width(text: str) -> int:
    """Return the width of a text in terminal columns."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
