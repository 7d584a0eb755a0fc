"""Cases that a look at the real account settles: those that were done, and confirmed ones that it does not show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.group_actions import RENAME_GROUP
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES, RENAMES_TEAM
from seatsync.account.actions.team_actions import RENAME_TEAM
from seatsync.account.email import identity
from seatsync.account.engine import attempt
from seatsync.account.history import HistoryEntry, same
from seatsync.account.model import (
    NOBODY,
    TABLES,
    Account,
    Change,
    Scope,
    Team,
    Value,
    subscription_values,
    team_values,
    user_values,
)
from seatsync.clock import Clock
from seatsync.planning.difference.changes import change_of_address
from seatsync.portal.observation import Coverage, Kind, Observation, Purchase, is_newer
from seatsync.targets.target import Case

Cell: TypeAlias = tuple[str, tuple[str, ...], str]
"""A table, a key and a column; an empty column is the existence of the row, or the whole row of a relation."""

_UNSEEN = "unseen"
"""The column of a group without members that ends: no source shows either."""

_WHOLE = frozenset(table for table, (_, values) in TABLES.items() if len(values) < 2)  # noqa: PLR2004 - a single column


class Verdict(NamedTuple):
    """What a look says about a cell: that it has a value (True) or another, by which source; None: it cannot say."""

    shown: bool | None
    source: str = ""


_SILENT = Verdict(None)


class Shown(NamedTuple):
    """What a look shows: the account, and the sources that were used for it, by kind and team."""

    account: Account
    fresh: Mapping[Coverage, Observation]

    def verdict(self, cell: Cell, value: object) -> Verdict:
        """Return whether a cell has a value."""
        table, key, column = cell
        if table == "user":
            return self._user(key[0], column, value)
        if table == "subscription":
            return self._subscription(key[0], column, value)
        if table in KIND_OF:
            return self._in_team(table, key, column, value)
        return _SILENT

    def source_of(self, kind: Kind, team: str) -> Observation | None:
        """Return the source that was used for a kind of fact in a team."""
        return self.fresh.get((kind, team))

    def _user(self, user: str, column: str, value: object) -> Verdict:
        for (kind, team), source in self.fresh.items():
            if kind == "people" and (user,) in source.facts[kind, team]:
                person = self.account.users.get(user)
                return Verdict(getattr(person, column, None) == value, source.source) if column in _NAMES else _SILENT
        return _SILENT

    def _in_team(self, table: str, key: tuple[str, ...], column: str, value: object) -> Verdict:
        kind = KIND_OF[table]
        source, team = self.source_of(kind, key[0]), self.account.teams.get(key[0])
        if source is None or team is None or column in {"sso", _UNSEEN}:
            return _SILENT
        if table == "team":  # its existence, or its primary admin
            return Verdict(team.primary == value if column else value is not None, source.source)
        facts, names = source.facts[kind, key[0]], key[1:]
        if table == "team_admin":
            fact = facts.get(names)
            if fact is not None and fact.value is None:
                return _SILENT
            return Verdict(_role(team, names[0]) == value, source.source)
        if table == "team_seat":
            held = names[1] in team.seats.get(names[0], NOBODY)
            by_group = any(names[1] in group.members and names[0] in group.products for group in team.groups.values())
            return (
                self._also_direct(key[0], names, value)
                if by_group
                else Verdict(held is (value is not None), source.source)
            )
        if table == "team_group":
            has_members = any(group == names[0] for group, _ in facts)
            return (
                Verdict(has_members is (value is not None), source.source) if has_members or value is None else _SILENT
            )
        there = names in facts
        return _SILENT if table == "group_seat" and not there else Verdict(there is (value is not None), source.source)

    def _also_direct(self, team: str, seat: tuple[str, ...], value: object) -> Verdict:
        """Return whether somebody with a product through a group holds it directly, too: only a usage report may."""
        report = self.source_of("direct_seats", team)
        if report is None or seat not in report.facts["direct_seats", team]:
            return _SILENT
        return Verdict(value is not None, report.source)

    def _subscription(self, key: str, column: str, value: object) -> Verdict:
        places = [(team, each) for (kind, team), each in self.fresh.items() if kind == "subscriptions"]
        found = next(((team, each) for team, each in places if (key,) in each.facts["subscriptions", team]), None)
        if found is None:
            covered = [each for team, each in places if isinstance(value, tuple) and value[0] == (team or None)]
            return Verdict(False, covered[0].source) if covered else _SILENT  # noqa: FBT003 - a verdict
        team, source = found
        sub, bought = self.account.subscriptions.get(key), source.facts["subscriptions", team][key,].value
        if sub is None or not isinstance(bought, Purchase) or column == "offering":
            return _SILENT
        if getattr(bought, column, "") is None:  # channel or renewal, which this source leaves open
            return _SILENT
        shown = value is not None if column == "" else getattr(sub, column) == value
        if column == "contract_manager":
            named = self.source_of("contract_managers", team)
            known = named is not None and (key,) in named.facts["contract_managers", team]
            return Verdict(True, source.source) if known and shown else _SILENT  # noqa: FBT003 - a verdict
        return Verdict(shown, source.source)


KIND_OF: Mapping[str, Kind] = {
    "team": "roles",
    "team_member": "people",
    "team_admin": "roles",
    "team_seat": "seats",
    "team_group": "groups",
    "group_member": "groups",
    "group_seat": "group_products",
}
"""The kind of fact that shows a table."""

_NAMES = frozenset({"email", "first_name", "last_name"})


def cells_of(rows: Iterable[Change]) -> dict[Cell, object]:
    """Return the cells that rows change, with their new values. What follows from another cell is left out."""
    changes = tuple(rows)
    deleted = {row.key for row in changes if row.table == "team_group" and row.new is None}
    emptied = {row.key[:2] for row in changes if row.table == "group_member" and row.new is None}
    primary = {(row.key[0], row.new[0]) for row in changes if row.table == "team" and row.new is not None}
    leaving = {row.key for row in changes if row.table == "team_member" and row.new is None}
    cells: dict[Cell, object] = {}
    for row in changes:
        if row.table == "group_seat" and row.new is None and row.key[:2] in deleted & emptied:
            continue  # what a group gave ends with it
        if (
            row.table in KIND_OF
            and row.table != "team_member"
            and row.new is None
            and (row.key[0], row.key[-1]) in leaving
        ):
            continue  # what somebody had ends with the membership
        if row.table in _WHOLE:
            unseen = row.table == "team_group" and row.new is None and row.key not in emptied
            becomes = row.table == "team_admin" and row.key in primary
            cells[row.table, row.key, _UNSEEN if unseen else ""] = ("primary",) if becomes else row.new
        elif row.old is not None and row.new is not None:
            for column, old, new in zip(TABLES[row.table][1], row.old, row.new, strict=True):
                if old != new:
                    cells[row.table, row.key, column] = _typed(column, new)
        elif row.table != "user":  # people come and go with their memberships
            cells[row.table, row.key, ""] = row.new
            if row.table == "team" and row.new is not None:
                cells[row.table, row.key, "primary_admin"] = row.new[0]
    return cells


def _typed(column: str, value: object) -> object:
    return bool(value) if column == "auto_renew" else value


class Settled(NamedTuple):
    """A case that was done: the rows of its step, and the source that shows them."""

    case: Case
    rows: tuple[Change, ...]
    source: str


def done_cases(before: Account, cases: Sequence[Case], shown: Shown, clock: Clock) -> list[Settled]:
    """Return the open cases whose every change a look shows, in order.

    One may build on another: a cell that several of them change is as the last one leaves it.
    """
    left = list(cases)
    while True:
        account, tried = before.copy(), []
        for case in left:
            rows = attempt(account, case.step, clock)
            if not isinstance(rows, Refused):
                account.change(rows)
                tried.append((case, rows, cells_of(rows)))
        last = {cell: case.id for case, _, cells in tried for cell in cells}
        settled = []
        for case, rows, cells in tried:
            own = [shown.verdict(cell, value) for cell, value in cells.items() if last[cell] == case.id]
            if cells and all(each.shown for each in own):
                settled.append((case, rows, own))
        if len(settled) == len(left):
            return list(_with_sources(settled))
        left = [case for case, _, _ in settled]


def _with_sources(settled: Sequence[tuple[Case, tuple[Change, ...], list[Verdict]]]) -> Iterator[Settled]:
    """Yield the cases with a source; that of a case which others build on is the one of the next."""
    source = ""
    found = []
    for case, rows, verdicts in reversed(settled):
        source = min((each.source for each in verdicts), default=source)
        found.append(Settled(case, rows, source))
    yield from reversed(found)


class Judged(NamedTuple):
    """A confirmed case whose effect is still in the mirror, and whether a look shows it."""

    case: Case
    cells: Mapping[Cell, object]
    shown: bool
    source: str


def judged_cases(
    before: Account, cases: Sequence[Case], shown: Shown, journal: Sequence[HistoryEntry], renames: Sequence[Step]
) -> Iterator[Judged]:
    """Yield the confirmed cases that are in force, the last first: what a contradicted one changed is as before it.

    `renames` are steps after those of the journal.
    """
    account = before.copy()
    done = _present_rows(cases, journal, renames)
    for case in reversed(cases):
        rows = done.get(case.id, ())
        every = cells_of(rows)
        cells = in_force(every, account)
        verdicts = [shown.verdict(cell, value) for cell, value in cells.items()]
        missing = min((each.source for each in verdicts if each.shown is False), default=None)
        if missing is not None:
            if len(cells) == len(every):
                account.undo(rows)
            yield Judged(case, cells, False, missing)  # noqa: FBT003 - a verdict
        elif cells and all(each.shown for each in verdicts):
            yield Judged(case, cells, True, min(each.source for each in verdicts))  # noqa: FBT003 - a verdict


def _present_rows(
    cases: Iterable[Case], journal: Sequence[HistoryEntry], renames: Sequence[Step]
) -> dict[str, tuple[Change, ...]]:
    """Return the rows of confirmed cases by id, under the names that things have now."""
    wanted = {(case.closed_at or "", same(case.step)): case.id for case in cases}
    later, found = [*reversed(renames)], dict[str, tuple[Change, ...]]()
    for entry in reversed(journal):
        case = wanted.get((entry.at, same(entry.step)))
        if case is not None and case not in found:
            rows = entry.rows
            for step in reversed(later):
                rows = tuple(renamed_row(row, step) for row in rows)
            found[case] = rows
        if entry.step.action in RENAMES:
            later.append(entry.step)
    return found


def renamed_row(row: Change, step: Step) -> Change:
    """Return a row as it is named after a rename."""
    names = TABLES[row.table]
    if step.action in RENAMES_TEAM:
        kinds, old, new = {"team", "name" if row.table == "team" else ""}, step.scope.name, step.text("to")
    elif step.action in CHANGES_ADDRESS:
        kinds = {"user", "primary_admin", "contract_manager", "id" if row.table == "user" else ""}
        old, new = (identity(step.text(name)) or "" for name in ("user", "to"))
    else:
        if row.key[0] != step.scope.name:
            return row
        kinds, old, new = {"group_name", "name"}, step.text("group"), step.text("to")
    key, before, after = (
        None
        if part is None
        else tuple(new if n in kinds and v == old else v for n, v in zip(columns, part, strict=False))
        for columns, part in ((names[0], row.key), (names[1], row.old), (names[1], row.new))
    )
    return Change(row.table, tuple(map(str, key or ())), before, after)


def in_force(cells: Mapping[Cell, object], account: Account) -> dict[Cell, object]:
    """Return the cells that still have these values in an account."""
    return {cell: value for cell, value in cells.items() if _value(account, cell) == value}


def _value(account: Account, cell: Cell) -> object:
    table, key, column = cell
    values = _row(account, table, key)
    if values is None or column not in TABLES[table][1]:
        return values
    return _typed(column, values[TABLES[table][1].index(column)])


def _row(account: Account, table: str, key: tuple[str, ...]) -> tuple[Value, ...] | None:
    """Return the values of a row, None if there is none, or of a table that no source shows."""
    if table == "user":
        person = account.users.get(key[0])
        return None if person is None else user_values(person)
    if table == "subscription":
        sub = account.subscriptions.get(key[0])
        return None if sub is None else subscription_values(sub)
    team = account.teams.get(key[0])
    if team is None or table not in KIND_OF:
        return None
    if table == "team":
        return team_values(team)
    if table == "team_admin":
        return _role(team, key[1])
    return () if _has(team, table, key[1:]) else None


def _role(team: Team, user: str) -> tuple[str] | None:
    role = "primary" if team.primary == user else team.menu_roles().get(user)
    return None if role is None else (role,)


def _has(team: Team, table: str, names: tuple[str, ...]) -> bool:
    if table == "team_member":
        return names[0] in team.members
    if table == "team_seat":
        return names[1] in team.seats.get(names[0], NOBODY)
    group = team.groups.get(names[0])
    if group is None or table == "team_group":
        return group is not None
    return names[1] in (group.members if table == "group_member" else group.products)


def rename_shown(step: Step, fresh: Mapping[Coverage, Observation]) -> str | None:
    """Return the source that shows a rename: the new name is there, and the old one is not; None for none.

    The old name of a team may be in an older source.
    """
    if step.action not in RENAMES:
        return None
    if step.action in RENAMES_TEAM:
        before, after = (fresh.get(("people", name)) for name in (step.scope.name, step.text("to")))
        is_shown = after is not None and (before is None or is_newer(after.moment, before.moment))
        return after.source if after is not None and is_shown else None
    names: dict[str, str] = {}  # with their sources
    if step.action in CHANGES_ADDRESS:
        old, new = (identity(step.text(name)) or "" for name in ("user", "to"))
        for (kind, team), source in fresh.items():
            if kind == "people":
                names |= {user: source.source for (user,) in source.facts[kind, team]}
    else:
        old, new = step.text("group"), step.text("to")
        listed = fresh.get(("groups", step.scope.name))
        if listed is not None:
            names = {group: listed.source for group, _ in listed.facts["groups", step.scope.name]}
    return names.get(new) if old not in names else None


def renamed_back(step: Step, account: Account) -> Step | None:
    """Return the step that gives something its old name back; None for a person who is not in the account any more."""
    if step.action in RENAMES_TEAM:
        return RENAME_TEAM.step(Scope("team", step.text("to")), to=step.scope.name)
    if step.action in CHANGES_ADDRESS:
        user = identity(step.text("to")) or ""
        return change_of_address(account, user, step.text("user")) if user in account.users else None
    return RENAME_GROUP.step(step.scope, group=step.text("to"), to=step.text("group"))
