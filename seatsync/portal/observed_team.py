"""One team as observed: its roles, groups and seats, known ones and assumed ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from seatsync.account.actions.spec import Facts, Plain
from seatsync.account.model import Group, Sso, Team
from seatsync.declaration.declared import DeclaredGroup, Omitted
from seatsync.finding import Finding, Severity
from seatsync.portal.gathering import Gathering
from seatsync.portal.knowledge import FactName
from seatsync.reading.plain_text import shown


class ObservedTeam:
    """A team while it is put together. `entry` is how it is declared, if it is; `before` is what the mirror has."""

    def __init__(self, gathering: Gathering, name: str) -> None:
        self.gathering, self.name, self.entry = gathering, name, gathering.entries.get(name)
        self.before = gathering.team_before(name)
        self.people = {user for (user,) in gathering.facts("people", name) or {}}
        self.unsure: str | None = None  # the declared primary admin, if somebody else is it and their role is unknown

    def team(self) -> Team | None:
        """Return the team; None, with a finding, if its primary admin is unknown."""
        roles = self._roles()
        primary = [user for user, role in roles.items() if role == "primary"]
        if self.unsure is not None:
            who = self.gathering.written(self.unsure)
            why = f"is declared with primary admin {who}, whose role is unknown, while somebody else is primary admin"
            self.gathering.leave_team_out(self.name, why, "ask which role they have")
            return None
        if len(primary) != 1:
            self._report_primary(primary)
            return None
        team = Team(primary[0], self._sso(), members=set(self.people))
        for user, role in roles.items():
            if role in {"secondary", "sso"}:
                team.admins[user] = "secondary" if role == "secondary" else "sso"
        team.external = frozenset(user for user, role in roles.items() if role == "external")
        holders = self._holders()
        team.groups = self._groups(holders)
        team.seats = self._assumed_seats() if holders is None else self._direct(holders, team.groups)
        return team

    def _assume(self, fact: str, value: Plain, *things: tuple[str, str]) -> None:
        self.gathering.assume(fact, value, ("team", self.name), *things)

    def _fact(self, fact: str, *things: tuple[str, str]) -> FactName:
        return (("team", self.name), *things), fact

    def _written(self, users: AbstractSet[str]) -> tuple[str, ...]:
        return tuple(map(self.gathering.written, sorted(users)))

    def _present(self, users: AbstractSet[str]) -> set[str]:
        """Return the declared people who are in the team, by their present addresses."""
        found = (self.gathering.present(user, self.people) for user in sorted(users))
        return {user for user in found if user is not None}

    # Roles and single sign-on

    def _report_primary(self, primary: list[str]) -> None:
        """Report a team without, or with several primary admins: an error, unless its roles are not known at all."""
        if self.gathering.facts("roles", self.name) is None:
            hint = "add a users export that shows the roles of the team"
            self.gathering.leave_team_out(self.name, "has an unknown primary admin", hint)
            return
        facts = self.gathering.facts("people", self.name) or {}
        first = min((fact.origin for fact in facts.values()), key=lambda origin: origin.location)
        at = facts[primary[-1],].origin.place if primary else first.place
        what = f"{len(primary)} primary admins" if primary else "no primary admin"
        message = f"team {shown(self.name)} has {what} in the users export"
        hint = "download the users export again, without a filter; it needs the role words of the English portal"
        things = (("team", self.name),)
        self.gathering.findings.append(Finding("SOURCE001", Severity.ERROR, message, at, hint, things=things))

    def _roles(self) -> dict[str, str]:
        """Return the roles by person: known ones, and others as assumed before, or as declared."""
        known = {user: fact.value for (user,), fact in (self.gathering.facts("roles", self.name) or {}).items()}
        one_is_primary, declared = "primary" in known.values(), self._declared_roles()
        roles: dict[str, str] = {}
        for user in sorted(self.people):
            value = known.get(user)
            roles[user] = value if isinstance(value, str) else self._open_role(user, declared.get(user))
            if roles[user] == "primary" and value is None and one_is_primary:
                self.unsure = user if declared.get(user) == "primary" else self.unsure
                roles[user] = "member"
        return roles

    def _open_role(self, user: str, declared: str | None) -> str:
        name, before = self._fact("role", ("user", user)), self._role_before(user)
        covered = self.gathering.facts("roles", self.name) is not None
        if before is not None and self.gathering.mark(name) in {"assumed", "confirmed"}:
            role, assumed = before, self.gathering.keep(name)
        else:
            role, assumed = declared or before or "member", covered or declared is not None
            self.gathering.leave_open(name, stated=declared is not None)
        if assumed:
            self._assume("role", role, ("user", user))
        return role

    def _role_before(self, user: str) -> str | None:
        if self.before is None or user not in self.before.members:
            return None
        return self.before.role_of(user) or ("external" if user in self.before.external else "member")

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

    def _sso(self) -> Sso | None:
        name = self._fact("sso")
        if self.before is not None and self.gathering.mark(name) != "open":
            sso, assumed = self.before.sso, self.gathering.keep(name)
        else:
            declared = None if self.entry is None or isinstance(self.entry.sso, Omitted) else self.entry.sso
            stated = self.entry is not None and not isinstance(self.entry.sso, Omitted)
            self.gathering.leave_open(name, stated=stated)
            sso, assumed = declared, True
        if sso is not None and assumed:
            facts = (("domains", sso.domains), ("metadata_url", sso.metadata_url))
            self._assume("sso", Facts(tuple((name, value) for name, value in facts if value is not None)))
        return sso

    # Groups

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
        for name, group in {} if self.before is None else sorted(self.before.groups.items()):
            if not group.members and name not in groups:
                groups[name] = Group()  # which no source shows
        for name, group in groups.items():
            self._keep_products(name, group, holders)
        for name, product in self.gathering.facts("group_products", self.name) or {}:
            if name in groups:
                groups[name].products = groups[name].products | {product}
        entries = () if self.entry is None else tuple(self.entry.groups.values())
        unsure = {name for name in self._vanished() if name not in groups}
        self._leave_groups_open(unsure, {entry.name for entry in entries})
        for entry in entries:
            self._assume_group(entry, groups, holders, unsure)
        declared = {entry.former_name(groups) or entry.name for entry in entries}
        for name in sorted(groups):
            if self.gathering.mark(self._fact("products", ("group", name))) == "open":
                self.gathering.leave_open(self._fact("products", ("group", name)), stated=name in declared)
        return groups

    def _keep_products(self, name: str, group: Group, holders: Mapping[str, set[str]] | None) -> None:
        """Give a group the products that it had before, unless no member has them any more.

        While its products are open, a mirror has those that a usage report showed.
        """
        before = None if self.before is None else self.before.groups.get(name)
        if before is None:
            return
        kept = sorted(before.products)
        if group.members and holders is not None:
            kept = [product for product in kept if not group.members.isdisjoint(holders.get(product, ()))]
        group.products = set(kept)
        if self.gathering.keep(self._fact("products", ("group", name))) and kept:
            self._assume("products", tuple(kept), ("group", name))

    def _vanished(self) -> Iterator[str]:
        """Yield the groups that may still exist although a source shows nobody in them any more."""
        if self.before is None or self.gathering.mirror is None:
            return
        yield from sorted(name for name, group in self.before.groups.items() if group.members)
        for (things, fact), mark in self.gathering.mirror.knowledge.marks.items():
            if fact == "group" and mark == "open" and things[0] == ("team", self.name):
                yield things[1][1]

    def _leave_groups_open(self, vanished: AbstractSet[str], declared: AbstractSet[str]) -> None:
        for name in sorted(vanished):
            self.gathering.leave_open(self._fact("group", ("group", name)), stated=name in declared)
        every = self._fact("groups")
        if self.before is not None and self.gathering.mark(every) != "open":
            self.gathering.keep(every)
        else:
            self.gathering.leave_open(every, stated=self.entry is not None)

    def _assume_group(
        self,
        entry: DeclaredGroup,
        groups: dict[str, Group],
        holders: Mapping[str, set[str]] | None,
        unsure: AbstractSet[str],
    ) -> None:
        """Assume facts that sources lack: groups that are not covered, empty ones, and the products of groups."""
        name = entry.former_name(groups) or entry.name
        if name not in groups:
            members = self._present(entry.members.on(self.gathering.day))
            if self.gathering.facts("groups", self.name) is not None:
                if name not in unsure and (members or self.gathering.mark(self._fact("groups")) != "open"):
                    return  # known: there is no such group
                members = set()
            groups[name] = Group(members)
            self._assume("members", self._written(members), ("group", name))
        group = groups[name]
        if self.gathering.mark(self._fact("products", ("group", name))) != "open":
            return
        products = sorted({product for product in entry.products if isinstance(product, str)} - group.products)
        if group.members and holders is not None:
            products = [product for product in products if group.members <= holders.get(product, set())]
        if products:
            group.products = group.products | {*products}
            self._assume("products", tuple(products), ("group", name))

    # Seats

    def _direct(self, holders: Mapping[str, set[str]], groups: Mapping[str, Group]) -> dict[str, AbstractSet[str]]:
        """Return the direct seats: of those who hold a product by no group, or also directly."""
        name = self._fact("seats")
        settled = self.before is not None and self.gathering.mark(name) != "open"
        if settled:
            self.gathering.keep(name)
        else:
            self.gathering.leave_open(name, stated=self.entry is not None)
        seats: dict[str, AbstractSet[str]] = {}
        for product, users in sorted(holders.items()):
            by_group = set().union(*(group.members for group in groups.values() if product in group.products))
            both = self._also_direct(product, users & by_group, settled=settled)
            direct = {user for user in users if user not in by_group or user in both}
            if direct:
                seats[product] = direct
        return seats

    def _also_direct(self, product: str, users: AbstractSet[str], *, settled: bool) -> set[str]:
        """Return who of the people with a product through a group also hold it directly: as before, or as declared."""
        declared = self._declared_direct(product)
        if not settled or self.gathering.mirror is None or self.before is None:
            return declared & users
        held, had = (
            self.before.seats.get(product, frozenset()),
            self.gathering.mirror.account.holders(self.name, product),
        )
        found = set()
        for user in sorted(users):
            name = self._fact("seats", ("product", product), ("user", user))
            if user in had and self.gathering.mark(name) != "open":
                found |= {user} & held
            else:
                self.gathering.leave_open(name, stated=self.entry is not None)
                found |= {user} & declared
        return found

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
