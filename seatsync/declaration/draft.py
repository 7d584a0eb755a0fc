"""Builder of a declaration: collects the content of the files, and resolves team references once all are read."""

from collections.abc import Callable
from typing import NamedTuple

from seatsync.declaration.claims import UniqueNames
from seatsync.declaration.declared import Declaration, Mention, UndeclaredTeam
from seatsync.declaration.notes import Diagnostics
from seatsync.finding import Location
from seatsync.reading.people_csv import PersonRow


class PendingAssignment(NamedTuple):
    """A seat (or membership, if `product` is None) in a team, from a person's own entry or a CSV row.

    `at` computes the location of the team's name, which is needed only if the team is undeclared.
    """

    team: str
    at: Callable[[], Location]
    product: str | None
    mention: Mention


class Draft:
    """Builder of a declaration.

    `pending` are assigned to their teams by `finish`, because a later file may declare the team. `name_rows` maps a
    person and a name column to the first CSV row with a value for it. `also_in_yaml` are persons with a CSV row who are
    also declared in YAML.
    """

    def __init__(self, declaration: Declaration, diagnostics: Diagnostics) -> None:
        self.declaration = declaration
        self.diagnostics = diagnostics
        self.old_addresses: dict[str, Location] = {}
        self.teams = UniqueNames("team")
        self.pending: list[PendingAssignment] = []
        self.name_rows: dict[tuple[str, str], PersonRow] = {}
        self.also_in_yaml: set[str] = set()

    def finish(self) -> Declaration:
        """Assign the pending seats and memberships to their teams, and return the complete declaration."""
        for assignment in self.pending:
            team = self.declaration.teams.get(assignment.team)
            if team is None:
                undeclared = UndeclaredTeam(
                    assignment.team, assignment.at(), assignment.product, assignment.mention.user
                )
                self.declaration.undeclared_teams.append(undeclared)
            elif assignment.product is None:
                team.rows.append(assignment.mention)
            else:
                team.by_user.setdefault(assignment.product, []).append(assignment.mention)
        self.declaration.complete = self.diagnostics.complete
        self.declaration.unread |= self.diagnostics.unread
        return self.declaration
