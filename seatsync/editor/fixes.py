"""Quick fixes: what was probably meant, in place of what a finding is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from seatsync.editing.overlay import Overlay
from seatsync.editor.places import Edit, Range, Text, Units, applied
from seatsync.editor.renaming import written
from seatsync.editor.view import View, read
from seatsync.finding import Finding, Severity
from seatsync.reading.words import shown


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit of one file that a finding would be gone with."""

    title: str
    finding: Finding
    edit: Edit


def fixes(name: str, within: Range, view: View, units: Units, today: Callable[[str], str]) -> Iterator[Fix]:
    """The fixes for what is wrong at a range of a file; each was tried, and breaks nothing else."""
    text = Text(view.text(name), units)
    for finding in view.findings:
        if not finding.instead or finding.location is None or finding.location.file != name:
            continue
        at = text.range_of(finding.location)
        if at.start > within.end or at.end < within.start:
            continue
        old = text.text[text.offset(at.start) : text.offset(at.end)]
        edit = Edit(at, written(finding.instead, old, name))
        if _mends(finding, name, applied(text, [edit]), view, today):
            yield Fix(f"Write {shown(finding.instead)}", finding, edit)


def _mends(finding: Finding, name: str, after: str, view: View, today: Callable[[str], str]) -> bool:
    unsaved = view.files.changed if isinstance(view.files, Overlay) else {}
    then = read(view.root, {**unsaved, view.names[name]: after.encode("utf-8", "surrogatepass")}, today).findings
    return _errors(then) < _errors(view.findings) and finding not in then


def _errors(findings: tuple[Finding, ...]) -> int:
    return sum(finding.severity is Severity.ERROR for finding in findings)
