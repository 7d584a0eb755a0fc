"""What is gathered while an account is put together from observations: assumptions, and what plans leave out."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from seatsync.account.actions.spec import Plain
from seatsync.account.model import Account
from seatsync.account.unknowns import Assumed
from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.finding import Finding, Severity
from seatsync.portal.observation import Coverage, Facts, Kind, Observation, Origin
from seatsync.reading.plain_text import shown


class Gathering:
    """An account while it is put together from the newest observations of each kind and team.

    `entries` are the declared teams by the names they have in the account, and `former` the former addresses of
    declared people.
    """

    def __init__(self, chosen: Mapping[Coverage, Observation], declared: Declaration | None, day: str) -> None:
        self.chosen, self.declared, self.day = chosen, declared, day
        project = None if declared is None else declared.project
        name, zone = ("", None) if project is None else (project.account, project.timezone)
        self.account = Account(name, timezone=zone or "UTC")
        self.assumed: list[Assumed] = []
        self.left_out: list[tuple[str, str]] = []
        self.undated: set[str] = set()
        self.findings: list[Finding] = []
        self.former: dict[str, tuple[str, ...]] = {}
        self.entries: dict[str, DeclaredTeam] = {}
        if declared is not None:
            self.former = {user: tuple(each.user for each in entry.previous) for user, entry in declared.moved()}
            present = self.teams()
            self.entries = {team.former_name(present) or name: team for name, team in declared.teams.items()}

    def teams(self) -> list[str]:
        """Return the teams whose members are known."""
        return [team for kind, team in self.chosen if kind == "people"]

    def facts(self, kind: Kind, team: str) -> Facts | None:
        """Return the facts of a kind in a team, sorted; None if no source covers them."""
        observation = self.chosen.get((kind, team))
        return None if observation is None else observation.facts[kind, team]

    def assume(self, fact: str, value: Plain, *things: tuple[str, str]) -> None:
        """Record an assumption; people among the things are named by their addresses as written."""
        named = [(kind, self.written(name) if kind == "user" else name) for kind, name in things]
        self.assumed.append(Assumed(tuple(named), fact, value))

    def leave_out(self, kind: str, name: str, why: str, hint: str, at: Origin | None = None) -> None:
        """Leave a scope, by its declared name, out of plans, with a SOURCE007."""
        self.left_out.append((kind, name))
        message = f"{kind} {shown(name)} {why}, so that nothing about it is planned"
        where = None if at is None else at.location
        self.findings.append(Finding("SOURCE007", Severity.INFO, message, where, hint, things=((kind, name),)))

    def leave_team_out(self, team: str, why: str, hint: str) -> None:
        """Leave a team, by its present name, out of plans."""
        self.leave_out("team", self.entries[team].name if team in self.entries else team, why, hint)

    def written(self, user: str) -> str:
        """Return the address of a person as written."""
        return self.account.users[user].email

    def present(self, user: str, members: AbstractSet[str]) -> str | None:
        """Return the identity of a declared person among members, which may be a former address."""
        return next((each for each in (user, *self.former.get(user, ())) if each in members), None)
