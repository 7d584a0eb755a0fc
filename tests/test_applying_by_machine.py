"""Apply to a mirror of the real account with a machine: it carries out its steps, and the rest become cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.engine import Refused, attempt
from seatsync.account.history import same
from seatsync.account.model import Account
from seatsync.applying.outcomes import Applied, StepOutcome
from seatsync.applying.running import apply_plan
from seatsync.clock import Clock
from seatsync.errors import Interrupted, SeatsyncError, TargetProblem
from seatsync.planning.checks.access_checks import Covered
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.portal.mirror_target import MirrorTarget
from seatsync.reporting.outcome_report import earlier_lines
from seatsync.targets.machine import Carried
from seatsync.targets.sql import inquiries
from seatsync.targets.sql.lock import LEASE
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import Case
from tests.targets.sample import ANA, CLOCK, DEE, DESIGN
from tests.targets.stores import FREE, mirror
from tests.test_applying import plan_of, planned
from tests.test_applying_to_a_mirror import ASSIGN, IMPOSSIBLE, INVITE, SENIOR

AT = "2026-06-15T12:00:30Z"
JUNIOR = Step.make("admin.revoke", DESIGN, user=DEE)
NAMES = {same(FREE): "free", same(INVITE): "invite", same(ASSIGN): "assign"}


@dataclass
class Machine:
    """A machine that does what it is asked, except for steps with another answer. `heard` is what it was asked."""

    answers: Mapping[str, Carried] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    def carry_out(self, step: Step, account: Account, clock: Clock, *, asked: bool) -> Carried:
        return self._answer(f"{NAMES[same(step)]}{' again' if asked else ''}", step, account, clock)

    def look(self, step: Step, account: Account, clock: Clock) -> Carried:
        return self._answer(f"{NAMES[same(step)]}?", step, account, clock)

    def _answer(self, name: str, step: Step, account: Account, clock: Clock) -> Carried:
        self.heard.append(name)
        rows = attempt(account, step, clock)
        assert not isinstance(rows, Refused), "the account is that of the mirror before the step"
        return self.answers.get(name, Carried("done", changes=((step, rows),), origin="team-admin:/x", at=AT))


@pytest.fixture
def target(tmp_path: Path) -> SqlTarget:
    return mirror(tmp_path)


def routed(*steps: PlannedStep, people: tuple[int, ...] = ()) -> Plan:
    """Return a plan whose steps are by API, except for those of `people`."""
    return plan_of(*(each._replace(route="console" if each.id in people else "api") for each in steps))


def apply(
    plan: Plan, target: SqlTarget, machine: Machine, stop: Callable[[], int | None] = lambda: None
) -> tuple[Applied, list[str]]:
    """Apply a plan; return the outcome, and its lines in the order in which they were reported."""
    told: list[StepOutcome] = []
    covered = Covered('{"account":"acme"}', {DESIGN: frozenset({ANA})}, partly=False)
    plan = plan._replace(serial=target.read().account.serial)
    mirrored = MirrorTarget(target, CLOCK)
    applied = apply_plan(plan, mirrored, CLOCK, covered, told.append, stop, machine=lambda _: machine)
    assert told == list(applied.outcomes)
    assert inquiries.verify(target).problem == ""
    return applied, [_line(outcome) for outcome in told]


def _line(outcome: StepOutcome) -> str:
    because = "" if outcome.waits_for is None else f" because of {outcome.waits_for}"
    return f"{outcome.id} {outcome.status} {outcome.detail}".rstrip() + because


def open_cases(target: SqlTarget) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(case.id, case.route, case.needs) for case in target.read().cases]


def closed(target: SqlTarget) -> list[Case]:
    return [case for case in inquiries.cases(target, closed=True).items if case.closed_at is not None]


def test_the_machine_comes_first(target: SqlTarget) -> None:
    plan = routed(planned(1, SENIOR), planned(2, INVITE), planned(3, ASSIGN, 2), people=(1,))
    machine = Machine()
    applied, lines = apply(plan, target, machine)
    assert machine.heard == ["invite", "assign"]
    assert lines == ["1 case CASE-3", "2 done", "3 done"]
    assert (applied.exit_code, applied.serial, applied.run, applied.mirror) == (3, 3, 2, True)
    state = target.read()
    assert "new@acme.example" in state.account.teams["design"].seats["Maya"]
    assert open_cases(target) == [("CASE-3", "console", ())]
    assert [(case.id, case.closed_as) for case in closed(target)] == [("CASE-1", "seen"), ("CASE-2", "seen")]
    assert target.own_changes(1) == {2, 3}
    assert state.applied_declaration is not None


def test_everything_by_machine(target: SqlTarget) -> None:
    applied, lines = apply(routed(planned(1, FREE)), target, Machine())
    assert (lines, applied.exit_code) == (["1 done"], 0)


def test_steps_that_need_people_wait(target: SqlTarget) -> None:
    """A case that needs a waiting step of the machine needs the cases behind that."""
    steps = (planned(1, SENIOR), planned(2, INVITE, 1), planned(3, ASSIGN, 2), planned(4, JUNIOR, 3), planned(5, FREE))
    machine = Machine()
    applied, lines = apply(routed(*steps, people=(1, 4)), target, machine)
    assert machine.heard == ["free"]
    assert lines == [
        "1 case CASE-2",
        "2 skipped because of 1",
        "3 skipped because of 1",
        "4 case CASE-3",
        "5 done",
    ]
    assert applied.exit_code == 3
    assert open_cases(target) == [("CASE-2", "console", ()), ("CASE-3", "console", ("CASE-2",))]


def test_a_refusal_of_the_vendor(target: SqlTarget) -> None:
    steps = (planned(1, INVITE), planned(2, ASSIGN, 1), planned(3, SENIOR, 2), planned(4, FREE), planned(5, IMPOSSIBLE))
    machine = Machine({"invite": Carried("refused", "The domain is not allowed.")})
    applied, lines = apply(routed(*steps, people=(3, 5)), target, machine)
    assert machine.heard == ["invite", "free"]
    assert lines[:4] == [
        "1 failed The domain is not allowed.",
        "2 skipped because of 1",
        "3 skipped because of 1",
        "4 done",
    ]
    assert lines[4].startswith("5 failed STEP001: ")
    assert applied.exit_code == 1
    assert target.read().applied_declaration is None
    assert [(case.closed_as, case.evidence) for case in closed(target)] == [
        ("withdrawn", "The domain is not allowed."),
        ("seen", None),
    ]


def test_what_the_mirror_refuses_is_not_tried(target: SqlTarget) -> None:
    machine = Machine()
    _, lines = apply(routed(planned(1, ASSIGN)), target, machine)
    assert (machine.heard, lines[0][:18]) == ([], "1 failed STEP001: ")
    assert open_cases(target) == []


def test_an_unknown_result_is_asked_for_first_by_the_next_apply(target: SqlTarget) -> None:
    plan = routed(planned(1, INVITE), planned(2, ASSIGN, 1))
    applied, lines = apply(plan, target, Machine({"invite": Carried("unknown", "no answer in 30 seconds")}))
    assert lines == [
        "1 failed whether it was done is unknown, and the next apply asks first: no answer in 30 seconds",
        "2 skipped because of 1",
    ]
    assert (applied.exit_code, open_cases(target)) == (1, [("CASE-1", "api", ())])
    machine = Machine()
    applied, lines = apply(plan, target, machine)
    assert (machine.heard, lines) == (["invite again", "assign"], ["1 done", "2 done"])
    assert (applied.exit_code, open_cases(target)) == (0, [])


def test_nothing_else_is_tried_where_nobody_answers(target: SqlTarget) -> None:
    steps = (planned(1, FREE), planned(2, INVITE), planned(3, ASSIGN, 2), planned(4, SENIOR))
    machine = Machine({"free": Carried("refused", "nobody is signed in", stop=True)})
    applied, lines = apply(routed(*steps, people=(4,)), target, machine)
    assert machine.heard == ["free"]
    assert lines == [
        "1 failed nobody is signed in",
        "2 skipped not tried",
        "3 skipped because of 2",
        "4 case CASE-2",
    ]
    assert applied.exit_code == 1


def test_a_signal_stops_it_after_the_step(target: SqlTarget) -> None:
    signals = iter([None, None, 15])  # before the run, and before each step
    plan = routed(planned(1, FREE), planned(2, INVITE), planned(3, SENIOR), people=(3,))
    with pytest.raises(Interrupted) as caught:
        apply(plan, target, Machine(), lambda: next(signals))
    assert "1 of 3 steps are done or open as cases; the next apply does the rest" in str(caught.value)
    assert open_cases(target) == []
    machine = Machine()
    assert apply(routed(planned(1, INVITE)), target, machine)[1] == ["1 done"]
    assert machine.heard == ["invite"]


INVITING = "team design: invite new@acme.example (N O)"


def left_open(target: SqlTarget) -> None:
    """Leave a step open, of which it is unknown whether it was carried out."""
    apply(routed(planned(1, INVITE)), target, Machine({"invite": Carried("unknown", "reset")}))
    assert open_cases(target) == [("CASE-1", "api", ())]


@pytest.mark.parametrize(
    ("answer", "people", "code", "case", "told"),
    [
        (
            None,
            1,
            0,
            "seen",
            f"An earlier apply has carried out CASE-1 ({INVITING}), which is not planned any more; plan again.\n",
        ),
        (Carried("refused", "it is not there"), 0, 0, "withdrawn", ""),
        (
            Carried("unknown", "reset"),
            0,
            1,
            None,
            (
                f"It is still unknown whether CASE-1 was carried out ({INVITING}); the next apply asks again,"
                " `seatsync account withdraw CASE-1` gives it up.\n"
            ),
        ),
    ],
)
def test_an_earlier_step_that_is_not_planned_any_more(
    target: SqlTarget, answer: Carried | None, people: int, code: int, case: str | None, told: str
) -> None:
    left_open(target)
    machine = Machine({} if answer is None else {"invite?": answer})
    applied, lines = apply(routed(), target, machine)
    assert (machine.heard, lines, applied.exit_code) == (["invite?"], [], code)
    assert ("new@acme.example" in target.read().account.users) is bool(people)
    assert [each.closed_as for each in inquiries.cases(target, closed=True).items] == [case]
    assert [each.id for each in applied.unsettled] == (["CASE-1"] if case is None else [])
    assert ([each.id for each in applied.settled], applied.run) == ((["CASE-1"], 3) if case == "seen" else ([], None))
    assert earlier_lines(applied) == told


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (None, "1 done"),
        (Carried("refused", "it is not there"), "1 case CASE-2"),
        (
            Carried("unknown", "reset"),
            "1 failed whether it was done is unknown, and the next apply asks first: reset",
        ),
    ],
)
def test_an_earlier_step_that_people_are_to_do_now(target: SqlTarget, answer: Carried | None, line: str) -> None:
    left_open(target)
    machine = Machine({} if answer is None else {"invite?": answer})
    _, lines = apply(routed(planned(1, INVITE), people=(1,)), target, machine)
    assert (machine.heard, lines) == (["invite?"], [line])


def test_earlier_steps_are_asked_about_until_nobody_answers(target: SqlTarget) -> None:
    silent = Carried("unknown", "no answer", stop=True)
    apply(routed(planned(1, FREE)), target, Machine({"free": silent}))
    apply(routed(planned(1, INVITE)), target, Machine({"free?": Carried("unknown", "reset"), "invite": silent}))
    machine = Machine({"free?": silent})
    applied, lines = apply(routed(planned(1, INVITE), planned(2, ASSIGN, 1)), target, machine)
    assert lines == ["1 skipped not tried, because no answer", "2 skipped because of 1"]
    applied, lines = apply(routed(planned(1, INVITE), people=(1,)), target, machine)
    assert lines == ["1 failed whether it was done is unknown, and the next apply asks first: no answer"]
    assert machine.heard == ["free?", "free?"]
    assert ([each.id for each in applied.unsettled], applied.exit_code) == (["CASE-1"], 1)
    assert [name for name, *_ in open_cases(target)] == ["CASE-1", "CASE-2"]


def test_without_a_machine(target: SqlTarget) -> None:
    plan = routed(planned(1, FREE))
    with pytest.raises(SeatsyncError) as caught:
        apply_plan(plan, MirrorTarget(target, CLOCK), CLOCK, None, lambda _: None, lambda: None)
    assert "nothing here can carry out the plan's steps by API" in str(caught.value)
    left_open(target)
    empty = routed()._replace(serial=target.read().account.serial)
    apply_plan(empty, MirrorTarget(target, CLOCK), CLOCK, None, lambda _: None, lambda: None)
    assert open_cases(target) == [("CASE-1", "api", ())], "it stays open until somebody can ask"


def test_the_lock_is_kept_in_long_waits(target: SqlTarget) -> None:
    time = [1000.0]
    store = SqlTarget(target.place, now=lambda: time[0])
    taken = []

    def open_machine(keep: Callable[[], None]) -> Machine:
        for _ in range(3):
            time[0] += LEASE - 1
            keep()
            with pytest.raises(TargetProblem, match="has been changing this account"), store.session(ANA, CLOCK):
                taken.append(time[0])
        return Machine()

    plan = routed(planned(1, FREE))
    apply_plan(plan, MirrorTarget(store, CLOCK), CLOCK, None, lambda _: None, lambda: None, machine=open_machine)
    assert taken == []
