"""What a mirror knows of the real account besides its rows: the record that is kept with them, as canonical JSON.

A mirror has a row for every fact, also for those that no source shows. The record tells which rows are placeholders
(`open`), which were taken over from the declaration by an apply (`assumed`) or confirmed by a person (`confirmed`), and
by which source each kind of fact was shown last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from seatsync.account.actions.group_actions import RENAME_GROUP
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.group_types import GroupTypes, group_type, types_after
from seatsync.account.history import HistoryEntry, canonical
from seatsync.account.model import TABLES, Account, Change
from seatsync.errors import TargetProblem
from seatsync.portal.observation import Contact, Coverage, Moment, Purchase
from seatsync.portal.sources.listed_pools import Pool
from seatsync.targets.target import State

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


TeamSeat: TypeAlias = tuple[str, str, str]
"""A seat: team, product and the identity of a person."""

Written: TypeAlias = tuple[str, ...]
"""What was written through the API: a membership (team, user), or a seat."""


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

    From the Team Admin API: `pools` by team and product; `direct` are the seats of which it said how they are held:
    directly, or not; `written` is what was written through it, with the instant of the read-back. `rest` are the
    sources that showed last what it cannot list, by kind and team. `team_ids` are the vendor's
    ids by which it read the teams.

    `group_types` are those that a groups export showed last.
    """

    looks: Mapping[Coverage, Look] = field(default_factory=dict)
    marks: Mapping[FactName, Mark] = field(default_factory=dict)
    acts: Mapping[str, str] = field(default_factory=dict)
    unplaced: Mapping[str, tuple[str, Purchase]] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    serial: int = 0
    pools: Mapping[tuple[str, str], Pool] = field(default_factory=dict)
    direct: Mapping[TeamSeat, bool] = field(default_factory=dict)
    written: Mapping[Written, str] = field(default_factory=dict)
    rest: Mapping[Coverage, Look] = field(default_factory=dict)
    group_types: GroupTypes = field(default_factory=dict)
    team_ids: Mapping[str, str] = field(default_factory=dict)

    def mark(self, name: FactName) -> Mark | None:
        """Return the mark of a fact, None if a source showed it last."""
        things, fact = name
        return self.marks.get(name, "open" if (len(things), fact) in OPEN_AT_FIRST else None)

    def is_direct(self, team: str, product: str, user: str) -> bool | None:
        """Return whether a seat is held directly; None if the API did not say that, or never listed it."""
        return self.direct.get((team, product, user))

    def agreed_ids(self, declared: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return the ids by which changes can be made: those by which teams were read, if the project has the same.

        `declared` are names and ids in the project file. A team that is to be renamed may have its new name there.
        """
        named, known = dict(declared), self.team_ids
        names = {number: team for team, number in named.items()}
        return {
            team: number
            for team, number in known.items()
            if named.get(team) == number or (team not in named and names.get(number, team) not in known)
        }

    def after_writing(
        self, keys: Iterable[Written], at: str, direct: Mapping[TeamSeat, bool | None] | None = None
    ) -> Knowledge:
        """Return the knowledge after something was written through the API and read back at an instant.

        `direct` tells of seats how they are held since; None of those that nobody holds, or if the API does not say.
        """
        written = {key: seen for key, seen in self.written.items() if is_just_written(seen, at)}
        types = {**self.direct, **(direct or {})}
        known = {seat: is_direct for seat, is_direct in types.items() if is_direct is not None}
        return replace(self, written={**written, **dict.fromkeys(keys, at)}, direct=known)

    def as_text(self) -> str:
        """Return the record as canonical JSON."""
        looks = _looks_as_plain(self.looks)
        marks = [[mark, fact, things] for (things, fact), mark in sorted(self.marks.items())]
        unplaced = [[key, team, *astuple(bought)] for key, (team, bought) in sorted(self.unplaced.items())]
        facts = {"looks": looks, "marks": marks, "acts": dict(self.acts), "unplaced": unplaced, "serial": self.serial}
        by_api = {
            "pools": [[*about, *pool] for about, pool in sorted(self.pools.items())],
            "direct": _direct_as_plain(self.direct),
            "written": [[at, *key] for key, at in sorted(self.written.items())],
            "rest": _looks_as_plain(self.rest),
            "team_ids": dict(self.team_ids),
        }
        types = [[kind, *about] for about, kind in sorted(self.group_types.items())]
        used = {key: value for key, value in (*by_api.items(), ("group_types", types)) if value}
        return canonical({"format": FORMAT, **facts, "contacts": dict(self.contacts), **used})

    @classmethod
    def from_text(cls, text: str) -> Knowledge:
        """Parse the text of `as_text`. Raises ValueError, KeyError or TypeError for any other."""
        facts = json.loads(text)
        if facts["format"] != FORMAT:
            raise ValueError(facts["format"])
        looks = _looks(facts["looks"])
        marks = {(_things(things), fact): _mark(mark) for mark, fact, things in facts["marks"]}
        unplaced = {key: (team, _purchase(bought)) for key, team, *bought in facts["unplaced"]}
        contacts = {key: Contact(*contact) for key, contact in facts["contacts"].items()}
        pools = {(team, product): Pool(*pool) for team, product, *pool in facts.get("pools", ())}
        written = {tuple(key): at for at, *key in facts.get("written", ())}
        by_api = (pools, _direct(facts.get("direct", {})), written, _looks(facts.get("rest", ())))
        types = {(team, group): group_type(kind) for kind, team, group in facts.get("group_types", ())}
        ids = {str(team): str(number) for team, number in facts.get("team_ids", {}).items()}
        return cls(looks, marks, dict(facts["acts"]), unplaced, contacts, int(facts["serial"]), *by_api, types, ids)


FORMAT: Final = "seatsync/mirror/1"
NOTHING_YET: Final = Knowledge()


_JUST: Final = timedelta(minutes=10)
"""For so long, what was written through the API is known by its own read-back, whatever a list says."""


def is_just_written(seen: str, now: str) -> bool:
    """Return True if something that was read back at an instant may be missing in lists of another one."""
    return abs(datetime.fromisoformat(now) - datetime.fromisoformat(seen)) < _JUST


def _looks_as_plain(looks: Mapping[Coverage, Look]) -> list[list[str]]:
    return [
        [*about, look.source, *(("", "") if look.moment is None else _moment_as_plain(look.moment))]
        for about, look in sorted(looks.items())
    ]


def _looks(plain: Iterable[list[Any]]) -> dict[Coverage, Look]:
    return {(kind, team): Look(source, _moment(day, at)) for kind, team, source, day, at in plain}


def _direct_as_plain(direct: Mapping[TeamSeat, bool]) -> dict[str, dict[str, list[list[str]]]]:
    """Return the people by team and product: those who hold it directly, and those who do not."""
    found: dict[str, dict[str, list[list[str]]]] = {}
    for (team, product, user), is_direct in sorted(direct.items()):
        found.setdefault(team, {}).setdefault(product, [[], []])[0 if is_direct else 1].append(user)
    return found


def _direct(plain: Mapping[str, Mapping[str, list[list[str]]]]) -> dict[TeamSeat, bool]:
    return {
        (team, product, user): is_direct
        for team, products in plain.items()
        for product, held in products.items()
        for is_direct, users in zip((True, False), held, strict=True)
        for user in users
    }


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


Journal: TypeAlias = Callable[[int], Sequence[HistoryEntry]]
"""Function that returns the changes of the account after a serial."""


def knowledge_of(state: State, journal: Journal, url: str) -> Knowledge:
    """Return what a mirror knows, with what people did since its record was written."""
    try:
        known = Knowledge.from_text(state.mirror or "")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = "the file is damaged: the record of the mirror cannot be read"
        raise TargetProblem(url, problem, "restore it from a backup") from error
    now = state.account.serial or 0
    if known.serial >= now:
        return known
    return caught_up(known, (entry for entry in journal(known.serial) if entry.serial <= now), state.account)


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


def after_machine(
    knowledge: Knowledge, changes: Iterable[tuple[Step, tuple[Change, ...]]], account: Account, at: str
) -> Knowledge:
    """Return the knowledge after steps that were carried out through the API and read back at an instant.

    They are as certain as what people confirm. `account` is the one before them.
    """
    first = (account.serial or 0) + 1
    entries = [HistoryEntry(serial, 0, at, None, step, rows) for serial, (step, rows) in enumerate(changes, first)]
    written = [row for entry in entries for row in entry.rows]
    seats = {row.key: row.new is not None or None for row in written if row.table == "team_seat"}
    keys = [*seats, *(row.key for row in written if row.table == "team_member")]
    direct = {(team, product, user): held for (team, product, user), held in seats.items()}
    return caught_up(knowledge, entries, account).after_writing(keys, at, direct)


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
    knowledge = replace(knowledge, marks=marks, group_types=types_after(knowledge.group_types, [step]))
    return knowledge if old[0] == "group" else _renamed_by_api(knowledge, *old, new[1])


def _renamed_by_api(knowledge: Knowledge, kind: str, old: str, new: str) -> Knowledge:
    """Return the knowledge with another name of a team or person in what its keys contain."""

    def now(name: str) -> str:
        return new if name == old else name

    if kind == "user":
        direct = {(team, product, now(user)): each for (team, product, user), each in knowledge.direct.items()}
        written: dict[Written, str] = {(*key[:-1], now(key[-1])): at for key, at in knowledge.written.items()}
        return replace(knowledge, direct=direct, written=written)
    return replace(
        knowledge,
        acts={**knowledge.acts, **_latest(knowledge.acts, [new], knowledge.acts.get(old, ""))},
        looks={(kind, now(team)): look for (kind, team), look in knowledge.looks.items()},
        rest={(kind, now(team)): look for (kind, team), look in knowledge.rest.items()},
        pools={(now(team), product): pool for (team, product), pool in knowledge.pools.items()},
        direct={(now(team), product, user): each for (team, product, user), each in knowledge.direct.items()},
        written={(now(key[0]), *key[1:]): at for key, at in knowledge.written.items()},
        team_ids={now(team): number for team, number in knowledge.team_ids.items()},
    )


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
