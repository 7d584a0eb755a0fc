"""A plan carried out on a target: in order, in batches, each step with what became of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.memory import NO_PEOPLE
from seatsync.account.model import NOBODY
from seatsync.clock import Clock
from seatsync.errors import Interrupted, PlanRefused, SeatsyncError, TargetProblem
from seatsync.finding import Severity
from seatsync.planning.covering import Covered
from seatsync.planning.guards import check_protected, listed
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.planning.staleness import StalePlan, moved_on
from seatsync.targets.target import Chained, Journal, Session, State, Target, TracksPeople, Undoable

BATCH = 250
"""Steps that are kept or undone together, and after which a signal is looked for."""

Status: TypeAlias = Literal["done", "case", "waits", "failed", "skipped"]


class StepOutcome(NamedTuple):
    """What became of a step, by its id in the plan.

    `done`; `case`: recorded as a case now; `waits`: for a case that was open before, or for a purchase; `failed`:
    refused by the account; `skipped`: a step that it needs is not done, because of the step `waits_for`. `detail` is
    the id of a case, code and sentence of a refusal, or that a form was handed in for somebody else.
    """

    id: int
    status: Status
    detail: str = ""
    waits_for: int | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a plan: every step in the plan's order, and the serial of the account afterwards.

    `run` is the number by which what was done can be taken back; None where nothing was, or the target has no runs.
    """

    outcomes: tuple[StepOutcome, ...]
    serial: int | None
    run: int | None = None

    @property
    def exit_code(self) -> int:
        """1: something was refused; 3: something waits for people; 0: all is done."""
        found = {outcome.status for outcome in self.outcomes}
        if "failed" in found:
            return 1
        return 3 if found - {"done"} else 0

    def count(self, status: Status) -> int:
        """How many steps ended that way."""
        return sum(outcome.status == status for outcome in self.outcomes)


def becomes_case(planned: PlannedStep, actor: str | None, *, hand_in: bool = False) -> bool:
    """Return True for a step that is recorded as a case: a request to support, and a form of somebody else.

    The owner (`actor` None) is nobody's self, and does a form only where they `hand_in` those of others.
    """
    if planned.channel == "form":
        return not (hand_in if actor is None else planned.allowed)
    return planned.channel == "support"


def waits_for_people(planned: PlannedStep, actor: str | None) -> bool:
    """Whether a step, when the plan is applied, is not done but waits for somebody: what needs it waits too."""
    return planned.case is not None or planned.channel == "purchase" or becomes_case(planned, actor)


Progress: TypeAlias = Callable[[StepOutcome], None]
"""Told of every step as soon as it is known what became of it."""

Stop: TypeAlias = Callable[[], int | None]
"""Asked before each batch: the signal that asks to stop, if any."""


def apply_plan(  # noqa: PLR0913 - two of them are switches of the command line
    plan: Plan,
    target: Target,
    clock: Clock,
    covered: Covered | None,
    progress: Progress,
    stop: Stop,
    *,
    rebase: bool = False,
    hand_in: bool = False,
    partial: bool = False,
) -> Applied:
    """Carry a plan out, as the one it was made for, under the target's lock.

    `covered` is what the plan was made from, for the target to remember with the plan's policy; None where that is not
    at hand: what was applied before stays remembered then, and the target takes what is done for somebody else's.
    `hand_in`: the owner hands in the forms of others, which become cases otherwise. `partial`: the plan may leave out
    teams and contracts that have errors. `rebase`: changes of the account since the plan was made are no hindrance,
    where they touch nothing of the plan. A plan that undoes a run goes back to what was applied before that.

    Raises PlanRefused before anything is done where the plan is not for this account, not for its present state, or has
    errors; Interrupted between two batches; and what the target raises, with how far it came.
    """
    _without_errors(plan, partial=partial)
    with target.session(plan.actor, clock) as session:
        state = _start(plan, session, clock, rebase=rebase)
        run = _Run(plan, session, progress, state.applied_policy, state.account.serial, deque(plan.steps), hand_in)
        try:
            return run.to_end(stop, covered)
        except TargetProblem as problem:
            raise SeatsyncError(f"{problem}; {run.so_far()}") from problem


def _start(plan: Plan, session: Session, clock: Clock, *, rebase: bool) -> State:
    """Look at the plan against the state under the lock; the state to begin at."""
    state = session.state()
    if require_fresh(plan, state, clock, session, rebase=rebase):
        session.note(f"a plan made at serial {plan.serial} is carried out at serial {state.account.serial}")
    return state


def require_fresh(plan: Plan, state: State, clock: Clock, history: object = None, *, rebase: bool = False) -> bool:
    """Refuse a plan that is for another account, or another history of it (PLAN003), or for an earlier state (PLAN001).

    `history` is the target, or its session: it may have a journal, and know what its log ended with at any time.

    Also one that takes away what is protected by now (GUARD004), unless the plan was made to.

    True where it is for an earlier state, but may be carried out all the same: with `rebase`, and only if what changed
    since is known and touches nothing that the plan reads or writes.
    """
    account = state.account
    if plan.account != account.name:
        problem = f"the plan is for the account {plan.account}, the target is {account.name}"
        raise PlanRefused("PLAN003", problem, "look at the target, or plan again")
    if plan.lineage != account.lineage:
        problem = f"the plan is for another account of the name {account.name} ({plan.lineage}, not {account.lineage})"
        raise PlanRefused("PLAN003", problem, "look at the target, or plan again")
    _require_same_history(plan, state, history)
    _protected_since(plan, state, clock)
    if plan.serial == account.serial:
        return False
    _look_at_changes(plan, state, clock, history if isinstance(history, Journal) else None, rebase=rebase)
    return True


def _require_same_history(plan: Plan, state: State, history: object) -> None:
    """Refuse (PLAN003) a plan that was made when the log ended with a hash that is not in it."""
    then, now = plan.serial, state.account.serial
    if plan.head is None or plan.head == state.head:
        return
    if isinstance(history, Chained) and then is not None and history.had_head(then, plan.head):
        return
    problem = (
        f"the plan was made at serial {then} of another history of account {plan.account} (it is at serial {now} now):"
        " an older copy of the account was put back since, or another one in its place"
    )
    raise PlanRefused("PLAN003", problem, "put the newer copy back, or plan again")


def _protected_since(plan: Plan, state: State, clock: Clock) -> None:
    """Refuse (GUARD004) what takes away from those whom the last apply protects, and the plan's own policy does not."""
    if "GUARD004" in plan.allow:
        return
    now, then = listed(state.applied_policy), listed(plan.policy)
    new = (now[0] - then[0], now[1] - then[1])
    if not any(new):
        return
    finding = check_protected(new, [planned.step for planned in plan.steps], state.account, clock)
    if finding is not None:
        raise PlanRefused("GUARD004", f"{finding.message}, by the policy that was applied last", "plan again")


def _look_at_changes(plan: Plan, state: State, clock: Clock, journal: Journal | None, *, rebase: bool) -> None:
    """Refuse (PLAN001) unless the changes since the plan was made are known, harmless, and to be passed over."""
    then, now = plan.serial, state.account.serial
    problem = f"the account has changed since the plan was made (serial {then} then, {now} now)"
    if journal is None or then is None or now is None or then > now:
        raise StalePlan(problem, "plan again")
    # The journal may be read a moment after the state.
    changes = [entry for entry in journal.journal(then) if entry.serial <= now]
    moved = moved_on(plan, state.account, changes, clock)
    if not moved.harmless:
        if moved.broken is not None and not moved.in_the_way:
            planned, reason = moved.broken
            problem += f", and step {planned.id} ({planned.step.action}) would not go as planned: {reason}"
        else:
            problem += ", also what the plan reads or writes"
        raise StalePlan(problem, "plan again", moved)
    if not rebase:
        problem += ", but nothing that the plan reads or writes"
        raise StalePlan(problem, "`seatsync apply PLAN --rebase` goes on, or plan again", moved)


def _without_errors(plan: Plan, *, partial: bool) -> None:
    if plan.left_out and not partial:
        first = plan.left_out[0]
        problem = f"the plan leaves out {first.kind} {first.name}, which has errors"
        raise PlanRefused(first.findings[0], problem, "mend them and plan again, or say --partial to apply the rest")
    errors = [finding for finding in plan.findings if finding.severity is Severity.ERROR]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise PlanRefused(errors[0].code, f"the plan has errors: {errors[0].message}{more}", "mend them and plan again")


@dataclass(slots=True)
class _Run:
    """A plan being carried out: `left` are the steps not handed to the target yet, `recorded` those handed as cases."""

    plan: Plan
    session: Session
    progress: Progress
    applied_policy: str | None
    serial: int | None
    left: deque[PlannedStep]
    hand_in: bool
    outcomes: dict[int, StepOutcome] = field(default_factory=dict)
    recorded: set[int] = field(default_factory=set)
    told: int = 0

    def to_end(self, stop: Stop, covered: Covered | None) -> Applied:
        note = " ".join(self.plan.allow)
        if note:
            self.session.note(f"guards let pass: {note}")
        if self.plan.undo is not None:
            self.session.note(f"undo of run {self.plan.undo.run}")
        self._begin(covered)
        while batch := self._next_batch():
            signal = stop()
            if signal is not None:
                raise Interrupted(signal, self.so_far())
            self._carry_out(batch)
        applied = Applied(tuple(self.outcomes[planned.id] for planned in self.plan.steps), self.serial, self._number())
        if applied.exit_code != 1:
            self._remember(covered, note)
        return applied

    def _number(self) -> int | None:
        """The number of this run, where it changed anything."""
        changed = any(outcome.status in {"done", "case"} for outcome in self.outcomes.values())
        return self.session.run if changed and isinstance(self.session, Undoable) else None

    def _begin(self, covered: Covered | None) -> None:
        """Let the target know whose run this is, before anything is done: the run may be interrupted."""
        if isinstance(self.session, TracksPeople) and (covered is not None or self.plan.undo is not None):
            people = covered.people if covered is not None and self.plan.undo is None else NO_PEOPLE
            self.session.covers(people, None if self.plan.serial == self.serial else self.plan.serial)

    def _remember(self, covered: Covered | None, note: str) -> None:
        """Let the target remember what was applied; where a run was undone as a whole, what was before that run."""
        undo = self.plan.undo
        if undo is None:
            if covered is not None and not covered.partly:
                self.session.applied(covered.text, self.plan.policy, note)
            elif covered is not None and isinstance(self.session, TracksPeople):
                policy = policy_after(self.plan, covered, self.applied_policy)
                self.session.applied_partly(covered.text, policy, note)
        elif undo.whole and isinstance(self.session, Undoable):
            self.session.undone(undo.run)

    def so_far(self) -> str:
        done = sum(outcome.status in {"done", "case"} for outcome in self.outcomes.values())
        return f"{done} of {len(self.plan.steps)} steps are done and kept, and the next apply does the rest"

    def _next_batch(self) -> list[PlannedStep]:
        """The next steps that can be handed to the target together; those before them that cannot get their outcome."""
        batch: list[PlannedStep] = []
        while self.left and len(batch) < BATCH:
            planned = self.left.popleft()
            outcome = self._not_now(planned)
            if outcome is not None:
                self._settle(outcome)
                continue
            batch.append(planned)
            if becomes_case(planned, self.plan.actor, hand_in=self.hand_in):
                self.recorded.add(planned.id)
        return batch

    def _not_now(self, planned: PlannedStep) -> StepOutcome | None:
        """The outcome of a step that is not handed to the target, None for one that is."""
        for need in planned.needs:
            before = self.outcomes.get(need)
            if need in self.recorded or (before is not None and before.status != "done"):
                because = before.waits_for if before is not None else None
                return StepOutcome(planned.id, "skipped", waits_for=need if because is None else because)
        if planned.case is not None:
            return StepOutcome(planned.id, "waits", planned.case)
        if planned.channel == "purchase":
            return StepOutcome(planned.id, "waits")
        return None

    def _carry_out(self, batch: list[PlannedStep]) -> None:
        outcomes = self.session.perform([(planned.step, planned.id in self.recorded) for planned in batch])
        if not outcomes:
            problem = "the target did not say what became of the steps"
            raise TargetProblem(self.plan.target, problem, "report this as a fault")
        for planned, outcome in zip(batch, outcomes, strict=False):
            self.serial = outcome.serial if outcome.serial is not None else self.serial
            detail = outcome.detail
            if outcome.status == "done" and planned.channel == "form" and self.plan.actor is None:
                detail = f"handed in by the owner for {' or '.join(planned.performers)}"
            self._settle(StepOutcome(planned.id, _STATUS[outcome.status], detail))
        # After a refusal the target does not go on by itself: what needs the refused step must not be tried.
        self.left.extendleft(reversed(batch[len(outcomes) :]))

    def _settle(self, outcome: StepOutcome) -> None:
        """Keep an outcome, and tell all that are known by now, in the order of the plan."""
        self.outcomes[outcome.id] = outcome
        while self.told < len(self.plan.steps) and (known := self.outcomes.get(self.plan.steps[self.told].id)):
            self.progress(known)
            self.told += 1


def policy_after(plan: Plan, covered: Covered, before: str | None) -> str:
    """Return the policy to remember: whom it protects is let go by a run for all teams and contracts alone."""
    return before if covered.partly and before is not None else plan.policy


def changes_applied_state(plan: Plan, covered: Covered, state: State) -> bool:
    """Return True if a plan without steps leaves something for the target to remember."""
    texts = (covered.text, policy_after(plan, covered, state.applied_policy))
    if (state.applied_declaration, state.applied_policy) != texts:
        return state.tracked is not None or not covered.partly
    tracked = state.tracked
    return tracked is not None and any(people - tracked.get(scope, NOBODY) for scope, people in covered.people.items())


_STATUS: dict[str, Status] = {"done": "done", "case": "case", "refused": "failed"}
