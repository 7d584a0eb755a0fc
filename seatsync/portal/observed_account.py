"""The real account as observed: known facts, and assumptions about all others.

Assumptions follow the declaration where it has a value, so that a plan has no step about an unknown fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from seatsync.account.actions.spec import Facts, Plain
from seatsync.account.history import members_by_scope
from seatsync.account.model import Group, Team, User
from seatsync.account.unknowns import Unknown
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration, DeclaredGroup, Omitted
from seatsync.declaration.states import as_account
from seatsync.finding import Finding, Severity
from seatsync.portal.gathering import Gathering
from seatsync.portal.observation import SOURCES, Coverage, Observation, Person, Value
from seatsync.portal.observed_subscriptions import ObservedSubscriptions
from seatsync.reading.plain_text import shown
from seatsync.targets.target import State


def observed_state(chosen: Mapping[Coverage, Observation], declared: Declaration | None, day: str) -> State:
    """Return the state that the newest observations of each kind and team add up to. Its findings may be errors."""
    gathering = Gathering(chosen, declared, day)
    _add_people(gathering)
    for name in gathering.teams():
        team = _ObservedTeam(gathering, name).team()
        if team is not None:
            gathering.account.teams[name] = team
    _drop_others(gathering)
    _settle_status(gathering)
    ObservedSubscriptions(gathering).add()
    _leave_out_unknown(gathering)
    if gathering.undated:
        number = len(gathering.undated)
        message = f"no export says when pending people were invited ({number}), so none is invited again"
        hint = "invite them again in the portal after seven days"
        gathering.findings.append(Finding("SOURCE007", Severity.INFO, message, hint=hint))
    return State(
        gathering.account,
        unknown=tuple(_unknown(gathering)),
        assumed=tuple(gathering.assumed),
        left_out=tuple(gathering.left_out),
        undated=frozenset(gathering.undated),
        findings=tuple(gathering.findings),
    )


def _add_people(gathering: Gathering) -> None:
    """Add the people of all teams, each merged from what the teams say about them, with unknown names as declared."""
    people: dict[str, Person] = {}
    for team in gathering.teams():
        for (user,), fact in (gathering.facts("people", team) or {}).items():
            if isinstance(fact.value, Person):
                people[user] = fact.value.with_known(people[user]) if user in people else fact.value
    declared = {} if gathering.declared is None else gathering.declared.users
    present = {old: user for user, addresses in gathering.former.items() for old in addresses}
    for user, person in people.items():
        entry = declared.get(user) or declared.get(present.get(user, ""))
        names = (None, None) if entry is None else (entry.first_name, entry.last_name)
        known = (person.first_name, person.last_name)
        first, last = (name if one is None else one for one, name in zip(known, names, strict=True))
        gathering.account.users[user] = User(person.email, first or "", last or "")


def _drop_others(gathering: Gathering) -> None:
    """Drop the people who are only in teams that are left out."""
    account = gathering.account
    members = set[str]().union(*(team.members for team in account.teams.values()))
    account.users = {user: person for user, person in account.users.items() if user in members}


def _settle_status(gathering: Gathering) -> None:
    """Set who is pending. Somebody who is active in one team is so everywhere; unknown is taken as active."""
    users = gathering.account.users
    known: dict[str, set[Value]] = {user: set() for user in users}
    for team in gathering.teams():
        for (user,), fact in (gathering.facts("status", team) or {}).items():
            if user in known:
                known[user].add(fact.value)
    former = {each for addresses in gathering.former.values() for each in addresses}
    for user, statuses in known.items():
        if statuses - {None} == {"pending"}:
            users[user] = users[user]._replace(status="pending")
            gathering.undated.add(user)
        elif not statuses - {None}:
            if statuses:
                gathering.assume("status", "active", ("user", user))
            if user in former:
                _leave_out_address(gathering, user)


def _leave_out_address(gathering: Gathering, user: str) -> None:
    """Leave out the teams of somebody whose address changes: by which step depends on their unknown status.

    They are those that have the former address, or are declared with the new one.
    """
    hint = "add a users export with the column account_status"
    joining = set[str]()
    if gathering.declared is not None:
        new = {name for name, addresses in gathering.former.items() if user in addresses}
        declared = members_by_scope(as_account(gathering.declared, Clock.at(gathering.day)))
        joining = {scope.name for scope, people in declared.items() if scope.kind == "team" and new & people}
    for name, team in gathering.account.teams.items():
        if user in team.members:
            gathering.leave_team_out(name, f"has {user}, whose status is unknown", hint)
        elif name in gathering.entries and gathering.entries[name].name in joining:
            gathering.leave_team_out(name, f"is declared with {user}, whose status is unknown", hint)


def _leave_out_unknown(gathering: Gathering) -> None:
    """Leave out the declared teams and contracts that no source shows."""
    known = gathering.teams()
    for name in gathering.entries:
        if name not in known:
            hint = "add an export by somebody who sees the team; a new team can be planned once it is in one"
            gathering.leave_team_out(name, "is in no users export", hint)
    for number in () if gathering.declared is None else gathering.declared.contracts:
        gathering.leave_out("contract", number, "is in no export", "the portal exports no classic contracts")


def _unknown(gathering: Gathering) -> Iterator[Unknown]:
    """Yield the kinds of facts that no source covers; of a team without members or roles only the first."""
    teams = gathering.account.teams
    for name in sorted({*teams, *gathering.teams(), *gathering.entries}):
        team = teams.get(name)
        for kind, source in SOURCES.items():
            if gathering.facts(kind, name) is None and (kind != "group_products" or (team is not None and team.groups)):
                yield Unknown(name, kind, source)
                if team is None:
                    break
        people = (fact.value for fact in (gathering.facts("people", name) or {}).values())
        if any(isinstance(each, Person) and None in {each.first_name, each.last_name} for each in people):
            yield Unknown(name, "names", SOURCES["people"])


class _ObservedTeam:
    """One team while it is put together. `entry` is how it is declared, if it is."""

    def __init__(self, gathering: Gathering, name: str) -> None:
        self.gathering, self.name, self.entry = gathering, name, gathering.entries.get(name)
        self.people = {user for (user,) in gathering.facts("people", name) or {}}

    def team(self) -> Team | None:
        """Return the team; None, with a finding, if its primary admin is unknown."""
        roles = self._roles()
        primary = [user for user, role in roles.items() if role == "primary"]
        known = self.gathering.facts("roles", self.name) or {}
        unsure = [user for user in primary if len(primary) > 1 and known[user,].value is None]
        if unsure:
            who = self.gathering.written(unsure[0])
            why = f"is declared with primary admin {who}, whose role is unknown, while somebody else is primary admin"
            self.gathering.leave_team_out(self.name, why, "ask which role they have")
            return None
        if len(primary) != 1:
            self._report_primary(primary)
            return None
        team = Team(primary[0], members=set(self.people))
        for user, role in roles.items():
            if role in {"secondary", "sso"}:
                team.admins[user] = "secondary" if role == "secondary" else "sso"
        team.external = frozenset(user for user, role in roles.items() if role == "external")
        if self.entry is not None and not isinstance(self.entry.sso, Omitted) and self.entry.sso is not None:
            team.sso = self.entry.sso
            facts = (("domains", team.sso.domains), ("metadata_url", team.sso.metadata_url))
            self._assume("sso", Facts(tuple((name, value) for name, value in facts if value is not None)))
        holders = self._holders()
        team.groups = self._groups(holders)
        team.seats = self._assumed_seats() if holders is None else self._direct(holders, team.groups)
        return team

    def _assume(self, fact: str, value: Plain, *things: tuple[str, str]) -> None:
        self.gathering.assume(fact, value, ("team", self.name), *things)

    def _written(self, users: AbstractSet[str]) -> tuple[str, ...]:
        return tuple(map(self.gathering.written, sorted(users)))

    def _present(self, users: AbstractSet[str]) -> set[str]:
        """Return the declared people who are in the team, by their present addresses."""
        return {found for user in users if (found := self.gathering.present(user, self.people)) is not None}

    def _report_primary(self, primary: list[str]) -> None:
        """Report a team without, or with several primary admins: an error, unless its roles are not known at all."""
        if self.gathering.facts("roles", self.name) is None:
            hint = "add a users export that shows the roles of the team"
            self.gathering.leave_team_out(self.name, "has an unknown primary admin", hint)
            return
        facts = self.gathering.facts("people", self.name) or {}
        at = facts[primary[-1],].origin.location if primary else min(fact.origin.location for fact in facts.values())
        what = f"{len(primary)} primary admins" if primary else "no primary admin"
        message = f"team {shown(self.name)} has {what} in the users export"
        hint = "download the users export again, without a filter; it needs the role words of the English portal"
        things = (("team", self.name),)
        self.gathering.findings.append(Finding("SOURCE001", Severity.ERROR, message, at, hint, things=things))

    def _roles(self) -> dict[str, str]:
        """Return the roles by person: known ones, and declared ones for those that are unknown."""
        known = self.gathering.facts("roles", self.name)
        declared = self._declared_roles()
        if known is None:
            roles = {user: declared.get(user, "member") for user in sorted(self.people)}
        else:
            roles = {
                user: fact.value if isinstance(fact.value, str) else declared.get(user, "member")
                for (user,), fact in known.items()
                if user in self.people
            }
        for user, role in roles.items():
            if (known is None and role != "member") or (known is not None and known[user,].value is None):
                self._assume("role", role, ("user", user))
        return roles

    def _declared_roles(self) -> dict[str, str]:
        """Return the declared roles of people in the team, by their present address."""
        if self.entry is None:
            return {}
        roles: list[tuple[str, str]] = []
        for role, people in self.entry.role_lists():
            roles += ((user, role) for user in sorted(people.on(self.gathering.day)))
        if self.entry.primary is not None:
            roles.append((self.entry.primary.user, "primary"))
        found = ((self.gathering.present(user, self.people), role) for user, role in roles)
        return {user: role for user, role in found if user is not None}

    def _holders(self) -> dict[str, set[str]] | None:
        """Return the members who hold each product, directly or by a group; None if that is unknown."""
        known = self.gathering.facts("seats", self.name)
        if known is None:
            return None
        holders: dict[str, set[str]] = {}
        for product, user in known:
            if user in self.people:
                holders.setdefault(product, set()).add(user)
        return holders

    def _groups(self, holders: Mapping[str, set[str]] | None) -> dict[str, Group]:
        covered = self.gathering.facts("groups", self.name)
        members: dict[str, set[str]] = {}
        for name, user in covered or {}:
            members.setdefault(name, set()).add(user)
        # who is not in the team has left it since: `combined` sees to that
        groups = {name: Group(users & self.people) for name, users in members.items()}
        for name, product in self.gathering.facts("group_products", self.name) or {}:
            if name in groups:
                groups[name].products = groups[name].products | {product}
        for entry in {} if self.entry is None else self.entry.groups.values():
            self._assume_group(entry, groups, holders)
        return groups

    def _assume_group(
        self, entry: DeclaredGroup, groups: dict[str, Group], holders: Mapping[str, set[str]] | None
    ) -> None:
        """Assume facts that exports lack: groups that are not covered, empty ones, and the products of groups."""
        name = entry.former_name(groups) or entry.name
        members = self._present(entry.members.on(self.gathering.day))
        if name not in groups:
            if self.gathering.facts("groups", self.name) is not None and members:
                return  # known: nobody is in such a group
            groups[name] = Group(members)
            self._assume("members", self._written(members), ("group", name))
        group = groups[name]
        products = sorted({product for product in entry.products if isinstance(product, str)} - group.products)
        if group.members and holders is not None:
            products = [product for product in products if group.members <= holders.get(product, set())]
        if products:
            group.products = group.products | {*products}
            self._assume("products", tuple(products), ("group", name))

    def _direct(self, holders: Mapping[str, set[str]], groups: Mapping[str, Group]) -> dict[str, AbstractSet[str]]:
        """Return the direct seats: of those who hold a product by no group, or are declared to hold it so."""
        seats: dict[str, AbstractSet[str]] = {}
        for product, users in sorted(holders.items()):
            by_group = set().union(*(group.members for group in groups.values() if product in group.products))
            both = self._declared_direct(product)
            direct = {user for user in users if user not in by_group or user in both}
            if direct:
                seats[product] = direct
        return seats

    def _declared_direct(self, product: str) -> set[str]:
        """Return the members of the team who are declared to hold a product directly."""
        return set() if self.entry is None else self._present(self.entry.direct_on(product, self.gathering.day))

    def _assumed_seats(self) -> dict[str, AbstractSet[str]]:
        """Return the declared direct seats, where no export shows any of the team."""
        seats: dict[str, AbstractSet[str]] = {}
        for product in sorted(() if self.entry is None else self.entry.products()):
            users = self._declared_direct(product)
            if users:
                seats[product] = users
                self._assume("seats", self._written(users), ("product", product))
        return seats
