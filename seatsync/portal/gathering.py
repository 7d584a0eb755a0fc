"""What is gathered while an account is put together from observations: assumptions, and what plans leave out."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from seatsync.account.actions.spec import Plain
from seatsync.account.group_types import GroupType
from seatsync.account.model import Account, Team
from seatsync.account.unknowns import Assumed
from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.finding import Finding, Severity
from seatsync.portal.knowledge import FactName, Mark, Mirror
from seatsync.portal.observation import Coverage, Facts, Kind, Observation, Origin, Purchase
from seatsync.reading.plain_text import shown

_T = TypeVar("_T")


class Gathering:
    """An account while it is put together from the newest observations of each kind and team.

    `entries` are the declared teams by the names they have in the account, and `former` the former addresses of
    declared people. `mirror` is what was known before; `marks` are those of the facts that no observation shows, and
    `stated` those of them that are open and of which the declaration states the value. `unplaced` are subscriptions,
    with their teams, that cannot be in the account, as nobody is known who could be their contract manager.
    """

    def __init__(
        self, chosen: Mapping[Coverage, Observation], declared: Declaration | None, day: str, mirror: Mirror | None
    ) -> None:
        self.chosen, self.declared, self.day, self.mirror = chosen, declared, day, mirror
        self.account = _empty(declared, mirror)
        self.marks: dict[FactName, Mark] = {}
        self.stated: set[FactName] = set()
        self.unplaced: dict[str, tuple[str, Purchase]] = {}
        self.assumed: list[Assumed] = []
        self.left_out: list[tuple[str, str]] = []
        self.undated: set[str] = set()
        self.findings: list[Finding] = []
        self.group_types: dict[tuple[str, str], GroupType] = {}
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

    def mark(self, name: FactName) -> Mark | None:
        """Return the mark of a fact before; `open` without a mirror."""
        return "open" if self.mirror is None else self.mirror.knowledge.mark(name)

    def keep(self, name: FactName) -> bool:
        """Keep the mark of a fact unless it is open; return True if its value was assumed by an earlier apply."""
        mark = self.mark(name)
        if mark is not None and mark != "open":
            self.marks[name] = mark
        return mark == "assumed"

    def leave_open(self, name: FactName, *, stated: bool) -> None:
        """Mark a fact as open. `stated`: the declaration has its value, which an apply takes over."""
        self.marks[name] = "open"
        if stated:
            self.stated.add(name)

    def settled(self, name: FactName, before: _T | None, declared: _T | None, guess: _T) -> _T:
        """Return the value of a fact that no observation shows, and record that it is assumed.

        That is the value of `before`, unless it was a placeholder, else the declared one, else a guess.
        """
        value, assumed, other = guess if declared is None else declared, True, guess
        if before is not None and self.mark(name) != "open":
            value, assumed, other = before, self.keep(name), before
        else:
            self.leave_open(name, stated=declared is not None)
        if assumed and isinstance(value, str | int):
            things, fact = name
            guessed = self._named(other) if isinstance(other, str | int) and other not in {value, ""} else None
            self.assume(fact, self._named(value), *things, instead_of=guessed)
        return value

    def _named(self, value: Plain) -> Plain:
        """Return a value, people by their addresses as written."""
        return self.written(value) if isinstance(value, str) and value in self.account.users else value

    def team_before(self, name: str) -> Team | None:
        """Return a team as the mirror has it."""
        return None if self.mirror is None else self.mirror.account.teams.get(name)

    def assume(self, fact: str, value: Plain, *things: tuple[str, str], instead_of: Plain = None) -> None:
        """Record an assumption; people among the things are named by their addresses as written."""
        named = [(kind, self.written(name) if kind == "user" else name) for kind, name in things]
        self.assumed.append(Assumed(tuple(named), fact, value, instead_of))

    def leave_out(self, kind: str, name: str, why: str, hint: str, at: Origin | None = None) -> None:
        """Leave a scope, by its declared name, out of plans, with a SOURCE007."""
        self.left_out.append((kind, name))
        message = f"{kind} {shown(name)} {why}, so that nothing about it is planned"
        where = None if at is None else at.place
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


def _empty(declared: Declaration | None, mirror: Mirror | None) -> Account:
    """Return an account without teams: that of the mirror with its contracts, or of the declaration."""
    if mirror is None:
        project = None if declared is None else declared.project
        name, zone = ("", None) if project is None else (project.account, project.timezone)
        return Account(name, timezone=zone or "UTC")
    known = mirror.account
    account = Account(known.name, known.lineage, known.serial, known.timezone)
    account.contracts = known.contracts
    members = set[str]().union(*(contract.members for contract in known.contracts.values()))
    account.users = {user: person for user, person in known.users.items() if user in members}
    return account
