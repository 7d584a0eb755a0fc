"""Uniqueness of names: declared names and the old names (`renamed_from`) that declarations claim."""

from __future__ import annotations

from seatsync.declaration.notes import Diagnostics
from seatsync.finding import Location
from seatsync.reading.words import shown


class UniqueNames:
    """Names of one kind of thing (`what`) within one mapping. Second uses are reported as REF002."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.declared: dict[str, Location] = {}
        self.claimed: dict[str, Location] = {}

    def declare(self, name: str, at: Location, diagnostics: Diagnostics) -> bool:
        """Register a declared name. Return False if it is declared already."""
        if name in self.declared:
            message = f"{self.what} {shown(name)} is declared twice"
            diagnostics.report_duplicate(at, message, self.declared[name], things=((self.what, name),))
            return False
        if name in self.claimed:
            message = f"{self.what} {shown(name)} is both declared and listed in `renamed_from`"
            diagnostics.report_duplicate(at, message, self.claimed[name], "listed here")
        self.declared[name] = at
        return True

    def claim(self, old: str, at: Location, diagnostics: Diagnostics) -> bool:
        """Register the old name of a declared thing. Return False if it is declared or claimed already."""
        if old in self.declared:
            message = f"{self.what} {shown(old)} is both declared and listed in `renamed_from`"
            diagnostics.report_duplicate(at, message, self.declared[old], "declared here")
            return False
        if old in self.claimed:
            message = f"{self.what} {shown(old)} is listed in `renamed_from` twice"
            diagnostics.report_duplicate(at, message, self.claimed[old], "listed here")
            return False
        self.claimed[old] = at
        return True
