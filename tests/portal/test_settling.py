"""Steps that a machine carries out, in a mirror: begun before the machine may act, settled by what was read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.engine import Refused, attempt
from seatsync.account.model import Change
from seatsync.commands.shared.earlier_runs import run_to_undo
from seatsync.errors import TargetProblem
from seatsync.portal.knowledge import Knowledge, after_machine, is_just_written
from seatsync.portal.mirror_target import AssumingSession, MirrorTarget
from seatsync.reporting import account_report
from seatsync.reporting.terminal import PLAIN
from seatsync.targets.machine import Carried, SettlesSteps
from seatsync.targets.sql import inquiries
from seatsync.targets.sql.run_records import read_runs
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import CaseRequest, Outcome
from tests.targets.conformance import after, content
from tests.targets.sample import ANA, CLOCK, DESIGN, GUS, sample
from tests.targets.stores import FREE, mirror
from tests.targets.test_mirror_store import ASSIGN, FREED, INVITE, sound

NEW = "new@acme.example"
ORIGIN = "team-admin:/teams/100001/assignments"
AT = "2026-06-15T12:00:30Z"
"""Half a minute after the clock of the run."""
EXTERNAL = Step.make("member.make_external", DESIGN, user=NEW)


@pytest.fixture
def target(tmp_path: Path) -> SqlTarget:
    return mirror(tmp_path)


def run(target: SqlTarget, *calls: Callable[[AssumingSession], Outcome]) -> list[Outcome]:
    """Make calls in one run of seatsync, and return the outcomes."""
    with MirrorTarget(target, CLOCK).session(ANA, CLOCK) as session:
        assert isinstance(session, SettlesSteps)
        session.covers({})
        return [call(session) for call in calls]


def begin(step: Step, needs: tuple[int, ...] = ()) -> Callable[[AssumingSession], Outcome]:
    return lambda session: session.begin(CaseRequest(7, step, "api", needs=needs))


def settle(carried: Carried, case: str = "CASE-1") -> Callable[[AssumingSession], Outcome]:
    return lambda session: session.settle(case, carried)


def rows_of(step: Step) -> tuple[Change, ...]:
    rows = attempt(sample(), step, CLOCK)
    assert not isinstance(rows, Refused)
    return rows


def done(*changes: tuple[Step, tuple[Change, ...]]) -> Carried:
    return Carried("done", changes=changes, origin=ORIGIN, at=AT)


def known(target: SqlTarget) -> Knowledge:
    return Knowledge.from_text(sound(target).mirror or "")


def test_a_step_is_on_record_before_it_is_carried_out(target: SqlTarget) -> None:
    before = content(target.read().account)
    assert run(target, begin(FREE, needs=(3,))) == [Outcome("case", "CASE-1", 1)]
    state = sound(target)
    (case,) = state.cases
    assert (case.step, case.route, case.people, case.needs, case.opened_by) == (FREE, "api", (), (), ANA)
    assert content(state.account) == before
    assert run(target, begin(FREE)) == [Outcome("case", "CASE-1", 1)], "the next run finds it again"


def test_what_the_mirror_does_not_allow_is_not_begun(target: SqlTarget) -> None:
    (outcome,) = run(target, begin(ASSIGN))
    assert (outcome.status, outcome.detail[:9]) == ("refused", "STEP001: ")
    assert sound(target).cases == ()


def test_done(target: SqlTarget) -> None:
    assert run(target, begin(FREE), settle(done((FREE, (FREED,))))) == [
        Outcome("case", "CASE-1", 1),
        Outcome("done", "", 2),
    ]
    state = sound(target)
    assert content(state.account) == content(after(sample(), FREE))
    assert state.cases == state.confirmed == ()
    (case,) = inquiries.cases(target, closed=True).items
    assert (case.closed_as, case.closed_by, case.seen_in, case.closed_at) == ("seen", ANA, ORIGIN, CLOCK.stamp)
    (entry,) = target.journal(1)
    assert (entry.actor, entry.step, entry.rows, entry.origin, entry.case) == (ANA, FREE, (FREED,), ORIGIN, "CASE-1")
    assert target.own_changes(1) == {2}
    assert [each.serial for each in target.outside()] == [1], "the load of the account, and nothing since"
    lines = account_report.log(inquiries.log(target).items, PLAIN).splitlines()
    assert any(line.endswith(f"(serial 2, {ORIGIN})") for line in lines)
    assert lines[-1].endswith(f"CASE-1 closed, seen in {ORIGIN}")


def test_its_run_is_an_apply_that_can_be_undone(target: SqlTarget) -> None:
    refused = Step.make("seat.assign", DESIGN, product="Maya", user=GUS)
    run(
        target,
        begin(FREE),
        settle(done((FREE, (FREED,)))),
        begin(refused),
        settle(Carried("refused", "answered 422: No seat is available."), "CASE-2"),
    )
    with target.reading() as database:
        *_, last = read_runs(database)
    assert (last.kind, [entry.step for entry in last.entries]) == ("apply", [FREE])
    undo = run_to_undo(target, target.read(), str(last.number))
    assert [entry.serial for entry in undo.entries] == [2]


def test_more_than_was_asked_for(target: SqlTarget) -> None:
    """A team's own rules can make an external person of somebody who is invited."""
    external = Change("team_admin", ("design", NEW), None, ("external",))
    run(target, begin(INVITE), settle(done((INVITE, rows_of(INVITE)), (EXTERNAL, (external,)))))
    state = sound(target)
    assert content(state.account) == content(after(sample(), INVITE, EXTERNAL))
    assert [entry.case for entry in target.journal(1)] == ["CASE-1", "CASE-1"]
    assert known(target).serial == 3


def test_done_by_others_before(target: SqlTarget) -> None:
    """Nothing is left to record, but the case ends."""
    assert run(target, begin(FREE), settle(done())) == [Outcome("case", "CASE-1", 1), Outcome("done", "", 1)]
    assert sound(target).cases == ()


def test_refused(target: SqlTarget) -> None:
    before = target.read()
    words = "answered 422: No seat of AutoCAD is available."
    assert run(target, begin(FREE), settle(Carried("refused", words)))[1] == Outcome("refused", words, 1)
    state = sound(target)
    assert (state.account, state.cases, state.mirror) == (before.account, (), before.mirror)
    (case,) = inquiries.cases(target, closed=True).items
    assert (case.closed_as, case.evidence, case.closed_by) == ("withdrawn", words, ANA)


def test_unknown(target: SqlTarget) -> None:
    before = target.read()
    assert run(target, begin(FREE), settle(Carried("unknown", "cannot be reached")))[1] == Outcome("case", "CASE-1", 1)
    state = sound(target)
    assert (state.account, state.mirror) == (before.account, before.mirror)
    assert [case.id for case in state.cases] == ["CASE-1"]
    later = run(target, begin(FREE), settle(done((FREE, (FREED,)))))
    assert later == [Outcome("case", "CASE-1", 1), Outcome("done", "", 2)]


def test_a_case_ends_once(target: SqlTarget) -> None:
    run(target, begin(FREE), settle(done((FREE, (FREED,)))))
    refused = Carried("refused", "no")
    with pytest.raises(TargetProblem, match="there is no open case CASE-1"):
        run(target, settle(refused))
    with pytest.raises(TargetProblem, match="CASE-1 is neither open nor confirmed"):
        run(target, settle(done()))
    with pytest.raises(TargetProblem, match="there is no open case CASE-9"):
        run(target, settle(refused, "CASE-9"))


def test_rows_that_do_not_fit_leave_the_case_open(target: SqlTarget) -> None:
    run(target, begin(FREE))
    twice = done((FREE, (FREED,)), (FREE, (FREED,)))
    with pytest.raises(TargetProblem, match="nothing was recorded"):
        run(target, settle(twice))
    assert [case.id for case in sound(target).cases] == ["CASE-1"]


class TestWritten:
    """What was written is known for as long as lists of the API may lag."""

    def test_pairs_and_the_act(self, target: SqlTarget) -> None:
        run(target, begin(FREE), settle(done((FREE, (FREED,)))))
        knowledge = known(target)
        assert knowledge.written == {("design", "AutoCAD", GUS): AT}
        assert knowledge.is_direct("design", "AutoCAD", GUS) is None
        assert knowledge.acts == {"design": AT}, "a source from before the answer does not show it"
        assert knowledge.serial == sound(target).account.serial

    def test_each_for_ten_minutes(self) -> None:
        invited, freed = ((INVITE, rows_of(INVITE)),), ((FREE, (FREED,)),)
        first = after_machine(Knowledge(), invited, sample(), "2026-06-15T12:00:00Z")
        assert first.written == {("design", NEW): "2026-06-15T12:00:00Z"}
        second = after_machine(first, freed, sample(), "2026-06-15T12:09:59Z")
        assert [*second.written] == [("design", NEW), ("design", "AutoCAD", GUS)]
        third = after_machine(second, freed, sample(), "2026-06-15T12:10:00Z")
        assert third.written == {("design", "AutoCAD", GUS): "2026-06-15T12:10:00Z"}

    def test_a_clock_that_was_put_back(self) -> None:
        assert not is_just_written("2027-06-15T12:00:00Z", "2026-06-15T12:00:00Z")
        assert is_just_written("2026-06-15T12:00:01Z", "2026-06-15T12:00:00Z")

    def test_how_a_seat_is_held(self, target: SqlTarget) -> None:
        step = Step.make("seat.assign", DESIGN, product="Maya", user=GUS)
        run(target, begin(step), settle(done((step, rows_of(step)))))
        assert known(target).is_direct("design", "Maya", GUS) is True
