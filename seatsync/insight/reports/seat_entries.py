"""The entries of the files that give people their seats, and absences and exemptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from seatsync.account.model import Account
from seatsync.clock import NEVER, Days, lasts, overlap
from seatsync.declaration.declared import Declaration, DeclaredGroup, DeclaredTeam
from seatsync.declaration.project_values import Exempt

_List: TypeAlias = tuple[str, str, str]
"""A list of people: the team, what it gives (`seat`, `group`, `members` or a role), and the name of that."""


class Ways(NamedTuple):
    """The entries that give somebody a seat on a day: a direct one, and groups by their declared names.

    `starts` is the first day of the oldest of them, None if one has none. `lasting` are the groups whose membership
    lasts at least as long as the direct entry. `later` is the first day of an entry of the seat that begins after the
    day, and `ended` the last day of one that is over.
    """

    direct: bool
    groups: tuple[str, ...]
    lasting: tuple[str, ...] = ()
    starts: str | None = None
    later: str | None = None
    ended: str | None = None

    @property
    def any(self) -> bool:
        """Return True if there is any."""
        return self.direct or bool(self.groups)


NOT_DECLARED = Ways(direct=False, groups=())
"""The entries of a seat that the files do not give."""


class Absence(NamedTuple):
    """A person's leave between two windows of one entry: `back` is the first day after it."""

    back: str
    is_over: bool


class SeatEntries:
    """The entries of a declaration on a day, by the names that teams and groups have in the account."""

    def __init__(self, declared: Declaration, account: Account, day: str) -> None:
        self.declared, self.account, self.day = declared, account, day
        self._teams: dict[str, DeclaredTeam] = {}
        for team in declared.teams.values():
            self._teams[team.former_name(account.teams) or team.name] = team
        self._direct: dict[tuple[str, str], set[str]] = {}
        self._members: dict[tuple[str, str], set[str]] = {}
        self._always: dict[tuple[str, str], set[str]] = {}
        self._moved = {mention.user: user for user, person in declared.moved() for mention in person.previous}
        self._dated: dict[str, dict[_List, list[Days]]] = {}
        for user, where, days in self._dated_entries():
            self._dated.setdefault(user, {}).setdefault(where, []).append(days)

    def team(self, name: str) -> DeclaredTeam | None:
        """Return the declared team of a team in the account."""
        return self._teams.get(name)

    def groups_now(self, team: DeclaredTeam, name: str) -> dict[str, DeclaredGroup]:
        """Return the declared groups of a team by their names in the account; `name` is that of the team there."""
        there = self.account.teams[name].groups
        return {group.former_name(there) or group.name: group for group in team.groups.values()}

    def ways(self, team: DeclaredTeam, product: str, user: str) -> Ways:
        """Return the entries that give somebody a product."""
        user = self.declared_as(user)
        direct = user in self._direct_on(team, product)
        bringing = [group for group in team.groups.values() if product in group.products]
        now = (group for group in bringing if group.gives_on(product, self.day))
        groups = [group.name for group in now if user in self._members_of(team, group)]
        own = self._dated.get(user, {}).get((team.name, "seat", product), [])
        there = {group.name: self._windows(team, group, product, user) for group in bringing}
        days = [each for windows in (own, *there.values()) for each in windows]
        starts = [self._from(windows) for windows in (*([own] if direct else []), *(there[name] for name in groups))]
        return Ways(
            direct,
            tuple(groups),
            tuple(name for name in groups if self._until(there[name]) >= self._until(own)),
            min((first for first in starts if first is not None), default=None) if None not in starts else None,
            min((first for first, _ in days if first is not None and first > self.day), default=None),
            max((last for _, last in days if last is not None and last < self.day), default=None),
        )

    def absence(self, user: str) -> Absence | None:
        """Return a person's leave that lasts on the day, or else the last one before it."""
        found: list[Absence] = []
        for windows in self._dated.get(self.declared_as(user), {}).values():
            earlier = any(last is not None and last < self.day for _, last in windows)
            now = [first for first, last in windows if lasts((first, last), self.day)]
            coming = [first for first, _ in windows if first is not None and first > self.day]
            if earlier and coming and not now:
                found.append(Absence(min(coming), is_over=False))
            elif earlier and now and None not in now:
                found.append(Absence(max(first for first in now if first is not None), is_over=True))
        return max(found, key=lambda each: (not each.is_over, each.back), default=None)

    def membership_ended(self, team: DeclaredTeam, user: str) -> str | None:
        """Return the last day of a membership of a team that is over on the day and does not begin again."""
        user = self.declared_as(user)
        windows = self._dated.get(user, {}).get((team.name, "members", ""), [])
        if not windows or any(lasts(each, self.day) for each in windows) or user in team.members_on(self.day):
            return None
        return max((last for _, last in windows if last is not None), default=None)

    def exemption(self, team: str, product: str, user: str) -> Exempt | None:
        """Return the exemption of a seat that holds on the day; `team` is its name in the account."""
        entry = self.team(team)
        teams = {team} if entry is None else {team, entry.name}
        for exempt in self.declared.project.policy.reclaim.exempt:
            if exempt.until is not None and exempt.until < self.day:
                continue
            named = {"user": {user, self.declared_as(user)}, "product": {product}, "team": teams}
            if all(
                self._is_in_group(name, teams, user) if kind == "group" else name in named[kind]
                for kind, name in exempt.things
            ):
                return exempt
        return None

    def declared_as(self, user: str) -> str:
        """Return the person with a former address, or else the person."""
        return self._moved.get(user, user)

    def _is_in_group(self, group: str, teams: set[str], user: str) -> bool:
        """Return True if a person is in a group of one of these teams, in the account or in the files."""
        for name in sorted(teams):
            now, entry = self.account.teams.get(name), self.declared.teams.get(name)
            if now is not None and group in now.groups and user in now.groups[group].members:
                return True
            declared = None if entry is None else entry.groups.get(group)
            if (
                entry is not None
                and declared is not None
                and self.declared_as(user) in self._members_of(entry, declared)
            ):
                return True
        return False

    def _direct_on(self, team: DeclaredTeam, product: str) -> set[str]:
        key = (team.name, product)
        if key not in self._direct:
            self._direct[key] = team.direct_on(product, self.day)
        return self._direct[key]

    def _members_of(self, team: DeclaredTeam, group: DeclaredGroup) -> set[str]:
        key = (team.name, group.name)
        if key not in self._members:
            self._members[key] = group.members_on(self.day)
        return self._members[key]

    def _windows(self, team: DeclaredTeam, group: DeclaredGroup, product: str, user: str) -> list[Days]:
        """Return the days on which a group gives a product to somebody; none if it does so always, or never."""
        own = self._dated.get(user, {}).get((team.name, "group", group.name), [])
        given = [days for name, days in group.given() if name == product]
        if None in given:
            return own
        windows = given if user in self._undated(team, group) else [overlap(one, days) for one in own for days in given]
        return [days for days in windows if days is not None and days != NEVER]

    def _undated(self, team: DeclaredTeam, group: DeclaredGroup) -> set[str]:
        """Return the members of a group with an entry without days."""
        key = (team.name, group.name)
        if key not in self._always:
            self._always[key] = {user for index, user in group.members.items() if index not in group.members.days}
        return self._always[key]

    def _from(self, windows: list[Days]) -> str | None:
        """Return the first day of the open window; None without one."""
        return next((first for first, last in windows if lasts((first, last), self.day)), None)

    def _until(self, windows: list[Days]) -> str:
        """Return the last day of the open window, or a text after all days."""
        return next((last or "~" for first, last in windows if lasts((first, last), self.day)), "~")

    def _dated_entries(self) -> Iterator[tuple[str, _List, Days]]:
        for team in self.declared.teams.values():
            lists = [((team.name, "seat", product), people) for product, people in team.seats.items()]
            lists += [((team.name, "group", name), group.members) for name, group in team.groups.items()]
            lists += [((team.name, role, ""), people) for role, people in team.role_lists()]
            for where, people in (*lists, ((team.name, "members", ""), team.members)):
                yield from ((people.ids[index], where, days) for index, days in people.days.items())
            for product, mentions in team.by_user.items():
                where = (team.name, "seat", product)
                yield from ((each.user, where, each.days) for each in mentions if each.days is not None)
            yield from (
                (each.user, (team.name, "members", ""), each.days) for each in team.rows if each.days is not None
            )
