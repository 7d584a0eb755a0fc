"""Bring the rows of a CSV of people into the files: people, seats, groups, roles and memberships that they lack."""

from __future__ import annotations

from seatsync.account.email import identity
from seatsync.clock import Days
from seatsync.declaration.declared import OMITTED, Declaration, DeclaredTeam, DeclaredUser
from seatsync.declaration.fields import Diagnostics
from seatsync.declaration.files import is_csv
from seatsync.declaration.mentions import People
from seatsync.declaration.people import Draft, read_rows
from seatsync.finding import Severity, in_order
from seatsync.reading.people_csv import read_people
from seatsync.reading.plain_text import first_of
from seatsync.reading.tree import YamlList
from seatsync.rules.references import declared_names
from seatsync.staffing.giving import Given, Home, home_in, lacking, write
from seatsync.staffing.proposal import Proposal, is_named
from seatsync.staffing.team_entries import Entry, Thing, entries_by_user, remove

_NAMES = ("first_name", "last_name", "language")


def bring_in(declared: Declaration, raw: bytes, file: str, day: str) -> Proposal:
    """Propose to declare the people of a CSV, and to give them what its rows say. Nothing is taken from anybody.

    A role is instead of another one in its team. Errors in the CSV block the change, as do names of teams and groups
    that are not declared.
    """
    rows, findings = read_people(raw, file)
    draft = Draft(Declaration(declared.project), Diagnostics())
    draft.declaration.teams = {name: _bare(team) for name, team in declared.teams.items()}
    read_rows(rows, draft)
    asked = draft.finish()
    proposal = Proposal.of(declared)
    found = [*findings, *draft.diagnostics.findings, *declared_names(asked, day)]
    proposal.blocking += [finding for finding in in_order(found) if finding.severity is Severity.ERROR]
    if not proposal.blocking:
        _Bringing(proposal, asked).people()
    return proposal


def _bare(team: DeclaredTeam) -> DeclaredTeam:
    """Return a team without people."""
    nobody = People(YamlList(team.node.file), [])
    groups = {name: group._replace(members=nobody) for name, group in team.groups.items()}
    return DeclaredTeam(team.name, team.at, team.node, None, nobody, nobody, OMITTED, groups, {}, nobody, {}, [])


class _Bringing:
    """What a CSV asks for (`asked`), and the proposal for it."""

    def __init__(self, proposal: Proposal, asked: Declaration) -> None:
        self.proposal, self.declared, self.asked = proposal, proposal.declared, asked
        self.opened: list[str] = []
        self.homes: dict[str | None, Home] = {}
        self.there: dict[str, dict[str, list[Entry]]] = {}
        teams = self.declared.teams.values()
        self.with_rows = {mention.at.file for team in teams for mention in team.in_rows()}

    def people(self) -> None:
        """Propose what everybody gets."""
        leading = []
        wanted = self._wanted()
        for user, fresh in self.asked.users.items():
            given: list[Given] = []
            for name, things in wanted.get(user, {}).items():
                team = self.declared.teams[name]
                if is_named(team.primary, user) and any(thing.kind == "role" for thing, _ in things):
                    leading.append(f"{fresh.email} (team {name})")
                    given += self._lacking(team, user, [each for each in things if each[0].kind != "role"])
                else:
                    given += self._lacking(team, user, things)
            self._write(user, fresh, given, next(iter(wanted.get(user, ())), None))
        for name in dict.fromkeys(self.opened):
            others = "everybody else there becomes a regular member"
            self.proposal.notes.append(f"team {name} declares its external users now, so {others}")
        if leading:
            self.proposal.notes.append(f"primary admins keep their role: {first_of(leading)}")

    def _wanted(self) -> dict[str, dict[str, list[tuple[Thing, Days | None]]]]:
        """Return what everybody gets, by person and team."""
        found: dict[str, dict[str, list[tuple[Thing, Days | None]]]] = {}
        for name, team in self.asked.teams.items():
            for user, there in entries_by_user(self.asked, team).items():
                found.setdefault(user, {})[name] = [(entry.thing, entry.days) for entry in there]
        return found

    def _lacking(self, team: DeclaredTeam, user: str, things: list[tuple[Thing, Days | None]]) -> list[Given]:
        if team.name not in self.there:
            self.there[team.name] = entries_by_user(self.declared, team)
        there = self.there[team.name].get(user, [])
        given = lacking(self.proposal, team, user, there, things)
        roles = [each.thing for each in given if each.thing.kind == "role"]
        self.opened += [team.name for role in roles if role.name == "external" and team.external is None]
        for entry in there if roles else ():
            if entry.thing.kind == "role" and entry.thing not in roles:
                remove(self.proposal, entry)
        return given

    def _write(self, user: str, fresh: DeclaredUser, given: list[Given], team: str | None) -> None:
        """Declare a person if they are not, with names and previous addresses, and give them things."""
        person = self.declared.users.get(user)
        home = self._home(team) if person is None or person.section is not None else self._own_home(person)
        names = {key: getattr(fresh, key) for key in _NAMES if getattr(fresh, key) is not None}
        known = [] if person is None else [mention.written for mention in person.previous]
        same = {identity(address) for address in known}
        new = [mention.written for mention in fresh.previous if mention.user not in same]
        file = home.file if person is None else person.file
        if new and is_csv(file):
            names["previous_emails"] = " ".join((*known, *new))
        write(self.proposal, person, fresh.email, home, given, names)
        for address in new if "previous_emails" not in names else ():
            email = fresh.email if person is None else person.email
            self.proposal.changes.add_item(None, file, ("users", email, "previous_emails"), address)

    def _own_home(self, person: DeclaredUser) -> Home:
        """Return the CSV that declares a person. They get rows if others have them there."""
        return Home(person.file, person.file in self.with_rows)

    def _home(self, team: str | None) -> Home:
        """Return the file for new people of a team."""
        if team not in self.homes:
            self.homes[team] = home_in(self.declared, None if team is None else self.declared.teams[team])
        return self.homes[team]
