"""The entries of the files that give a person something in a team, and changes of one where it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.attributes import ROLE_TITLES
from seatsync.clock import Days, overlap
from seatsync.declaration.declared import ROLE_LISTS, Declaration, DeclaredTeam
from seatsync.declaration.mentions import ListMention, Mention, People
from seatsync.editing.changeset import item_by_user
from seatsync.editing.operations import Path
from seatsync.reading.tree import YamlList, YamlMap
from seatsync.staffing.proposal import Proposal, list_entry

Kind: TypeAlias = Literal["seat", "group", "role", "member"]


class Thing(NamedTuple):
    """What an entry gives in a team: a seat of a product, a place in a group, a role, or the membership (no name)."""

    kind: Kind
    name: str = ""

    @property
    def path(self) -> Path:
        """The list of a team that gives it."""
        if self.kind == "seat":
            return ("seats", self.name)
        if self.kind == "group":
            return ("groups", self.name, "members")
        return (next(key for role, key in ROLE_LISTS.items() if role == self.name),) if self.name else ("members",)

    @property
    def cells(self) -> dict[str, str]:
        """The cells of a CSV row that gives it."""
        column = {"seat": "product", "group": "group", "role": "role"}.get(self.kind)
        return {} if column is None else {column: self.name}

    def __str__(self) -> str:
        """Return it as users know it."""
        if self.kind == "group":
            return f"group {self.name}"
        titles = {str(role): title for role, title in ROLE_TITLES.items()}
        return titles[self.name] if self.kind == "role" else self.name or "membership"


class Entry(NamedTuple):
    """An entry that gives a person something.

    It is a row of a CSV, a mention of a named list (`through`), or item `rank` of the list `node` in YAML, at `path`.
    """

    thing: Thing
    team: DeclaredTeam
    user: str
    days: Days | None
    row: Mention | None = None
    node: YamlList | None = None
    path: Path = ()
    rank: int = 0
    through: ListMention | None = None

    @property
    def by_user(self) -> bool:
        """Return True for an item of the section `users`, where lists hold products."""
        return self.path[:1] == ("users",)

    @property
    def through_what(self) -> str:
        """The team, and the group or named list through which the person has it."""
        where = f"in team {self.team.name} through"
        if self.through is None:
            return f"{where} {self.thing}"
        return f"{where} list {self.through.name} ({self.through.at.file}:{self.through.at.line})"

    @property
    def lasting(self) -> Days | None:
        """The days on which it counts: for a group, within those of the group."""
        return overlap(self.days, self.team.groups[self.thing.name].days) if self.thing.kind == "group" else self.days

    def given(self, product: str) -> list[Days | None]:
        """Return the days on which it gives a product, directly or through a group; of each entry that does."""
        if self.thing.kind == "group":
            given = self.team.groups[self.thing.name].given()
            return [overlap(self.days, days) for name, days in given if name == product]
        return [self.days] if self.thing == Thing("seat", product) else []

    @property
    def until(self) -> str | None:
        """The last day, None if it has none."""
        return None if self.days is None else self.days[1]


def entries_by_user(declared: Declaration, team: DeclaredTeam) -> dict[str, list[Entry]]:
    """Return the entries of everybody in a team, by person."""
    found: dict[str, list[Entry]] = {}
    for entry in entries(declared, team, None):
        found.setdefault(entry.user, []).append(entry)
    return found


def entries(declared: Declaration, team: DeclaredTeam, user: str | None) -> Iterator[Entry]:
    """Yield the entries of a person in a team, or of everybody: seats, groups, roles and memberships."""
    for product, people in team.seats.items():
        yield from _in_list(people, Thing("seat", product), team, user)
    for product, mentions in team.by_user.items():
        yield from _by_user(declared, mentions, Thing("seat", product), team, user)
    for name, group in team.groups.items():
        yield from _in_list(group.members, Thing("group", name), team, user)
    for role, people in team.role_lists():
        yield from _in_list(people, Thing("role", role), team, user)
    yield from _in_list(team.members, Thing("member"), team, user)
    for mention in team.rows:
        if user in {None, mention.user}:
            yield Entry(Thing("member"), team, mention.user, mention.days, mention)


def _in_list(people: People, thing: Thing, team: DeclaredTeam, user: str | None) -> Iterator[Entry]:
    for index, named in people.items():
        if user is not None and named != user:
            continue
        days, through = people.days.get(index), people.through(index)
        if through is not None:
            yield Entry(thing, team, named, days, through=through)
        elif index < len(people.node):
            yield Entry(thing, team, named, days, None, people.node, ("teams", team.name, *thing.path), index)
    for row in people.rows:
        if user in {None, row.user}:
            yield Entry(thing, team, row.user, row.days, row)


def _by_user(
    declared: Declaration, mentions: list[Mention], thing: Thing, team: DeclaredTeam, user: str | None
) -> Iterator[Entry]:
    for mention in mentions:
        if user is not None and mention.user != user:
            continue
        person = declared.users[mention.user]
        found = item_by_user(person, mention, team.name)
        if found is None:
            yield Entry(thing, team, mention.user, mention.days, mention)
        else:
            path = ("users", person.email, "seats", team.name)
            yield Entry(thing, team, mention.user, mention.days, None, found[0], path, found[1])


def set_days(proposal: Proposal, chosen: Sequence[tuple[Entry, Days | None]]) -> None:
    """Change the days of entries where they are.

    A CSV row that gives other things too is split; beside a mention of a named list the person gets an entry.
    """
    changed = [entry for entry, _ in chosen]
    for entry, days in chosen:
        starts, ends = days or (None, None)
        if entry.node is not None:
            old, key = entry.node[entry.rank], "product" if entry.by_user else "user"
            item = list_entry(str(old[key] if isinstance(old, YamlMap) else old), days, key)
            proposal.changes.set_item(None, entry.node.file, entry.path, entry.rank, item)
        elif entry.through is not None:
            proposal.add(entry.team, entry.thing.path, entry.user, days)
        elif entry.row is not None:
            at, cells = entry.row.at, {"from": starts or "", "until": ends or ""}
            if all(other in changed for other in _in_row(proposal.declared, entry, entry.row)):
                proposal.changes.edit_rows({}, cells, at)
            else:
                proposal.changes.edit_rows({}, dict.fromkeys(entry.thing.cells, ""), at)
                own = {"email": entry.row.written, "team": entry.team.name}
                proposal.changes.add_row(at.file, {**own, **entry.thing.cells, **cells})


def remove(proposal: Proposal, entry: Entry) -> None:
    """Remove an entry; a CSV row stays, as a membership, and so does the mention of a named list."""
    if entry.node is not None:
        label = f"{entry.thing} in team {entry.team.name}"
        proposal.changes.remove_item(label, entry.node, entry.path, entry.rank)
    elif entry.row is not None and entry.thing.cells:
        proposal.changes.edit_rows({}, dict.fromkeys(entry.thing.cells, ""), entry.row.at)


def _in_row(declared: Declaration, entry: Entry, row: Mention) -> list[Entry]:
    """Return the entries in the CSV row of an entry."""
    found = entries(declared, entry.team, entry.user)
    return [other for other in found if other.row is not None and other.row.at[:2] == row.at[:2]]


def covers(days: Days | None, other: Days | None) -> bool:
    """Return True if days include all of the others."""
    (starts, ends), (other_starts, other_ends) = days or (None, None), other or (None, None)
    begins = starts is None or (other_starts is not None and starts <= other_starts)
    return begins and (ends is None or (other_ends is not None and other_ends <= ends))


def is_covered(days: Days | None, others: Iterable[Days | None]) -> bool:
    """Return True if some other days include all of the days."""
    return any(covers(other, days) for other in others)
