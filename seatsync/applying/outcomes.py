"""Outcomes of the steps of a plan, and which steps wait for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.attributes import AUTOMATIC_ROUTES
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.targets.target import Case

Status: TypeAlias = Literal["done", "case", "waits", "failed", "skipped"]


class StepOutcome(NamedTuple):
    """The outcome of a step, by its id in the plan.

    `done`; `case`: recorded as a new case; `waits`: for a case opened earlier, or for a purchase; `failed`: refused by
    the account, or unknown whether it was done by API; `skipped`: a step that it needs is not done, because of the step
    `waits_for`, or it was not tried. `detail` is the id of a case, why it failed or was not tried, the people on
    whose behalf a form was handed in, or a remark on a step that was done by API.
    """

    id: int
    status: Status
    detail: str = ""
    waits_for: int | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcome of a plan: of every step in the plan's order, and the serial of the account afterwards.

    `run` is the number by which the run can be undone; None if nothing was changed, or the target has no runs.
    `mirror`: the target is a mirror of the real account, in which people carry out what no API can. `folder` is then
    the path of their checklist, if the run opened cases, and `first` what to do first. `earlier` is the path of the
    newest checklist before, if it opened none. `unsettled` are open cases of steps by API that are not planned any
    more, and of which it is still unknown whether they were carried out; `settled` those that were. `passing`: a
    machine did not answer, but may do so later.
    """

    outcomes: tuple[StepOutcome, ...]
    serial: int | None
    run: int | None = None
    mirror: bool = False
    folder: str | None = None
    first: str = ""
    earlier: str | None = None
    unsettled: tuple[Case, ...] = ()
    settled: tuple[Case, ...] = ()
    passing: bool = False

    @property
    def exit_code(self) -> int:
        """1: a step failed, or it is unknown whether it was done; 3: a step waits for people; 0: every step is done."""
        found = {outcome.status for outcome in self.outcomes}
        if "failed" in found or self.unsettled:
            return 1
        return 3 if found - {"done"} else 0

    def count(self, status: Status) -> int:
        """Return the number of steps with a status."""
        return sum(outcome.status == status for outcome in self.outcomes)


def becomes_case(planned: PlannedStep, actor: str | None, *, hand_in: bool = False) -> bool:
    """Return True for a step that is recorded as a case: a support request, or the form of another person.

    To the owner (`actor` None) every form is one of another person, which they can `hand_in` on their behalf.
    """
    if planned.channel == "form":
        return not (hand_in if actor is None else planned.allowed)
    return planned.channel == "support"


def waits_for_people(planned: PlannedStep, actor: str | None) -> bool:
    """Return True if applying the plan leaves a step, and those that need it, waiting for people."""
    if planned.route == "api":
        return False
    return planned.case is not None or planned.channel == "purchase" or becomes_case(planned, actor)


def blocked_steps(plan: Plan) -> dict[int, int]:
    """Return the ids of steps that wait for people, with the id of the manual step that each waits for.

    In a plan for a portal only those of machines, as people carry out all others.
    """
    blocked: dict[int, int] = {}
    if plan.work is None:
        by_people = {planned.id for planned in plan.steps if waits_for_people(planned, plan.actor)}
    else:
        by_people = {planned.id for planned in plan.steps if planned.route not in AUTOMATIC_ROUTES}
    for planned in plan.steps:
        for need in planned.needs if plan.work is None or planned.id not in by_people else ():
            if need in blocked or need in by_people:
                blocked[planned.id] = blocked.get(need, need)
                break
    return blocked


Progress: TypeAlias = Callable[[StepOutcome], None]
"""Callback for each outcome, called in the order of the plan as soon as it is known."""

Stop: TypeAlias = Callable[[], int | None]
"""Called before each batch: returns the signal that was received, None to go on."""


@dataclass(slots=True)
class Outcomes:
    """The outcomes of a plan's steps so far, by id. They are reported in the order of the plan."""

    plan: Plan
    progress: Progress
    by_id: dict[int, StepOutcome] = field(default_factory=dict)
    reported: int = 0

    def settle(self, outcome: StepOutcome) -> None:
        """Store an outcome, and report those that are known so far in the order of the plan."""
        self.by_id[outcome.id] = outcome
        steps = self.plan.steps
        while self.reported < len(steps) and (known := self.by_id.get(steps[self.reported].id)):
            self.progress(known)
            self.reported += 1

    def in_order(self) -> tuple[StepOutcome, ...]:
        """Return the outcomes of all steps. Raises KeyError if one is not settled."""
        return tuple(self.by_id[planned.id] for planned in self.plan.steps)

    def number(self, *statuses: Status) -> int:
        """Return the number of steps with one of some statuses."""
        return sum(outcome.status in statuses for outcome in self.by_id.values())

    def is_done(self, step: int) -> bool:
        """Return True for a step that is done."""
        return step in self.by_id and self.by_id[step].status == "done"

    def failed_need(self, planned: PlannedStep) -> int | None:
        """Return the failed step that a step needs, directly or not; None if it needs none."""
        for need in planned.needs:
            before = self.by_id.get(need)
            if before is not None and before.status in {"failed", "skipped"}:
                return need if before.waits_for is None else before.waits_for
        return None
