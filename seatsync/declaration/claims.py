"""Names that may be taken once: those of things declared side by side, and the old names that they claim."""

from __future__ import annotations

from seatsync.declaration.notes import Notes
from seatsync.finding import Location
from seatsync.reading.words import shown


class Siblings:
    """The names of one kind of thing (`what`) in one place. Whatever comes second is reported."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.declared: dict[str, Location] = {}
        self.claimed: dict[str, Location] = {}

    def declare(self, name: str, at: Location, notes: Notes) -> bool:
        """Take a name for a declared thing; False where one of that name is declared already."""
        if name in self.declared:
            message = f"{self.what} {shown(name)} is declared twice"
            notes.twice(at, message, self.declared[name], things=((self.what, name),))
            return False
        if name in self.claimed:
            message = f"{self.what} {shown(name)} is declared, and claimed as an old name before"
            notes.twice(at, message, self.claimed[name], "claimed here")
        self.declared[name] = at
        return True

    def claim(self, old: str, at: Location, notes: Notes) -> bool:
        """Take a name as the old one of a declared thing; False where it is declared or claimed already."""
        if old in self.declared:
            message = f"{self.what} {shown(old)} is claimed as an old name, and declared itself"
            notes.twice(at, message, self.declared[old], "declared here")
            return False
        if old in self.claimed:
            message = f"{self.what} {shown(old)} is claimed as an old name twice"
            notes.twice(at, message, self.claimed[old], "claimed here")
            return False
        self.claimed[old] = at
        return True
