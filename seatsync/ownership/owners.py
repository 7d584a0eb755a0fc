"""The owners of a repository's files: the people who may perform steps for the declarations in a file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from seatsync.account.model import Account, Scope
from seatsync.declaration.declared import Declaration, DeclaredTeam, Mention


def owners_by_file(declared: Declaration, account: Account) -> dict[str, set[str]]:
    """Return the identities of owners by file name; `account` is the declared account on a day.

    A file with a team is owned by its primary, secondary and SSO admins; one with a subscription by its contract
    manager; one with a contract by its contract manager and software coordinator. An entry or row of a person is owned
    by the admins of the teams it names or, if it names none, of every team and contract of the person. Files without
    an owner are omitted.
    """
    owners: dict[str, set[str]] = {}
    for file, user in _owners_by_scope(declared, account):
        owners.setdefault(file, set()).add(user)
    for file, scopes in _scopes_of_people(declared, account).items():
        owners.setdefault(file, set()).update(user for scope in sorted(scopes) for user in _performers(account, scope))
    for found in owners.values():
        found.discard("")
    return {file: found for file, found in owners.items() if found}


def owners_of_project(account: Account) -> set[str]:
    """Return the identities of the project file's owners: primary admins of teams, and contract managers."""
    found = {team.primary for team in account.teams.values()}
    found |= {sub.contract_manager for sub in account.subscriptions.values()}
    found |= {contract.contract_manager for contract in account.contracts.values()}
    return found - {""}


def _owners_by_scope(declared: Declaration, account: Account) -> Iterator[tuple[str, str]]:
    """Yield each file with an owner of a team, subscription or contract in it."""
    for name, team in declared.teams.items():
        yield from ((team.at.file, user) for user in _performers(account, Scope("team", name)))
    for key, sub in declared.subscriptions.items():
        yield sub.at.file, account.subscriptions[key].contract_manager
    for number, contract in declared.contracts.items():
        yield from ((contract.at.file, user) for user in _performers(account, Scope("contract", number)))


def _scopes_of_people(declared: Declaration, account: Account) -> dict[str, set[Scope]]:
    """Return the teams and contracts of the people in each file."""
    found: dict[str, set[Scope]] = {}
    placed = set()
    for name, team in declared.teams.items():
        for mention in _mentions_by_person(team):
            found.setdefault(mention.at.file, set()).add(Scope("team", name))
            placed.add((mention.at.file, mention.user))
    for user, person in declared.users.items():
        if (person.file, user) not in placed:
            found.setdefault(person.file, set()).update(account.scopes_of(user))
    return found


def _mentions_by_person(team: DeclaredTeam) -> Iterator[Mention]:
    """Yield the mentions of a team in entries and rows of people."""
    return chain(team.rows, *team.by_user.values())


def _performers(account: Account, scope: Scope) -> Iterator[str]:
    """Yield the identities that may perform steps in a team or contract."""
    if scope.kind == "team":
        team = account.teams[scope.name]
        yield team.primary
        yield from team.admins
    else:
        contract = account.contracts[scope.name]
        yield contract.contract_manager
        yield contract.coordinator
