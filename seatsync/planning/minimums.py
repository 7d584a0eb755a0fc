"""Roles of which a team must have enough throughout, where it has enough before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seatsync.account.model import Account, Change
from seatsync.planning.places import Places, Size

_Count = tuple[str, str]
"""A team and a role."""


class Minimums:
    """The least numbers of secondary admins (the policy's) and of SSO admins (one), by team.

    Whoever is more than the least may lose the role at once; for others, the step that gave it to somebody else is
    needed. So what is spare is counted like the places of a pool.
    """

    def __init__(self, base: Account, goal: Account, secondary: int) -> None:
        self._count: dict[_Count, int] = {}
        self._least: dict[_Count, int] = {}
        self._spare: dict[_Count, Places] = {}
        for name, team in base.teams.items():
            after = goal.teams.get(name, team)
            if after is team:
                continue
            for role, least in (("secondary", secondary), ("sso", 1)):
                count, then = (sum(each == role for each in side.admins.values()) for side in (team, after))
                if 0 < least <= min(count, then):
                    self._count[name, role], self._least[name, role] = count, least
                    self._spare[name, role] = Places(Size(count - least), 0)

    def changes(self, rows: Iterable[Change]) -> dict[_Count, int]:
        """By how much rows change the numbers that there must be enough of."""
        found: dict[_Count, int] = {}
        for row in rows:
            if row.table == "team_admin":
                for values, by in ((row.old, -1), (row.new, 1)):
                    each = (row.key[0], str(values[0]) if values else "")
                    if each in self._least:
                        found[each] = found.get(each, 0) + by
        return found

    def broken(self, changes: dict[_Count, int]) -> bool:
        """Whether changes would leave fewer than there must be."""
        return any(by < 0 and self._count[each] + by < self._least[each] for each, by in changes.items())

    def needs(self, number: int, changes: dict[_Count, int]) -> Iterator[int]:
        """The steps that a step needs by which somebody loses such a role; the step is then on record."""
        for each, by in changes.items():
            self._count[each] += by
            self._spare[each].give((number,), max(0, by))
            for _ in range(-by):
                yield from self._spare[each].take()
