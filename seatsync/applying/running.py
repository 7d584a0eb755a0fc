"""Applying a plan: to an account in batches, or to a mirror of the real account."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

from seatsync.account.history import NO_PEOPLE
from seatsync.account.model import NOBODY
from seatsync.applying.in_mirror import MirrorRun, OpenMachine
from seatsync.applying.outcomes import Applied, Outcomes, Progress, Status, StepOutcome, Stop, becomes_case
from seatsync.clock import Clock
from seatsync.errors import Interrupted, PlanRefused, SeatsyncError, TargetProblem
from seatsync.finding import Severity
from seatsync.planning.checks.access_checks import Covered
from seatsync.planning.checks.guards import check_protected, freezes_of, in_freeze, listed
from seatsync.planning.checks.staleness import StalePlan, moved_on
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.targets.target import Chained, Journal, Session, State, Target, TracksPeople, Undoable

BATCH = 250
"""Maximum number of steps in one transaction. Signals are checked between batches."""


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
    machine: OpenMachine | None = None,
) -> Applied:
    """Apply a plan as its actor, under the target's lock.

    `covered` is the declaration that the plan was made from, which the target records with the plan's policy; without
    it, the declaration applied last remains, and the target does not count the changes as seatsync's own. `hand_in`:
    the owner hands in the forms of others, which otherwise become cases. `partial`: the plan may leave out teams and
    contracts that have errors. `rebase`: the account may have changed since the plan was made, if that does not affect
    the plan. A plan that undoes a whole run restores the declaration applied before that run.

    In a mirror of the real account, the `machine` carries out the steps of its route, if it can be asked (not None);
    all others become cases.

    Raises PlanRefused, before any change, if the plan is for another account or an earlier state, or has errors;
    Interrupted between two batches or steps; and errors of the target, with the progress so far.
    """
    _require_no_errors(plan, partial=partial)
    with target.session(plan.actor, clock) as session:
        state = _start(plan, session, clock, rebase=rebase)
        outcomes, serial = Outcomes(plan, progress), state.account.serial
        run: MirrorRun | _Run
        if state.mirror is not None:
            run = MirrorRun(plan, session, state, outcomes, clock, covered, serial, machine)
        else:
            run = _Run(plan, session, outcomes, serial, deque(plan.steps), hand_in)
        note = _begin(plan, session, serial, covered)
        try:
            run.to_end(stop)
        except TargetProblem as problem:
            raise SeatsyncError(f"{problem}; {run.progress_text()}", passing=problem.passing) from problem
        settled = tuple(run.settled) if isinstance(run, MirrorRun) else ()
        is_new = bool(outcomes.number("done", "case") or settled)
        number = session.run if is_new and isinstance(session, Undoable) else None
        applied = Applied(outcomes.in_order(), run.serial, number, mirror=state.mirror is not None, settled=settled)
        if isinstance(run, MirrorRun):
            applied = replace(applied, unsettled=tuple(run.unsettled), passing=run.passing)
        if applied.exit_code != 1:
            _record_applied(plan, session, state, covered, note)
        return applied


def _start(plan: Plan, session: Session, clock: Clock, *, rebase: bool) -> State:
    """Check the plan against the day, and the state under the lock, and return that state."""
    state = session.state()
    require_no_freeze(plan, clock)
    if require_fresh(plan, state, clock, session, rebase=rebase):
        session.note(f"a plan made at serial {plan.serial} is applied at serial {state.account.serial}")
    return state


def require_fresh(plan: Plan, state: State, clock: Clock, history: object = None, *, rebase: bool = False) -> bool:
    """Raise PlanRefused if a plan does not fit the state of its target.

    PLAN003: it is for another account or another history of it; PLAN001: for an earlier state; GUARD004: it removes
    something protected by the policy applied last, without being allowed to. `history` is the target or its session;
    its optional capabilities `Journal` and `Chained` are used.

    Returns True if the plan is for an earlier state but can be applied nevertheless: with `rebase`, if the changes
    since are known and affect nothing that the plan reads or writes.
    """
    account = state.account
    if plan.account != account.name:
        problem = f"the plan is for account {plan.account}, but the target is account {account.name}"
        raise PlanRefused("PLAN003", problem, "check the target, or plan again")
    if plan.lineage != account.lineage:
        problem = f"the plan is for another account named {account.name} ({plan.lineage}, not {account.lineage})"
        raise PlanRefused("PLAN003", problem, "check the target, or plan again")
    _require_same_history(plan, state, history)
    _require_no_new_protection(plan, state, clock)
    if plan.serial == account.serial:
        return False
    _require_harmless_changes(plan, state, clock, history if isinstance(history, Journal) else None, rebase=rebase)
    return True


def _require_same_history(plan: Plan, state: State, history: object) -> None:
    """Raise PlanRefused (PLAN003) if the log does not contain the head at which the plan was made."""
    then, now = plan.serial, state.account.serial
    if plan.head is None or plan.head == state.head:
        return
    if isinstance(history, Chained) and then is not None and history.had_head(then, plan.head):
        return
    problem = (
        f"the plan was made at serial {then} of another history of account {plan.account} (it is at serial {now} now):"
        " an older copy of the account was restored since, or another one was put in its place"
    )
    raise PlanRefused("PLAN003", problem, "put the newer copy back, or plan again")


def require_no_freeze(plan: Plan, clock: Clock) -> None:
    """Raise PlanRefused (GUARD005) in a freeze of the plan's policy, unless the plan is allowed to."""
    finding = None if "GUARD005" in plan.allow else in_freeze(freezes_of(plan.policy), clock.day)
    if finding is not None:
        raise PlanRefused(finding.code, finding.message, finding.hint)


def _require_no_new_protection(plan: Plan, state: State, clock: Clock) -> None:
    """Raise PlanRefused (GUARD004) if the plan removes something that only the policy applied last protects."""
    if "GUARD004" in plan.allow:
        return
    now, then = listed(state.applied_policy), listed(plan.policy)
    new = (now[0] - then[0], now[1] - then[1])
    if not any(new):
        return
    finding = check_protected(new, [planned.step for planned in plan.steps], state.account, clock)
    if finding is not None:
        raise PlanRefused("GUARD004", f"{finding.message}, by the policy applied last", "plan again")


def _require_harmless_changes(plan: Plan, state: State, clock: Clock, journal: Journal | None, *, rebase: bool) -> None:
    """Raise StalePlan (PLAN001) unless `rebase` is set and the changes since are known not to affect the plan."""
    then, now = plan.serial, state.account.serial
    problem = f"the account has changed since the plan was made (serial {then} then, {now} now)"
    if journal is None or then is None or now is None or then > now:
        raise StalePlan(problem, "plan again")
    # The journal is read later than the state, and may contain newer changes.
    changes = [entry for entry in journal.journal(then) if entry.serial <= now]
    moved = moved_on(plan, state.account, changes, clock)
    if not moved.harmless:
        if moved.broken is not None and not moved.in_the_way:
            planned, reason = moved.broken
            problem += f", and step {planned.id} ({planned.step.action}) would fail or differ: {reason}"
        else:
            problem += ", including something that the plan reads or writes"
        raise StalePlan(problem, "plan again", moved)
    if not rebase:
        problem += ", but nothing that the plan reads or writes"
        raise StalePlan(problem, "continue with `seatsync apply PLAN --rebase`, or plan again", moved)


def _require_no_errors(plan: Plan, *, partial: bool) -> None:
    if plan.faulty and not partial:
        first = plan.faulty[0]
        problem = f"the plan leaves out {first.kind} {first.name}, which has errors"
        raise PlanRefused(first.findings[0], problem, "fix them and plan again, or apply the rest with --partial")
    errors = [finding for finding in plan.findings if finding.severity is Severity.ERROR]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise PlanRefused(errors[0].code, f"the plan has errors: {errors[0].message}{more}", "fix them and plan again")


def _begin(plan: Plan, session: Session, serial: int | None, covered: Covered | None) -> str:
    """Mark the session as a run of seatsync, before any step: the run may be interrupted. Return the note on guards."""
    note = " ".join(plan.allow)
    if note:
        session.note(f"guards allowed: {note}")
    if plan.undo is not None:
        session.note(f"undo of run {plan.undo.run}")
    if isinstance(session, TracksPeople) and (covered is not None or plan.undo is not None):
        people = covered.people if covered is not None and plan.undo is None else NO_PEOPLE
        session.covers(people, None if plan.serial == serial else plan.serial)
    return note


def _record_applied(plan: Plan, session: Session, state: State, covered: Covered | None, note: str) -> None:
    """Record what was applied; for the undo of a whole run, what was applied before that run.

    A plan that `--route` limits records nothing: what it leaves out is not applied.
    """
    undo = plan.undo
    if not plan.is_whole:
        return
    if undo is None:
        if covered is not None and not covered.partly:
            session.applied(covered.text, plan.policy, note)
        elif covered is not None and isinstance(session, TracksPeople):
            policy = policy_after(plan, covered, state.applied_policy)
            session.applied_partly(covered.text, policy, note)
    elif undo.whole and isinstance(session, Undoable):
        session.undone(undo.run)


@dataclass(slots=True)
class _Run:
    """The progress of a plan. `left` are the steps not yet passed to the target, `recorded` those passed as cases."""

    plan: Plan
    session: Session
    outcomes: Outcomes
    serial: int | None
    left: deque[PlannedStep]
    hand_in: bool
    recorded: set[int] = field(default_factory=set)

    def to_end(self, stop: Stop) -> None:
        while batch := self._next_batch():
            signal = stop()
            if signal is not None:
                raise Interrupted(signal, self.progress_text())
            self._carry_out(batch)

    def progress_text(self) -> str:
        done = self.outcomes.number("done", "case")
        return f"{done} of {len(self.plan.steps)} steps are done and saved; the next apply does the rest"

    def _next_batch(self) -> list[PlannedStep]:
        """Return the next steps to pass to the target, and settle the outcome of those that need not be."""
        batch: list[PlannedStep] = []
        while self.left and len(batch) < BATCH:
            planned = self.left.popleft()
            outcome = self._outcome_without_target(planned)
            if outcome is not None:
                self.outcomes.settle(outcome)
                continue
            batch.append(planned)
            if becomes_case(planned, self.plan.actor, hand_in=self.hand_in):
                self.recorded.add(planned.id)
        return batch

    def _outcome_without_target(self, planned: PlannedStep) -> StepOutcome | None:
        """Return the outcome of a step that is not passed to the target, None for one that is."""
        for need in planned.needs:
            before = self.outcomes.by_id.get(need)
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
            problem = "the target returned no outcome for the steps"
            raise TargetProblem(self.plan.target, problem, "please report this as a bug")
        for planned, outcome in zip(batch, outcomes, strict=False):
            self.serial = outcome.serial if outcome.serial is not None else self.serial
            detail = outcome.detail
            if outcome.status == "done" and planned.channel == "form" and self.plan.actor is None:
                detail = f"handed in by the owner for {' or '.join(planned.performers)}"
            self.outcomes.settle(StepOutcome(planned.id, _STATUS[outcome.status], detail))
        # The target stops at a refusal, since steps that need the refused one must not be tried.
        self.left.extendleft(reversed(batch[len(outcomes) :]))


def policy_after(plan: Plan, covered: Covered, before: str | None) -> str:
    """Return the policy to record. Only a run for all teams and contracts can replace the policy `before`."""
    return before if covered.partly and before is not None else plan.policy


def changes_applied_state(plan: Plan, covered: Covered, state: State) -> bool:
    """Return True if a plan without steps would still change the state that the target records as applied."""
    if not plan.is_whole:
        return False
    texts = (covered.text, policy_after(plan, covered, state.applied_policy))
    if (state.applied_declaration, state.applied_policy) != texts:
        return state.tracked is not None or not covered.partly
    tracked = state.tracked
    return tracked is not None and any(people - tracked.get(scope, NOBODY) for scope, people in covered.people.items())


_STATUS: dict[str, Status] = {"done": "done", "case": "case", "refused": "failed"}
