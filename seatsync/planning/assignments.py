"""Assignment of a plan's steps to people, with few people and few hand-overs. Greedy and deterministic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.attributes import AUTOMATIC_ROUTES, ROUTES
from seatsync.account.email import identity
from seatsync.account.model import Scope
from seatsync.planning.batches import batches, entry_key, hand_overs, people_needs
from seatsync.planning.plan import Plan, PlannedStep, Work


@dataclass(slots=True)
class WorkList:
    """The steps of one person, in order. `after` maps a step's id to the steps of others it waits for, by person."""

    person: str
    steps: list[PlannedStep] = field(default_factory=list)
    after: dict[int, dict[str, list[int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assignments:
    """A plan by person, in the order in which they begin. Nobody in the account may perform `unassigned` steps."""

    lists: tuple[WorkList, ...]
    unassigned: tuple[PlannedStep, ...]

    @property
    def handovers(self) -> int:
        """Number of times somebody waits for somebody else."""
        return sum(len(waits) for listed in self.lists for waits in listed.after.values())


def assign_steps(plan: Plan) -> Assignments:
    """Assign the steps of a plan to people.

    The lists can be worked through in parallel. A step waits for the steps it needs, and for those that give its
    performer the right to it; a step that takes a right away waits for the steps that still use it. The lists of a plan
    for a portal follow the entries of its checklist.
    """
    able = candidates(plan)
    crew = _crew(plan, able) if plan.work is None else {}
    entries = [] if plan.work is None else entries_of(plan)
    chosen = {planned.id: person for person, batch in entries for planned in batch}
    assigned: dict[int, str] = {}
    lists: dict[str, WorkList] = {}
    waited: dict[str, set[int]] = {}
    rights, needs = _Rights(), people_needs(plan.steps) if plan.machine else {}
    for planned in plan.steps if plan.work is None else chain.from_iterable(batch for _, batch in entries):
        there = sorted((person for person in able[planned.id] if person in crew), key=crew.__getitem__)
        person = _performer(planned, there, assigned) if there else chosen.get(planned.id)
        if person is None:
            continue
        assigned[planned.id] = person
        own = lists.setdefault(person, WorkList(person))
        own.steps.append(planned)
        before = assigned.keys() & needs.get(planned.id, planned.needs) | rights.before(planned, person)
        _add_waits(own, planned, sorted(before), assigned, waited.setdefault(person, set()))
    left = (planned for planned in plan.steps if planned.id not in assigned)
    unassigned = tuple(planned for planned in left if plan.work is None or planned.route != "api")
    return Assignments(tuple(lists.values()), unassigned)


def entries_of(plan: Plan) -> list[tuple[str | None, tuple[PlannedStep, ...]]]:
    """Return the entries of a checklist for a plan, in order: who does each (None: nobody is known), and its steps.

    Steps of an API are in no entry.
    """
    able = candidates(plan)
    found = [batch for batch in batches(plan.steps, entry_key, able) if batch[0].route != "api"]
    together = [frozenset.intersection(*(frozenset(able[planned.id]) for planned in batch)) for batch in found]
    return [(turn.person, batch) for turn in hand_overs(together) for batch in found[turn.start : turn.end]]


def work_of(plan: Plan) -> tuple[Work, ...]:
    """Return the work that a plan leaves to people: everybody in the order in which they begin, by route."""
    steps: dict[tuple[str | None, str], list[int]] = {}
    ranks: dict[str | None, int] = {}
    for person, batch in entries_of(plan):
        if batch[0].route not in AUTOMATIC_ROUTES:
            ranks.setdefault(person, len(ranks))
            steps.setdefault((person, batch[0].route), []).append(len(batch))
    order: dict[str, int] = {route: rank for rank, route in enumerate(ROUTES)}
    ordered = sorted(steps, key=lambda each: (ranks[each[0]], order[each[1]]))
    return tuple(Work(*each, steps=sum(steps[each]), entries=len(steps[each])) for each in ordered)


def candidates(plan: Plan) -> dict[int, tuple[str, ...]]:
    """Return the candidates for each step, by its id: without people who leave or are pending, if there are others."""
    spared = {person for person in plan.no_work if plan.actor is None or identity(person) != identity(plan.actor)}
    return {
        planned.id: tuple(person for person in planned.performers if person not in spared) or planned.performers
        for planned in plan.steps
    }


def _crew(plan: Plan, performers: Mapping[int, tuple[str, ...]]) -> dict[str, int]:
    """Return few people who can perform all steps between them, with their rank: the actor, then by number of steps."""
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


def _performer(planned: PlannedStep, able: Sequence[str], assigned: Mapping[int, str]) -> str:
    """Return the performer of the last step that this one needs, if they may perform it; else the first who may."""
    for need in sorted(planned.needs, reverse=True):
        if assigned.get(need) in able:
            return assigned[need]
    return able[0]


@dataclass(slots=True)
class _Rights:
    """Dependencies between steps through the rights they give, use and take away. Steps are added in order.

    `latest` holds everybody's last step, by scope (None: any); `wide` the last one that depends on rights in any scope.
    `moves` and `updates` hold the steps that bring a person into or out of a scope, and those that change the person.
    """

    named: dict[str, set[int]] = field(default_factory=dict)
    shifts: dict[Scope | None, set[int]] = field(default_factory=dict)
    latest: dict[Scope | None, dict[str, int]] = field(default_factory=dict)
    wide: dict[str, int] = field(default_factory=dict)
    moves: dict[str, set[int]] = field(default_factory=dict)
    updates: dict[str, set[int]] = field(default_factory=dict)

    def before(self, planned: PlannedStep, person: str) -> set[int]:
        """Return the steps that have to come before this one, performed by a person, and record it."""
        step = planned.step
        spec = ACTIONS[step.action]
        is_wide = step.scope.kind == "account" or spec.joins
        found = self.named.get(person, set()) | self.shifts.get(None if is_wide else step.scope, set())
        named = _named(step) if spec.rights is not None else set()
        everywhere = self.latest.setdefault(None, {})
        if spec.rights == "named":  # the others only give rights to the people they name
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
        """Return the steps to keep in order: changes of a person, and their joining or leaving."""
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
    """Return the identities of the people a step names."""
    texts = (step.get(name) for name in ("user", "to", "primary_admin"))
    return {user for text in texts if isinstance(text, str) and (user := identity(text)) is not None}


def _add_waits(
    own: WorkList, planned: PlannedStep, direct: Sequence[int], assigned: Mapping[int, str], waited: set[int]
) -> None:
    """Add the steps of others that a step waits for, unless an earlier step of the same list has waited for them."""
    waits: dict[str, list[int]] = {}
    for number in direct:
        if assigned[number] != own.person and number not in waited:
            waits.setdefault(assigned[number], []).append(number)
            waited.add(number)
    if waits:
        own.after[planned.id] = waits
