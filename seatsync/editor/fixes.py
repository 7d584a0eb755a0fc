"""Quick fixes: replace a wrong value by the one that a finding suggests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from seatsync.editing.overlay import Overlay
from seatsync.editor.places import Edit, Range, Text, Units, applied
from seatsync.editor.renaming import in_place_of
from seatsync.editor.view import View, read
from seatsync.finding import Finding, Severity
from seatsync.reading.words import shown


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit of one file that resolves a finding."""

    title: str
    finding: Finding
    edit: Edit


def fixes(name: str, within: Range, view: View, units: Units, today: Callable[[str], str]) -> Iterator[Fix]:
    """Yield the fixes for findings at a range of a file; each has been tried, and causes no new error."""
    text = Text(view.text(name), units)
    for finding in view.findings:
        if not finding.replacement or finding.location is None or finding.location.file != name:
            continue
        at = text.range_of(finding.location)
        if at.start > within.end or at.end < within.start:
            continue
        old = text.text[text.offset(at.start) : text.offset(at.end)]
        edit = Edit(at, in_place_of(finding.replacement, old, name))
        if _resolves(finding, name, applied(text, [edit]), view, today):
            yield Fix(f"Change to {shown(finding.replacement)}", finding, edit)


def _resolves(finding: Finding, name: str, after: str, view: View, today: Callable[[str], str]) -> bool:
    unsaved = view.files.changed if isinstance(view.files, Overlay) else {}
    then = read(view.root, {**unsaved, view.names[name]: after.encode("utf-8", "surrogatepass")}, today).findings
    return _errors(then) < _errors(view.findings) and finding not in then


def _errors(findings: tuple[Finding, ...]) -> int:
    return sum(finding.severity is Severity.ERROR for finding in findings)
