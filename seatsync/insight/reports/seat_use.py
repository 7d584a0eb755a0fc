"""Facts about single seats: the day since which one is held, and the days of use. Unknown ones are None."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product as pairs
from typing import NamedTuple

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES, RENAMES_TEAM
from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.email import identity
from seatsync.account.history import PORTAL, HistoryEntry
from seatsync.account.model import Change
from seatsync.account.usage import SeatUse, Span, Usage, joined, known_spans
from seatsync.clock import Clock, days_between, later
from seatsync.declaration.declared import Declaration

FRESH = 31
"""Days after which usage is too old to tell that a seat is not used."""

_HOLDING = frozenset({"team_seat", "group_member", "group_seat"})
"""The tables of direct seats, of members of groups, and of products of groups."""


class Idle(NamedTuple):
    """A stretch of days that are known to be without use: the first, after the last use or unknown days, and the last.

    The first is later than the last if the seat was used on that day.
    """

    first: str
    through: str

    @property
    def days(self) -> int:
        """The number of days."""
        return days_between(self.first, self.through) + 1


class KnownUse(NamedTuple):
    """The known use of a product by a person in a team.

    `last` is the last day of use, None if none is known. `spans` are the days of which it is known whether it was used,
    in order and apart. By the usage report of the day `as_of`, the seat was `assigned` on a day. `without`: it shows no
    seat; `active`: it shows use on an unknown day; `never`: it shows no use at all.
    """

    last: str | None
    spans: tuple[Span, ...]
    as_of: str | None = None
    assigned: str | None = None
    without: bool = False
    active: bool = False
    never: bool = False

    def idle(self, day: str) -> Idle | None:
        """Return the longest stretch without use that ends at most `FRESH` days before a day; None if nothing is known.

        If all ends earlier, return the newest stretch.
        """
        found = [self._stretch(first, min(last, day)) for first, last in self.spans if first <= day]
        fresh = [each for each in found if each.through >= later(day, -FRESH)]
        return max(fresh, key=lambda each: (each.days, each.through)) if fresh else next(reversed(found), None)

    def _stretch(self, first: str, through: str) -> Idle:
        return Idle(first if self.last is None else max(first, later(self.last, 1)), through)


class Held(NamedTuple):
    """Since when a seat is held, by the log. Not `exact`: at least since then. `again`: there was one before."""

    day: str
    exact: bool
    again: bool = False


class SeatFacts:
    """The recorded usage and the log of an account, looked up by seat.

    Usage is found under the present and all former names of teams and addresses of people. Where people are hashed, or
    a file has only tokens, nothing is known of who used no seat.
    """

    def __init__(self, usage: Usage, declared: Declaration, entries: Iterable[HistoryEntry], clock: Clock) -> None:
        self.clock = clock
        log = tuple(entries)
        self._names = Names(declared, log)
        self._held = _held_since(log, clock)
        self._usage = usage
        self._spans: dict[str, tuple[Span, ...]] = {}
        self._last: dict[tuple[str, str, str], str] = {}
        for month in usage.months:
            key = (month.team, month.product, month.person)
            self._last[key] = max(month.last, self._last.get(key, ""))
        self._reports = {(each.team, each.product, each.person): each for each in usage.seats}
        self._reach = _reach(usage.seats, clock)
        self._reported = {each.product for each in usage.months}
        self._reported |= {each.product for each in usage.seats if each.last is not None or each.days is not None}

    def is_reported(self, product: str) -> bool:
        """Return True if the use of a product is recorded of anybody in any team."""
        return product in self._reported

    def use(self, team: str, product: str, user: str) -> KnownUse:
        """Return what is known of the use of a product by a person in a team."""
        names = [(name, product, person) for name, person in pairs(self._names.of(team), self._names.of(user))]
        found = [self._last.get(key) for key in names]
        found += [self._last.get(("", product, person)) for person in self._names.of(user)]
        reports = [report for key in names if (report := self._reports.get(key)) is not None]
        report = max(reports, key=lambda each: each.as_of, default=None)
        if report is None:
            return KnownUse(max(filter(None, found), default=None), self._spans_of(team))
        last = max(filter(None, (*found, *(each.last for each in reports))), default=None)
        as_of = self.clock.day_of(report.as_of)
        active = report.last is None and bool(report.active or report.days)
        never = report.last is None and report.days == 0 and not active
        spans = self._spans_of(team)
        if never or report.last is not None:
            spans = joined((*spans, (report.last or self._reach[report.as_of], as_of)))
        without = report.held is False
        assigned = None if without or report.assigned is None else self.clock.day_of(report.assigned)
        return KnownUse(last, spans, as_of, assigned, without, active, never)

    def held_since(self, team: str, group: str | None, product: str, user: str) -> Held | None:
        """Return since when a person holds a product directly or through a group, by the log; None if unknown."""
        if group is None:
            return self._held.get(("team_seat", team, product, user))
        parts = (
            self._held.get(("group_member", team, group, user)),
            self._held.get(("group_seat", team, group, product)),
        )
        return None if None in parts else max(part for part in parts if part is not None)

    def _spans_of(self, team: str) -> tuple[Span, ...]:
        if team not in self._spans:
            self._spans[team] = joined(span for name in self._names.of(team) for span in self._with_people(name))
        return self._spans[team]

    def _with_people(self, team: str) -> Iterable[Span]:
        """Return the spans of which it is known who did not use their seats, which needs files that name people."""
        sources = tuple(each for each in self._usage.sources if team not in each.masked)
        return known_spans(self._usage._replace(sources=sources), team)


def _reach(reports: Iterable[SeatUse], clock: Clock) -> dict[str, str]:
    """Return the first day that reports tell about, by their moment, as far as it is known.

    A report does not tell for which time span it was ordered, and whoever used nothing in that has an empty row. But it
    is at least as long as the days that its rows show.
    """
    found: dict[str, str] = {}
    for each in reports:
        day = clock.day_of(each.as_of)
        shown = min(each.last or day, later(day, -(each.days or 0)))
        found[each.as_of] = min(found.get(each.as_of, shown), shown)
    return found


class Names:
    """Former names of teams and addresses of people, which are declared or in the log."""

    def __init__(self, declared: Declaration, log: Iterable[HistoryEntry]) -> None:
        self._former: dict[str, dict[str, None]] = {}
        for entry in log:
            if entry.step.action in RENAMES_TEAM:
                self._add(entry.step.text("to"), entry.step.scope.name)
            elif entry.step.action in CHANGES_ADDRESS:
                self._add(identity(entry.step.text("to")) or "", identity(entry.step.text("user")) or "")
        for user, person in declared.moved():
            for mention in person.previous:
                self._add(user, mention.user)
        for team in declared.teams.values():
            for name in team.renamed_from:
                self._add(team.name, name)
                self._add(name, team.name)

    def of(self, name: str) -> tuple[str, ...]:
        """Return a name and its former ones."""
        return (name, *self._former.get(name, ()))

    def _add(self, name: str, former: str) -> None:
        known = self._former.setdefault(name, {})
        known.update(dict.fromkeys((former, *self._former.get(former, ()))))
        known.pop(name, None)


# The log


def _held_since(log: Iterable[HistoryEntry], clock: Clock) -> dict[tuple[str, ...], Held]:
    """Return since when each row of direct seats, members and products of groups exists. Renames keep it."""
    found: dict[tuple[str, ...], Held] = {}
    ended: set[tuple[str, ...]] = set()
    for entry in log:
        rows = [row for row in entry.rows if row.table in _HOLDING]
        if not rows:
            continue
        exact = entry.actor != PORTAL and entry.step.action != LOAD_ACCOUNT.name
        day, renames = clock.day_of(entry.at), entry.step.action in RENAMES
        new: dict[tuple[str, ...], Held] = {}
        for key, row in {(row.table, *row.key): row for row in rows if row.new is not None}.items():
            now = Held(day, exact, again=key in ended)
            new[key] = found.get(_former_key(entry.step, row), now) if renames else now
        for row in rows:
            if found.pop((row.table, *row.key), None) is not None:
                ended.add((row.table, *row.key))
        found.update(new)
    return found


def _former_key(step: Step, row: Change) -> tuple[str, ...]:
    """Return the key of a row, with its table, before a step that renames a team, a group or a person."""
    team, *inner = row.key
    if step.action in CHANGES_ADDRESS:
        return (row.table, *row.key[:-1], identity(step.text("user")) or "")
    if step.action in RENAMES_TEAM:
        return (row.table, step.scope.name, *inner)
    return (row.table, team, step.text("group"), *inner[1:])
