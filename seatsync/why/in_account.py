"""Assignments of a person in the account, under the declared names."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.account.model import Account, Contract, Scope, Team
from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.why.answer import SUPPORT, Assignment


def assignments_of(account: Account, user: str, declared: Declaration) -> list[Assignment]:
    """Return the assignments of a person (an identity), with declared renames applied to their names."""
    new_names = {old: team for team in declared.teams.values() if (old := team.former_name(account.teams)) is not None}
    found: list[Assignment] = []
    for name, team in account.teams.items():
        declared_team = new_names.get(name) or declared.teams.get(name)
        found += _in_team(declared_team.name if declared_team is not None else name, team, user, declared_team)
    for key, sub in account.subscriptions.items():
        if sub.contract_manager == user:
            renamed = new_names.get(sub.team or "")
            scope = Scope("account") if sub.team is None else Scope("team", renamed.name if renamed else sub.team)
            found.append(Assignment(scope, "role", "manager", subscription=key))
    for number, contract in account.contracts.items():
        found += _in_contract(Scope("contract", number), contract, user)
    return found


def absent(account: Account | None, declared: Declaration) -> Iterator[Scope]:
    """Yield the declared teams and contracts missing from the account (without an account: all)."""
    teams = account.teams if account is not None else {}
    contracts = account.contracts if account is not None else {}
    for team in declared.teams.values():
        if team.name not in teams and team.former_name(teams) is None:
            yield Scope("team", team.name)
    yield from (Scope("contract", number) for number in declared.contracts if number not in contracts)


def _in_team(name: str, team: Team, user: str, declared_team: DeclaredTeam | None) -> Iterator[Assignment]:
    scope = Scope("team", name)
    role = team.role_of(user)
    if role is not None:
        yield Assignment(scope, "role", role)
    yield from (Assignment(scope, "product", product) for product, holders in team.seats.items() if user in holders)
    new_names = {
        old: group.name
        for group in (declared_team.groups.values() if declared_team is not None else ())
        if (old := group.former_name(team.groups)) is not None
    }
    for old, group in team.groups.items():
        if user in group.members:
            shown = new_names.get(old, old)
            yield from (Assignment(scope, "product", product, shown) for product in sorted(group.products))
            if not group.products:
                yield Assignment(scope, "member", "", shown)
    if user in team.members:
        yield Assignment(scope, "member", "")


def _in_contract(scope: Scope, contract: Contract, user: str) -> Iterator[Assignment]:
    roles = (("manager", contract.contract_manager), ("coordinator", contract.coordinator))
    yield from (Assignment(scope, "role", role) for role, holder in roles if holder == user)
    yield from (Assignment(scope, "product", product) for product, holders in contract.seats.items() if user in holders)
    yield from (
        Assignment(scope, "service", service) for service, holders in contract.services.items() if user in holders
    )
    if user in contract.support:
        yield Assignment(scope, "support", SUPPORT)
    if user in contract.members:
        yield Assignment(scope, "member", "")
