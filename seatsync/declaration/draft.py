"""A declaration in the making: what the files read so far declare, and what must wait until all are read."""

from collections.abc import Callable
from typing import NamedTuple

from seatsync.declaration.claims import Siblings
from seatsync.declaration.declared import Declaration, Mention, StrayTeam
from seatsync.declaration.notes import Notes
from seatsync.finding import Location
from seatsync.reading.people_csv import PersonRow


class Place(NamedTuple):
    """What a person's own entry or CSV row says of a team: a seat of a product there, or (None) membership.

    `at` finds the place of the team's name: it is asked only where no such team is declared.
    """

    team: str
    at: Callable[[], Location]
    product: str | None
    mention: Mention


class Draft:
    """The declaration so far. `places` wait for their teams, which a later file may declare.

    `naming` has the first row of a CSV that says a person's first or last name; `doubled` the persons of rows whom a
    YAML file declares.
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
        """Hand the waiting seats and memberships to their teams: the declaration is whole then."""
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
