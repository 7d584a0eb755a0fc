"""The calls that steps by the vendor's API take, and how long they wait for the allowance of a team."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from seatsync.account.actions.spec import Step
from seatsync.account.actions.user_actions import INVITE
from seatsync.account.email import identity
from seatsync.planning.plan import MachineWork, PlannedStep
from seatsync.vendor.settings import CALLS_A_MINUTE

PAGE: Final = 100
"""Items on a page of people or pools, the most that the API gives."""
_CALLS_A_STEP: Final = 2
"""The change itself, and reading back what it changed."""


class TeamSize(NamedTuple):
    """The numbers of people and of pools in a team."""

    people: int
    pools: int


def pages(items: int) -> int:
    """Return the number of calls that read a list; an empty one takes a call, too."""
    return max(1, -(-items // PAGE))


def lists_everybody(wanted: int, people: int) -> bool:
    """Return True if reading the list of a team takes fewer calls than looking up the `wanted` people one by one."""
    return pages(people) < wanted


def calls_of(steps: Sequence[Step], size: TeamSize) -> int:
    """Return the calls of all steps of a team: changes, read-backs, and looking up the ids of people and products."""
    return sum(_calls_by_step(steps, size))


def minutes_of(calls: int) -> int:
    """Return the whole minutes that calls of one team wait for its allowance, which is where the time goes."""
    return max(0, calls - 1) // CALLS_A_MINUTE


def machine_work(steps: Iterable[PlannedStep], sizes: Mapping[str, TeamSize]) -> tuple[MachineWork, ...]:
    """Return the work of the API by team, in the order in which teams begin, for all its steps in the order of a plan.

    The steps are carried out one after the other, and each team has its own allowance.
    """
    teams: dict[str, list[Step]] = {}
    order = [planned.step for planned in steps if planned.route == "api"]
    for step in order:
        teams.setdefault(step.scope.name, []).append(step)
    left = {team: iter(_calls_by_step(its, sizes.get(team, TeamSize(0, 0)))) for team, its in teams.items()}
    spent, used, minutes = dict.fromkeys(teams, 0), _Minute(), dict.fromkeys(teams, 0)
    for step in order:
        team, calls = step.scope.name, next(left[step.scope.name])
        used.spend(team, calls)
        spent[team] += calls
        minutes[team] = used.number
    return tuple(MachineWork("api", team, len(its), spent[team], minutes[team]) for team, its in teams.items())


@dataclass(slots=True)
class _Minute:
    """The present minute, from 0, and the calls of each team in it."""

    number: int = 0
    calls: dict[str, int] = field(default_factory=dict)

    def spend(self, team: str, calls: int) -> None:
        """Make calls; whenever the allowance of the team is used up, wait for the next minute."""
        for _ in range(calls):
            if self.calls.get(team, 0) == CALLS_A_MINUTE:
                self.number += 1
                self.calls.clear()
            self.calls[team] = self.calls.get(team, 0) + 1


def _calls_by_step(steps: Sequence[Step], size: TeamSize) -> list[int]:
    """Return the calls of each step of a team. An id is looked up by the first step that needs it."""
    invited: set[str] = set()
    unknown: dict[str, int] = {}
    first_seat = None
    for number, step in enumerate(steps):
        user = identity(step.text("user")) or ""
        if step.action == INVITE.name:
            invited.add(user)
            continue
        first_seat = number if first_seat is None else first_seat
        if user not in invited:
            unknown.setdefault(user, number)
    calls = [_CALLS_A_STEP] * len(steps)
    if first_seat is not None:
        calls[first_seat] += pages(size.pools)
    if lists_everybody(len(unknown), size.people):
        calls[min(unknown.values())] += pages(size.people)
    else:
        for number in unknown.values():
            calls[number] += 1
    return calls
