"""Teams with directory sync: a directory keeps groups and people of them, so that plans have no steps about those.

Roles, direct seats and products of groups are not synced: plans have steps about those, for people who are in the team.
"""

from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet

from seatsync.account.model import Account, Contract, Group, Team
from seatsync.account.things import User
from seatsync.planning.difference.directories import Directories
from seatsync.planning.difference.exclusions import Thing


def leave_to_directory(
    actual: Account,
    goal: Account,
    directories: Directories,
    teams: Collection[str],
    unmanaged: list[Thing],
    moved: AbstractSet[str],
) -> list[Thing]:
    """Leave what directories keep in `teams` as it is in `goal`, and return what differs from the declaration.

    `moved` are synced people under their declared new address. Things that are unmanaged because they are not declared
    move from `unmanaged` to the returned ones.
    """
    found: set[Thing] = set()
    synced = [
        _SyncedTeam(name, actual.teams[name], goal.teams[name], directories, moved)
        for name in sorted(teams)
        if name in actual.teams and name in goal.teams
    ]
    for team in synced:
        if team.goal is not team.now:
            found.update(team.differing())
            goal.teams[team.name] = team.settled()
    names = {team.name for team in synced}
    for key, sub in goal.subscriptions.items():
        known = actual.subscriptions.get(key)
        if sub.team in names and known is not None and sub.contract_manager not in goal.teams[sub.team].members:
            goal.subscriptions[key] = sub._replace(team=known.team, contract_manager=known.contract_manager)
    if goal.users is not actual.users:
        goal.users = _users(actual, goal)
        for team in synced:
            for user in sorted(team.people):
                if goal.users[user] != actual.users[user]:
                    found.add((("team", team.name), ("user", user)))
                    goal.users[user] = actual.users[user]
    kept = [thing for thing in unmanaged if any(team.keeps(thing) for team in synced)] if unmanaged else []
    if kept:
        gone = frozenset(kept)
        unmanaged[:] = [thing for thing in unmanaged if thing not in gone]
    return sorted(found.union(thing[:2] for thing in kept))


class _SyncedTeam:
    """A team as it is and as declared. `people` are kept by its directory, which is to add the `absent` ones first."""

    def __init__(self, name: str, now: Team, goal: Team, directories: Directories, moved: AbstractSet[str]) -> None:
        self.name, self.now, self.goal, self.directories = name, now, goal, directories
        self.people = directories.people_of(name, now)
        coming = goal.members - now.members
        self.absent = coming & (directories.awaited(name, goal) | moved) if coming else coming

    def keeps(self, thing: Thing) -> bool:
        """Return True if the directory keeps an undeclared thing: a member, a group, or a member of a group."""
        if thing[0] != ("team", self.name):
            return False
        match tuple(kind for kind, _ in thing[1:]):
            case ("user",):
                return thing[1][1] in self.people
            case ("group",) | ("group", "user"):
                return self._keeps_group(thing[1][1])
        return False

    def differing(self) -> Iterator[Thing]:
        """Yield the synced people and groups that are not as declared."""
        for user in sorted((self.now.members ^ self.goal.members) & (self.people | self.absent)):
            yield (("team", self.name), ("user", user))
        for group in filter(self._keeps_group, {**self.now.groups, **self.goal.groups}):
            before, after = self.now.groups.get(group), self.goal.groups.get(group)
            if before is None or after is None or before.members != after.members:
                yield (("team", self.name), ("group", group))

    def settled(self) -> Team:
        """Return the desired team with its synced groups and people as they are; absent people get nothing in it."""
        now, goal, absent = self.now, self.goal, self.absent
        primary = now.primary if goal.primary in absent else goal.primary
        members = (goal.members - absent) | self.people
        seats = {product: holders - absent for product, holders in goal.seats.items()}
        found = Team(
            primary,
            goal.sso,
            {user: role for user, role in goal.admins.items() if user not in absent and user != primary},
            now.members if members == now.members else members,
            dict(self._groups()),
            {product: holders for product, holders in seats.items() if holders},
            (goal.external - absent) | (now.external & (self.people - goal.members)),
        )
        return now if found == now else found

    def _groups(self) -> Iterator[tuple[str, Group]]:
        """Yield the desired groups: synced ones with their present members, others without people who are absent."""
        for name in {**self.now.groups, **self.goal.groups}:
            present, goal = self.now.groups.get(name), self.goal.groups.get(name)
            if not self._keeps_group(name):
                if goal is not None:
                    is_whole = goal.members.isdisjoint(self.absent)
                    yield name, goal if is_whole else Group(goal.members - self.absent, goal.products)
            elif present is not None:
                yield name, Group(present.members, present.products if goal is None else goal.products)

    def _keeps_group(self, group: str) -> bool:
        return self.directories.keeps_group(self.name, group)


def _users(actual: Account, goal: Account) -> dict[str, User]:
    """Return the people of a goal whose teams were changed: no new ones without a scope, and all others with one."""
    scopes: list[Team | Contract] = [*goal.teams.values(), *goal.contracts.values()]
    members = frozenset[str]().union(*(scope.members for scope in scopes))
    users = {
        user: goal.users.get(user, now) for user, now in actual.users.items() if user in goal.users or user in members
    }
    return users | {user: new for user, new in goal.users.items() if user not in actual.users and user in members}
