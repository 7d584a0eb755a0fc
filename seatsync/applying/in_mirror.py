"""Applying a plan to a mirror of the real account: a machine carries out its steps, all others become cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from seatsync.account.history import same
from seatsync.account.model import Account
from seatsync.applying.outcomes import Outcomes, Status, StepOutcome, Stop
from seatsync.clock import Clock
from seatsync.errors import Interrupted, TargetProblem
from seatsync.planning.assignments import candidates
from seatsync.planning.checks.access_checks import Covered
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.targets.machine import Carried, Machine, SettlesSteps
from seatsync.targets.target import Case, CaseRequest, MirrorSession, Session, State, TakesOver

OpenMachine: TypeAlias = Callable[[Callable[[], None]], Machine]
"""Function that returns the machine of a run. Its argument keeps the lock of the target, to be called in long waits."""

_UNKNOWN = "whether it was done is unknown, and the next apply asks first"
_BUG = "please report this as a bug"
_UNTRIED = "not tried"


def needs_machine(plan: Plan, state: State) -> bool:
    """Return True if applying a plan carries out steps by machine, or settles those of a run that was interrupted."""
    return any(planned.route == "api" for planned in plan.steps) or any(case.route == "api" for case in state.cases)


@dataclass(slots=True)
class MirrorRun:
    """The progress of a plan on a mirror. `state` is the one under the lock, before the first step.

    `unsettled` are open cases of a machine that are not planned any more, and of which it is still unknown whether they
    were carried out; `settled` those that were. `passing`: the machine did not answer, but may do so later.
    """

    plan: Plan
    session: Session
    state: State
    outcomes: Outcomes
    clock: Clock
    covered: Covered | None
    serial: int | None
    open_machine: OpenMachine | None
    unsettled: list[Case] = field(default_factory=list)
    settled: list[Case] = field(default_factory=list)
    passing: bool = False

    def to_end(self, stop: Stop) -> None:
        """Take over what is only assumed, let the machine carry out what it can, and open cases for the rest."""
        self._heed(stop)
        session = self.session
        if isinstance(session, TakesOver) and self.plan.undo is None and self.covered is not None:
            people = self.covered.people
            teams = [scope.name for scope in people if scope.kind == "team"] if self.covered.partly else None
            self.serial = session.take_over(teams)
        if not isinstance(session, MirrorSession):
            raise TargetProblem(self.plan.target, "a mirror of the real account whose session cannot open cases", _BUG)
        if needs_machine(self.plan, self.state):
            self._by_machine(stop)
        self._by_people(session)

    def progress_text(self) -> str:
        """Return how far the run came."""
        total, done = len(self.plan.steps), self.outcomes.number("done", "case")
        if any(planned.route == "api" for planned in self.plan.steps):
            return f"{done} of {total} steps are done or open as cases; the next apply does the rest"
        return f"{done} of {total} cases are open; the next apply opens the rest"

    def _heed(self, stop: Stop) -> None:
        """Raise Interrupted if a signal was received."""
        signal = stop()
        if signal is not None:
            raise Interrupted(signal, self.progress_text())

    def _by_machine(self, stop: Stop) -> None:
        """Let the machine settle earlier steps, and carry out those of the plan that wait for nobody."""
        session, planned_by_machine = self.session, [each for each in self.plan.steps if each.route == "api"]
        if self.open_machine is None:
            if planned_by_machine:
                raise TargetProblem(self.plan.target, "nothing here can carry out the plan's steps by API", _BUG)
            return
        if not isinstance(session, SettlesSteps):
            raise TargetProblem(self.plan.target, "the session cannot record steps by API", _BUG)
        hands = _Hands(self.open_machine(session.keep), session, session.state().account, self.clock)
        earlier = {same(case.step): case for case in self.state.cases}
        able, unasked = candidates(self.plan), self._settle_earlier(hands, earlier, stop)
        untried = f"not tried, because {unasked}" if unasked else ""
        for planned in planned_by_machine:
            if self._waits(planned):
                continue
            if untried:
                self.outcomes.settle(StepOutcome(planned.id, "skipped", untried))
                untried = _UNTRIED
                continue
            self._heed(stop)
            request = CaseRequest(planned.id, planned.step, planned.route, able[planned.id])
            outcome, carried = hands.carry_out(request, asked=same(planned.step) in earlier)
            self.outcomes.settle(outcome)
            self.serial = hands.account.serial
            if carried is not None:
                untried = _UNTRIED if carried.stop else ""
                self.passing |= carried.passing

    def _waits(self, planned: PlannedStep) -> bool:
        """Return True if a step by machine waits for people, or is skipped, which is settled here."""
        because = self.outcomes.failed_need(planned)
        if because is not None:
            self.outcomes.settle(StepOutcome(planned.id, "skipped", waits_for=because))
            return True
        return not all(self.outcomes.is_done(need) for need in planned.needs)

    def _settle_earlier(self, hands: _Hands, earlier: Mapping[str, Case], stop: Stop) -> str:
        """Settle open steps by machine that the plan does not leave to it any more, by asking alone.

        Returns why nothing else can be asked, empty if it can.
        """
        planned, stopped = {same(each.step): each for each in self.plan.steps}, ""
        for text, case in earlier.items():
            now = planned.get(text)
            if case.route != "api" or (now is not None and now.route == "api"):
                continue
            self._heed(stop)
            carried = Carried("unknown", stopped) if stopped else hands.look(case)
            self.serial = hands.account.serial
            stopped = carried.detail if carried.stop else stopped
            self.passing |= carried.passing
            if carried.status == "refused":
                continue
            if now is not None:
                self.outcomes.settle(_outcome(now.id, carried))
            else:
                (self.settled if carried.status == "done" else self.unsettled).append(case)
        return stopped

    def _by_people(self, session: MirrorSession) -> None:
        """Open cases for all steps that are left; after a refusal, without it and what needs it."""
        left = [planned for planned in self.plan.steps if planned.id not in self.outcomes.by_id]
        while left:
            left = self._without_skipped(left)
            refused = self._request(session, left)
            if refused is None:
                return
            left.remove(refused)

    def _without_skipped(self, steps: Sequence[PlannedStep]) -> list[PlannedStep]:
        """Settle the steps that need one that failed, and return the others."""
        left = []
        for planned in steps:
            because = self.outcomes.failed_need(planned)
            if because is None:
                left.append(planned)
            else:
                self.outcomes.settle(StepOutcome(planned.id, "skipped", waits_for=because))
        return left

    def _request(self, session: MirrorSession, steps: Sequence[PlannedStep]) -> PlannedStep | None:
        """Open cases for steps, and settle them all, or only the one that is refused, which is returned."""
        before, able, ids = {case.id for case in self.state.cases}, candidates(self.plan), {each.id for each in steps}
        requests = [
            CaseRequest(
                each.id,
                each.step,
                each.route,
                able[each.id],
                tuple(need for need in each.needs if need in ids),
                waits=each.route == "api",
            )
            for each in steps
        ]
        outcomes = session.open_cases(requests)
        if outcomes and outcomes[-1].status == "refused":
            refused = steps[len(outcomes) - 1]
            self.outcomes.settle(StepOutcome(refused.id, "failed", outcomes[-1].detail))
            return refused
        waits: dict[int, int] = {}
        for planned, request, outcome in zip(steps, requests, outcomes, strict=True):
            if request.waits:
                waits[planned.id] = next(waits.get(need, need) for need in request.needs)
                self.outcomes.settle(StepOutcome(planned.id, "skipped", waits_for=waits[planned.id]))
            else:
                status: Status = "waits" if outcome.detail in before else "case"
                self.outcomes.settle(StepOutcome(planned.id, status, outcome.detail))
        return None


@dataclass(slots=True)
class _Hands:
    """A machine, with the session that records what it does, and the mirror as it is by then."""

    machine: Machine
    session: SettlesSteps
    account: Account
    clock: Clock

    def carry_out(self, request: CaseRequest, *, asked: bool) -> tuple[StepOutcome, Carried | None]:
        """Carry out a step, recorded before and after; without a result if the mirror refuses it."""
        begun = self.session.begin(request)
        if begun.status == "refused":
            return StepOutcome(request.id, "failed", begun.detail), None
        carried = self.machine.carry_out(request.step, self.account, self.clock, asked=asked)
        self._settle(begun.detail, carried)
        return _outcome(request.id, carried), carried

    def look(self, case: Case) -> Carried:
        """Settle a step of an earlier run by asking whether it was carried out."""
        carried = self.machine.look(case.step, self.account, self.clock)
        self._settle(case.id, carried)
        return carried

    def _settle(self, case: str, carried: Carried) -> None:
        outcome = self.session.settle(case, carried)
        for _, rows in carried.changes:
            self.account.change(rows)
        self.account.serial = outcome.serial


def _outcome(step: int, carried: Carried) -> StepOutcome:
    if carried.status == "done":
        return StepOutcome(step, "done", carried.detail)
    unknown = f"{_UNKNOWN}: {carried.detail}"
    return StepOutcome(step, "failed", unknown if carried.status == "unknown" else carried.detail)
