"""Constraints on a snapshot: findings for a state that an account cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam, Mention, People
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.tree import YamlMap
from seatsync.reading.words import shown


def violations(declaration: Declaration) -> Iterator[Finding]:
    """Yield findings for undeclared people and teams, and for missing or conflicting roles.

    An account cannot exist without these constraints; a state may violate all other rules.
    """
    yield from _unknown_people(declaration)
    yield from _unknown_teams(declaration)
    yield from _roles(declaration)


def dated_entries(declaration: Declaration) -> Iterator[Finding]:
    """Yield findings for entries with days, which a snapshot cannot have."""
    for people in _lists(declaration):
        for index in people.days:
            yield _days(people.at(index))
    for team in declaration.teams.values():
        yield from (_days(mention.at) for mentions in team.by_user.values() for mention in mentions if mention.days)


def _unknown_people(declaration: Declaration) -> Iterator[Finding]:
    known = declaration.users.keys()
    for people in _lists(declaration):
        if not known >= set(people.ids):
            unknown = (index for index, user in people.items() if user not in known)
            yield from (_unknown_person(people.written(index), people.at(index)) for index in unknown)
    for mention in _single(declaration):
        if mention.user not in known:
            yield _unknown_person(mention.written, mention.at)


def _unknown_person(written: str, at: Location) -> Finding:
    return _error("REF001", f"{shown(written)} is not declared under `users`", at)


def _unknown_teams(declaration: Declaration) -> Iterator[Finding]:
    for sub in declaration.subscriptions.values():
        if sub.team is not None and sub.team not in declaration.teams:
            yield _error("REF001", f"team {shown(sub.team)} is not declared under `teams`", sub.node.value_at("team"))
    for team in declaration.undeclared_teams:
        yield _error("REF001", f"team {shown(team.name)} is not declared under `teams`", team.at)


def _roles(declaration: Declaration) -> Iterator[Finding]:
    """Yield findings for missing primary admins and contract managers, and for people with two roles in a team."""
    managers: dict[str | None, set[str]] = {}
    for sub in declaration.subscriptions.values():
        if sub.contract_manager is None:
            yield _error("ROLE004", f"subscription {shown(sub.id)} has no contract manager", sub.at)
        else:
            managers.setdefault(sub.team, set()).add(sub.contract_manager.user)
    for team in declaration.teams.values():
        if team.primary is None and len(managers.get(team.name, ())) != 1:
            yield _error("ROLE001", f"team {shown(team.name)} has no primary admin", team.at)
        yield from _second_roles(team, managers.get(team.name, set()))
    for contract in declaration.contracts.values():
        if contract.contract_manager is None:
            yield _error("CLASSIC001", f"contract {shown(contract.number)} has no contract manager", contract.at)
        yield from _wrong_view(contract)


def _second_roles(team: DeclaredTeam, managers: set[str]) -> Iterator[Finding]:
    first: dict[str, Location] = dict.fromkeys(sorted(managers), team.at) if team.primary is None else {}
    if team.primary is not None:
        first[team.primary.user] = team.primary.at
    for people in (team.secondary, team.sso_admins):
        for index, user in people.items():
            at = people.at(index)
            if user in first:
                message = f"{shown(people.written(index))} has two roles in team {shown(team.name)}"
                yield _error("ROLE002", message, at, (Related(first[user], "has a role here"),))
            first.setdefault(user, at)


def _wrong_view(contract: DeclaredContract) -> Iterator[Finding]:
    if contract.license_type is None:
        message = f"contract {shown(contract.number)} has the offering of a subscription as its licence type"
        yield _error("CLASSIC006", message, contract.node.value_at("license_type"))
    products = contract.node.get("products")
    for node in (contract.node, *(products.values() if isinstance(products, YamlMap) else ())):
        if isinstance(node, YamlMap) and node.get("groups"):
            message = "a contract assigns products to users only, never to groups"
            yield _error("CLASSIC002", message, node.key_at("groups"))


def _lists(declaration: Declaration) -> Iterator[People]:
    for team in declaration.teams.values():
        yield from (team.secondary, team.sso_admins, team.members, *team.seats.values())
        yield from (group.members for group in team.groups.values())
    for contract in declaration.contracts.values():
        yield from (contract.support, contract.members, *contract.users.values(), *contract.services.values())


def _single(declaration: Declaration) -> Iterator[Mention]:
    found = [team.primary for team in declaration.teams.values()]
    found += [sub.contract_manager for sub in declaration.subscriptions.values()]
    for contract in declaration.contracts.values():
        found += [contract.contract_manager, contract.coordinator]
    return (mention for mention in found if mention is not None)


def _days(at: Location) -> Finding:
    return _error("SCHEMA001", "a snapshot has no entries with days", at, hint="remove `from` and `until`")


def _error(code: str, message: str, at: Location, related: tuple[Related, ...] = (), hint: str = "") -> Finding:
    return Finding(code, Severity.ERROR, message, at, hint, related=related)
