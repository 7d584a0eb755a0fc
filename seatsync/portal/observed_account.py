"""The real account as observed: known facts, and assumptions about all others.

Assumptions follow the declaration where it has a value, so that a plan has no step about an unknown fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from seatsync.account.actions.spec import Facts as PlainFacts
from seatsync.account.actions.spec import Plain
from seatsync.account.attributes import BY_COUNT
from seatsync.account.model import Account, Group, Subscription, Team, User
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.declaration.declared import Declaration, DeclaredGroup, DeclaredSubscription, DeclaredTeam, Omitted
from seatsync.finding import Finding, Severity
from seatsync.portal.observation import (
    SOURCES,
    Coverage,
    Facts,
    Kind,
    Observation,
    Origin,
    Person,
    Purchase,
    Value,
    contradiction,
    is_newer,
    listing,
)
from seatsync.reading.plain_text import shown
from seatsync.targets.target import State


def observed_state(chosen: Mapping[Coverage, Observation], declared: Declaration | None, day: str) -> State:
    """Return the state that the newest observations of each kind and team add up to. Its findings may be errors."""
    return _Reading(chosen, declared, day).state()


class _Reading:
    """The account while it is put together."""

    def __init__(self, chosen: Mapping[Coverage, Observation], declared: Declaration | None, day: str) -> None:
        self.chosen, self.declared, self.day = chosen, declared, day
        project = None if declared is None else declared.project
        name, zone = ("", None) if project is None else (project.account, project.timezone)
        self.account = Account(name, timezone=zone or "UTC")
        self.assumed: list[Assumed] = []
        self.left_out: list[tuple[str, str]] = []
        self.undated: set[str] = set()
        self.findings: list[Finding] = []
        self.declared_name: dict[str, str] = {}  # of teams, by their present names
        self.former: dict[str, tuple[str, ...]] = {}  # addresses of declared people that changed
        if declared is not None:
            self.former = {user: tuple(each.user for each in entry.previous) for user, entry in declared.moved()}

    def facts(self, kind: Kind, team: str) -> Facts | None:
        """Return the facts of a kind in a team, sorted; None if no source covers them."""
        observation = self.chosen.get((kind, team))
        return None if observation is None else observation.facts[kind, team]

    def assume(self, fact: str, value: Plain, *things: tuple[str, str]) -> None:
        """Record an assumption; people among the things are named by their addresses as written."""
        named = [(kind, self.written(name) if kind == "user" else name) for kind, name in things]
        self.assumed.append(Assumed(tuple(named), fact, value))

    def written(self, user: str) -> str:
        """Return the address of a person as written."""
        return self.account.users[user].email

    def leave_out(self, kind: str, name: str, why: str, hint: str, at: Origin | None = None) -> None:
        """Leave a scope out of plans, with a SOURCE007."""
        self.left_out.append((kind, name))
        message = f"{kind} {shown(name)} {why}, so that nothing about it is planned"
        where = None if at is None else at.location
        self.findings.append(Finding("SOURCE007", Severity.INFO, message, where, hint, things=((kind, name),)))

    def state(self) -> State:
        """Return the state."""
        entries = self._declared_teams()
        self.declared_name = {name: entry.name for name, entry in entries.items()}
        for name in self._teams():
            self._add_people(name)
            team = _ObservedTeam(self, name, entries.get(name)).team()
            if team is not None:
                self.account.teams[name] = team
        self._settle_status()
        _Subscriptions(self, entries).add()
        self._leave_out_unknown(entries)
        if self.undated:
            message = f"no export says when pending people were invited ({len(self.undated)}), so none is invited again"
            hint = "invite them again in the portal after seven days"
            self.findings.append(Finding("SOURCE007", Severity.INFO, message, hint=hint))
        return State(
            self.account,
            unknown=tuple(self._unknown()),
            assumed=tuple(self.assumed),
            left_out=tuple(self.left_out),
            undated=frozenset(self.undated),
            findings=tuple(self.findings),
        )

    def _unknown(self) -> Iterator[Unknown]:
        """Yield the kinds of facts that no source covers, of present and of missing teams."""
        missing = {name for kind, name in self.left_out if kind == "team"} - self.declared_name.keys()
        for name in sorted(self.account.teams.keys() | missing):
            team = self.account.teams.get(name)
            for kind, source in SOURCES.items():
                if team is None:
                    yield Unknown(name, kind, source)
                    break
                if self.facts(kind, name) is None and (kind != "group_products" or team.groups):
                    yield Unknown(name, kind, source)

    def _teams(self) -> list[str]:
        return [team for kind, team in self.chosen if kind == "people"]

    def _declared_teams(self) -> dict[str, DeclaredTeam]:
        """Return the declared teams by the names they have in the account."""
        declared = {} if self.declared is None else self.declared.teams
        present = self._teams()
        return {team.former_name(present) or name: team for name, team in declared.items()}

    def _add_people(self, team: str) -> None:
        """Add the people of a team, each merged with what other teams say about them."""
        for (user,), fact in (self.facts("people", team) or {}).items():
            before, now = self.account.users.get(user), fact.value
            if isinstance(now, Person):
                texts = (now.email, now.first_name, now.last_name)
                if before is not None:
                    texts = (
                        max(before.email, texts[0]),
                        max(before.first_name, texts[1]),
                        max(before.last_name, texts[2]),
                    )
                self.account.users[user] = User(*texts)

    def _settle_status(self) -> None:
        """Set who is pending. Somebody who is active in one team is so everywhere; unknown is taken as active."""
        known: dict[str, set[Value]] = {user: set() for user in self.account.users}
        for team in self._teams():
            for (user,), fact in (self.facts("status", team) or {}).items():
                if user in known:
                    known[user].add(fact.value)
        for user, statuses in known.items():
            if statuses - {None} == {"pending"}:
                self.account.users[user] = self.account.users[user]._replace(status="pending")
                self.undated.add(user)
            elif not statuses - {None}:
                if statuses:
                    self.assume("status", "active", ("user", user))
                if any(user in former for former in self.former.values()):
                    self._leave_out_address(user)

    def _leave_out_address(self, user: str) -> None:
        """Leave out the teams of somebody whose address changes: by which step depends on their unknown status."""
        hint = "add a users export with the column account_status"
        for name, team in self.account.teams.items():
            if user in team.members:
                self.leave_out("team", self.declared_name.get(name, name), f"has {user}, whose status is unknown", hint)

    def _leave_out_unknown(self, entries: Mapping[str, DeclaredTeam]) -> None:
        if self.declared is None:
            return
        for name, team in entries.items():
            if name not in self.account.teams:
                hint = "add an export by somebody who sees the team; a new team can be planned once it is in one"
                self.leave_out("team", team.name, "is in no users export", hint)
        for number in self.declared.contracts:
            self.leave_out("contract", number, "is in no export", "the portal exports no classic contracts")

    def present(self, user: str, members: AbstractSet[str]) -> str | None:
        """Return the identity of a declared person among members, which may be a former address."""
        return next((each for each in (user, *self.former.get(user, ())) if each in members), None)


class _ObservedTeam:
    """One team while it is put together. `entry` is how it is declared, if it is."""

    def __init__(self, reading: _Reading, name: str, entry: DeclaredTeam | None) -> None:
        self.reading, self.name, self.entry = reading, name, entry
        self.people = {user for (user,) in reading.facts("people", name) or {}}

    def team(self) -> Team | None:
        """Return the team; None, with a SOURCE001, if it has not exactly one primary admin."""
        roles = self._roles()
        primary = [user for user, role in roles.items() if role == "primary"]
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
            self._assume("sso", PlainFacts(tuple((name, value) for name, value in facts if value is not None)))
        holders = self._holders()
        team.groups = self._groups(holders)
        team.seats = self._direct(holders, team.groups)
        return team

    def _assume(self, fact: str, value: Plain, *things: tuple[str, str]) -> None:
        self.reading.assume(fact, value, ("team", self.name), *things)

    def _report_primary(self, primary: list[str]) -> None:
        facts = self.reading.facts("people", self.name) or {}
        at = facts[primary[-1],].origin.location if primary else min(fact.origin.location for fact in facts.values())
        what = f"{len(primary)} primary admins" if primary else "no primary admin"
        message = f"team {shown(self.name)} has {what} in the users export"
        hint = "download the users export again, without a filter; it needs the role words of the English portal"
        self.reading.findings.append(
            Finding("SOURCE001", Severity.ERROR, message, at, hint, things=(("team", self.name),))
        )

    def _roles(self) -> dict[str, str]:
        """Return the roles by person: known ones, and declared ones for those that are unknown."""
        roles: dict[str, str] = {}
        declared = self._declared_roles()
        for (user,), fact in (self.reading.facts("roles", self.name) or {}).items():
            known = fact.value
            roles[user] = known if isinstance(known, str) else declared.get(user, "member")
            if known is None:
                self._assume("role", roles[user], ("user", user))
        return roles

    def _declared_roles(self) -> dict[str, str]:
        """Return the declared roles of people in the team, by their present address."""
        if self.entry is None:
            return {}
        roles: list[tuple[str, str]] = []
        for role, people in self.entry.role_lists():
            roles += ((user, role) for user in sorted(people.on(self.reading.day)))
        if self.entry.primary is not None:
            roles.append((self.entry.primary.user, "primary"))
        found = ((self.reading.present(user, self.people), role) for user, role in roles)
        return {user: role for user, role in found if user is not None}

    def _holders(self) -> dict[str, set[str]]:
        """Return the people who hold each product, directly or by a group."""
        holders: dict[str, set[str]] = {}
        for product, user in self.reading.facts("seats", self.name) or {}:
            holders.setdefault(product, set()).add(user)
        return holders

    def _groups(self, holders: Mapping[str, set[str]]) -> dict[str, Group]:
        covered = self.reading.facts("groups", self.name)
        members: dict[str, set[str]] = {}
        for name, user in covered or {}:
            members.setdefault(name, set()).add(user)
        groups = {name: Group(users) for name, users in members.items()}
        self._check_members(groups)
        for name, product in self.reading.facts("group_products", self.name) or {}:
            if name in groups:
                groups[name].products = groups[name].products | {product}
        entries = {} if self.entry is None else self.entry.groups
        for entry in entries.values():
            self._assume_group(entry, groups, holders)
        return groups

    def _check_members(self, groups: Mapping[str, Group]) -> None:
        """Leave members of groups out who have left the team since; report a SOURCE002 for others who are not in it."""
        known = self.reading.chosen
        for name, group in groups.items():
            absent = sorted(group.members - self.people)
            group.members = group.members & self.people
            if not absent:
                continue
            people, listed = known["people", self.name], known["groups", self.name]
            if not is_newer(people.moment, listed.moment):
                key = (name, absent[0])
                difference = f"{listed.source} has {listing(key)}, but {people.source} does not have them in the team"
                at = listed.facts["groups", self.name][key].origin
                self.reading.findings.append(contradiction("people", self.name, difference, at))

    def _assume_group(self, entry: DeclaredGroup, groups: dict[str, Group], holders: Mapping[str, set[str]]) -> None:
        """Assume facts that exports lack: groups that are not covered, empty ones, and the products of groups."""
        covered = self.reading.facts("groups", self.name) is not None
        name = entry.former_name(groups) or entry.name
        members = {self.reading.present(user, self.people) for user in entry.members.on(self.reading.day)} - {None}
        if name not in groups:
            if covered and members:
                return  # known: nobody is in such a group
            groups[name] = Group({user for user in members if user is not None})
            self._assume("members", tuple(map(self.reading.written, sorted(groups[name].members))), ("group", name))
        group = groups[name]
        products = sorted({product for product in entry.products if isinstance(product, str)} - group.products)
        if group.members:
            products = [product for product in products if group.members & holders.get(product, set())]
        if products:
            group.products = group.products | {*products}
            self._assume("products", tuple(products), ("group", name))

    def _direct(self, holders: Mapping[str, set[str]], groups: Mapping[str, Group]) -> dict[str, AbstractSet[str]]:
        """Return the direct seats: of those who hold a product by no group, or are declared to hold it so."""
        seats: dict[str, AbstractSet[str]] = {}
        for product, users in sorted(holders.items()):
            by_group = set().union(*(group.members for group in groups.values() if product in group.products))
            declared = set() if self.entry is None else self.entry.direct_on(product, self.reading.day)
            both = {self.reading.present(user, self.people) for user in declared}
            direct = {user for user in users if user not in by_group or user in both}
            if direct:
                seats[product] = direct
        return seats


class _Subscriptions:
    """The subscriptions while they are put together."""

    def __init__(self, reading: _Reading, entries: Mapping[str, DeclaredTeam]) -> None:
        self.reading = reading
        declared = None if reading.declared is None else reading.declared.subscriptions
        self.declared: Mapping[str, DeclaredSubscription] = declared or {}
        self.present_name = {entry.name: name for name, entry in entries.items()}

    def add(self) -> None:
        """Add the observed subscriptions, and the declared ones of teams of which no export has any."""
        account = self.reading.account
        covered = [team for kind, team in self.reading.chosen if kind == "subscriptions"]
        for team in covered:
            for (key,), fact in (self.reading.facts("subscriptions", team) or {}).items():
                before = account.subscriptions.get(key)
                if before is not None:
                    difference = f"subscription {shown(key)} is also in team {shown(before.team or '')}"
                    self.reading.findings.append(contradiction("subscriptions", team, difference, fact.origin))
                elif isinstance(fact.value, Purchase):
                    self._observed(key, team, fact.value, fact.origin)
        for key, entry in self.declared.items():
            there = None if entry.team is None else self.present_name.get(entry.team, entry.team)
            if key in account.subscriptions or ("subscription", key) in self.reading.left_out:
                continue
            if there is None and "" not in covered:
                self.reading.leave_out("subscription", key, "is in no export", "add the subscriptions export")
            elif there in account.teams and there not in covered:
                self._assumed_whole(key, there, entry)

    def _observed(self, key: str, team: str, bought: Purchase, at: Origin) -> None:
        entry = self.declared.get(key)
        known = self._known_manager(key, team)
        manager = known or self._assumed_manager(key, team, entry)
        if manager is None:
            hint = "add the users export of its team" if team else "declare its contract manager"
            why = f"is in team {shown(team)}, which is in no users export" if team else "is in no team"
            self.reading.leave_out("subscription", key, why, hint, at)
            return
        if known is None:
            self.reading.assume("contract_manager", self.reading.written(manager), ("subscription", key))
        offering = bought.offering if entry is None else entry.offering
        self.reading.assume("offering", offering, ("subscription", key))
        channel = bought.channel
        if channel is None:
            channel = "store" if entry is None else entry.channel
            self.reading.assume("channel", channel, ("subscription", key))
        seats, tokens = (bought.quantity, None) if offering in BY_COUNT else (None, bought.quantity)
        renews = bought.auto_renew
        if renews is None:
            renews = entry is not None and entry.auto_renew
            self.reading.assume("auto_renew", renews, ("subscription", key))
        facts = (bought.product, offering, seats, tokens, channel, manager, bought.starts, bought.ends, renews)
        self.reading.account.subscriptions[key] = Subscription(team or None, *facts)

    def _members(self, team: str) -> AbstractSet[str]:
        """Return the members of a team, or everybody for a subscription that is in none."""
        if not team:
            return self.reading.account.users.keys()
        there = self.reading.account.teams.get(team)
        return set() if there is None else there.members

    def _known_manager(self, key: str, team: str) -> str | None:
        """Return the contract manager whom an old export names, if they are in the team."""
        fact = (self.reading.facts("contract_managers", team) or {}).get((key,))
        if fact is None or not isinstance(fact.value, str) or fact.value not in self._members(team):
            return None
        return fact.value

    def _assumed_manager(self, key: str, team: str, entry: DeclaredSubscription | None) -> str | None:
        """Return the declared contract manager, or else the primary admin of the team."""
        there = self.reading.account.teams.get(team)
        declared = None if entry is None or entry.contract_manager is None else entry.contract_manager.user
        manager = None if declared is None else self.reading.present(declared, self._members(team))
        if manager is None and there is not None:
            manager = there.primary
            if declared is not None:
                why = f"is declared with contract manager {declared}, who is not in its team"
                self.reading.leave_out("subscription", key, why, "invite them first, or ask who the manager is")
        return manager

    def _assumed_whole(self, key: str, team: str, entry: DeclaredSubscription) -> None:
        manager = self._assumed_manager(key, team, entry)
        if manager is None:
            return
        numbers = (entry.seats_on(self.reading.day), entry.tokens_on(self.reading.day))
        facts = (entry.product, entry.offering, *numbers, entry.channel, manager, entry.starts, entry.ends)
        assumed = self.reading.account.subscriptions[key] = Subscription(team, *facts, entry.auto_renew)
        written = {**assumed._asdict(), "contract_manager": self.reading.written(manager)}
        stated = PlainFacts(tuple((name, value) for name, value in written.items() if value is not None))
        self.reading.assume("subscription", stated, ("subscription", key))
