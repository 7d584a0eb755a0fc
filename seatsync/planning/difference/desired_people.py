"""The people of the desired state: who is in the account, and with which names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seatsync.account.model import NOBODY, Account, Contract, Scope, Team, User
from seatsync.declaration.declared import Declaration
from seatsync.planning.difference.exclusions import Authority


def desired_users(
    declared: Declaration, actual: Account, goal: Account, managed: Iterable[Scope], authority: Authority
) -> dict[str, User]:
    """Return the people in desired scopes; in managed ones with their declared names, if any."""
    arriving, leaving = coming_and_going(actual, goal)
    renamed = _renamed(declared, actual, authority)
    # Only sets of the few people who change, never of everybody.
    concerned = arriving | renamed.keys()
    governed: set[str] = set()
    for scope in managed if concerned else ():
        place = goal.teams.get(scope.name) if scope.kind == "team" else goal.contracts[scope.name]
        here = set() if place is None else concerned & place.members
        governed |= {user for user in here if not authority.within(scope).ignores_user(user)}
    if authority.actor in concerned:
        governed.add(authority.actor)  # everybody may change their own names
    changed = {user: person for user, person in renamed.items() if user in governed and user not in leaving}
    for user in sorted(arriving):
        entry = declared.users.get(user) if user in governed else None
        changed[user] = User(user)
        if entry is not None:
            changed[user] = User(entry.email, entry.first_name or "", entry.last_name or "", "pending")
    if not changed and not leaving:
        return actual.users
    users = {**actual.users, **changed}
    for user in sorted(leaving):
        del users[user]
    return users


def coming_and_going(actual: Account, goal: Account) -> tuple[set[str], set[str]]:
    """Return the people who join the account by the desired scopes, and those who are in none of them any more."""
    arriving: set[str] = set()
    leaving: set[str] = set()
    pairs: tuple[tuple[Mapping[str, Team | Contract], Mapping[str, Team | Contract]], ...]
    pairs = ((actual.teams, goal.teams), (actual.contracts, goal.contracts))
    for before, after in pairs:
        for name in sorted(before.keys() | after.keys()):
            now = before[name].members if name in before else NOBODY
            then = after[name].members if name in after else NOBODY
            if now is not then:
                arriving |= then - now
                leaving |= now - then
    arriving.difference_update(actual.users.keys() & arriving)
    if leaving:
        scopes: list[Team | Contract] = [*goal.teams.values(), *goal.contracts.values()]
        leaving.difference_update(*(scope.members for scope in scopes))
    return arriving, leaving


def _renamed(declared: Declaration, actual: Account, authority: Authority) -> dict[str, User]:
    """Return the people of the account who are declared with other names."""
    renamed: dict[str, User] = {}
    for user, now in actual.users.items():
        entry = declared.users.get(user)
        if entry is None:
            continue
        first = now.first_name if entry.first_name is None else entry.first_name
        last = now.last_name if entry.last_name is None else entry.last_name
        if (first, last) != (now.first_name, now.last_name) and not authority.general.ignores_user(user):
            renamed[user] = now._replace(first_name=first, last_name=last)
    return renamed
