"""Who does which step of a plan: few people, few hand-overs. Greedy, and always the same for the same plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seatsync.account.actions.step import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.email import identity
from seatsync.account.model import Scope
from seatsync.planning.plan import Plan, PlannedStep


@dataclass(slots=True)
class WorkList:
    """What one person does, in order; `after` has the steps of others that must be done before a step, by its id."""

    person: str
    steps: list[PlannedStep] = field(default_factory=list)
    after: dict[int, dict[str, list[int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """A plan by person, whoever begins first; `nobodys` are steps that nobody in the account may do."""

    lists: tuple[WorkList, ...]
    nobodys: tuple[PlannedStep, ...]

    @property
    def handovers(self) -> int:
        """How often somebody waits for somebody else."""
        return sum(len(waits) for work in self.lists for waits in work.after.values())


def share_out(plan: Plan) -> Work:
    """Everybody's work list.

    The lists can be worked off side by side: a step waits for what it needs, and for the steps by which whoever does it
    gains the right to; a step that takes a right away waits for those who still use it.
    """
    able = _able(plan)
    crew = _crew(plan, able)
    doers: dict[int, str] = {}
    lists: dict[str, WorkList] = {}
    told: dict[str, set[int]] = {}
    rights = _Rights()
    for planned in plan.steps:
        here = sorted((person for person in able[planned.id] if person in crew), key=crew.__getitem__)
        if not here:
            continue
        person = doers[planned.id] = _doer(planned, here, doers)
        work = lists.setdefault(person, WorkList(person))
        work.steps.append(planned)
        before = {need for need in planned.needs if need in doers} | rights.before(planned, person)
        _tell(work, planned, sorted(before), doers, told.setdefault(person, set()))
    nobodys = tuple(planned for planned in plan.steps if planned.id not in doers)
    return Work(tuple(lists.values()), nobodys)


def _able(plan: Plan) -> dict[int, tuple[str, ...]]:
    """Who is given a step, by its id: not who leaves or is pending, unless there is nobody else or they act."""
    spared = {person for person in plan.no_work if plan.actor is None or identity(person) != identity(plan.actor)}
    return {
        planned.id: tuple(person for person in planned.performers if person not in spared) or planned.performers
        for planned in plan.steps
    }


def _crew(plan: Plan, performers: Mapping[int, tuple[str, ...]]) -> dict[str, int]:
    """Few people who can do everything between them, by rank: who can do most first, the actor before all others."""
    able: dict[str, set[int]] = {}
    for number, people in performers.items():
        for person in people:
            able.setdefault(person, set()).add(number)
    actor = identity(plan.actor) if plan.actor is not None else None
    chosen: dict[str, int] = {}
    while able:
        best = min(able, key=lambda person: (person != actor, -len(able[person]), person))
        chosen[best] = len(chosen)
        for number in sorted(able[best]):
            for person in performers[number]:
                able[person].remove(number)
                if not able[person]:
                    del able[person]
    return chosen


def _doer(planned: PlannedStep, able: Sequence[str], doers: Mapping[int, str]) -> str:
    """Whoever did the last step that this one needs, if they may; else the first of the crew who may."""
    for need in sorted(planned.needs, reverse=True):
        if doers.get(need) in able:
            return doers[need]
    return able[0]


@dataclass(slots=True)
class _Rights:
    """Which earlier steps give the right to a step, or use a right that it takes away. Fed with steps in order.

    `latest`: everybody's last step, by scope (None: anywhere); `wide`: the last one that draws on rights in any scope.
    `moves` and `updates`: the steps that bring a person into a scope or out of one, and those that change the person.
    """

    named: dict[str, set[int]] = field(default_factory=dict)
    shifts: dict[Scope | None, set[int]] = field(default_factory=dict)
    latest: dict[Scope | None, dict[str, int]] = field(default_factory=dict)
    wide: dict[str, int] = field(default_factory=dict)
    moves: dict[str, set[int]] = field(default_factory=dict)
    updates: dict[str, set[int]] = field(default_factory=dict)

    def before(self, planned: PlannedStep, person: str) -> set[int]:
        """The steps that must come before this one, which a person does; it is an earlier step from now on."""
        step = planned.step
        spec = ACTIONS[step.action]
        is_wide = step.scope.kind == "account" or spec.joins
        found = self.named.get(person, set()) | self.shifts.get(None if is_wide else step.scope, set())
        named = _named(step) if spec.rights is not None else set()
        everywhere = self.latest.setdefault(None, {})
        if spec.rights == "named":  # the others only give rights to those they name
            found |= {everywhere[name] for name in named if name in everywhere}
        if spec.rights == "others":
            found.update(self.latest.get(step.scope, {}).values(), self.wide.values())
            for scope in (None, step.scope):
                self.shifts.setdefault(scope, set()).add(planned.id)
        found |= self._of_persons(step, planned.id)
        for name in sorted(named):
            self.named.setdefault(name, set()).add(planned.id)
        for latest in (everywhere, self.latest.setdefault(step.scope, {}), *([self.wide] if is_wide else ())):
            latest[person] = planned.id
        return found

    def _of_persons(self, step: Step, number: int) -> set[int]:
        """Between a change of a person and their coming or going the order stays."""
        spec = ACTIONS[step.action]
        if spec.holding == "member":
            mine, others = self.moves, self.updates
        elif spec.performers.anywhere:
            mine, others = self.updates, self.moves
        else:
            return set()
        found: set[int] = set()
        for name in sorted(_named(step)):
            found |= others.get(name, set())
            mine.setdefault(name, set()).add(number)
        return found


def _named(step: Step) -> set[str]:
    """The people whom a step names, as identities."""
    texts = (step.get(name) for name in ("user", "to", "primary_admin"))
    return {user for text in texts if isinstance(text, str) and (user := identity(text)) is not None}


def _tell(
    work: WorkList, planned: PlannedStep, direct: Sequence[int], doers: Mapping[int, str], told: set[int]
) -> None:
    """Note what a step waits for that is somebody else's and was not waited for before in the same list."""
    waits: dict[str, list[int]] = {}
    for number in direct:
        if doers[number] != work.person and number not in told:
            waits.setdefault(doers[number], []).append(number)
            told.add(number)
    if waits:
        work.after[planned.id] = waits
