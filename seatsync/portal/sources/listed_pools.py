"""The pools of seats that the Team Admin API lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeVar

_T = TypeVar("_T")

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


def added_up(pools: Sequence[Pool], day: str) -> Pool:
    """Return the pools of one product as one: those of a day are added, and their days are the first and the last.

    If none is of that day, it is one of the others, whose numbers mean nothing yet or no more.
    """
    current = [each for each in pools if each.is_current(day)]
    if not current:
        return min(pools, key=str)
    return current[0]._replace(
        total=_if_known((each.total for each in current), sum),
        assigned=_if_known((each.assigned for each in current), sum),
        unlimited=any(each.unlimited for each in current),
        starts=_if_known((each.starts for each in current), min),
        ends=_if_known((each.ends for each in current), max),
    )


def _if_known(values: Iterable[_T | None], combine: Callable[[list[_T]], _T]) -> _T | None:
    """Return a combination of values, None if one of them is None."""
    every = [*values]
    known = [each for each in every if each is not None]
    return combine(known) if len(known) == len(every) else None
