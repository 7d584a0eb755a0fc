"""Counts of usage for reports: who used what in some months, of which teams that is known, and the seats held then."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from seatsync.account.actions.table import RENAMES_TEAM
from seatsync.account.history import HistoryEntry
from seatsync.account.model import Account
from seatsync.account.usage import HASHED, OF_SEATS, SourceKind, Span, Usage, known_spans, next_month
from seatsync.insight.reports.inputs import ReportInputs, Sight

Pair: TypeAlias = tuple[str, str]
"""A team and a product."""

_NEVER = "9999-99"
"""A month after all others."""


def months_until(day: str, count: int) -> tuple[str, ...]:
    """Return the last months up to the one of a day, in order."""
    return tuple(next_month(day[:7], number - count + 1) for number in range(count))


def visible_usage(usage: Usage, sight: Sight) -> Usage:
    """Return the usage that is in sight."""
    if sight.actor is None and not sight.teams:
        return usage
    seen: dict[tuple[str, str, bool], bool] = {}

    def is_seen(team: str, product: str, tokens: Decimal | None) -> bool:
        key = (team, product, tokens is not None)
        if key not in seen:
            seen[key] = sight.usage(team, product, with_tokens=key[2])
        return seen[key]

    months = tuple(each for each in usage.months if is_seen(each.team, each.product, each.tokens))
    seats = tuple(each for each in usage.seats if is_seen(each.team, each.product, each.tokens))
    teams = [tuple(name for name in source.teams if sight.team(name)) for source in usage.sources]
    sources = (source._replace(teams=names) for source, names in zip(usage.sources, teams, strict=True) if names)
    return Usage(months, seats, tuple(sources))


class Use:
    """The use of a product by a person. `last` is the newest day known, `recent` if it was used in the months.

    Days and tokens are those of the months; tokens are None if none are known.
    """

    __slots__ = ("days", "last", "recent", "tokens")

    def __init__(self) -> None:
        self.days, self.last, self.recent = 0, "", False
        self.tokens: Decimal | None = None


def uses_of(usage: Usage, months: Sequence[str]) -> dict[Pair, dict[str, Use]]:
    """Return the use of each product of a team by each person, counted in some months."""
    first, last = months[0], months[-1]
    found: dict[Pair, dict[str, Use]] = {}
    for row in usage.months:
        people = found.setdefault((row.team, row.product), {})
        use = people.get(row.person) or people.setdefault(row.person, Use())
        use.last = max(use.last, row.last)
        if first <= row.month <= last:
            use.recent = True
            use.days += row.days
            if row.tokens is not None:
                use.tokens = row.tokens + (use.tokens or 0)
    for seat in usage.seats:
        if seat.last is not None:
            people = found.setdefault((seat.team, seat.product), {})
            use = people.get(seat.person) or people.setdefault(seat.person, Use())
            use.last = max(use.last, seat.last)
            use.recent = use.recent or first <= seat.last[:7] <= last
    return found


def spans_by_team(
    usage: Usage, months: Sequence[str], kinds: Collection[SourceKind] = OF_SEATS
) -> dict[str, tuple[Span, ...]]:
    """Return the days in some months of which the use of seats (or tokens) is known, by team; only teams with any."""
    first, last = f"{months[0]}-01", f"{months[-1]}-31"
    teams = sorted({team for source in usage.sources if source.kind in kinds for team in source.teams})
    known = {team: known_spans(usage, team, kinds) for team in teams}
    found = {
        team: tuple((max(a, first), min(b, last)) for a, b in spans if a <= last and first <= b)
        for team, spans in known.items()
    }
    return {team: spans for team, spans in found.items() if spans}


def hashed_teams(usage: Usage) -> frozenset[str]:
    """Return the teams in which people are known by a hash only, so that nobody knows which holders they are."""
    rows = ((each.team, each.person) for rows in (usage.months, usage.seats) for each in rows)
    return frozenset(team for team, person in rows if person.startswith(HASHED))


class MonthCount:
    """The use in a month: seats, people who used any, days of all of them, tokens (None: none are known)."""

    def __init__(self) -> None:
        self.seats = self.days = 0
        self.people: set[str] = set()
        self.tokens: Decimal | None = None


def used_by_month(usage: Usage, known: Collection[Span], months: Sequence[str]) -> dict[str, MonthCount]:
    """Return the counts of each month in which the usage of some days is known."""
    found = {month: MonthCount() for month in months if any(a[:7] <= month <= b[:7] for a, b in known)}
    for row in usage.months:
        if row.month in found:
            count = found[row.month]
            count.seats += 1
            count.days += row.days
            count.people.add(row.person)
            if row.tokens is not None:
                count.tokens = row.tokens + (count.tokens or 0)
    return found


def pairs_of(account: Account, teams: Iterable[str]) -> Iterator[Pair]:
    """Yield each product that somebody may hold in some teams."""
    for name in teams:
        team = account.teams[name]
        products = {*team.seats, *(product for group in team.groups.values() for product in group.products)}
        yield from ((name, product) for product in sorted(products))


def held_by_month(inputs: ReportInputs, months: Sequence[str]) -> list[int | None]:
    """Return the seats in sight that were held at the end of each month, of which the last is the present one.

    The changes of the account are undone on a copy. None is a month before its history begins or, if the report shows
    some teams only, before a team was renamed.
    """
    account = inputs.account.copy()
    account.undo(inputs.state.filled)
    began, journal = _history(inputs)
    is_limited = inputs.sight.actor is not None or inputs.sight.teams != ()
    found: list[int | None] = [_held(inputs.account, inputs.sight)]
    count: int | None = None
    for month in reversed(months[:-1]):
        while journal and inputs.clock.day_of(journal[-1].at)[:7] > month:
            entry = journal.pop()
            if is_limited and entry.step.action in RENAMES_TEAM:
                began = _NEVER
            account.undo(entry.rows)
            count = None
        is_known = began <= month
        if is_known and count is None:
            count = _held(account, inputs.sight)
        found.append(count if is_known else None)
    return found[::-1]


def _history(inputs: ReportInputs) -> tuple[str, list[HistoryEntry]]:
    """Return the month of the first change of an account, and all later changes.

    The first may be a whole account that was loaded, which takes long to read.
    """
    if inputs.journal is None:
        return _NEVER, []
    if inputs.first_change is not None:
        began, later = inputs.first_change(), inputs.journal(1)
    else:
        entries = inputs.journal(0)
        began, later = (entries[0].at if entries else None), entries[1:]
    return _NEVER if began is None else inputs.clock.day_of(began)[:7], later


def _held(account: Account, sight: Sight) -> int:
    teams = [name for name in account.teams if sight.team(name)]
    return sum(len(account.holders(*pair)) for pair in pairs_of(account, teams) if sight.usage(*pair))
