"""Shortages of a forecast: too few seats because terms end or entries begin, and too few secondary admins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from seatsync.clock import later
from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.declaration.pools import Pool, boundaries_after, count_entries, pools
from seatsync.planning.forecast import Ending, Gap, Shortage, Window


def shortages(declared: Declaration, window: Window) -> list[Shortage]:
    """Return every period that begins in the window, or on its first day, in which a pool is too small."""
    found = (
        short for pool in pools(declared) if window.shows_team(pool.team.name) for short in _of(declared, pool, window)
    )
    return sorted(found, key=lambda short: (short.first, short.team, short.product))


def gaps(declared: Declaration, window: Window) -> list[Gap]:
    """Return every period that begins in the window in which a team has too few secondary admins.

    Those missing today already are reported by ROLE003 and POLICY002.
    """
    wanted = max(1, declared.project.policy.min_secondary_admins)
    found = (
        gap
        for team in declared.teams.values()
        if window.shows_team(team.name) and team.secondary.days
        for gap in _lacking(team, wanted, window)
    )
    return sorted(found, key=lambda gap: (gap.first, gap.team))


def _of(declared: Declaration, pool: Pool, window: Window) -> list[Shortage]:
    use = pool.use(declared)
    spans = [(declared.shown(user), begins, ends) for user, begins, ends in pool.spans(declared)]
    found: list[Shortage] = []
    for first, last in _stretches(window, pool.boundaries_after(window.at)):
        room = pool.capacity(first)
        if room is None or use.on(first) <= room:
            continue
        holders = tuple(dict.fromkeys([shown for shown, begins, ends in spans if begins <= first <= ends]))
        before = found[-1] if found else None
        if before is not None and before.last == later(first, -1) and (before.seats, before.holders) == (room, holders):
            found[-1] = replace(before, last=last)
            continue
        ended = _ended(pool, window.at, first)
        found.append(Shortage(pool.team.name, pool.product, first, last, room, holders, ended, pool.at))
    return [short for short in found if short.first <= window.until]


def _ended(pool: Pool, today: str, day: str) -> tuple[Ending, ...]:
    """Return the terms that end from today until before a day."""
    return tuple(Ending(sub.id, sub.ends) for sub in pool.subscriptions if today <= sub.ends < day)


def _lacking(team: DeclaredTeam, wanted: int, window: Window) -> Iterator[Gap]:
    found: list[Gap] = []
    for first, last in _stretches(window, boundaries_after(window.at, team.secondary.days.values())):
        admins = count_entries(team.secondary, first)
        if admins >= wanted:
            continue
        before = found[-1] if found else None
        if before is not None and before.last == later(first, -1) and before.admins == admins:
            found[-1] = replace(before, last=last)
        else:
            found.append(Gap(team.name, first, last, admins, wanted, team.at))
    yield from (gap for gap in found if window.holds(gap.first))


def _stretches(window: Window, boundaries: list[str]) -> Iterator[tuple[str, str | None]]:
    """Yield the periods from today on between days of change: first and last day; the last period has no end.

    Periods after the window are included, because a shortage may last into them.
    """
    starts = [window.at, *boundaries]
    yield from ((first, later(after, -1)) for first, after in pairwise(starts))
    yield starts[-1], None
