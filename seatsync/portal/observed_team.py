"""One team as observed: its members and roles, known ones and assumed ones."""

from __future__ import annotations

from seatsync.account.actions.spec import Facts, Plain
from seatsync.account.model import Sso, Team
from seatsync.declaration.declared import Omitted
from seatsync.finding import Finding, Severity
from seatsync.portal.gathering import Gathering
from seatsync.portal.knowledge import FactName
from seatsync.portal.observed_holdings import ObservedHoldings
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
        team.groups, team.seats = ObservedHoldings(self.gathering, self.name, self.people).groups_and_seats()
        return team

    def _assume(self, fact: str, value: Plain, *things: tuple[str, str]) -> None:
        self.gathering.assume(fact, value, ("team", self.name), *things)

    def _fact(self, fact: str, *things: tuple[str, str]) -> FactName:
        return (("team", self.name), *things), fact

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
