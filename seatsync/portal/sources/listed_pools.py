"""The pools of seats that the Team Admin API lists."""

from __future__ import annotations

from typing import Final, NamedTuple

PREFIX: Final = "team-admin:"
"""The beginning of the names of sources that are teams in the Team Admin API."""


class Pool(NamedTuple):
    """The seats of a product in a team as the API listed them, at the instant `seen` (`2026-06-15T12:00:00Z`).

    Several pools of one product are added up, without those that are not of the day if another one is. What is null in
    any of them is None, never 0; the days are in UTC.
    """

    id: str
    total: int | None
    assigned: int | None
    unlimited: bool
    starts: str | None
    ends: str | None
    seen: str

    def is_current(self, day: str) -> bool:
        """Return True if its numbers are of a day: it has begun by then, and not ended."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or self.ends >= day)


def added_up(one: Pool, two: Pool, day: str) -> Pool:
    """Return two pools of one product as one: numbers are added, and the days are the first and the last.

    Beside a pool of the day, one that has ended or not begun does not count.
    """
    if one.is_current(day) != two.is_current(day):
        return one if one.is_current(day) else two
    return one._replace(
        total=None if one.total is None or two.total is None else one.total + two.total,
        assigned=None if one.assigned is None or two.assigned is None else one.assigned + two.assigned,
        unlimited=one.unlimited or two.unlimited,
        starts=None if one.starts is None or two.starts is None else min(one.starts, two.starts),
        ends=None if one.ends is None or two.ends is None else max(one.ends, two.ends),
    )
