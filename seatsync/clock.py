"""The one place that is asked what day it is."""

import errno
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

_NO_ZONE = frozenset({errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})
"""Reasons why a name is no file of a time zone; all others mean that it could not be read."""


class Clock(NamedTuple):
    """A moment, seen from a time zone.

    `day` is the calendar day there, as ISO text (days are compared as text everywhere);
    `stamp` is the instant in UTC, as `2026-11-22T09:00:00Z`.
    """

    day: str
    stamp: str
    zone: str = "UTC"

    @classmethod
    def of(cls, moment: datetime, zone: str = "UTC") -> "Clock":
        """The clock at an instant (an aware datetime)."""
        day = moment.astimezone(time_zone(zone)).date()
        return cls(day.isoformat(), _stamp(moment), zone)

    @classmethod
    def at(cls, day: str, zone: str = "UTC") -> "Clock":
        """The clock at noon of an ISO day in a zone: what `--at DATE` means."""
        noon = datetime.combine(date.fromisoformat(day), time(12), time_zone(zone))
        return cls(day, _stamp(noon), zone)

    def day_of(self, stamp: str) -> str:
        """The calendar day, in this clock's zone, of an instant (`…Z`) or of a plain day."""
        if "T" not in stamp:
            return stamp
        return datetime.fromisoformat(stamp).astimezone(time_zone(self.zone)).date().isoformat()

    def days_since(self, stamp: str) -> int:
        """Whole calendar days from an instant or day until today."""
        return (date.fromisoformat(self.day) - date.fromisoformat(self.day_of(stamp))).days


def time_zone(name: str) -> tzinfo:
    """Return the time zone of a name. Raises LookupError where there is none, OSError where it cannot be read."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - most accounts are in UTC, and need no time zones

    try:
        return ZoneInfo(name)
    except ValueError as error:  # climbs out of the folder of zones, or is no text that a system has
        raise LookupError(name) from error
    except OSError as error:
        if error.errno in _NO_ZONE:
            raise LookupError(name) from error
        raise


def later(day: str, days: int) -> str:
    """The ISO day that many days after `day` (the last day of the calendar when it would run past it)."""
    start = date.fromisoformat(day)
    return (start + timedelta(days=min(days, (date.max - start).days))).isoformat()


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
