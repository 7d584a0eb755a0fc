"""The clock of a run: the current day, which is always a parameter; arithmetic with ISO days, and days of entries."""

import errno
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple, TypeAlias

Days: TypeAlias = tuple[str | None, str | None]
"""First and last day, both inclusive; None is open."""

NEVER: Final[Days] = ("9999-12-31", "0001-01-01")
"""Days of an entry that never counts: its days are invalid, or have no day in common with those of what holds it."""

_NO_ZONE = frozenset({errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})
"""Errors that mean that no time zone has a name. Any other means that the zone could not be read."""


class Clock(NamedTuple):
    """An instant in a time zone.

    `day` is the calendar day in that zone as ISO text (days are compared as text everywhere); `stamp` is the instant in
    UTC, as `2026-11-22T09:00:00Z`.
    """

    day: str
    stamp: str
    zone: str = "UTC"

    @classmethod
    def of(cls, moment: datetime, zone: str = "UTC") -> "Clock":
        """Return the clock at an instant (an aware datetime)."""
        day = moment.astimezone(time_zone(zone)).date()
        return cls(day.isoformat(), _stamp(moment), zone)

    @classmethod
    def at(cls, day: str, zone: str = "UTC") -> "Clock":
        """Return the clock at noon of an ISO day in a zone, as for `--at DATE`."""
        noon = datetime.combine(date.fromisoformat(day), time(12), time_zone(zone))
        return cls(day, _stamp(noon), zone)

    def day_of(self, stamp: str) -> str:
        """Return the calendar day of an instant (`…Z`) in this clock's zone; a plain day is returned unchanged."""
        if "T" not in stamp:
            return stamp
        return datetime.fromisoformat(stamp).astimezone(time_zone(self.zone)).date().isoformat()

    def days_since(self, stamp: str) -> int:
        """Return the number of calendar days from an instant or day until today."""
        return days_between(self.day_of(stamp), self.day)


def time_zone(name: str) -> tzinfo:
    """Return the time zone of a name. Raises LookupError if there is none, OSError if it cannot be read."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - slow to import, and most accounts are in UTC

    try:
        return ZoneInfo(name)
    except ValueError as error:  # a path outside of the folder of zones, or not a valid file name
        raise LookupError(name) from error
    except OSError as error:
        if error.errno in _NO_ZONE:
            raise LookupError(name) from error
        raise


def later(day: str, days: int) -> str:
    """Return the ISO day a number of days after `day`, or before if it is negative, within the calendar."""
    start = date.fromisoformat(day)
    within = max((date.min - start).days, min(days, (date.max - start).days))
    return (start + timedelta(days=within)).isoformat()


def days_between(first: str, last: str) -> int:
    """Return the number of days from one ISO day to another, negative if the other is earlier."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def lasts(days: Days | None, day: str) -> bool:
    """Return True if a day is within the days of an entry (None: always)."""
    if days is None:
        return True
    starts, ends = days
    return (starts is None or starts <= day) and (ends is None or day <= ends)


def overlap(one: Days | None, other: Days | None) -> Days | None:
    """Return the days that two entries have in common, None for all days, `NEVER` for none."""
    if one is None or other is None:
        return other if one is None else one
    starts = max(filter(None, (one[0], other[0])), default=None)
    ends = min(filter(None, (one[1], other[1])), default=None)
    return NEVER if starts is not None and ends is not None and ends < starts else (starts, ends)


def renewed_terms(starts: str, ends: str, day: str) -> Iterator[tuple[str, str]]:
    """Yield the terms of something that renews by itself: the one that contains a day, or the first, then later ones.

    `starts` and `ends` are the first term. All last as many calendar months as it does, or as many days if it does not
    last whole months. Each term is its first and last day; the last one ends with the calendar.
    """
    first, last = date.fromisoformat(starts), date.fromisoformat(ends)
    if last == date.max:
        yield starts, ends
        return
    following = last + timedelta(days=1)
    months, overflows = _whole_months(first, following)
    now = date.fromisoformat(day)
    passed = _months_between(first, now) // months if months else (now - first) // (following - first)
    number = max(0, passed - 1)
    while True:
        begin, end = (
            _months_later(first, months * count, overflows=overflows)
            if months
            else _days_later(first, (following - first).days * count)
            for count in (number, number + 1)
        )
        if begin is None:
            return
        until = date.max if end is None else end - timedelta(days=1)
        if until >= now:
            yield begin.isoformat(), until.isoformat()
        number += 1


def term_length(starts: str, ends: str) -> tuple[int, int]:
    """Return the length of a term in calendar months, 0 if it does not last whole months, and in days."""
    first, last = date.fromisoformat(starts), date.fromisoformat(ends)
    months = 0 if last == date.max else _whole_months(first, last + timedelta(days=1))[0]
    return months, (last - first).days + 1


def _whole_months(first: date, following: date) -> tuple[int, bool]:
    """Return the months of a term, 0 if they are not whole, and how months without the day of `first` are counted.

    The day is then the last of the month or, if True, the first of the next: from 29 February to 1 March is a year.
    """
    months = _months_between(first, following)
    if months and _months_later(first, months, overflows=False) == following:
        return months, False
    if months > 1 and _months_later(first, months - 1, overflows=True) == following:
        return months - 1, True
    return 0, False


def _months_between(first: date, day: date) -> int:
    return (day.year - first.year) * 12 + day.month - first.month


def _months_later(first: date, months: int, *, overflows: bool) -> date | None:
    """Return the day some months later, None after the end of the calendar."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    if year > date.max.year:
        return None
    length = monthrange(year, month + 1)[1]
    if first.day <= length:
        return date(year, month + 1, first.day)
    last = date(year, month + 1, length)
    return last + timedelta(days=1) if overflows else last


def _days_later(first: date, days: int) -> date | None:
    return first + timedelta(days=days) if days <= (date.max - first).days else None


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
