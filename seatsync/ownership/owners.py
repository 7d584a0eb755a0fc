"""The owners of a repository's files: whoever may perform steps for what a file declares."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from seatsync.account.model import Account, Scope
from seatsync.declaration.declared import Declaration, DeclaredTeam, Mention


def owners_by_file(declared: Declaration, account: Account) -> dict[str, set[str]]:
    """Identities by the file's name as the declaration has it; `account` is what it declares on the day.

    A file that declares a team belongs to the team's primary, secondary and SSO admins,
    a subscription to its contract manager, a contract to its contract manager and software coordinator. An entry or a
    row of a person belongs to the admins of the teams it names; one that names none, to those of whatever the person
    is in. A file that nobody may do anything for is left out.
    """
    owners: dict[str, set[str]] = {}
    for file, user in _by_scope(declared, account):
        owners.setdefault(file, set()).add(user)
    for file, scopes in _scopes_of_people(declared, account).items():
        owners.setdefault(file, set()).update(user for scope in sorted(scopes) for user in _keepers(account, scope))
    for found in owners.values():
        found.discard("")
    return {file: found for file, found in owners.items() if found}


def owners_of_project(account: Account) -> set[str]:
    """Identities of those who answer for what the policy covers: primary admins of teams, and contract managers."""
    found = {team.primary for team in account.teams.values()}
    found |= {sub.contract_manager for sub in account.subscriptions.values()}
    found |= {contract.contract_manager for contract in account.contracts.values()}
    return found - {""}


def _by_scope(declared: Declaration, account: Account) -> Iterator[tuple[str, str]]:
    """Files with the owners of the teams, subscriptions and contracts in them."""
    for name, team in declared.teams.items():
        yield from ((team.at.file, user) for user in _keepers(account, Scope("team", name)))
    for key, sub in declared.subscriptions.items():
        yield sub.at.file, account.subscriptions[key].contract_manager
    for number, contract in declared.contracts.items():
        yield from ((contract.at.file, user) for user in _keepers(account, Scope("contract", number)))


def _scopes_of_people(declared: Declaration, account: Account) -> dict[str, set[Scope]]:
    """By file, the teams and contracts that its entries of people concern."""
    found: dict[str, set[Scope]] = {}
    placed = set()
    for name, team in declared.teams.items():
        for mention in _by_person(team):
            found.setdefault(mention.at.file, set()).add(Scope("team", name))
            placed.add((mention.at.file, mention.user))
    for user, person in declared.users.items():
        if (person.file, user) not in placed:
            found.setdefault(person.file, set()).update(account.scopes_of(user))
    return found


def _by_person(team: DeclaredTeam) -> Iterator[Mention]:
    """Whatever the entries and rows of people say of a team."""
    return chain(team.rows, *team.by_user.values())


def _keepers(account: Account, scope: Scope) -> Iterator[str]:
    """Who may perform steps in a team or contract."""
    if scope.kind == "team":
        team = account.teams[scope.name]
        yield team.primary
        yield from team.admins
    else:
        contract = account.contracts[scope.name]
        yield contract.contract_manager
        yield contract.coordinator
