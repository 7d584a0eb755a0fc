"""The clock of a run: the current day, which is always a parameter, and arithmetic with ISO days."""

import errno
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

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
        return (date.fromisoformat(self.day) - date.fromisoformat(self.day_of(stamp))).days


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
    """Return the ISO day a number of days after `day`, at most the last day of the calendar."""
    start = date.fromisoformat(day)
    return (start + timedelta(days=min(days, (date.max - start).days))).isoformat()


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
