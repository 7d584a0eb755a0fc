"""A change of the files that is asked for by name: the operations, what stands in the way, what is worth saying."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeAlias

from seatsync.account.actions import Facts
from seatsync.account.email import identity
from seatsync.declaration.declared import Days, Declaration, DeclaredTeam, Mention, People
from seatsync.declaration.names import nfc
from seatsync.editing.changeset import ChangeSet
from seatsync.editing.operations import Path
from seatsync.finding import Finding, Location, Severity
from seatsync.rules.suggestions import nearest


class Stopped(Exception):
    """Nothing sensible can be proposed: `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(slots=True)
class Proposal:
    """The operations so far (`files`), what stands in the way (`obstacles`, all errors), and `notes` for people."""

    declared: Declaration
    files: ChangeSet[str]
    obstacles: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, declared: Declaration) -> Proposal:
        """An empty one. Entries of a person go whatever their days are."""
        return cls(declared, ChangeSet(declared, None))

    def obstacle(self, code: str, message: str, at: Location | None, hint: str) -> None:
        """Something stands in the way."""
        self.obstacles.append(Finding(code, Severity.ERROR, message, at, hint))

    def shown(self, user: str) -> str:
        """A person's address as it is declared."""
        return self.declared.shown(user)

    def add(self, team: DeclaredTeam, path: Path, user: str, days: Days | None = None) -> None:
        """Put a person into a list of a team, for some days perhaps."""
        self.files.add_item(None, team.node.file, ("teams", team.name, *path), dated(self.shown(user), days))

    def take(self, what: str, team: DeclaredTeam, people: People | None, path: Path, user: str) -> bool:
        """Take a person out of a list of a team; whether they were in it."""
        self.files.remove_person(what, people, ("teams", team.name, *path), user)
        return people is not None and user in people.ids

    def take_seat(self, team: DeclaredTeam, product: str, user: str) -> list[Days | None]:
        """Take a direct seat away, wherever it is written; the days of its entries. A row of a CSV stays a member's."""
        what = f"{product} in team {team.name}"
        people = team.seats.get(product)
        self.take(what, team, people, ("seats", product), user)
        mentions = [mention for mention in team.by_user.get(product, ()) if mention.user == user]
        if self.declared.users[user].section is None:
            self.files.cells.update(mention.at for mention in mentions)
        else:
            self.files.remove_by_user(what, mentions, team.name, product)
        return [*days_in(people, user), *(mention.days for mention in mentions)]


def dated(email: str, days: Days | None) -> str | Facts:
    """An entry of a list of people."""
    if days is None:
        return email
    named = (("user", email), ("from", days[0]), ("until", days[1]))
    return Facts(tuple((name, value) for name, value in named if value is not None))


def days_in(people: People | None, user: str) -> list[Days | None]:
    """The days of every entry of a person in a list."""
    return [] if people is None else [people.days.get(index) for index, named in people.items() if named == user]


def person_of(declared: Declaration, written: str) -> str:
    """The identity of a declared person. Raises `Stopped`, with the nearest one."""
    user = identity(written)
    if user is not None and user in declared.users:
        return user
    meant = nearest(user, declared.users.keys()) if user else _by_name(declared, written)
    hint = f"did you mean {declared.shown(meant)}?" if meant else "declare them under `users` first"
    raise Stopped(Finding("REF001", Severity.ERROR, f"{written} is not declared", None, hint))


def _by_name(declared: Declaration, written: str) -> str | None:
    """The person whose address begins, up to the @, with something like what was written."""
    names: dict[str, str] = {}
    for user in declared.users:
        names.setdefault(user.partition("@")[0], user)
    meant = nearest(written.partition("@")[0], names.keys())
    return None if meant is None else names[meant]


def team_of(declared: Declaration, name: str) -> DeclaredTeam:
    """A declared team. Raises `Stopped`, with the nearest one."""
    if nfc(name) in declared.teams:
        return declared.teams[nfc(name)]
    raise not_declared("team", name, declared.teams)


def not_declared(kind: str, name: str, known: Collection[str]) -> Stopped:
    """What stops somebody who names a thing that is not declared."""
    meant = nearest(nfc(name), known)
    hint = f"did you mean {meant}?" if meant else f"declared are: {', '.join(sorted(known))}" if known else ""
    return Stopped(Finding("REF001", Severity.ERROR, f"{kind} {name} is not declared", None, hint))


def managed_in(declared: Declaration, team: str, user: str) -> list[str]:
    """The subscriptions of a team whose contract manager somebody is."""
    return [
        sub.id for sub in declared.subscriptions.values() if sub.team == team and is_named(sub.contract_manager, user)
    ]


def is_named(mention: Mention | None, user: str) -> bool:
    """Whether a place names a person."""
    return mention is not None and mention.user == user


Listed: TypeAlias = tuple[str, People, Path]
"""A list of people of a team: what they are by it, who they are, and its path below the team."""


def roles_of(team: DeclaredTeam) -> list[Listed]:
    """The lists of admins."""
    return [
        ("secondary admin", team.secondary, ("secondary_admins",)),
        ("SSO admin", team.sso_admins, ("sso_admins",)),
    ]


def places_of(team: DeclaredTeam) -> list[Listed]:
    """The lists of members, of groups and of the team."""
    groups = [(f"group {name}", group.members, ("groups", name, "members")) for name, group in team.groups.items()]
    return [("member", team.members, ("members",)), *groups]


def is_in(declared: Declaration, team: DeclaredTeam, user: str) -> bool:
    """Whether anything makes somebody a member of a team, on any day."""
    people = [*team.seats.values(), *(listed for _, listed, _ in (*roles_of(team), *places_of(team)))]
    mentions = [*team.rows, *(mention for held in team.by_user.values() for mention in held)]
    return (
        is_named(team.primary, user)
        or any(user in listed.ids for listed in people)
        or any(mention.user == user for mention in mentions)
        or bool(managed_in(declared, team.name, user))
    )
