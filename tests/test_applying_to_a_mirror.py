"""Apply to a mirror of the real account: nothing is carried out, every step becomes a case."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import NOBODY, Change
from seatsync.applying.outcomes import Applied, StepOutcome
from seatsync.applying.running import apply_plan
from seatsync.clock import Clock
from seatsync.errors import Interrupted, SeatsyncError
from seatsync.planning.checks.access_checks import Covered
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.reporting import outcome_report
from seatsync.reporting.terminal import PLAIN
from seatsync.targets.sql import administration, inquiries
from seatsync.targets.sql.database import Place
from seatsync.targets.sql.session import SqlSession
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import Observed, State
from tests.targets.conformance import content
from tests.targets.sample import ANA, BUY, CLOCK, DEE, DESIGN, OLD, sample
from tests.targets.stores import FREE, RECORD, mirror
from tests.test_applying import plan_of, planned

DECLARED = '{"account":"acme"}'
INVITE = Step.make("user.invite", DESIGN, user="new@acme.example", first_name="N", last_name="O")
ASSIGN = Step.make("seat.assign", DESIGN, product="Maya", user="new@acme.example")
SUPPORT = Step.make("team.delete", OLD)
IMPOSSIBLE = Step.make("admin.change_primary", DESIGN, user=DEE)
SENIOR = Step.make("admin.assign_secondary", DESIGN, user=DEE)
ROUTES = {"self-service": "console", "form": "form", "support": "support", "purchase": "purchase"}


@pytest.fixture
def target(tmp_path: Path) -> SqlTarget:
    return mirror(tmp_path)


def in_portal(*steps: PlannedStep) -> Plan:
    return plan_of(*(step._replace(route=ROUTES[step.channel]) for step in steps))


def apply(
    plan: Plan, target: SqlTarget | Assuming, *, partly: bool = False, signal: int | None = None
) -> tuple[Applied, list[str]]:
    """Apply a plan; return the outcome, and its lines in the order in which they were reported."""
    told: list[StepOutcome] = []
    covered = Covered(DECLARED, {DESIGN: frozenset({ANA})}, partly=partly)
    applied = apply_plan(plan, target, CLOCK, covered, told.append, lambda: signal)  # type: ignore[arg-type]  # reading is not needed
    assert told == list(applied.outcomes)
    assert inquiries.verify(SqlTarget(target.place)).problem == ""
    return applied, [_line(outcome) for outcome in told]


def _line(outcome: StepOutcome) -> str:
    because = "" if outcome.waits_for is None else f" because of {outcome.waits_for}"
    return f"{outcome.id} {outcome.status} {outcome.detail}".rstrip() + because


PLAN = in_portal(planned(1, FREE), planned(2, INVITE), planned(3, ASSIGN, 2), planned(4, BUY), planned(5, SUPPORT))


def test_every_step_becomes_a_case(target: SqlTarget) -> None:
    applied, lines = apply(PLAN, target)
    assert lines == ["1 case CASE-1", "2 case CASE-2", "3 case CASE-3", "4 case CASE-4", "5 case CASE-5"]
    assert (applied.exit_code, applied.serial, applied.run, applied.mirror) == (3, 1, 2, True)
    state = target.read()
    assert content(state.account) == content(sample())
    assert [case.step for case in state.cases] == [FREE, INVITE, ASSIGN, BUY, SUPPORT]
    assert [case.route for case in state.cases] == ["console", "console", "console", "purchase", "support"]
    assert [case.needs for case in state.cases] == [(), (), ("CASE-2",), (), ()]
    assert [case.people for case in state.cases] == [planned.performers for planned in PLAN.steps]
    assert state.applied_declaration == DECLARED


def test_open_ones_wait_without_a_new_run(target: SqlTarget) -> None:
    apply(PLAN, target)
    again = PLAN._replace(steps=tuple(each._replace(case=f"CASE-{each.id}") for each in PLAN.steps))
    applied, lines = apply(again, target)
    assert lines == ["1 waits CASE-1", "2 waits CASE-2", "3 waits CASE-3", "4 waits CASE-4", "5 waits CASE-5"]
    assert (applied.exit_code, applied.run) == (3, None)
    assert len(target.read().cases) == len(PLAN.steps)


def test_a_plan_from_before_a_case_was_opened(target: SqlTarget) -> None:
    """Opening a case does not make a plan stale: what another run opened meanwhile is not opened twice."""
    apply(in_portal(planned(1, FREE)), target)
    applied, lines = apply(in_portal(planned(1, INVITE), planned(2, FREE)), target)
    assert lines == ["1 case CASE-2", "2 waits CASE-1"]
    assert applied.run == 3


def test_a_refusal_leaves_the_rest(target: SqlTarget) -> None:
    wrong = (planned(1, IMPOSSIBLE), planned(2, SENIOR, 1), planned(3, FREE), planned(4, ASSIGN), planned(5, BUY, 2, 3))
    applied, lines = apply(in_portal(*wrong), target)
    assert lines[0].startswith("1 failed STEP001: ")
    assert lines[1:3] == ["2 skipped because of 1", "3 case CASE-1"]
    assert lines[3].startswith("4 failed STEP001: ")
    assert lines[4] == "5 skipped because of 1"
    assert applied.exit_code == 1
    state = target.read()
    assert [case.step for case in state.cases] == [FREE]
    assert state.applied_declaration is None


def test_an_empty_plan_is_recorded_as_applied(target: SqlTarget) -> None:
    applied, _ = apply(in_portal(), target)
    assert (applied.exit_code, applied.outcomes, applied.run) == (0, (), None)
    assert target.read().applied_declaration == DECLARED


def test_a_signal_stops_it_before_the_first_case(target: SqlTarget) -> None:
    with pytest.raises(Interrupted) as caught:
        apply(PLAN, target, signal=15)
    assert "0 of 5 cases are open; the next apply opens the rest" in str(caught.value)
    assert target.read().cases == ()


def test_the_changes_of_confirmed_cases_are_its_own(target: SqlTarget) -> None:
    apply(PLAN, target)
    administration.confirm(target, ["CASE-1", "CASE-2"], None, CLOCK)
    assert target.own_changes(1) == {2, 3}


def test_its_last_lines(target: SqlTarget) -> None:
    applied, _ = apply(PLAN, target)
    steps = {planned.id: planned for planned in PLAN.steps}
    assert outcome_report.last_line(applied, steps, PLAIN) == (
        "Apply: 0 steps done, 5 wait for people. The account is at serial 1 (run 2).\n"
        "`seatsync status` lists the open cases; `seatsync refresh` or `seatsync account confirm` closes them.\n"
    )


@dataclass
class Assuming:
    """A mirror whose holders of Maya are only assumed, until an apply records that nobody holds it."""

    store: SqlTarget
    told: list[Collection[str] | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.store.url

    @property
    def place(self) -> Place:
        return self.store.place

    @contextmanager
    def session(self, actor: str | None, clock: Clock) -> Iterator[_Session]:
        with self.store.session(actor, clock) as session:
            more = _Session(session.database, session.lock, session.actor, session.clock)
            more.told = self.told
            yield more


class _Session(SqlSession):
    told: list[Collection[str] | None]

    def take_over(self, teams: Collection[str] | None) -> int:
        self.told.append(teams)
        rows = (Change("team_seat", ("design", "Maya", DEE), (), None),)
        step = Step.make("seat.unassign", DESIGN, product="Maya", user=DEE)
        return self.observe([Observed(step, rows, "assumed as declared")], RECORD, {}, {})


@pytest.mark.parametrize(("partly", "teams"), [(False, None), (True, ["design"])])
def test_assumed_facts_are_taken_over_before_the_first_case(
    target: SqlTarget, *, partly: bool, teams: list[str] | None
) -> None:
    assuming = Assuming(target)
    back = Step.make("seat.assign", DESIGN, product="Maya", user=DEE)
    applied, lines = apply(in_portal(planned(1, back)), assuming, partly=partly)
    assert (lines, applied.serial, assuming.told) == (["1 case CASE-1"], 2, [teams])
    state = target.read()
    assert state.account.teams["design"].seats.get("Maya", NOBODY) == set()
    assert target.own_changes(1) == {2}
    assert target.outside()[-1].serial == 1


@dataclass
class Limited:
    """A mirror whose sessions can do nothing but read."""

    store: SqlTarget

    @property
    def url(self) -> str:
        return self.store.url

    @contextmanager
    def session(self, *_: object) -> Iterator[Limited]:
        yield self

    def state(self) -> State:
        return self.store.read()


def test_a_session_that_cannot_open_cases(target: SqlTarget) -> None:
    with pytest.raises(SeatsyncError) as caught:
        apply_plan(PLAN, Limited(target), CLOCK, None, lambda _: None, lambda: None)  # type: ignore[arg-type]
    assert "a mirror of the real account whose session cannot open cases" in str(caught.value)
