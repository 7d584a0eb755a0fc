"""The progress of calls to the vendor's API, as words for the line of a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil

from seatsync.portal.call_estimate import minutes_of
from seatsync.reporting.escape import number_of

_LONG_WAIT = 2.0
"""Seconds. Shorter waits are not worth a word."""


class CallProgress:
    """Shows how many of about how many calls were made, and the time that is left. Use it as a budget's `waiting`.

    `calls` are those that are expected, by team; none if nobody knows. `seconds` is a monotonic clock, `minute` the
    length in seconds of a minute of the allowance.
    """

    def __init__(
        self, show: Callable[[str], None], calls: Iterable[int], seconds: Callable[[], float], minute: float
    ) -> None:
        expected = tuple(calls)
        self._show, self._seconds, self._since = show, seconds, seconds()
        self._expected = sum(expected)
        self._whole = sum(minutes_of(each) for each in expected) * minute
        self._made = 0

    def __call__(self, wait: float) -> None:
        """Show that a call is made, or, with the seconds, that the next one has to wait."""
        self._made += not wait
        known = self._made <= self._expected
        words = f"{self._made} of about {self._expected} calls" if known else number_of(self._made, "call")
        left = self._since + self._whole - self._seconds()
        if known and left > 0:
            words += f", about {ceil(left / 60)} min left"
        if wait > _LONG_WAIT:
            words += f" (waits {ceil(wait)} s for the vendor's allowance)"
        self._show(words)
