"""A proposed change of the files: operations, blocking findings and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeAlias

from seatsync.account.actions.spec import Facts
from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.email import identity, problem
from seatsync.clock import Days
from seatsync.declaration.declared import ROLE_LISTS, Declaration, DeclaredTeam
from seatsync.declaration.fields import nfc
from seatsync.declaration.files import is_csv
from seatsync.declaration.mentions import Mention, People
from seatsync.editing.changeset import ChangeSet
from seatsync.editing.operations import Path
from seatsync.errors import WrongUsage
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.plain_text import listed
from seatsync.rules.references import nearest, nearest_person


class ProposalError(Exception):
    """A change that cannot be proposed; `finding` is the reason."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(slots=True)
class Proposal:
    """The operations (`changes`), the errors that block them (`blocking`), and `notes` for the user."""

    declared: Declaration
    changes: ChangeSet[str]
    blocking: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, declared: Declaration) -> Proposal:
        """Return an empty proposal. Entries of a person are removed whatever their days."""
        return cls(declared, ChangeSet(declared, None))

    def block(self, code: str, message: str, at: Location | None, hint: str) -> None:
        """Add a blocking finding."""
        self.blocking.append(Finding(code, Severity.ERROR, message, at, hint))

    def shown(self, user: str) -> str:
        """Return a person's address as declared."""
        return self.declared.shown(user)

    def add(self, team: DeclaredTeam, path: Path, user: str, days: Days | None = None) -> None:
        """Add a person to a list of a team, optionally for some days."""
        self.changes.add_item(None, team.node.file, ("teams", team.name, *path), list_entry(self.shown(user), days))

    def remove(self, label: str, team: DeclaredTeam, people: People | None, path: Path, user: str) -> bool:
        """Remove a person from a list of a team, and return True if they were in it.

        In a CSV only the role or group is emptied: the person stays a member of the team on the days of the row.
        """
        self.changes.remove_items(label, people, ("teams", team.name, *path), user)
        if people is not None and any(row.user == user for row in people.rows):
            column, text = cell_of(path)
            self.changes.edit_rows({"email": user, "team": team.name, column: text}, {column: ""})
        return people is not None and user in people.ids

    def remove_seat(self, team: DeclaredTeam, product: str, user: str) -> list[Days | None]:
        """Remove a direct seat wherever it is declared, and return the days of its entries.

        In a CSV only the product is emptied, so that the person stays a member.
        """
        label = f"{product} in team {team.name}"
        people = team.seats.get(product)
        self.remove(label, team, people, ("seats", product), user)
        mentions = [mention for mention in team.by_user.get(product, ()) if mention.user == user]
        if self.declared.users[user].section is None:
            self.changes.edit_rows({"email": user, "team": team.name, "product": product}, {"product": ""})
        else:
            self.changes.remove_by_user(label, mentions, team.name)
        return [*days_in(people, user), *(mention.days for mention in mentions)]

    def leave_group(self, team: DeclaredTeam, name: str, user: str) -> list[Days | None]:
        """Remove a person from a group, and return the days of their entries in YAML."""
        people = team.groups[name].members
        self.remove(f"group {name}", team, people, ("groups", name, "members"), user)
        return days_in_yaml(people, user)


def cell_of(path: Path) -> tuple[str, str]:
    """Return the column and the cell of a CSV row that adds a person to a list of a team, by its path in the team."""
    if path[0] == "groups":
        return "group", path[1]
    return "role", next(role for role, key in ROLE_LISTS.items() if key == path[-1])


def list_entry(name: str, days: Days | None, key: str = "user") -> str | Facts:
    """Return an entry for a list of people or, with the key `product`, of the seats of a person."""
    if days is None:
        return name
    named = ((key, name), ("from", days[0]), ("until", days[1]))
    return Facts(tuple((each, value) for each, value in named if value is not None))


def days_in(people: People | None, user: str) -> list[Days | None]:
    """Return the days of every entry of a person in a list."""
    return [] if people is None else [people.days.get(index) for index, named in people.items() if named == user]


def days_in_yaml(people: People | None, user: str) -> list[Days | None]:
    """Return the days of the entries of a person in a list that are not in a CSV."""
    if people is None:
        return []
    return [people.days.get(index) for index, named in people.items() if named == user and index < len(people.node)]


def declared_person(declared: Declaration, person: str) -> str:
    """Return the identity of a declared person. Raises `ProposalError` with the nearest match."""
    user = identity(person)
    if user is not None and user in declared.users:
        return user
    meant = nearest(user, declared.users.keys()) if user else _by_name(declared, person)
    hint = f"did you mean {declared.shown(meant)}?" if meant else "declare them under `users` first"
    raise ProposalError(Finding("REF001", Severity.ERROR, f"{person} is not declared", None, hint))


def declared_or_gone(declared: Declaration, person: str) -> str:
    """Return the identity of a person who is declared, or was until they were removed. Raises `ProposalError`."""
    user = identity(person)
    return user if user is not None and is_gone(user, declared.users.keys()) else declared_person(declared, person)


def address_of(person: str) -> str:
    """Return the identity of an address, declared or not. Raises `ProposalError`."""
    user = identity(person)
    if user is None:
        message = f"{person} is not an e-mail address: {problem(person)}".rstrip(".")
        raise ProposalError(Finding("SCHEMA001", Severity.ERROR, message, None, "write it as ana@acme.example"))
    return user


def _by_name(declared: Declaration, person: str) -> str | None:
    """Return the person whose address has the nearest local part."""
    names: dict[str, str] = {}
    for user in declared.users:
        names.setdefault(user.partition("@")[0], user)
    meant = nearest_person(person.partition("@")[0], names.keys())
    return None if meant is None else names[meant]


def for_people(
    declared: Declaration,
    people: tuple[str, ...],
    add: Callable[[Proposal, str], None],
    resolve: Callable[[str], str] | None = None,
) -> Proposal:
    """Return one proposal for several people. `add` adds the changes of one, given their identity, to it.

    Everybody must be declared, unless `resolve` returns the identities.
    Changes are relative to the files as they are: `add` must not depend on those of the people before. A person named
    twice counts once. An error about one person blocks the proposal; the errors of all are collected.
    """
    proposal = Proposal.of(declared)
    done: set[str] = set()
    for person in people:
        try:
            user = declared_person(declared, person) if resolve is None else resolve(person)
            if user not in done:
                done.add(user)
                add(proposal, user)
        except ProposalError as error:
            if error.finding not in proposal.blocking:
                proposal.blocking.append(error.finding)
    return proposal


def declared_team(declared: Declaration, name: str) -> DeclaredTeam:
    """Return a declared team. Raises `ProposalError` with the nearest match."""
    if nfc(name) in declared.teams:
        return declared.teams[nfc(name)]
    raise not_declared("team", name, declared.teams)


def is_gone(name: str, known: Collection[str]) -> bool:
    """Return True if something with a name was probably removed: no declared name is the same or similar.

    A name that resembles a declared one is more likely a typing error.
    """
    return nfc(name) not in known and nearest(nfc(name), known) is None


def not_declared(kind: str, name: str, known: Collection[str], where: str = "") -> ProposalError:
    """Return the error for a name that is not declared (`where`: `of team X`), with the nearest match."""
    meant = nearest(nfc(name), sorted(known))
    hint = f"did you mean {meant}?" if meant else f"choose one of {', '.join(sorted(known))}" if known else ""
    of = f"{kind} {name} {where}".rstrip()
    return ProposalError(Finding("REF001", Severity.ERROR, f"{of} is not declared", None, hint))


def managed_subscriptions(declared: Declaration, team: str, user: str) -> list[str]:
    """Return the subscriptions of a team that a person manages."""
    return [
        sub.id for sub in declared.subscriptions.values() if sub.team == team and is_named(sub.contract_manager, user)
    ]


def is_named(mention: Mention | None, user: str) -> bool:
    """Return True if a mention is of this person."""
    return mention is not None and mention.user == user


Listed: TypeAlias = tuple[str, People, Path]
"""A list of people in a team: the role or membership it gives, the people, and its path below the team."""


def admin_lists(team: DeclaredTeam) -> list[Listed]:
    """Return the lists of admins."""
    return [
        ("secondary admin", team.secondary, ("secondary_admins",)),
        ("SSO admin", team.sso_admins, ("sso_admins",)),
    ]


def external_lists(team: DeclaredTeam) -> list[Listed]:
    """Return the list of external users, if the team declares it."""
    return [] if team.external is None else [(ROLE_TITLES["external"], team.external, (ROLE_LISTS["external"],))]


def member_lists(team: DeclaredTeam) -> list[Listed]:
    """Return the lists of members of the team, external users among them, and of its groups."""
    groups = [(f"group {name}", group.members, ("groups", name, "members")) for name, group in team.groups.items()]
    return [("member", team.members, ("members",)), *external_lists(team), *groups]


def leads(team: DeclaredTeam, declared: Declaration, user: str) -> bool:
    """Return True for the primary admin and managers of subscriptions, who are members without an entry."""
    return is_named(team.primary, user) or bool(managed_subscriptions(declared, team.name, user))


def home_of(declared: Declaration, team: DeclaredTeam | None) -> str | None:
    """Return the file that declares most people of a team, or else most people; None if nobody is declared."""
    there = set() if team is None else _named_in(team)
    files = Counter(user.file for name, user in declared.users.items() if name in there)
    files = files or Counter(user.file for user in declared.users.values())
    return min(files, key=lambda file: (-files[file], is_csv(file), file), default=None)


def _named_in(team: DeclaredTeam) -> set[str]:
    """Return everybody whom a team names, on any day."""
    found = {user for people in team.lists() for user in people.ids}
    found.update(mention.user for mention in team.in_rows())
    return found if team.primary is None else found | {team.primary.user}


def people_of(declared: Declaration, team: DeclaredTeam) -> list[str]:
    """Return the members of a team on any day, in the order of the declaration."""
    managers = {sub.contract_manager for sub in declared.subscriptions.values() if sub.team == team.name}
    found = _named_in(team) | {manager.user for manager in managers if manager is not None}
    return [user for user in declared.users if user in found]


def is_in_team(declared: Declaration, team: DeclaredTeam, user: str) -> bool:
    """Return True if a person is a member of a team on any day."""
    return (
        leads(team, declared, user)
        or any(user in people.ids for people in team.lists())
        or any(mention.user == user for mention in team.in_rows())
    )


def only_team(declared: Declaration, user: str) -> DeclaredTeam:
    """Return the only team of a person. Raises `WrongUsage` if there is none or several."""
    found = [team for team in declared.teams.values() if is_in_team(declared, team, user)]
    if len(found) == 1:
        return found[0]
    where = f"in the teams {listed(sorted(team.name for team in found))}" if found else "in no team"
    raise WrongUsage(f"{declared.shown(user)} is {where}; choose one with --team")
