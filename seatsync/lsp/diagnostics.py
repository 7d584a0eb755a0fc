"""Diagnostics of open documents, and the fixes that are offered for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from seatsync.declaration.files import PROJECT_FILE
from seatsync.editing.changeset import Overlay
from seatsync.finding import Finding, Location, Severity
from seatsync.fleet.reading import FLEET_FILE
from seatsync.lsp.declaring import new_person
from seatsync.lsp.positions import Edit, Position, Range, Text, Units, applied
from seatsync.lsp.renaming import Edits, in_place_of
from seatsync.lsp.workspace import View, read
from seatsync.reading.plain_text import shown

_TOP = Range(Position(0, 0), Position(0, 0))


@dataclass(frozen=True, slots=True)
class RelatedRange:
    """Another place that a finding refers to."""

    name: str
    at: Range
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """A finding at a range of its file. `message` includes the hint, on a line of its own."""

    finding: Finding
    at: Range
    message: str
    related: tuple[RelatedRange, ...]


def reports(view: View, units: Units) -> dict[str, list[Report]]:
    """Return the findings by file name; findings without a place go to the top of the project file."""
    places = Places(view, units)
    found: dict[str, list[Report]] = {}
    for finding in view.findings:
        name = finding.location.file if finding.location is not None else FLEET_FILE if view.is_fleet else PROJECT_FILE
        at = places.range(finding.location) if finding.location is not None else _TOP
        message = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
        related = tuple(
            RelatedRange(other.location.file, places.range(other.location), other.message) for other in finding.related
        )
        found.setdefault(name, []).append(Report(finding, at, message, related))
    return found


class Places:
    """Converter of locations in the files of a view to ranges; each text is indexed once."""

    def __init__(self, view: View, units: Units) -> None:
        self._view, self._units = view, units
        self._texts: dict[str, Text] = {}

    def range(self, place: Location) -> Range:
        """Return the range of a location."""
        if place.file not in self._texts:
            self._texts[place.file] = Text(self._view.text(place.file), self._units)
        return self._texts[place.file].range_of(place)


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that resolve a finding. `preferred`: the finding itself names them as its likely correction."""

    title: str
    finding: Finding
    edits: Edits
    preferred: bool


def fixes(name: str, within: Range, view: View, units: Units, today: Callable[[str], str]) -> Iterator[Fix]:
    """Yield the fixes for findings at a range of a file; each has been tried, and causes no new error."""
    text = Text(view.text(name), units)
    for finding in view.findings:
        if finding.location is None or finding.location.file != name:
            continue
        at = text.range_of(finding.location)
        if at.start <= within.end and at.end >= within.start:
            yield from (fix for fix in _fixes(finding, at, text, view) if _resolves(fix, view, units, today))


def _fixes(finding: Finding, at: Range, text: Text, view: View) -> Iterator[Fix]:
    name = "" if finding.location is None else finding.location.file
    if finding.replacement:
        old = text.text[text.offset(at.start) : text.offset(at.end)]
        edit = Edit(at, in_place_of(finding.replacement, old, name))
        yield Fix(f"Change to {shown(finding.replacement)}", finding, {name: [edit]}, preferred=True)
    new = new_person(finding, text, view)
    if new is not None:
        yield Fix(f"Declare {shown(new.email)} in {shown(new.file)}", finding, {new.file: new.edits}, preferred=False)


def _resolves(fix: Fix, view: View, units: Units, today: Callable[[str], str]) -> bool:
    unsaved = view.files.changed if isinstance(view.files, Overlay) else {}
    after = {
        view.names[name]: applied(Text(view.text(name), units), edits).encode("utf-8", "surrogatepass")
        for name, edits in fix.edits.items()
    }
    then = read(view.root, {**unsaved, **after}, today).findings
    return _errors(then) < _errors(view.findings) and fix.finding not in then


def _errors(findings: tuple[Finding, ...]) -> int:
    return sum(finding.severity is Severity.ERROR for finding in findings)
