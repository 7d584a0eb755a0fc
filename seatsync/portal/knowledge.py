"""What a mirror knows of the real account besides its rows: the record that is kept with them, as canonical JSON.

A mirror has a row for every fact, also for those that no source shows. The record tells which rows are placeholders
(`open`), which were taken over from the declaration by an apply (`assumed`) or confirmed by a person (`confirmed`), and
by which source each kind of fact was shown last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from seatsync.account.actions.group_actions import RENAME_GROUP
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.history import HistoryEntry, canonical
from seatsync.account.model import TABLES, Account, Change, Team
from seatsync.finding import Location
from seatsync.portal.observation import (
    Contact,
    Coverage,
    Fact,
    Facts,
    Key,
    Kind,
    Moment,
    Observation,
    Origin,
    Person,
    Purchase,
    Value,
)

Mark: TypeAlias = Literal["open", "assumed", "confirmed", "shown"]
"""How a fact is known that no source shows. A fact without a mark was shown by a source; `shown` is only for single
facts of a kind that sources do not show as a whole."""

Things: TypeAlias = tuple[tuple[str, str], ...]
FactName: TypeAlias = tuple[Things, str]
"""A fact that sources may leave open: what it is about, and its name.

| things | facts |
|---|---|
| team | `sso`; `groups` (whether it has further groups, without members); `seats` (which are held directly);
|   | `names` (of people without any) |
| user | `status` |
| team, user | `role` |
| team, group | `products`; `group` (whether it still exists although nobody is in it) |
| team, product, user | `seats` (whether it is held directly besides through a group) |
| subscription | `contract_manager`, `offering`, `channel`, `auto_renew`, `active` |
"""

OPEN_AT_FIRST: Final = frozenset({(1, "sso"), (1, "groups"), (1, "seats"), (2, "products")})
"""The facts that are open without a mark, by the number of their things: no source ever settles them."""

ASSUMED_AS_DECLARED: Final = "assumed as declared"
"""The source of kinds of facts that no source shows, and that an apply took over."""


class Look(NamedTuple):
    """The source that showed a kind of fact last, and its moment, None if it was taken over by an apply."""

    source: str
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The record of a mirror.

    `acts` maps teams to the instant of the last apply or confirm that did something there; older sources do not show
    it. Names of teams that were deleted or renamed are kept, also if a source showed that, with its moment.
    `unplaced` are subscriptions that no row can have, as nobody is known who could be their contract manager: their
    teams, and what was shown. `contacts` are those of all subscriptions. `serial` is that of the account when the
    record was written: later changes are those of people.
    """

    looks: Mapping[Coverage, Look] = field(default_factory=dict)
    marks: Mapping[FactName, Mark] = field(default_factory=dict)
    acts: Mapping[str, str] = field(default_factory=dict)
    unplaced: Mapping[str, tuple[str, Purchase]] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    serial: int = 0

    def mark(self, name: FactName) -> Mark | None:
        """Return the mark of a fact, None if a source showed it last."""
        things, fact = name
        return self.marks.get(name, "open" if (len(things), fact) in OPEN_AT_FIRST else None)

    def as_text(self) -> str:
        """Return the record as canonical JSON."""
        looks = [
            [*about, look.source, *(("", "") if look.moment is None else _moment_as_plain(look.moment))]
            for about, look in sorted(self.looks.items())
        ]
        marks = [[mark, fact, things] for (things, fact), mark in sorted(self.marks.items())]
        unplaced = [[key, team, *astuple(bought)] for key, (team, bought) in sorted(self.unplaced.items())]
        facts = {"looks": looks, "marks": marks, "acts": dict(self.acts), "unplaced": unplaced, "serial": self.serial}
        return canonical({"format": FORMAT, **facts, "contacts": dict(self.contacts)})

    @classmethod
    def from_text(cls, text: str) -> Knowledge:
        """Parse the text of `as_text`. Raises ValueError, KeyError or TypeError for any other."""
        facts = json.loads(text)
        if facts["format"] != FORMAT:
            raise ValueError(facts["format"])
        looks = {(kind, team): Look(source, _moment(day, at)) for kind, team, source, day, at in facts["looks"]}
        marks = {(_things(things), fact): _mark(mark) for mark, fact, things in facts["marks"]}
        unplaced = {key: (team, _purchase(bought)) for key, team, *bought in facts["unplaced"]}
        contacts = {key: Contact(*contact) for key, contact in facts["contacts"].items()}
        return cls(looks, marks, dict(facts["acts"]), unplaced, contacts, int(facts["serial"]))


FORMAT: Final = "seatsync/mirror/1"
NOTHING_YET: Final = Knowledge()


def _purchase(plain: list[Any]) -> Purchase:
    *facts, contact = plain
    return replace(Purchase(*facts), contact=Contact(*contact))


def contacts_of(record: str | None) -> Mapping[str, Contact]:
    """Return whom to ask about each subscription, by the record of a mirror; nothing without one."""
    return {} if record is None else Knowledge.from_text(record).contacts


def _moment_as_plain(moment: Moment) -> tuple[str, str]:
    return moment.day, "" if moment.instant is None else moment.instant.isoformat()


def _moment(day: str, at: str) -> Moment | None:
    return Moment(day, datetime.fromisoformat(at) if at else None) if day else None


def _things(plain: list[list[str]]) -> Things:
    return tuple((kind, name) for kind, name in plain)


def _mark(text: str) -> Mark:
    if text not in get_args(Mark):
        raise ValueError(text)
    return text  # type: ignore[return-value]  # checked above


class Mirror(NamedTuple):
    """A mirror: its rows, and what is known about them."""

    account: Account
    knowledge: Knowledge = NOTHING_YET


# What people did since


def caught_up(knowledge: Knowledge, entries: Iterable[HistoryEntry], account: Account) -> Knowledge:
    """Return the knowledge after changes of people that are newer than the record: `account` is the one after them.

    What they changed is confirmed, and things have their new names.
    """
    for entry in entries:
        named = renamed(knowledge, entry.step)
        marks = dict(named.marks)
        for row in entry.rows:
            for name in _touched(row):
                marks[name] = "confirmed"
        acts = {**named.acts, **_latest(named.acts, teams_of(entry.step, account), entry.at)}
        knowledge = replace(named, marks=marks, acts=acts, serial=entry.serial)
    return knowledge


def renamed(knowledge: Knowledge, step: Step) -> Knowledge:
    """Return the knowledge after a step, which may give a team, a group or a person another name."""
    if step.action in RENAMES_TEAM:
        old, new = ("team", step.scope.name), ("team", step.text("to"))
    elif step.action == RENAME_GROUP.name:
        old, new = ("group", step.text("group")), ("group", step.text("to"))
    elif step.action in CHANGES_ADDRESS:
        old, new = (("user", identity(step.text(name)) or "") for name in ("user", "to"))
    else:
        return knowledge

    def now(things: Things) -> Things:
        if old[0] == "group" and things[0] != ("team", step.scope.name):
            return things
        return tuple(new if each == old else each for each in things)

    marks = {(now(things), fact): mark for (things, fact), mark in knowledge.marks.items()}
    if old[0] != "team":
        return replace(knowledge, marks=marks)
    looks = {(kind, new[1] if team == old[1] else team): look for (kind, team), look in knowledge.looks.items()}
    acts = {**knowledge.acts, **_latest(knowledge.acts, [new[1]], knowledge.acts.get(old[1], ""))}
    return replace(knowledge, looks=looks, marks=marks, acts=acts)


def _latest(acts: Mapping[str, str], teams: Iterable[str], at: str) -> dict[str, str]:
    """Return the last act in some teams, if there was one at an instant; clocks may have been put back since."""
    return {team: max(acts.get(team, ""), at) for team in teams if at}


def _touched(row: Change) -> Iterator[FactName]:
    """Yield the facts that sources may leave open and a row changes."""
    table, key = row.table, row.key
    if table == "team_admin":
        yield (("team", key[0]), ("user", key[1])), "role"
    elif table in {"group_seat", "team_group"}:
        yield (("team", key[0]), ("group", key[1])), "products"
    elif table == "team_seat":
        yield (("team", key[0]), ("product", key[1]), ("user", key[2])), "seats"
    elif table == "team" and (row.new or (None, None))[1] != (row.old or (None, None))[1]:
        yield (("team", key[0]),), "sso"
    elif table == "subscription" and row.new is not None:
        for at, column in enumerate(TABLES[table][1]):
            if column in _OF_SUBSCRIPTIONS and (row.old is None or row.old[at] != row.new[at]):
                yield (("subscription", key[0]),), column


_OF_SUBSCRIPTIONS = frozenset({"contract_manager", "offering", "channel", "auto_renew"})


def teams_of(step: Step, account: Account) -> list[str]:
    """Return the teams in which a step does something, sorted: of a person, all of theirs; "" for no team."""
    teams = {step.scope.name} if step.scope.kind == "team" else set()
    origin = step.get("from")
    if isinstance(origin, str):
        teams.add(origin)
    if step.action in RENAMES_TEAM:
        teams.add(step.text("to"))
    people = (step.get("user"), step.get("to")) if step.scope.kind == "account" else ()
    for written in people:
        user = identity(written) if isinstance(written, str) else None
        teams |= {scope.name for scope in account.scopes_of(user or "") if scope.kind == "team"}
    return sorted(teams or {""})


# The mirror as observations


def facts_of(mirror: Mirror) -> dict[Coverage, Observation]:
    """Return what a mirror knows, as one observation for each kind and team, like those of sources.

    What no source shows is not in it: `observed_account.py` takes that from the mirror itself.
    """
    account, knowledge = mirror
    found: dict[Coverage, Facts] = {}
    for name, team in account.teams.items():
        for kind in _ALWAYS:
            found[kind, name] = _FACTS[kind](mirror, name, team)
        for kind in _IF_SHOWN:
            if (kind, name) in knowledge.looks:
                found[kind, name] = _FACTS[kind](mirror, name, team)
    places = {sub.team or "" for sub in account.subscriptions.values()}
    places |= {team for kind, team in knowledge.looks if kind == "subscriptions"}
    for name in sorted(places):
        found["subscriptions", name] = _subscriptions(mirror, name)
    looks = {about: knowledge.looks.get(about, Look("")) for about in sorted(found)}
    return {
        about: Observation(look.source, look.moment, {about: found[about]}, remembered=True)
        for about, look in looks.items()
    }


class _Record:
    """The place of facts that are only remembered."""

    def at(self, start: int, first: int, last: int, *, stripped: bool = False) -> Location:  # noqa: ARG002 - as in Source
        """Return a place in no file."""
        return Location("", 1, 1, 1, 1)

    def may_be_cut(self, start: int) -> bool:  # noqa: ARG002 - as in Source
        """Return False: a record is whole."""
        return False


_REMEMBERED: Final = Origin(_Record(), 0, 0)


def _known(value: Value) -> Fact:
    return Fact(value, *_REMEMBERED)


def _people(mirror: Mirror, name: str, team: Team) -> Facts:
    users = mirror.account.users
    unknown = None if mirror.knowledge.mark(((("team", name),), "names")) == "open" else ""
    people = ((user, users[user]) for user in sorted(team.members))
    return {
        (user,): _known(Person(each.email, each.first_name or unknown, each.last_name or unknown))
        for user, each in people
    }


def _status(mirror: Mirror, _: str, team: Team) -> Facts:
    users, mark = mirror.account.users, mirror.knowledge.mark
    return {
        (user,): _known(None if mark(((("user", user),), "status")) == "open" else users[user].status)
        for user in sorted(team.members)
    }


def _roles(mirror: Mirror, name: str, team: Team) -> Facts:
    menu, roles = team.menu_roles(), dict[Key, Fact]()
    for user in sorted(team.members):
        is_open = mirror.knowledge.mark(((("team", name), ("user", user)), "role")) == "open"
        role = "primary" if user == team.primary else menu.get(user, "member")
        roles[user,] = _known(None if is_open else role)
    return roles


def _seats(mirror: Mirror, name: str, team: Team) -> Facts:
    products = {*team.seats, *(product for group in team.groups.values() for product in group.products)}
    return {
        (product, user): _known("")
        for product in sorted(products)
        for user in sorted(mirror.account.holders(name, product))
    }


def _groups(_: Mirror, __: str, team: Team) -> Facts:
    return {
        (group, user): _known("") for group, content in sorted(team.groups.items()) for user in sorted(content.members)
    }


def _subscriptions(mirror: Mirror, name: str) -> Facts:
    known, unplaced = mirror.account.subscriptions_of(name or None), mirror.knowledge.unplaced.items()
    found: dict[Key, Fact] = {(key,): _known(bought) for key, (team, bought) in unplaced if team == name}
    for key, sub in known.items():
        quantity = sub.seats if sub.tokens is None else sub.tokens
        active = None if mirror.knowledge.mark(((("subscription", key),), "active")) == "open" else True
        bought = Purchase(sub.product, sub.offering, quantity or 0, None, sub.starts, sub.ends, active=active)
        found[key,] = _known(bought)
    return dict(sorted(found.items()))


_ALWAYS: Final[tuple[Kind, ...]] = ("people", "roles", "seats")
_IF_SHOWN: Final[tuple[Kind, ...]] = ("status", "groups", "group_products")
_FACTS: Final = {
    "people": _people,
    "status": _status,
    "roles": _roles,
    "seats": _seats,
    "groups": _groups,
    "group_products": lambda *_: {},
}
"""The facts of each kind. Products of groups are taken from the mirror itself."""
