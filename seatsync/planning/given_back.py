"""STEP009: steps that restore something removed outside of seatsync, according to the log of the account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from seatsync.account.actions.step import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.engine import perform
from seatsync.account.model import TABLES, Account, Change, Value
from seatsync.account.past import PORTAL, HistoryEntry
from seatsync.account.refusal import Refused
from seatsync.clock import Clock

_Field: TypeAlias = tuple[str, tuple[str, ...], str]
"""A row by table and key, and a column; an empty column stands for the existence of the row."""

_Removed: TypeAlias = dict[_Field, tuple[Value, str]]
"""Fields last removed outside of seatsync, with their former value and the moment."""

_UNHELD = frozenset({"email", "status", "invited_at"})
_NAMES = frozenset({"team", "primary_admin", "contract_manager", "coordinator"})
_GROUPS = frozenset({"team_group", "group_member", "group_seat"})
_ELSEWHERE = frozenset({"user", "subscription", "contract"})


def restored(
    account: Account, steps: Iterable[Step], history: Iterable[HistoryEntry], clock: Clock
) -> Iterator[tuple[int, str]]:
    """Yield the number of each step that restores something removed outside of seatsync, and the day of the removal.

    `steps` start from `account` and are numbered from 1; `history` begins with the first such change.
    """
    removed = _removed(history)
    now = account.copy()
    for number, step in enumerate(steps, 1) if removed else ():
        rows = perform(now, step, clock)
        if isinstance(rows, Refused):
            continue
        if step.action in RENAMES:
            removed = _in_new_names(removed, step)
            continue
        gained = ((field, value) for field, _, value in _changes(rows) if value is not None)
        moments = [removed[field][1] for field, value in gained if field in removed and removed[field][0] == value]
        if moments:
            yield number, clock.day_of(max(moments))


def note_on(day: str) -> str:
    """Return the note on a step that restores something removed on a day."""
    return f"restores what was removed outside of seatsync on {day} (STEP009)"


def _removed(history: Iterable[HistoryEntry]) -> _Removed:
    """Return the fields that were removed outside of seatsync and not changed since."""
    removed: _Removed = {}
    for entry in history:
        if entry.step.action in RENAMES:
            removed = _in_new_names(removed, entry.step)
            continue
        for field, old, _ in _changes(entry.rows):
            removed.pop(field, None)
            if entry.actor == PORTAL and old is not None:
                removed[field] = (old, entry.at)
    return removed


def _changes(rows: Iterable[Change]) -> Iterator[tuple[_Field, Value, Value]]:
    """Yield each field that rows change, with the values before and after; 1 stands for an existing row."""
    for row in rows:
        if row.old is None or row.new is None:
            yield (row.table, row.key, ""), None if row.old is None else 1, None if row.new is None else 1
        columns = TABLES[row.table][1]
        olds, news = row.old or (None,) * len(columns), row.new or (None,) * len(columns)
        for column, old, new in zip(columns, olds, news, strict=True):
            if old != new and column not in _UNHELD:
                yield (row.table, row.key, column), old, new


def _in_new_names(removed: _Removed, step: Step) -> _Removed:
    """Return removed fields under the names that a renaming step gives."""
    if step.action in CHANGES_ADDRESS:
        before, after = identity(step.text("user")) or "", identity(step.text("to")) or ""

        def named(table: str, key: tuple[str, ...]) -> tuple[str, ...]:
            return (*key[:-1], after) if TABLES[table][0][-1] in {"user", "id"} and key[-1] == before else key

        return _renamed(removed, named, {before: after})
    team, to = step.scope.name, step.text("to")
    if step.action in RENAMES_TEAM:
        return _renamed(
            removed, lambda table, key: (to, *key[1:]) if _in_team(table) and key[0] == team else key, {team: to}
        )
    group = step.text("group")
    return _renamed(
        removed, lambda table, key: (team, to, *key[2:]) if table in _GROUPS and key[:2] == (team, group) else key, {}
    )


def _in_team(table: str) -> bool:
    return table not in _ELSEWHERE and not table.startswith("contract_")


def _renamed(
    removed: _Removed, named: Callable[[str, tuple[str, ...]], tuple[str, ...]], values: dict[str, str]
) -> _Removed:
    return {
        (table, named(table, key), column): (values.get(str(value), value) if column in _NAMES else value, at)
        for (table, key, column), (value, at) in removed.items()
    }
