"""Findings by file, with ranges in the units of the editor."""

from __future__ import annotations

from dataclasses import dataclass

from seatsync.declaration.including import PROJECT_FILE
from seatsync.editor.places import Position, Range, Text, Units
from seatsync.editor.view import View
from seatsync.finding import Finding, Location

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
        name = finding.location.file if finding.location is not None else PROJECT_FILE
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
