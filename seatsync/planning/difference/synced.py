"""Teams with directory sync: a directory keeps their groups and people, so that plans have no steps about them.

Roles, direct seats and products of groups are not synced: plans have steps about those, for people who are in the team.
"""

from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet

from seatsync.account.model import Account, Contract, Group, Team
from seatsync.account.things import User
from seatsync.planning.difference.exclusions import Thing


def synced_people(account: Account, teams: Collection[str]) -> AbstractSet[str]:
    """Return the members of teams with directory sync."""
    return frozenset().union(*(account.teams[name].members for name in teams if name in account.teams))


def leave_to_directory(actual: Account, goal: Account, teams: Collection[str], unmanaged: list[Thing]) -> list[Thing]:
    """Leave groups and people of teams as they are in `goal`, and return those that differ from the declaration.

    Things that are unmanaged because they are not declared move from `unmanaged` to the returned ones.
    """
    found: set[Thing] = set()
    names = [name for name in sorted(teams) if name in actual.teams and name in goal.teams]
    for name in names:
        now, team = actual.teams[name], goal.teams[name]
        if team is not now:
            found.update(_differing(name, now, team))
            goal.teams[name] = _as_synced(now, team)
    for key, sub in goal.subscriptions.items():
        known = actual.subscriptions.get(key)
        if sub.team in names and known is not None and sub.contract_manager not in goal.teams[sub.team].members:
            goal.subscriptions[key] = sub._replace(team=known.team, contract_manager=known.contract_manager)
    if goal.users is not actual.users:
        goal.users = _users(actual, goal)
        for name in names:
            for user in sorted(actual.teams[name].members):
                if goal.users[user] != actual.users[user]:
                    found.add((("team", name), ("user", user)))
                    goal.users[user] = actual.users[user]
    kept = [thing for thing in unmanaged if thing[0] in {("team", name) for name in names} and _is_kept(thing)]
    if kept:
        gone = frozenset(kept)
        unmanaged[:] = [thing for thing in unmanaged if thing not in gone]
    return sorted(found.union(thing[:2] for thing in kept))


def _is_kept(thing: Thing) -> bool:
    """Return True if a directory keeps an undeclared thing of a team: a member, a group, or a member of a group."""
    return tuple(kind for kind, _ in thing[1:]) in {("user",), ("group",), ("group", "user")}


def _differing(name: str, now: Team, goal: Team) -> Iterator[Thing]:
    for user in sorted(now.members ^ goal.members):
        yield (("team", name), ("user", user))
    for group in {**now.groups, **goal.groups}:
        before, after = now.groups.get(group), goal.groups.get(group)
        if before is None or after is None or before.members != after.members:
            yield (("team", name), ("group", group))


def _as_synced(now: Team, goal: Team) -> Team:
    """Return a desired team with its present groups and people; whoever is not in the team gets nothing in it."""
    absent = goal.members - now.members
    primary = now.primary if goal.primary in absent else goal.primary
    groups = {
        name: Group(group.members, goal.groups[name].products if name in goal.groups else group.products)
        for name, group in now.groups.items()
    }
    seats = {product: holders - absent for product, holders in goal.seats.items()}
    found = Team(
        primary,
        goal.sso,
        {user: role for user, role in goal.admins.items() if user not in absent and user != primary},
        now.members,
        groups,
        {product: holders for product, holders in seats.items() if holders},
        (goal.external - absent) | (now.external - goal.members),
    )
    return now if found == now else found


def _users(actual: Account, goal: Account) -> dict[str, User]:
    """Return the people of a goal whose teams were changed: no new ones without a scope, and all others with one."""
    scopes: list[Team | Contract] = [*goal.teams.values(), *goal.contracts.values()]
    members = frozenset[str]().union(*(scope.members for scope in scopes))
    users = {
        user: goal.users.get(user, now) for user, now in actual.users.items() if user in goal.users or user in members
    }
    return users | {user: new for user, new in goal.users.items() if user not in actual.users and user in members}
