"""Minimum numbers of admins that a team keeps throughout a plan if it has enough before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seatsync.account.model import Account, Change
from seatsync.planning.places import PoolSeats, Size

_Count = tuple[str, str]
"""A team and a role."""


class Minimums:
    """Minimum numbers of secondary admins (from the policy) and of SSO admins (one), by team.

    Admins above the minimum may lose the role at once. For others, a step that gave the role to somebody else has to
    come before. So the spare admins are counted like the free seats of a pool.
    """

    def __init__(self, base: Account, goal: Account, secondary: int) -> None:
        self._count: dict[_Count, int] = {}
        self._least: dict[_Count, int] = {}
        self._spare: dict[_Count, PoolSeats] = {}
        for name, team in base.teams.items():
            after = goal.teams.get(name, team)
            if after is team:
                continue
            for role, least in (("secondary", secondary), ("sso", 1)):
                count, then = (sum(each == role for each in side.admins.values()) for side in (team, after))
                if 0 < least <= min(count, then):
                    self._count[name, role], self._least[name, role] = count, least
                    self._spare[name, role] = PoolSeats(Size(count - least), 0)

    def changes(self, rows: Iterable[Change]) -> dict[_Count, int]:
        """Return by how much rows change the counted numbers."""
        found: dict[_Count, int] = {}
        for row in rows:
            if row.table == "team_admin":
                for values, by in ((row.old, -1), (row.new, 1)):
                    each = (row.key[0], str(values[0]) if values else "")
                    if each in self._least:
                        found[each] = found.get(each, 0) + by
        return found

    def broken(self, changes: dict[_Count, int]) -> bool:
        """Return True if changes would leave fewer admins than the minimum."""
        return any(by < 0 and self._count[each] + by < self._least[each] for each, by in changes.items())

    def needs(self, number: int, changes: dict[_Count, int]) -> Iterator[int]:
        """Record the changes of a step, and yield the earlier steps it needs for the roles it takes away."""
        for each, by in changes.items():
            self._count[each] += by
            self._spare[each].give((number,), max(0, by))
            for _ in range(-by):
                yield from self._spare[each].take()
