"""Which groups and people of an account a directory keeps, so that plans have no steps about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import RENAMES_TEAM
from seatsync.account.group_types import NO_TYPES, GroupTypes, types_after
from seatsync.account.model import NOBODY, Account, Team
from seatsync.declaration.declared import Declaration


class Directories:
    """The directories of an account: `teams` with directory sync, each with the patterns of its synced groups.

    Without patterns, all groups whose type is not known to be manual are synced and, if no type in the team is known,
    everybody in it, too. With patterns, groups that match one are synced, and those whose type says so.
    """

    def __init__(self, teams: Mapping[str, tuple[str, ...]], types: GroupTypes = NO_TYPES) -> None:
        self.teams, self.types = teams, types
        self._typed = {team for team, _ in types} if teams else set()

    def keeps_all(self, team: str) -> bool:
        """Return True if a directory keeps all groups and people of a team."""
        return self.teams.get(team) == () and team not in self._typed

    def keeps_group(self, team: str, group: str) -> bool:
        """Return True if a directory keeps a group, or would if there were one of this name."""
        if team not in self.teams:
            return False
        kind = self.types.get((team, group))
        return self._named(team, group) or kind == "synced" or (not self.teams[team] and kind != "manual")

    def keeps_name(self, team: str, old: str, new: str) -> bool:
        """Return True if a directory keeps a group, so that it cannot get a new name, or keeps groups of that name."""
        return self.keeps_group(team, old) or self._named(team, new)

    def people_of(self, name: str, team: Team) -> AbstractSet[str]:
        """Return the people of a team whom a directory keeps: those in synced groups."""
        if name not in self.teams:
            return NOBODY
        if self.keeps_all(name):
            return team.members
        return self._in_groups(name, team)

    def awaited(self, name: str, team: Team) -> AbstractSet[str]:
        """Return the people who come to a desired team by its directory, if they are not in it yet."""
        return team.members if self.keeps_all(name) else self._in_groups(name, team)

    def people(self, account: Account) -> AbstractSet[str]:
        """Return the people whom a directory keeps in any team."""
        teams = account.teams
        return frozenset().union(*(self.people_of(name, teams[name]) for name in self.teams if name in teams))

    def after(self, steps: Iterable[Step]) -> Directories:
        """Return the directories with the names that some steps give to teams and groups."""
        renames = [*steps] if self.teams else []
        teams = {**self.teams}
        for step in renames:
            if step.action in RENAMES_TEAM and step.scope.name in teams:
                teams[step.text("to")] = teams[step.scope.name]
        return Directories(teams, types_after(self.types, renames))

    def _named(self, team: str, group: str) -> bool:
        return any(fnmatchcase(group, pattern) for pattern in self.teams.get(team, ()))

    def _in_groups(self, name: str, team: Team) -> AbstractSet[str]:
        kept = (group.members for each, group in team.groups.items() if self.keeps_group(name, each))
        return frozenset().union(*kept)


def directories_of(declared: Declaration, account: Account, types: GroupTypes = NO_TYPES) -> Directories:
    """Return the directories of an account, teams also under the names that they have before a rename."""
    portal = declared.project.portal
    teams: dict[str, tuple[str, ...]] = {} if portal is None else dict(portal.directory_sync)
    present = {name: former_team(name, declared, account) for name in teams}
    teams |= {old: teams[name] for name, old in present.items() if old is not None}
    return Directories(teams, types)


def former_team(name: str, declared: Declaration, account: Account) -> str | None:
    """Return the present name of a team that is to be renamed; None if it is not."""
    team = declared.teams.get(name)
    if team is None or name in account.teams:
        return None
    return next((old for old in team.renamed_from if old in account.teams), None)
