"""Ties between a person and an account: their mentions in the files, and what the account holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from seatsync.account.email import identity
from seatsync.account.model import Account, Contract, Scope, Team, User
from seatsync.clock import overlap
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam
from seatsync.declaration.files import is_csv
from seatsync.declaration.mentions import Mention, People
from seatsync.insight.why_answer import (
    ENTITLEMENTS,
    SUPPORT,
    Answer,
    Assignment,
    ConsultedAccount,
    Entitlement,
    Entry,
    Holding,
    Kind,
)
from seatsync.insight.why_gaps import NO_GAPS, Gaps


def _assignments_of(account: Account, user: str, declared: Declaration) -> list[Assignment]:
    """Return the assignments of a person (an identity), with declared renames applied to their names."""
    new_names = {old: team for team in declared.teams.values() if (old := team.former_name(account.teams)) is not None}
    found: list[Assignment] = []
    for name, team in account.teams.items():
        declared_team = new_names.get(name) or declared.teams.get(name)
        found += _team_ties(declared_team.name if declared_team is not None else name, team, user, declared_team)
    for key, sub in account.subscriptions.items():
        if sub.contract_manager == user:
            renamed = new_names.get(sub.team or "")
            scope = Scope("account") if sub.team is None else Scope("team", renamed.name if renamed else sub.team)
            found.append(Assignment(scope, "role", "manager", subscription=key))
    for number, contract in account.contracts.items():
        found += _contract_ties(Scope("contract", number), contract, user)
    return found


def absent(account: Account | None, declared: Declaration) -> Iterator[Scope]:
    """Yield the declared teams and contracts missing from the account (without an account: all)."""
    teams = account.teams if account is not None else {}
    contracts = account.contracts if account is not None else {}
    for team in declared.teams.values():
        if team.name not in teams and team.former_name(teams) is None:
            yield Scope("team", team.name)
    yield from (Scope("contract", number) for number in declared.contracts if number not in contracts)


def _team_ties(name: str, team: Team, user: str, declared_team: DeclaredTeam | None) -> Iterator[Assignment]:
    scope = Scope("team", name)
    role = "primary" if user == team.primary else team.menu_roles().get(user)
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


def _contract_ties(scope: Scope, contract: Contract, user: str) -> Iterator[Assignment]:
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


Found: TypeAlias = Iterator[tuple[Assignment, Entry]]


def _mentions_of(declared: Declaration, user: str) -> dict[Assignment, list[Entry]]:
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
    for role, people in team.role_lists():
        yield from _listed(Assignment(scope, "role", role), people, user)
    for name, people in team.seats.items():
        yield from _listed(Assignment(scope, "product", name), people, user, "product")
    for name, mentions in team.by_user.items():
        yield from _mentioned(Assignment(scope, "product", name), mentions, user)
    for group in team.groups.values():
        members = list(_listed(Assignment(scope, "product", ""), group.members, user))
        for index, product in group.products.items() if members else ():
            given, place = overlap(group.products.days.get(index), group.days), group.products.at(index)
            for _, entry in members:
                held = replace(entry, way="group", days=overlap(entry.days, given), product=place)
                yield Assignment(scope, "product", product, group.name), held
        if not group.products:
            for _, entry in members:
                held = replace(entry, days=overlap(entry.days, group.days))
                yield Assignment(scope, "member", "", group.name), held
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
            through = people.through(index)
            named = None if through is None else (through.name, through.person(index).at)
            yield assignment, Entry(way, people.at(index), people.days.get(index), through=named)


def _mentioned(assignment: Assignment, mentions: Iterable[Mention], user: str) -> Found:
    for mention in mentions:
        if mention.user == user:
            way = "csv" if is_csv(mention.at.file) else "user"
            yield assignment, Entry(way, mention.at, mention.days)


@dataclass(frozen=True, slots=True)
class Sources:
    """The declaration, the account (None: not available, for the reason `problem`), the day, and unknown facts."""

    declared: Declaration
    account: Account | None
    problem: str
    day: str
    gaps: Gaps = NO_GAPS

    def people(self) -> list[str]:
        """Return the identities of all declared or actual people."""
        return list(dict.fromkeys((*self.declared.users, *(self.account.users if self.account is not None else ()))))

    def person(self, identity: str) -> str:
        """Return the person with this identity as a former address, or else the identity itself."""
        for user, declared_user in self.declared.users.items():
            if any(mention.user == identity for mention in declared_user.previous):
                return user
        return identity

    def products(self) -> list[str]:
        """Return the names of all declared or actual products, services and benefits."""
        names: dict[str, None] = {}
        for team in self.declared.teams.values():
            names.update(dict.fromkeys(team.products()))
        for terms in self.declared.contracts.values():
            names.update(dict.fromkeys((*terms.users, *terms.services, SUPPORT)))
        names.update(dict.fromkeys(sub.product for sub in self.declared.subscriptions.values()))
        if self.account is not None:
            names.update(dict.fromkeys(sub.product for sub in self.account.subscriptions.values()))
            for team_now in self.account.teams.values():
                names.update(dict.fromkeys(team_now.seats))
                for group in team_now.groups.values():
                    names.update(dict.fromkeys(sorted(group.products)))
            for contract in self.account.contracts.values():
                names.update(dict.fromkeys((*contract.products, *contract.services, SUPPORT)))
        return list(names)


def explain(sources: Sources, user: str, product: str | None) -> Answer | None:
    """Return the answer about a person (an identity) and a product; None if the person is unknown."""
    declared, account = sources.declared, sources.account
    declared_user = declared.users.get(user)
    now, actual = _actual(sources, user)
    mentioned = _mentions_of(declared, user)
    mentioned.update(by_default(declared, user, absent(account, declared)))
    if declared_user is None and now is None and not mentioned and not actual:
        return None
    holdings = _side_by_side(mentioned, actual, sources, now.email if now is not None else user)
    wanted = [each for each in holdings if product is None or each.assignment.name == product]
    return Answer(
        declared_user.email if declared_user is not None else now.email if now is not None else user,
        _full_name(
            declared_user.first_name if declared_user else None, declared_user.last_name if declared_user else None, now
        ),
        sources.day,
        product,
        declared_user.at if declared_user is not None else None,
        _entitlements([each for each in wanted if each.assignment.kind in ENTITLEMENTS], sources),
        tuple(_explicit(holdings)) if product is None else (),
        _consulted(sources, user, now),
    )


def _consulted(sources: Sources, user: str, now: User | None) -> ConsultedAccount:
    account = sources.account
    if account is None:
        return ConsultedAccount(problem=sources.problem)
    if now is None:
        return ConsultedAccount(account.name, account.serial, unknown=sources.gaps.some_people())
    teams = [name for name, team in account.teams.items() if identity(now.email) in team.members]
    return ConsultedAccount(account.name, account.serial, now, unknown=sources.gaps.hides_status(now.email, teams))


def _actual(sources: Sources, user: str) -> tuple[User | None, list[Assignment]]:
    """Return the person in the account, by this or a former address, with the assignments there."""
    account = sources.account
    if account is None:
        return None, []
    declared_user = sources.declared.users.get(user)
    addresses = [user, *(mention.user for mention in (declared_user.previous if declared_user is not None else ()))]
    known = next((address for address in addresses if address in account.users), user)
    return account.users.get(known), _assignments_of(account, known, sources.declared)


def _side_by_side(
    mentioned: dict[Assignment, list[Entry]], actual: Iterable[Assignment], sources: Sources, person: str
) -> list[Holding]:
    """Return the declared and the actual assignments; `person` is the address in the account."""
    has = set(actual)
    account, declared = sources.account, sources.declared.teams

    def state_of(assignment: Assignment) -> bool | None:
        team = declared.get(assignment.scope.name) if assignment.scope.kind == "team" else None
        former = team.former_name(account.teams) if team is not None and account is not None else None
        if account is None or sources.gaps.hide(assignment, former or assignment.scope.name, person):
            return None
        return assignment in has

    found = [Holding(each, tuple(entries), state_of(each)) for each, entries in mentioned.items()]
    return found + [Holding(assignment, (), actual=True) for assignment in actual if assignment not in mentioned]


def _entitlements(holdings: Iterable[Holding], sources: Sources) -> tuple[Entitlement, ...]:
    things: dict[tuple[Scope, Kind, str], list[Holding]] = {}
    for holding in holdings:
        things.setdefault((holding.assignment.scope, holding.assignment.kind, holding.assignment.name), []).append(
            holding
        )
    found = []
    for (scope, kind, name), ways in things.items():
        paid = scope.kind != "team" or _subscribed(sources, scope.name, name)
        entitled = paid and any(way.on(sources.day) for way in ways)
        found.append(Entitlement(scope, kind, name, entitled, paid, tuple(ways)))
    return tuple(found)


def _subscribed(sources: Sources, team: str, product: str) -> bool:
    """Return True if a subscription in term, declared or else in the account, gives a team a product."""
    day, declared = sources.day, sources.declared.subscriptions
    if any(sub.team == team and sub.product == product and sub.in_term(day) for sub in declared.values()):
        return True
    bought = sources.account.subscriptions_to(team, product) if sources.account is not None else ()
    return any(sub.in_term(day) for sub in bought)


def _explicit(holdings: Iterable[Holding]) -> Iterable[Holding]:
    """Yield roles and memberships, but no membership implied by something else in the scope."""
    holdings = list(holdings)
    more = {
        holding.assignment.scope
        for holding in holdings
        if holding.assignment != Assignment(holding.assignment.scope, "member", "")
    }
    for holding in holdings:
        implied = holding.assignment.kind == "member" and not holding.entries and holding.assignment.scope in more
        if holding.assignment.kind not in ENTITLEMENTS and (not implied or holding.assignment.group is not None):
            yield holding


def _full_name(first: str | None, last: str | None, now: User | None) -> str:
    """Return the declared name, completed from the account."""
    names = (
        first if first is not None or now is None else now.first_name,
        last if last is not None or now is None else now.last_name,
    )
    return " ".join(name for name in names if name)
