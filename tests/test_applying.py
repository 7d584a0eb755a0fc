"""Apply of plans: outcomes of steps, refusals before the first step, and failures that stop a run."""

from __future__ import annotations

import signal
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from seatsync.account.access import performers
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.email import identity
from seatsync.account.engine import Refused, account_route, attempt
from seatsync.account.history import HistoryEntry
from seatsync.account.model import WHOLE_ACCOUNT, Change
from seatsync.applying.outcomes import Applied, StepOutcome, becomes_case, waits_for_people
from seatsync.applying.running import BATCH, apply_plan, require_fresh
from seatsync.clock import Clock
from seatsync.errors import Interrupted, PlanRefused, SeatsyncError, TargetBusy, TargetProblem
from seatsync.finding import Finding, Severity
from seatsync.planning.checks.access_checks import Covered
from seatsync.planning.checks.guards import warnings_of
from seatsync.planning.checks.staleness import StalePlan
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.targets.sql import administration, inquiries
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import Outcome, Session, State
from tests.targets.sample import ANA, BEN, BUILD, BUY, CLOCK, DEE, DESIGN, ELI, FIRST, GUS, OLD, SECOND, sample
from tests.targets.stores import path_of, store

POLICY = '{"max_removals":"20%"}'
FROZEN = '{"freeze":[{"from":"2026-06-15","reason":"audit","until":"2026-06-16"}]}'
DECLARED = '{"account":"acme"}'

FREE = Step.make("seat.unassign", DESIGN, product="AutoCAD", user=GUS)
TAKE = Step.make("seat.assign", DESIGN, product="AutoCAD", user=DEE)
IMPOSSIBLE = Step.make("admin.change_primary", DESIGN, user=DEE)
FORM = Step.make("user.change_email", WHOLE_ACCOUNT, user=DEE, to="dee.kim@acme.example")
TRANSFER = Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN)
SUPPORT = Step.make("team.delete", OLD)


def planned(number: int, step: Step, *needs: int, case: str | None = None) -> PlannedStep:
    action = ACTIONS[step.action]
    who = tuple(performers(sample(), step))
    return PlannedStep(number, step, action.kind, action.channel, account_route(step), needs, who, case=case)


def plan_of(*steps: PlannedStep | Step, serial: int = 1, actor: str | None = None) -> Plan:
    numbered = [planned(number, step) if isinstance(step, Step) else step for number, step in enumerate(steps, 1)]
    me = identity(actor) if actor is not None else None
    numbered = [step._replace(allowed=actor is None or me in step.performers) for step in numbered]
    return Plan(
        "acme",
        "9b1c1a52",
        serial,
        "sqlite:///account.db",
        actor,
        "2026-06-15",
        "sha256:0",
        POLICY,
        steps=tuple(numbered),
    )


@dataclass
class Run:
    """Apply plans, and record their progress."""

    target: SqlTarget
    told: list[StepOutcome] = field(default_factory=list)
    stop_after: int | None = None

    def __call__(self, plan: Plan, declaration: str | None = DECLARED, *, hand_in: bool = False) -> Applied:
        covered = None if declaration is None else Covered(declaration, {}, partly=False)
        return apply_plan(plan, self.target, CLOCK, covered, self.told.append, self.stop, hand_in=hand_in)

    def stop(self) -> int | None:
        if self.stop_after is not None and len(self.told) >= self.stop_after:
            return signal.SIGTERM
        return None


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(store(tmp_path))


def shown(applied: Applied) -> list[str]:
    return [" ".join(_words(outcome)) for outcome in applied.outcomes]


def _words(outcome: StepOutcome) -> Iterator[str]:
    yield from (str(outcome.id), outcome.status)
    if outcome.detail:
        yield outcome.detail
    if outcome.waits_for is not None:
        yield f"because of {outcome.waits_for}"


def test_every_step_is_done_in_order(run: Run) -> None:
    applied = run(plan_of(FREE, TAKE))
    assert shown(applied) == ["1 done", "2 done"]
    assert (applied.exit_code, applied.serial, applied.count("done"), applied.count("waits")) == (0, 3, 2, 0)
    assert run.told == list(applied.outcomes)
    state = run.target.read()
    assert state.account.teams["design"].seats["AutoCAD"] == {DEE, ELI}
    assert (state.applied_declaration, state.applied_policy) == (DECLARED, POLICY)
    assert inquiries.verify(run.target).ok


def test_memory_stays_flat_while_steps_are_applied(run: Run) -> None:
    back = (TAKE._replace(action="seat.unassign"), FREE._replace(action="seat.assign"))
    plan = plan_of(*[FREE, TAKE, *back] * 1000)
    held: dict[int, int] = {}

    def progress(outcome: StepOutcome) -> None:
        if outcome.id in {400, 4000}:
            held[outcome.id] = tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        applied = apply_plan(plan, run.target, CLOCK, None, progress, run.stop)
    finally:
        tracemalloc.stop()
    assert applied.count("done") == 4000
    # The outcome of each step is retained, and is small; its texts, rows and log entries, a kilobyte or more, are not.
    assert held[4000] - held[400] < 3600 * 300


def test_an_empty_plan_records_what_was_applied(run: Run) -> None:
    applied = run(plan_of())
    assert (shown(applied), applied.exit_code, applied.serial) == ([], 0, 1)
    assert run.target.read().applied_declaration == DECLARED


def test_a_refused_step_fails_dependent_ones_are_skipped_and_the_rest_is_done(run: Run) -> None:
    refusal = attempt(sample(), IMPOSSIBLE, CLOCK)
    assert isinstance(refusal, Refused)
    applied = run(
        plan_of(
            planned(1, IMPOSSIBLE),
            planned(2, FREE, 1),
            planned(3, TAKE, 2),
            planned(4, Step.make("group.create", DESIGN, group="new")),
            planned(5, Step.make("group.add_member", DESIGN, group="new", user=GUS), 4),
        )
    )
    assert shown(applied) == [
        f"1 failed STEP001: {refusal.message}",
        "2 skipped because of 1",
        "3 skipped because of 1",
        "4 done",
        "5 done",
    ]
    assert applied.exit_code == 1
    assert run.target.read().account.teams["design"].groups["new"].members == {GUS}
    assert run.target.read().applied_declaration is None


def test_forms_become_cases_for_the_owner(run: Run) -> None:
    rename = Step.make("user.update", WHOLE_ACCOUNT, user="dee.kim@acme.example", first_name="D", last_name="K")
    applied = run(plan_of(planned(1, FORM), planned(2, TRANSFER), planned(3, rename, 1)))
    assert shown(applied) == ["1 case CASE-1", "2 case CASE-2", "3 skipped because of 1"]
    assert applied.exit_code == 3
    assert [case.opened_by for case in run.target.read().cases] == [None, None]


def test_the_owner_hands_in_the_forms_of_others_on_request(run: Run) -> None:
    rename = Step.make("user.update", WHOLE_ACCOUNT, user="dee.kim@acme.example", first_name="D", last_name="K")
    plan = plan_of(planned(1, FORM), planned(2, TRANSFER), planned(3, rename, 1), planned(4, SUPPORT))
    applied = run(plan, hand_in=True)
    assert shown(applied) == [
        f"1 done handed in by the owner for {DEE}",
        f"2 done handed in by the owner for {ANA}",
        "3 done",
        "4 case CASE-1",
    ]
    assert run.target.read().account.subscriptions["574-1"].contract_manager == BEN
    steps = [entry.facts for entry in inquiries.log(run.target, None).items if entry.facts["kind"] == "step"]
    assert [facts.get("handed_in_for") for facts in steps[-3:]] == [[DEE], [ANA], None]
    (of_ana,) = (entry for entry in inquiries.log(run.target, ANA).items if entry.facts.get("handed_in_for") == [ANA])
    assert of_ana.actor is None
    assert inquiries.verify(run.target).ok


def test_forms_of_others_become_cases_and_what_needs_them_waits(run: Run) -> None:
    rename = Step.make("user.update", WHOLE_ACCOUNT, user="dee.kim@acme.example", first_name="D", last_name="K")
    applied = run(plan_of(planned(1, FORM), planned(2, TRANSFER), planned(3, rename, 1), actor="Ana@acme.example"))
    assert shown(applied) == ["1 case CASE-1", "2 done", "3 skipped because of 1"]
    assert applied.exit_code == 3
    (case,) = run.target.read().cases
    assert (case.step, case.opened_by) == (FORM, "Ana@acme.example")
    assert run.target.read().applied_declaration == DECLARED


def test_support_requests_become_cases_also_for_the_owner(run: Run) -> None:
    assert shown(run(plan_of(SUPPORT))) == ["1 case CASE-1"]


def test_an_open_case_is_not_opened_twice(run: Run) -> None:
    run(plan_of(SUPPORT))
    assert shown(run(plan_of(planned(1, SUPPORT, case="CASE-1"), planned(2, FREE)))) == ["1 waits CASE-1", "2 done"]
    # A plan saved before the case was opened finds it too.
    assert shown(run(plan_of(planned(1, SUPPORT), serial=2))) == ["1 case CASE-1"]
    assert [case.id for case in run.target.read().cases] == ["CASE-1"]


def test_manual_steps_are_known_in_advance() -> None:
    form, transfer, support, bought, opened, free = plan_of(
        FORM, TRANSFER, SUPPORT, BUY, planned(5, TRANSFER, case="CASE-1"), FREE, actor=ANA
    ).steps
    some = (form, transfer, support, bought, free)
    assert [becomes_case(step, ANA) for step in some] == [True, False, True, False, False]
    assert [becomes_case(step, ANA, hand_in=True) for step in some] == [True, False, True, False, False]
    assert [becomes_case(step, None) for step in some] == [True, True, True, False, False]
    assert [becomes_case(step, None, hand_in=True) for step in some] == [False, False, True, False, False]
    every = (form, transfer, support, bought, opened, free)
    assert [waits_for_people(step, ANA) for step in every] == [True, False, True, True, True, False]
    assert [waits_for_people(step, None) for step in every] == [True, True, True, True, True, False]


def test_warnings_stand_in_findings_and_at_steps() -> None:
    warning = Finding("POLICY101", Severity.WARNING, "an own rule")
    information = Finding("STEP005", Severity.INFO, "a form")
    plan = plan_of(FREE, TAKE)._replace(findings=(warning, information))
    first = plan.steps[0]._replace(codes=("STEP003", "STEP006"))
    assert warnings_of(plan) == ["POLICY101"]
    assert warnings_of(plan._replace(steps=(first, plan.steps[1]))) == ["POLICY101", "STEP006"]


def test_recorded_step_is_done_after_confirmation(run: Run) -> None:
    change = Step.make("coordinator.change", SECOND, user=ANA)
    run(plan_of(change))
    administration.confirm(run.target, None, "ticket 7", CLOCK)
    assert run.target.read().account.contracts["220002"].coordinator == ANA


def test_purchases_wait_for_the_one_who_buys(run: Run) -> None:
    applied = run(plan_of(planned(1, BUY), planned(2, FREE, 1)))
    assert shown(applied) == ["1 waits", "2 skipped because of 1"]
    assert applied.exit_code == 3
    assert run.target.read().cases == ()


def test_the_account_refuses_an_actor_who_may_not(run: Run) -> None:
    applied = run(plan_of(FREE, actor=DEE))
    (outcome,) = applied.outcomes
    assert outcome.status == "failed"
    assert outcome.detail.startswith("ACCESS001: dee@acme.example may not do this; ")


def test_a_plan_without_its_declaration_leaves_the_recorded_one(run: Run) -> None:
    run(plan_of(FREE), declaration=None)
    assert run.target.read().applied_declaration is None
    run(plan_of(serial=2))
    run(plan_of(TAKE, serial=2), declaration=None)
    assert run.target.read().applied_declaration == DECLARED


def test_guards_that_were_let_pass_are_recorded_before_the_first_step(run: Run) -> None:
    run(plan_of(FREE, actor=BEN)._replace(allow=("GUARD001.seats=1", "GUARD003")))
    log = [
        (entry.actor, entry.facts["kind"], entry.facts.get("text") or entry.facts.get("note"))
        for entry in inquiries.log(run.target).items
    ]
    assert log[2:] == [
        (BEN, "note", "guards allowed: GUARD001.seats=1 GUARD003"),
        (BEN, "covers", None),
        (BEN, "step", None),
        (BEN, "applied", "GUARD001.seats=1 GUARD003"),
    ]


class TestRefusedBeforeAnythingIsDone:
    @pytest.mark.parametrize(
        ("plan", "said"),
        [
            (
                plan_of(FREE)._replace(account="other"),
                (
                    "PLAN003: the plan is for account other, but the target is account acme; check the target, or"
                    " plan again"
                ),
            ),
            (
                plan_of(FREE)._replace(lineage=None),
                (
                    "PLAN003: the plan is for another account named acme (None, not 9b1c1a52); "
                    "check the target, or plan again"
                ),
            ),
            (
                plan_of(FREE, serial=0),
                (
                    "PLAN001: the account has changed since the plan was made (serial 0 then, 1 now), "
                    "including something that the plan reads or writes; plan again"
                ),
            ),
            (
                plan_of(FREE)._replace(policy=FROZEN),
                (
                    "GUARD005: 2026-06-15 is in a freeze (from 2026-06-15 until 2026-06-16: audit), on which "
                    "nothing is applied; apply after 2026-06-16, or plan with --allow GUARD005 if it cannot wait"
                ),
            ),
            (
                plan_of(FREE)._replace(findings=(Finding("GUARD002", Severity.ERROR, "too much"),)),
                "GUARD002: the plan has errors: too much; fix them and plan again",
            ),
            (
                plan_of(FREE)._replace(
                    findings=(
                        Finding("STEP006", Severity.WARNING, "pending"),
                        Finding("STEP001", Severity.ERROR, "no way"),
                        Finding("STEP004", Severity.ERROR, "no way"),
                    ),
                ),
                "STEP001: the plan has errors: no way (and 1 more); fix them and plan again",
            ),
        ],
    )
    def test_a_plan_that_does_not_fit(self, run: Run, plan: Plan, said: str) -> None:
        before = path_of(run.target).read_bytes()
        with pytest.raises(PlanRefused) as caught:
            run(plan)
        assert str(caught.value) == said
        assert run.told == []
        assert len(inquiries.log(run.target).items) == 2
        assert len(path_of(run.target).read_bytes()) == len(before)

    def test_warnings_do_not_stop_it(self, run: Run) -> None:
        plan = plan_of(FREE)._replace(findings=(Finding("STEP006", Severity.WARNING, "pending"),))
        assert run(plan).exit_code == 0

    def test_a_fresh_one_passes(self) -> None:
        account = sample()
        account.lineage, account.serial = "9b1c1a52", 1
        assert not require_fresh(plan_of(FREE), State(account), CLOCK)

    def test_message_about_a_stale_plan(self) -> None:
        account = sample()
        account.lineage, account.serial = "9b1c1a52", 2
        plan = plan_of(FREE)

        class Fixed:
            """Return a journal with a step by Ben in another team."""

            def journal(self, since: int = 0) -> list[HistoryEntry]:
                step = Step.make("group.create", BUILD, group="x")
                rows = (Change("team_group", ("build", "x"), None, ()),)
                return [HistoryEntry(serial, 7, CLOCK.stamp, BEN, step, rows) for serial in (2, 3) if serial > since]

        state = State(account)
        assert require_fresh(plan, state, CLOCK, Fixed(), rebase=True)
        with pytest.raises(StalePlan, match="but nothing that the plan reads or writes") as caught:
            require_fresh(plan, state, CLOCK, Fixed())
        assert [entry.serial for entry in caught.value.changes] == [
            2
        ]  # facts that the state does not have yet are not read
        for then in (None, 5):
            with pytest.raises(StalePlan, match="plan again") as caught:
                require_fresh(plan._replace(serial=then), state, CLOCK, Fixed(), rebase=True)
            assert caught.value.changes == ()
        with pytest.raises(StalePlan, match=r"now\); plan again"):
            require_fresh(plan, state, CLOCK, None, rebase=True)
        later = CLOCK._replace(day="2026-06-30")
        other = plan._replace(steps=(plan.steps[0]._replace(performers=()),))
        said = r", and step 1 \(seat.unassign\) would fail or differ: other people may perform it now; plan again"
        with pytest.raises(StalePlan, match=said):
            require_fresh(other, state, later, Fixed(), rebase=True)

    def test_it_is_looked_at_again_under_the_lock(self, run: Run) -> None:
        with run.target.session(BEN, CLOCK) as session:
            session.perform([(Step.make("group.create", BUILD, group="x"), False)])
        with pytest.raises(StalePlan):
            run(plan_of(FREE))
        applied = apply_plan(plan_of(FREE), run.target, CLOCK, None, run.told.append, run.stop, rebase=True)
        assert (applied.serial, applied.run) == (3, 4)
        assert inquiries.log(run.target).items[-2].facts["text"] == "a plan made at serial 1 is applied at serial 2"

    def test_another_process_is_applying(self, run: Run) -> None:
        with run.target.session(BEN, CLOCK), pytest.raises(TargetProblem):
            run(plan_of(FREE))
        assert run.told == []


def groups(count: int, *, start: int = 0) -> list[Step]:
    return [Step.make("group.create", BUILD, group=f"g{number:04}") for number in range(start, start + count)]


class TestStopping:
    def test_a_signal_ends_it_between_two_batches(self, run: Run) -> None:
        run.stop_after = 1
        steps = groups(3 * BATCH)
        with pytest.raises(Interrupted) as caught:
            run(plan_of(*steps))
        assert caught.value.exit_code == 128 + signal.SIGTERM
        assert str(caught.value) == (
            f"interrupted; {BATCH} of {3 * BATCH} steps are done and saved; the next apply does the rest"
        )
        state = run.target.read()
        assert len(state.account.teams["build"].groups) == BATCH == len(run.told)
        assert state.applied_declaration is None
        run.stop_after = None
        rest = run(plan_of(*groups(2 * BATCH, start=BATCH), serial=1 + BATCH))
        assert (rest.exit_code, rest.serial) == (0, 1 + 3 * BATCH)
        assert inquiries.verify(run.target).ok

    def test_a_signal_before_the_first_step(self, run: Run) -> None:
        run.stop_after = 0
        with pytest.raises(Interrupted) as caught:
            run(plan_of(FREE))
        assert str(caught.value).startswith("interrupted; 0 of 1 steps are done")
        assert run.target.read().account.serial == 1

    def test_a_signal_after_the_last_step_changes_nothing(self, run: Run) -> None:
        run.stop_after = 1
        assert run(plan_of(FREE)).exit_code == 0

    def test_a_refusal_in_a_later_batch(self, run: Run) -> None:
        steps = [*groups(BATCH + 10), groups(1)[0], *groups(BATCH, start=500)]
        applied = run(plan_of(*steps))
        assert (applied.count("done"), applied.count("failed")) == (len(steps) - 1, 1)
        assert [outcome.id for outcome in applied.outcomes] == list(range(1, len(steps) + 1))
        assert sorted(outcome.id for outcome in run.told) == list(range(1, len(steps) + 1))


@dataclass
class Scripted:
    """A target with predefined answers."""

    answers: list[list[Outcome] | TargetProblem]
    url: str = "x:y"
    asked: list[int] = field(default_factory=list)

    def read(self) -> State:
        account = sample()
        account.lineage, account.serial = "9b1c1a52", 1
        return State(account)

    def route(self, step: Step) -> str:  # noqa: ARG002 - the words of the protocol
        return "api"

    def session(self, actor: str | None, clock: Clock) -> AbstractContextManager[Session]:  # noqa: ARG002 - the words of the protocol
        return nullcontext(self)

    def state(self) -> State:
        return self.read()

    def perform(self, steps: Sequence[tuple[Step, bool]]) -> list[Outcome]:
        self.asked.append(len(steps))
        answer = self.answers.pop(0)
        if isinstance(answer, TargetProblem):
            raise answer
        return answer

    def note(self, text: str) -> None:  # noqa: ARG002 - the words of the protocol
        raise AssertionError

    def applied(self, declaration: str, policy: str, note: str) -> None:  # noqa: ARG002 - the words of the protocol
        self.asked.append(-1)


def outcomes(*statuses: Literal["done", "case", "refused"], times: int = 1) -> list[Outcome]:
    return [Outcome(status) for status in statuses * times]


def applied_to(target: Scripted, plan: Plan) -> Applied:
    return apply_plan(plan, target, CLOCK, Covered(DECLARED, {}, partly=False), lambda _: None, lambda: None)


@pytest.mark.parametrize("error", [TargetProblem, TargetBusy])
def test_the_disk_fills_up_in_between(error: type[TargetProblem]) -> None:
    target = Scripted([outcomes("done", times=BATCH), error("x:y", "the disk is full", "make room")])
    with pytest.raises(SeatsyncError) as caught:
        applied_to(target, plan_of(*groups(BATCH + 50)))
    assert str(caught.value) == (
        "x:y: the disk is full; make room; 250 of 300 steps are done and saved; the next apply does the rest"
    )
    assert caught.value.passing == error.passing
    assert target.asked == [BATCH, 50]


def test_a_target_that_stops_early_without_a_refusal_is_asked_again() -> None:
    target = Scripted([outcomes("done"), outcomes("done", "done")])
    assert shown(applied_to(target, plan_of(*groups(3)))) == ["1 done", "2 done", "3 done"]
    assert target.asked == [3, 2, -1]


def test_a_target_without_outcomes_is_reported_as_a_bug() -> None:
    with pytest.raises(SeatsyncError) as caught:
        applied_to(Scripted([[]]), plan_of(FREE))
    assert str(caught.value).startswith(
        "sqlite:///account.db: the target returned no outcome for the steps; please report this as a bug; 0 of 1"
    )


def test_steps_that_need_a_refused_one_of_their_batch_are_skipped() -> None:
    first, second, third = groups(3)
    target = Scripted([outcomes("refused"), outcomes("done")])
    plan = plan_of(planned(1, first), planned(2, second, 1), planned(3, third))
    assert shown(applied_to(target, plan)) == ["1 failed", "2 skipped because of 1", "3 done"]
    assert target.asked == [3, 1]


def test_a_serial_that_a_target_does_not_tell_is_the_one_before() -> None:
    target = Scripted([outcomes("done")])
    assert applied_to(target, plan_of(FREE)).serial == 1


def test_many_steps_are_quick_to_hand_out(run: Run) -> None:
    """The cost stays linear even if every second batch starts with a refusal."""
    taken = groups(1)[0]
    run(plan_of(taken))
    steps = [step for start in range(1, 2000, 50) for step in (taken, *groups(50, start=start))]
    applied = run(plan_of(*steps, serial=2))
    assert applied.count("failed") == 40
    assert applied.count("done") == len(steps) - 40
    assert FIRST.name in run.target.read().account.contracts


def test_an_actor_continues_under_their_new_address(run: Run) -> None:
    own = Step.make("user.change_email", WHOLE_ACCOUNT, user="ana@acme.example", to="anna@acme.example")
    steps = [planned(1, own), planned(2, FREE, 1)._replace(performers=("anna@acme.example",))]
    plan = plan_of(*steps, actor="ana@acme.example")
    plan = plan._replace(steps=tuple(step._replace(allowed=True) for step in plan.steps))
    assert shown(run(plan)) == ["1 done", "2 done"]
    assert [entry.actor for entry in inquiries.log(run.target).items][2:] == [
        "ana@acme.example",
        "ana@acme.example",
        "anna@acme.example",
        "anna@acme.example",
    ]
