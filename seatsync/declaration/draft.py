"""Builder of a declaration: collects the content of the files, and resolves team references once all are read."""

from collections.abc import Callable
from typing import NamedTuple

from seatsync.declaration.claims import Siblings
from seatsync.declaration.declared import Declaration, Mention, StrayTeam
from seatsync.declaration.notes import Notes
from seatsync.finding import Location
from seatsync.reading.people_csv import PersonRow


class Place(NamedTuple):
    """A seat (or membership, if `product` is None) in a team, from a person's own entry or a CSV row.

    `at` computes the location of the team's name, which is needed only if the team is undeclared.
    """

    team: str
    at: Callable[[], Location]
    product: str | None
    mention: Mention


class Draft:
    """Builder of a declaration.

    `places` are assigned to their teams by `finish`, because a later file may declare the team. `naming` maps a person
    and a name column to the first CSV row with a value for it. `doubled` are persons that have a CSV row and are also
    declared in YAML.
    """

    def __init__(self, declaration: Declaration, notes: Notes) -> None:
        self.declaration = declaration
        self.notes = notes
        self.old_addresses: dict[str, Location] = {}
        self.teams = Siblings("team")
        self.places: list[Place] = []
        self.naming: dict[tuple[str, str], PersonRow] = {}
        self.doubled: set[str] = set()

    def finish(self) -> Declaration:
        """Assign the pending seats and memberships to their teams, and return the complete declaration."""
        for place in self.places:
            team = self.declaration.teams.get(place.team)
            if team is None:
                stray = StrayTeam(place.team, place.at(), place.product, place.mention.user)
                self.declaration.stray_teams.append(stray)
            elif place.product is None:
                team.rows.append(place.mention)
            else:
                team.by_user.setdefault(place.product, []).append(place.mention)
        self.declaration.complete = self.notes.complete
        self.declaration.unread |= self.notes.unread
        return self.declaration
