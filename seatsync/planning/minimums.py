"""Roles of which a team must have enough throughout, where it has enough before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seatsync.account.model import Account, Change, Team
from seatsync.planning.places import Places, Size

_Count = tuple[str, str]
"""A team and a role."""


class Minimums:
    """The least numbers of secondary admins (the policy's) and of SSO admins (one), by team.

    Whoever is more than the least may lose the role at once; for others, the step that gave it to somebody else is
    needed. So what is spare is counted like the places of a pool.
    """

    def __init__(self, base: Account, goal: Account, secondary: int) -> None:
        self._least: dict[_Count, int] = {}
        self._spare: dict[_Count, Places] = {}
        for name, team in base.teams.items():
            after = goal.teams.get(name, team)
            if after is team:
                continue
            for role, least in (("secondary", secondary), ("sso", 1)):
                count = _count(team, role)
                if 0 < least <= min(count, _count(after, role)):
                    self._least[name, role] = least
                    self._spare[name, role] = Places(Size(count - least), 0)

    def counts(self, rows: Iterable[Change], now: Account) -> dict[_Count, int]:
        """How many there are of each role that rows may change."""
        names = {row.key[0] for row in rows if row.table == "team_admin"}
        found = ((name, role) for name in sorted(names) for role in ("secondary", "sso"))
        return {each: _count(now.teams[each[0]], each[1]) for each in found if each in self._least}

    def broken(self, before: dict[_Count, int], now: Account) -> bool:
        """Whether a step that was just carried out leaves fewer than there must be."""
        counts = ((before[each], _count(now.teams[each[0]], each[1]), self._least[each]) for each in before)
        return any(count < min(was, least) for was, count, least in counts)

    def needs(self, number: int, before: dict[_Count, int], now: Account) -> Iterator[int]:
        """The steps that a step needs by which somebody loses such a role; the step is then on record."""
        for each, was in before.items():
            count = _count(now.teams[each[0]], each[1])
            self._spare[each].give((number,), max(0, count - was))
            for _ in range(was - count):
                yield from self._spare[each].take()


def _count(team: Team, role: str) -> int:
    return sum(each == role for each in team.admins.values())
