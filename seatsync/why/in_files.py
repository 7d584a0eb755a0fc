"""Declared assignments of a person, with their locations and days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from seatsync.account.model import Scope
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam, Mention, People
from seatsync.why.answer import SUPPORT, Assignment, Entry

Found: TypeAlias = Iterator[tuple[Assignment, Entry]]


def mentions_of(declared: Declaration, user: str) -> dict[Assignment, list[Entry]]:
    """Return the declared assignments of a person (an identity): teams, then subscriptions, then contracts."""
    found: dict[Assignment, list[Entry]] = {}
    for assignment, entry in _all(declared, user):
        found.setdefault(assignment, []).append(entry)
    return found


def by_default(declared: Declaration, user: str, absent: Iterable[Scope]) -> dict[Assignment, list[Entry]]:
    """Return the roles that a person has by default in new scopes because no one is declared for them."""
    found: dict[Assignment, list[Entry]] = {}
    for scope in absent:
        if scope.kind == "team" and declared.teams[scope.name].primary is None:
            managers = _managers(declared, scope.name)
            if {mention.user for mention in managers} == {user}:
                found[Assignment(scope, "role", "primary")] = [Entry("default", managers[0].at)]
        elif scope.kind == "contract":
            contract = declared.contracts[scope.name]
            manager = contract.contract_manager
            if contract.coordinator is None and manager is not None and manager.user == user:
                found[Assignment(scope, "role", "coordinator")] = [Entry("default", manager.at)]
    return found


def _managers(declared: Declaration, team: str) -> list[Mention]:
    subs = [sub for sub in declared.subscriptions.values() if sub.team == team]
    return [sub.contract_manager for sub in subs if sub.contract_manager is not None]


def _all(declared: Declaration, user: str) -> Found:
    for team in declared.teams.values():
        yield from _in_team(team, user)
    for sub in declared.subscriptions.values():
        scope = Scope("account") if sub.team is None else Scope("team", sub.team)
        assignment = Assignment(scope, "role", "manager", subscription=sub.id)
        yield from _single(assignment, sub.contract_manager, user)
    for contract in declared.contracts.values():
        yield from _in_contract(contract, user)


def _in_team(team: DeclaredTeam, user: str) -> Found:
    scope = Scope("team", team.name)
    yield from _single(Assignment(scope, "role", "primary"), team.primary, user)
    yield from _listed(Assignment(scope, "role", "secondary"), team.secondary, user)
    yield from _listed(Assignment(scope, "role", "sso"), team.sso_admins, user)
    for name, people in team.seats.items():
        yield from _listed(Assignment(scope, "product", name), people, user, "product")
    for name, mentions in team.by_user.items():
        yield from _mentioned(Assignment(scope, "product", name), mentions, user)
    for group in team.groups.values():
        members = list(_listed(Assignment(scope, "product", ""), group.members, user))
        for index, product in enumerate(group.products):
            if isinstance(product, str):
                assignment, place = Assignment(scope, "product", product, group.name), group.products.item_at(index)
                yield from ((assignment, Entry("group", entry.at, entry.days, place)) for _, entry in members)
        if not group.products:
            yield from ((Assignment(scope, "member", "", group.name), entry) for _, entry in members)
    yield from _listed(Assignment(scope, "member", ""), team.members, user)
    yield from _mentioned(Assignment(scope, "member", ""), team.rows, user)


def _in_contract(contract: DeclaredContract, user: str) -> Found:
    scope = Scope("contract", contract.number)
    yield from _single(Assignment(scope, "role", "manager"), contract.contract_manager, user)
    yield from _single(Assignment(scope, "role", "coordinator"), contract.coordinator, user)
    for product, people in contract.users.items():
        yield from _listed(Assignment(scope, "product", product), people, user, "product")
    for service, people in contract.services.items():
        yield from _listed(Assignment(scope, "service", service), people, user)
    yield from _listed(Assignment(scope, "support", SUPPORT), contract.support, user)
    yield from _listed(Assignment(scope, "member", ""), contract.members, user)


def _single(assignment: Assignment, mention: Mention | None, user: str) -> Found:
    if mention is not None and mention.user == user:
        yield assignment, Entry("", mention.at, mention.days)


def _listed(assignment: Assignment, people: People, user: str, way: str = "") -> Found:
    for index, listed in people.items():
        if listed == user:
            yield assignment, Entry(way, people.at(index), people.days.get(index))


def _mentioned(assignment: Assignment, mentions: Iterable[Mention], user: str) -> Found:
    for mention in mentions:
        if mention.user == user:
            way = "csv" if mention.at.file.lower().endswith(".csv") else "user"
            yield assignment, Entry(way, mention.at, mention.days)
