"""Values of usage: who used which product on which days, with how many tokens, and from which files that is known.

What no file covers is unknown: a person without rows used nothing in a covered month, and nobody knows in another.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar

from seatsync.account.attributes import number_text
from seatsync.clock import later

_T = TypeVar("_T")

HASHED: Final = "hash:"
"""Prefix of people without an address: of those only a hash is known, as personal data is not exported."""

Span: TypeAlias = tuple[str, str]
"""The first and the last of some days, in ISO 8601."""

SourceKind: TypeAlias = Literal["usage", "seat usage", "token usage", "usage report"]
"""The kinds of files. A usage report has no days, but rows for each person and product, as of its own day."""

OF_SEATS: Final[tuple[SourceKind, ...]] = ("usage", "seat usage")
OF_TOKENS: Final[tuple[SourceKind, ...]] = ("usage", "token usage")
"""The kinds of files that have all days on which products were used with a seat, or with tokens."""

_QUIET: Final = 7
"""Days at an end of a month in which perhaps nobody used anything."""

_ROLLING: Final = 30
"""Days of the shortest time span of an export, which need not be those of a month."""


class UsageMonth(NamedTuple):
    """The use of a product by a person of a team in a month (`2026-06`). `team` is empty if unknown.

    `person` is an identity, or `hash:` and a hash where personal data is not exported. `last` is the last day in ISO
    8601. `tokens` is None if none are known. `by_day` has the days as text, which `parsed_days` parses.
    """

    month: str
    team: str
    product: str
    person: str
    days: int
    last: str
    tokens: Decimal | None
    by_day: str


class SeatUse(NamedTuple):
    """The newest row of a usage report about a person's product. Every fact is None if unknown.

    `days` and `tokens` are those of the time span that the report was ordered for, which it does not tell. `last` is
    None if the product was never used in it. Days are in ISO 8601, `as_of` is the moment of the report.
    """

    team: str
    product: str
    person: str
    held: bool | None
    assigned: str | None
    unassigned: str | None
    last: str | None
    days: int | None
    tokens: Decimal | None
    active: bool | None
    as_of: str


class UsageSource(NamedTuple):
    """A recorded file. `as_of` is its day, or its instant in UTC.

    `first` and `last` are the days between which it has rows, None for a report. `teams` are those in it, sorted, and
    `masked` those in which people are hashed.
    """

    file: str
    digest: str
    kind: SourceKind
    as_of: str
    first: str | None
    last: str | None
    teams: tuple[str, ...]
    rows: int
    masked: tuple[str, ...] = ()


class Usage(NamedTuple):
    """The recorded usage: sorted by month, team, product and person, or by file."""

    months: tuple[UsageMonth, ...] = ()
    seats: tuple[SeatUse, ...] = ()
    sources: tuple[UsageSource, ...] = ()


# Texts of days


Days: TypeAlias = dict[int, Decimal | None]
"""The days of a month on which a product was used, with their tokens."""


def parsed_days(by_day: str) -> Days:
    """Return the days in a text like `1,2:7,3:0.5`, in order. Raises ValueError or ArithmeticError for another."""
    found: Days = {}
    for each in by_day.split(",") if by_day else ():
        day, has_tokens, tokens = each.partition(":")
        found[int(day)] = Decimal(tokens) if has_tokens else None
    return found


def added_days(texts: Iterable[str]) -> dict[int, Decimal]:
    """Return the tokens of each day in many texts like `1,2:7`, added up; 0 where none are known."""
    found: dict[int, Decimal] = {}
    for part, count in Counter(part for text in texts for part in text.split(",")).items():
        day, _, tokens = part.partition(":")
        found[int(day)] = found.get(int(day), Decimal(0)) + Decimal(tokens or 0) * count
    return found


def days_text(days: Mapping[int, Decimal | None]) -> str:
    """Return days as a text like `1,2:7,3:0.5`, the inverse of `parsed_days`."""
    return ",".join([str(day) if used is None else f"{day}:{number_text(used)}" for day, used in sorted(days.items())])


def usage_month(month: str, team: str, product: str, person: str, days: Days) -> UsageMonth:
    """Return the use of a product in a month from its days, of which there is at least one."""
    return month_of_text(month, team, product, person, days_text(days))


def month_of_text(month: str, team: str, product: str, person: str, by_day: str) -> UsageMonth:
    """Return the use of a product in a month from the text of its days."""
    days = by_day.split(",")
    last = f"{month}-{int(days[-1].partition(':')[0]):02}"
    tokens = [Decimal(each.partition(":")[2]) for each in days if ":" in each] if ":" in by_day else []
    total = sum(tokens, Decimal(0)) if tokens else None
    return UsageMonth(month, team, product, person, len(days), last, total, by_day)


# What is known


def known_spans(usage: Usage, team: str, kinds: Collection[SourceKind] = OF_SEATS) -> tuple[Span, ...]:
    """Return the spans of days of which it is known who used what in a team: first and last day each, in order.

    Only files of some `kinds` count: those of `OF_TOKENS` are for the use of tokens.

    A file has no rows of days on which nobody used anything. If it has one in the first seven days of a month, it
    covers the month from its first day, but one of the last 30 days (the portal's only other choice than full months)
    only those; likewise to the last day of a month that was over when it was downloaded.
    """
    return joined(_span(each) for each in usage.sources if each.kind in kinds and team in each.teams)


def is_known(usage: Usage, team: str, first: str, last: str, kinds: Collection[SourceKind] = OF_SEATS) -> bool:
    """Return True if it is known who used what in a team on all days from `first` to `last`."""
    return any(start <= first and last <= end for start, end in known_spans(usage, team, kinds))


def known_months(usage: Usage, team: str, kinds: Collection[SourceKind] = OF_SEATS) -> tuple[str, ...]:
    """Return the months of which all days are known, in order; perhaps but for quiet ones at the beginning."""
    found = []
    for first, last in known_spans(usage, team, kinds):
        month = first[:7] if int(first[8:]) <= _QUIET else next_month(first[:7])
        while f"{month}-{_length(month):02}" <= last:
            found.append(month)
            month = next_month(month)
    return tuple(found)


def missing_months(usage: Usage, team: str, kinds: Collection[SourceKind] = OF_SEATS) -> tuple[str, ...]:
    """Return the months between the first and the last known day of which no day is known, in order."""
    spans = known_spans(usage, team, kinds)
    found = []
    for (_, before), (after, _) in pairwise(spans):
        month = next_month(before[:7])
        while month < after[:7]:
            found.append(month)
            month = next_month(month)
    return tuple(found)


def reported_products(usage: Usage) -> frozenset[str]:
    """Return the products of which any use is recorded. The usage of others may not be reported at all."""
    used = {each.product for each in usage.months}
    return frozenset(used | {each.product for each in usage.seats if each.last is not None or each.days})


def next_month(month: str, count: int = 1) -> str:
    """Return the month that is so many months after another; before it if `count` is negative."""
    number = int(month[:4]) * 12 + int(month[5:7]) - 1 + count
    return f"{number // 12:04}-{number % 12 + 1:02}"


def _span(source: UsageSource) -> Span:
    first, last = source.first or "", source.last or ""
    if int(first[8:]) <= _QUIET:
        rolling = later(source.as_of[:10], -_ROLLING)
        begins = f"{first[:7]}-01"
        first = begins if first < rolling else min(first, max(begins, rolling))
    end = f"{last[:7]}-{_length(last[:7]):02}"
    if int(end[8:]) - int(last[8:]) < _QUIET and end < source.as_of[:10]:
        last = end
    return first, last


def _length(month: str) -> int:
    return monthrange(int(month[:4]), int(month[5:7]))[1]


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that overlap or follow each other as one."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= later(found[-1][1], 1):
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def counted_once(usage: Usage) -> Usage:
    """Return usage without what is known of hashed people where files with addresses tell the same.

    Nobody is recognised by their hash: personal data was switched off for a reason. So the days of hashed people are
    left out that a usage export with addresses covers, too (others do not have all days, or no tokens), and their seats
    in teams of which there is a report with addresses.
    """
    if not any(each.masked for each in usage.sources):
        return usage
    open_spans: dict[str, list[Span]] = {}
    reports = set()
    for source in usage.sources:
        for team in source.teams:
            if team not in source.masked and source.kind == "usage" and source.first is not None:
                open_spans.setdefault(team, []).append((source.first, source.last or ""))
            elif team not in source.masked and source.kind == "usage report":
                reports.add(team)
    months = (_without(each, open_spans.get(each.team, ())) for each in usage.months)
    seats = (each for each in usage.seats if not each.person.startswith(HASHED) or each.team not in reports)
    return usage._replace(months=tuple(each for each in months if each is not None), seats=tuple(seats))


def _without(use: UsageMonth, spans: Iterable[Span]) -> UsageMonth | None:
    """Return the use of a hashed person without the days in some spans, None if none is left."""
    near = [each for each in spans if each[0][:7] <= use.month <= each[1][:7]]
    if not near or not use.person.startswith(HASHED):
        return use
    days = {
        day: tokens
        for day, tokens in parsed_days(use.by_day).items()
        if not any(first <= f"{use.month}-{day:02}" <= last for first, last in near)
    }
    return usage_month(*use[:4], days) if days else None


# Merging files


MonthKey: TypeAlias = tuple[str, str, str, str]
"""Month, team, product and person."""

SeatKey: TypeAlias = tuple[str, str, str]
"""Team, product and person."""

MarkedDays: TypeAlias = dict[int, tuple[str, Decimal | None]]
"""Days with their tokens, and the moment of the file that tells these; empty where they are unknown."""


class UsageFile(NamedTuple):
    """The usage in one file."""

    source: UsageSource
    days: Mapping[MonthKey, Days]
    seats: Mapping[SeatKey, SeatUse]


class UsageRecorded(NamedTuple):
    """The result of recording files: the number of days, rows of reports and files that are new or changed.

    `removed` are the days that were removed because they are too old.
    """

    days: int
    seats: int
    files: int
    removed: int


def merge_days(known: MarkedDays, days: Mapping[int, Decimal | None], as_of: str) -> None:
    """Add the days of a file to those that are known.

    The tokens of a day are those of the newest file that has any, of two at one moment the higher ones. So the result
    does not depend on the order of files, and the same file again changes nothing.
    """
    for day, tokens in days.items():
        now = ("", None) if tokens is None else (as_of, tokens)
        before = known.get(day)
        if before is None or _is_better(now, before):
            known[day] = now


def count_changed(before: MarkedDays, after: MarkedDays) -> int:
    """Return the number of days that are new, or have other tokens than before."""
    if not before:
        return len(after)
    return sum(day not in before or before[day][1] != tokens for day, (_, tokens) in after.items())


def _is_better(one: tuple[str, Decimal | None], two: tuple[str, Decimal | None]) -> bool:
    return one[0] > two[0] or (one[0] == two[0] and one[1] is not None and two[1] is not None and one[1] > two[1])


def merge_seat(one: SeatUse, two: SeatUse) -> SeatUse:
    """Return the newer of two rows about one person's product; of one moment, what they say together."""
    if one.as_of != two.as_of:
        return max(one, two, key=lambda each: each.as_of)
    return one._replace(
        held=max(_known(one.held, two.held), default=None),
        assigned=min(_known(one.assigned, two.assigned), default=None),
        unassigned=max(_known(one.unassigned, two.unassigned), default=None),
        last=max(_known(one.last, two.last), default=None),
        days=max(_known(one.days, two.days), default=None),
        tokens=max(_known(one.tokens, two.tokens), default=None),
        active=max(_known(one.active, two.active), default=None),
    )


def _known(*values: _T | None) -> Iterator[_T]:
    return (value for value in values if value is not None)


def merge_source(one: UsageSource, two: UsageSource) -> UsageSource:
    """Return one file of two with the same content: the earlier, with the days of both if older ones were removed."""
    first = min(_known(one.first, two.first), default=None)
    return min(one, two, key=lambda each: (each.as_of, each.file))._replace(first=first)
