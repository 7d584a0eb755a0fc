"""The calls that steps by the vendor's API take, and how long they wait for the allowance of a team."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from seatsync.account.actions.spec import Step
from seatsync.account.actions.user_actions import INVITE
from seatsync.account.email import identity
from seatsync.planning.plan import MachineWork, PlannedStep
from seatsync.vendor.settings import CALLS_A_MINUTE, PAGE

_CALLS_A_STEP: Final = 2
"""The change itself, and reading back what it changed."""
_ASKING_FIRST: Final = 1
"""Reading whether an earlier run made the change, if one opened a case of the step."""


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


def looked_up(steps: Iterable[Step]) -> dict[str, int]:
    """Return the people (identities) whose ids the steps of a team need, each with the place of the first such step.

    An answer to an invitation has the id of the person, so that it need not be looked up.
    """
    invited: set[str] = set()
    found: dict[str, int] = {}
    for place, step in enumerate(steps):
        user = identity(step.text("user")) or ""
        if step.action == INVITE.name:
            invited.add(user)
        elif user not in invited:
            found.setdefault(user, place)
    return found


def calls_of(steps: Sequence[PlannedStep], size: TeamSize) -> int:
    """Return the calls of all steps of a team: changes, read-backs, and looking up the ids of people and products.

    A step with an open case is asked about first. These are the most calls that it takes: if it turns out done, which
    only asking tells, the change and its read-back are saved.
    """
    return sum(_calls_by_step(steps, size))


def minutes_of(calls: int) -> int:
    """Return the whole minutes that calls of one team wait for its allowance, which is where the time goes."""
    return max(0, calls - 1) // CALLS_A_MINUTE


def machine_work(steps: Iterable[PlannedStep], sizes: Mapping[str, TeamSize]) -> tuple[MachineWork, ...]:
    """Return the work of the API by team, in the order in which teams begin, for all its steps in the order of a plan.

    The steps are carried out one after the other, and each team has its own allowance.
    """
    teams: dict[str, list[PlannedStep]] = {}
    order = [planned for planned in steps if planned.route == "api"]
    for planned in order:
        teams.setdefault(planned.step.scope.name, []).append(planned)
    left = {team: iter(_calls_by_step(its, sizes.get(team, TeamSize(0, 0)))) for team, its in teams.items()}
    spent, used, minutes = dict.fromkeys(teams, 0), _Minute(), dict.fromkeys(teams, 0)
    for planned in order:
        team = planned.step.scope.name
        calls = next(left[team])
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


def _calls_by_step(steps: Sequence[PlannedStep], size: TeamSize) -> list[int]:
    """Return the calls of each step of a team. An id is looked up by the first step that needs it."""
    unknown = looked_up(planned.step for planned in steps)
    first_seat = next((place for place, planned in enumerate(steps) if planned.step.action != INVITE.name), None)
    calls = [_CALLS_A_STEP + (0 if planned.case is None else _ASKING_FIRST) for planned in steps]
    if first_seat is not None:
        calls[first_seat] += pages(size.pools)
    if lists_everybody(len(unknown), size.people):
        calls[min(unknown.values())] += pages(size.people)
    else:
        for place in unknown.values():
            calls[place] += 1
    return calls
