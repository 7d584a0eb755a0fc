"""Declarations and account states: the account that a declaration describes on a day, and snapshots of an account."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from seatsync.account.model import Account, Contract, Group, Subscription, Team, User
from seatsync.clock import Clock, lasts
from seatsync.declaration.declared import (
    Declaration,
    DeclaredContract,
    DeclaredSubscription,
    DeclaredTeam,
    DeclaredUser,
    Omitted,
    Project,
)
from seatsync.declaration.fields import Diagnostics, Fields
from seatsync.declaration.files import Unreadable, content
from seatsync.declaration.fragment import SECTIONS, read_fragment
from seatsync.declaration.mentions import Mention, People
from seatsync.declaration.people import USER_NOW, Draft
from seatsync.declaration.project import zone_of
from seatsync.declaration.project_values import Ignore, Policy
from seatsync.errors import FileProblem
from seatsync.finding import Finding, Location, Related, Severity, has_errors, in_order
from seatsync.reading import schema, yaml_file
from seatsync.reading.plain_text import shown
from seatsync.reading.tree import YamlMap, collector_paused


def as_account(declaration: Declaration, clock: Clock) -> Account:
    """Return the state that is declared for the clock's day, with defaults filled in and without people in no scope.

    Requires a declaration without errors: every team has a primary admin or a default, every named person is declared.
    """
    day = clock.day
    managers: dict[str, set[str]] = {}
    account = Account(declaration.project.account, timezone=declaration.project.timezone or "UTC")
    for key, sub in declaration.subscriptions.items():
        account.subscriptions[key] = _subscription(sub, day)
        if sub.team is not None and sub.contract_manager is not None:
            managers.setdefault(sub.team, set()).add(sub.contract_manager.user)
    for name, declared in declaration.teams.items():
        account.teams[name] = _team(declared, managers.get(name, set()), day)
    for number, contract in declaration.contracts.items():
        account.contracts[number] = _contract(contract, day)
    scopes: list[Team | Contract] = [*account.teams.values(), *account.contracts.values()]
    people = set().union(*(scope.members for scope in scopes))
    account.users = {user: _user(facts) for user, facts in declaration.users.items() if user in people}
    return account


def _user(user: DeclaredUser) -> User:
    names = (user.first_name or "", user.last_name or "")
    return User(user.email, *names, user.status, *user.invited)


def _subscription(sub: DeclaredSubscription, day: str) -> Subscription:
    manager = "" if sub.contract_manager is None else sub.contract_manager.user
    return Subscription(
        sub.team,
        sub.product,
        sub.offering,
        sub.seats_on(day),
        sub.tokens_on(day),
        sub.channel,
        manager,
        sub.starts,
        sub.ends,
        sub.auto_renew,
    )


def _team(declared: DeclaredTeam, managers: set[str], day: str) -> Team:
    """Return a team; its primary admin defaults to the contract manager of its subscriptions."""
    primary = declared.primary.user if declared.primary is not None else min(managers, default="")
    team = Team(primary, None if isinstance(declared.sso, Omitted) else declared.sso)
    team.admins.update(dict.fromkeys(sorted(declared.sso_admins.on(day)), "sso"))
    team.admins.update(dict.fromkeys(sorted(declared.secondary.on(day)), "secondary"))
    team.admins.pop(primary, None)
    for name, group in declared.groups.items():
        if lasts(group.days, day):
            team.groups[name] = Group(group.members.on(day), group.products.on(day))
    for product in {**declared.seats, **declared.by_user}:
        holders = declared.direct_on(product, day)
        if holders:
            team.seats[product] = holders
    external = declared.external.on(day) if declared.external is not None else set[str]()
    team.external = frozenset(external.difference({primary}, team.admins))
    team.members = declared.members_on(day).union(
        managers,
        external,
        {primary} - {""},
        team.admins,
        *(group.members for group in team.groups.values()),
        *team.seats.values(),
    )
    return team


def _contract(declared: DeclaredContract, day: str) -> Contract:
    """Return a contract; its software coordinator defaults to the contract manager."""
    manager = "" if declared.contract_manager is None else declared.contract_manager.user
    coordinator = manager if declared.coordinator is None else declared.coordinator.user
    contract = Contract(
        manager,
        coordinator,
        declared.license_type or "perpetual",
        declared.channel,
        declared.deployment,
        declared.starts,
        declared.ends,
        products=dict(declared.products),
        seats=_holders(declared.users, day),
        services=_holders(declared.services, day),
        support=declared.support.on(day),
    )
    holders: Iterable[AbstractSet[str]] = (*contract.seats.values(), *contract.services.values(), contract.support)
    contract.members = declared.members.on(day).union({manager, coordinator} - {""}, *holders)
    return contract


def _holders(rosters: dict[str, People], day: str) -> dict[str, AbstractSet[str]]:
    """Return the holders of each item on a day, without items that nobody holds."""
    held = {name: people.on(day) for name, people in rosters.items()}
    return {name: holders for name, holders in held.items() if holders}


def violations(declaration: Declaration) -> Iterator[Finding]:
    """Yield findings for undeclared people and teams, and for missing or conflicting roles.

    An account cannot exist without these constraints; a state may violate all other rules.
    """
    yield from _unknown_people(declaration)
    yield from _unknown_lists(declaration)
    yield from _unknown_teams(declaration)
    yield from _roles(declaration)


def _dated_entries(declaration: Declaration) -> Iterator[Finding]:
    """Yield findings for entries with days, which a snapshot cannot have."""
    for people in declaration.people():
        for index in people.days:
            yield _days(people.at(index))
    for team in declaration.teams.values():
        yield from (_days(mention.at) for mentions in team.by_user.values() for mention in mentions if mention.days)
        for group in team.groups.values():
            yield from (_days(group.products.at(index)) for index in group.products.days)
            if group.days is not None:
                yield _days(group.at)


def _unknown_people(declaration: Declaration) -> Iterator[Finding]:
    known = declaration.users.keys()
    for people in declaration.people():
        if not known >= set(people.ids):
            unknown = (index for index, user in people.items() if user not in known)
            yield from (_unknown_person(people.written(index), people.at(index)) for index in unknown)
    for mention in _single(declaration):
        if mention.user not in known:
            yield _unknown_person(mention.written, mention.at)


def _unknown_person(written: str, at: Location) -> Finding:
    return _error("REF001", f"{shown(written)} is not declared under `users`", at)


def _unknown_lists(declaration: Declaration) -> Iterator[Finding]:
    for people in declaration.people():
        for mention in people.lists:
            if mention.broken:
                yield _error("REF004", f"the people of list {shown(mention.name)} are not known", mention.at)


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
    for _, people in team.role_lists():
        for index, user in people.distinct():
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


# Snapshots

SNAPSHOT = SECTIONS | {"account", "lineage", "serial", "timezone"}


def load_snapshot(path: Path) -> tuple[Account | None, list[Finding]]:
    """Return the account in a snapshot, with lineage, serial and invitations, and the findings.

    The account is None if there are errors. People in no team and no contract are ignored. Raises `FileProblem` if the
    file cannot be read.
    """
    try:
        text = content(os.path.realpath(path))
    except Unreadable as problem:
        raise FileProblem(str(path), str(problem)) from problem
    except (OSError, ValueError) as error:
        raise FileProblem(str(path), "is not a valid path on this system") from error
    return read_snapshot(text, str(path))


def read_snapshot(text: bytes, file: str) -> tuple[Account | None, list[Finding]]:
    """Return the account and findings of a snapshot's bytes; `file` is its name in findings."""
    diagnostics = Diagnostics()
    with collector_paused():
        node, findings = yaml_file.read(text, file)
        diagnostics.findings += findings
        if not findings or node is not None:
            diagnostics.add_schema_findings(schema.check(node, "snapshot", file))
        account = _account(node, diagnostics) if isinstance(node, YamlMap) else None
    return account, in_order(diagnostics.findings)


def _account(node: YamlMap, diagnostics: Diagnostics) -> Account | None:
    fields = Fields(node, diagnostics, SNAPSHOT)
    name, zone = fields.text("account") or "", zone_of(fields)
    project = Project(Path(), node, name, None, (), zone, Policy())
    draft = Draft(Declaration(project), diagnostics)
    read_fragment(node, draft, SNAPSHOT, USER_NOW)
    declaration = draft.finish()
    if not has_errors(diagnostics.findings):  # skip consequential errors
        diagnostics.findings += [*violations(declaration), *_dated_entries(declaration)]
    if has_errors(diagnostics.findings):
        return None
    account = as_account(declaration, Clock.at("2000-01-01"))  # no entry has days, so any day gives the same result
    account.lineage, account.serial = fields.text("lineage"), fields.number("serial")
    return account


def without_ignored(account: Account, ignore: Ignore) -> Account:
    """Return a copy of an account without what a policy ignores, to be declared.

    A role of which there is one keeps an ignored person.
    """
    found = account.copy()
    found.teams = {name: team for name, team in found.teams.items() if not ignore.team(name)}
    found.subscriptions = {
        key: sub for key, sub in found.subscriptions.items() if sub.team is None or sub.team in found.teams
    }
    for team in found.teams.values():
        team.seats = _managed(team.seats, ignore)
        team.groups = {
            name: Group(_people(group.members, ignore), {each for each in group.products if not ignore.product(each)})
            for name, group in team.groups.items()
            if not ignore.group(name)
        }
        team.admins = {user: role for user, role in team.admins.items() if not ignore.user(user)}
        team.members, team.external = _people(team.members, ignore), _people(team.external, ignore)
    for contract in found.contracts.values():
        contract.seats, contract.services = _managed(contract.seats, ignore), _managed(contract.services, ignore)
        contract.members, contract.support = _people(contract.members, ignore), _people(contract.support, ignore)
    single = {team.primary for team in found.teams.values()}
    single |= {sub.contract_manager for sub in found.subscriptions.values()}
    single.update(*((each.contract_manager, each.coordinator) for each in found.contracts.values()))
    found.users = {
        user: person
        for user, person in found.users.items()
        if (found.scopes_of(user) and not ignore.user(user)) or user in single
    }
    return found


def _people(people: AbstractSet[str], ignore: Ignore) -> frozenset[str]:
    return frozenset(user for user in people if not ignore.user(user))


def _managed(held: dict[str, AbstractSet[str]], ignore: Ignore) -> dict[str, AbstractSet[str]]:
    """Return the holders by product or service, without ignored ones."""
    left = {name: _people(holders, ignore) for name, holders in held.items() if not ignore.product(name)}
    return {name: holders for name, holders in left.items() if holders}
