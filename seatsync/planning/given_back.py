"""STEP009: a step gives back what was taken away outside of seatsync, as far as the log of the account knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from seatsync.account.actions import CHANGES_ADDRESS, RENAMES, Step
from seatsync.account.email import identity
from seatsync.account.engine import perform
from seatsync.account.model import TABLES, Account, Change, Value
from seatsync.account.past import PORTAL, HistoryEntry
from seatsync.account.refusal import Refused
from seatsync.clock import Clock

_Fact: TypeAlias = tuple[str, tuple[str, ...], str]
"""A row by table and key, and the column that has the value; no column: that the row is there."""

_Taken: TypeAlias = dict[_Fact, tuple[Value, str]]
"""What was taken away last outside of seatsync: the value it had, and when."""

_UNHELD = frozenset({"email", "status", "invited_at"})
_NAMES = frozenset({"team", "primary_admin", "contract_manager", "coordinator"})
_GROUPS = frozenset({"team_group", "group_member", "group_seat"})
_ELSEWHERE = frozenset({"user", "subscription", "contract"})


def given_back(
    account: Account, steps: Iterable[Step], history: Iterable[HistoryEntry], clock: Clock
) -> Iterator[tuple[int, str]]:
    """Yield the number of each step that gives back what was taken away outside of seatsync, and the day that was.

    `steps` begin at `account` and are numbered from 1; `history` is what happened from the first such change on.
    """
    taken = _taken(history)
    now = account.copy()
    for number, step in enumerate(steps, 1) if taken else ():
        rows = perform(now, step, clock)
        if isinstance(rows, Refused):
            continue
        if step.action in RENAMES:
            taken = _in_new_names(taken, step)
            continue
        given = ((fact, value) for fact, _, value in _changes(rows) if value is not None)
        moments = [taken[fact][1] for fact, value in given if fact in taken and taken[fact][0] == value]
        if moments:
            yield number, clock.day_of(max(moments))


def note_on(day: str) -> str:
    """Return the note on a step that gives back what was taken away on a day."""
    return f"gives back what was taken away outside of seatsync on {day} (STEP009)"


def _taken(history: Iterable[HistoryEntry]) -> _Taken:
    """Return what is missing because somebody took it away outside of seatsync, and nobody changed it since."""
    taken: _Taken = {}
    for entry in history:
        if entry.step.action in RENAMES:
            taken = _in_new_names(taken, entry.step)
            continue
        for fact, old, _ in _changes(entry.rows):
            taken.pop(fact, None)
            if entry.actor == PORTAL and old is not None:
                taken[fact] = (old, entry.at)
    return taken


def _changes(rows: Iterable[Change]) -> Iterator[tuple[_Fact, Value, Value]]:
    """Yield each fact that rows change, with the values before and after; 1 stands for a row that is there."""
    for row in rows:
        if row.old is None or row.new is None:
            yield (row.table, row.key, ""), None if row.old is None else 1, None if row.new is None else 1
        columns = TABLES[row.table][1]
        olds, news = row.old or (None,) * len(columns), row.new or (None,) * len(columns)
        for column, old, new in zip(columns, olds, news, strict=True):
            if old != new and column not in _UNHELD:
                yield (row.table, row.key, column), old, new


def _in_new_names(taken: _Taken, step: Step) -> _Taken:
    """Return the same under the names that a step gives."""
    if step.action in CHANGES_ADDRESS:
        before, after = identity(step.text("user")) or "", identity(step.text("to")) or ""

        def named(table: str, key: tuple[str, ...]) -> tuple[str, ...]:
            return (*key[:-1], after) if TABLES[table][0][-1] in {"user", "id"} and key[-1] == before else key

        return _renamed(taken, named, {before: after})
    team, to = step.scope.name, step.text("to")
    if step.action == "team.rename":
        return _renamed(
            taken, lambda table, key: (to, *key[1:]) if _in_team(table) and key[0] == team else key, {team: to}
        )
    group = step.text("group")
    return _renamed(
        taken, lambda table, key: (team, to, *key[2:]) if table in _GROUPS and key[:2] == (team, group) else key, {}
    )


def _in_team(table: str) -> bool:
    return table not in _ELSEWHERE and not table.startswith("contract_")


def _renamed(taken: _Taken, named: Callable[[str, tuple[str, ...]], tuple[str, ...]], values: dict[str, str]) -> _Taken:
    return {
        (table, named(table, key), column): (values.get(str(value), value) if column in _NAMES else value, at)
        for (table, key, column), (value, at) in taken.items()
    }
