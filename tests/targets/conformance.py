"""Conformance suite for targets. Tests of a plug-in subclass `ReadingConformance` or `TargetConformance`.

    class TestMine(TargetConformance):
        capabilities = (Journal,)

        def make(self, account, folder):
            return a target that holds this account

`make` is given an empty folder and returns a target that holds the account; lineage and serial may be its own.
`capabilities` lists the optional protocols that the target or its sessions implement; tests of others are skipped.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.engine import Refused, perform
from seatsync.account.history import PORTAL
from seatsync.account.model import Account, Scope
from seatsync.account.usage import Usage, UsageFile, UsageSource
from seatsync.errors import TargetProblem
from seatsync.targets.target import (
    Chained,
    Journal,
    KeepsUsage,
    KnowsFirstChange,
    LastApplied,
    OutsideChanges,
    OwnChanges,
    RecordsUsage,
    RunCases,
    Target,
    TracksPeople,
    Undoable,
)
from tests.targets.sample import BEN, BUY, BY_PEOPLE, CLOCK, DEE, DESIGN, GUS, SELF_SERVICE, sample

OPTIONAL: tuple[type, ...] = (
    Journal,
    Undoable,
    RunCases,
    LastApplied,
    OwnChanges,
    TracksPeople,
    Chained,
    OutsideChanges,
    KeepsUsage,
    KnowsFirstChange,
    RecordsUsage,
)
ROUTES = {"account", "api", "csv", "scim", "console", "form", "support", "purchase"}
REFUSED = Step.make("admin.change_primary", DESIGN, user=DEE)
FREE, TAKE = (
    Step.make("seat.unassign", DESIGN, product="Maya", user=DEE),
    Step.make("seat.assign", DESIGN, product="Maya", user=GUS),
)


def title(step: Step) -> str:
    return f"{step.action}-{step.scope.kind}"


def content(account: Account) -> tuple[object, ...]:
    """Return the content of an account, without lineage and serial."""
    return (account.users, account.teams, account.subscriptions, account.contracts)


def after(account: Account, *steps: Step) -> Account:
    """Return an account after steps, by the engine."""
    account = account.copy()
    for step in steps:
        answer = perform(account, step, CLOCK)
        assert not isinstance(answer, Refused), answer.message
    return account


class ReadingConformance:
    """Tests for targets that can be read. `writable`: True if `session` can be used."""

    writable = False

    def make(self, account: Account, folder: Path) -> Target:
        raise NotImplementedError

    @pytest.fixture
    def target(self, tmp_path: Path) -> Target:
        return self.make(sample(), tmp_path)

    def test_it_reads_the_whole_account(self, target: Target) -> None:
        state = target.read()
        assert content(state.account) == content(sample())
        assert state.account.name == sample().name
        assert (state.cases, state.applied_declaration, state.applied_policy) == ((), None, None)

    def test_it_reads_the_same_twice(self, target: Target) -> None:
        assert target.read() == target.read()

    def test_it_reads_an_empty_account(self, tmp_path: Path) -> None:
        assert content(self.make(Account("acme"), tmp_path).read().account) == ({}, {}, {}, {})

    def test_it_has_a_route_for_every_action(self, target: Target) -> None:
        for name, action in ACTIONS.items():
            route = target.route(Step(name, DESIGN))
            assert route in ROUTES
            assert (route == action.channel) == (action.channel != "self-service")

    def test_a_read_only_target_refuses_sessions(self, target: Target) -> None:
        if not self.writable:
            with pytest.raises(TargetProblem) as caught, target.session(None, CLOCK):
                pass
            assert target.url in str(caught.value)
            assert "\n" not in str(caught.value)


class TargetConformance(ReadingConformance):
    """Tests for targets that can be changed."""

    writable = True
    capabilities: tuple[type, ...] = ()

    def test_it_has_the_capabilities_that_are_listed(self, target: Target) -> None:
        """A capability whose method is misnamed or missing would otherwise be skipped below."""
        with target.session(None, CLOCK) as session:
            found = [each for each in OPTIONAL if isinstance(target, each) or isinstance(session, each)]
            both = [each for each in (Journal, Chained) if isinstance(target, each) != isinstance(session, each)]
        assert {each.__name__ for each in found} == {each.__name__ for each in self.capabilities}
        assert both == [], "implemented by only one of target and session"

    @pytest.mark.parametrize("step", [*SELF_SERVICE, *BY_PEOPLE], ids=title)
    def test_it_does_every_action(self, target: Target, step: Step) -> None:
        before = target.read().account
        with target.session(None, CLOCK) as session:
            (outcome,) = session.perform([(step, False)])
            inside = session.state().account
        assert (outcome.status, outcome.detail) == ("done", "")
        found = target.read().account
        assert content(found) == content(after(before, step)) == content(inside)

    @pytest.mark.parametrize("step", SELF_SERVICE, ids=title)
    def test_it_takes_a_step_only_once(self, target: Target, step: Step) -> None:
        with target.session(None, CLOCK) as session:
            session.perform([(step, False)])
            between = session.state()
            (again,) = session.perform([(step, False)])
        assert again.status == "refused"
        assert again.detail.startswith("STEP001: ")
        assert target.read() == between

    def test_its_serial_grows_by_one_with_every_step(self, target: Target) -> None:
        before = target.read().account.serial
        assert before is not None
        with target.session(None, CLOCK) as session:
            assert session.state().account.serial == before
            outcomes = session.perform([(FREE, False), (TAKE, False)])
            outcomes += session.perform([(Step.make("group.delete", DESIGN, group="empty"), False)])
        assert [outcome.serial for outcome in outcomes] == [before + 1, before + 2, before + 3]
        assert target.read().account.serial == before + 3

    def test_steps_before_a_refusal_are_saved_and_the_batch_stops_there(self, target: Target) -> None:
        before = target.read().account
        with target.session(None, CLOCK) as session:
            outcomes = session.perform([(FREE, False), (REFUSED, False), (TAKE, False)])
        assert [outcome.status for outcome in outcomes] == ["done", "refused"]
        assert content(target.read().account) == content(after(before, FREE))

    def test_a_session_continues_after_a_refusal(self, target: Target) -> None:
        before = target.read().account
        with target.session(None, CLOCK) as session:
            assert [outcome.status for outcome in session.perform([(REFUSED, False)])] == ["refused"]
            assert [outcome.status for outcome in session.perform([(TAKE, False)])] == ["done"]
        assert content(target.read().account) == content(after(before, TAKE))

    def test_an_empty_batch_changes_nothing(self, target: Target) -> None:
        before = target.read()
        with target.session(None, CLOCK) as session:
            assert session.perform([]) == []
        assert target.read() == before

    @pytest.mark.parametrize("step", BY_PEOPLE, ids=title)
    def test_it_records_a_case_and_changes_nothing(self, target: Target, step: Step) -> None:
        before = target.read()
        with target.session("ben@ACME.example", CLOCK) as session:
            (outcome,) = session.perform([(step, True)])
            assert [case.id for case in session.state().cases] == [outcome.detail]
        found = target.read()
        assert outcome.status == "case"
        assert found.account == before.account
        (case,) = found.cases
        assert (case.id, case.step, case.opened_at, case.closed_at) == (outcome.detail, step, CLOCK.stamp, None)
        assert case.opened_by == "ben@ACME.example"

    def test_it_opens_no_case_twice(self, target: Target) -> None:
        upper = Step.make("contract_manager.transfer", DESIGN, user="BEN@acme.example", subscription="574-1")
        first, other = BY_PEOPLE[1], BY_PEOPLE[3]
        with target.session(None, CLOCK) as session:
            outcomes = session.perform([(first, True), (other, True), (upper, True)])
        with target.session(None, CLOCK) as session:
            outcomes += session.perform([(other, True)])
        ids = [outcome.detail for outcome in outcomes]
        assert len(set(ids)) == 2
        assert ids == [ids[0], ids[1], ids[0], ids[1]]
        assert [case.id for case in target.read().cases] == ids[:2]

    def test_it_refuses_a_case_that_could_not_be_done(self, target: Target) -> None:
        impossible = Step.make("team.delete", DESIGN)
        with target.session(None, CLOCK) as session:
            (outcome,) = session.perform([(impossible, True)])
        assert outcome.status == "refused"
        assert target.read().cases == ()

    def test_it_does_no_purchase(self, target: Target) -> None:
        before = target.read()
        with target.session(None, CLOCK) as session:
            (outcome,) = session.perform([(BUY, False)])
        assert outcome.status == "refused"
        assert target.read() == before

    def test_it_lets_only_those_act_who_may(self, target: Target) -> None:
        before = target.read()
        with target.session(DEE, CLOCK) as session:
            (outcome,) = session.perform([(FREE, False)])
        assert outcome.status == "refused"
        assert outcome.detail.startswith("ACCESS001: ")
        assert target.read() == before
        with target.session("BEN@acme.example", CLOCK) as session:
            (outcome,) = session.perform([(FREE, False)])
        assert outcome.status == "done"

    def test_one_at_a_time(self, target: Target) -> None:
        with target.session(BEN, CLOCK) as session:
            with pytest.raises(TargetProblem) as caught, target.session(None, CLOCK):
                pass
            assert BEN in str(caught.value)
            assert session.perform([(FREE, False)])[0].status == "done"
        with target.session(None, CLOCK) as session:
            assert session.perform([(TAKE, False)])[0].status == "done"

    def test_the_lock_is_given_back_after_an_error(self, target: Target) -> None:
        with pytest.raises(ZeroDivisionError), target.session(None, CLOCK):
            raise ZeroDivisionError
        with target.session(None, CLOCK) as session:
            assert session.perform([(FREE, False)])[0].status == "done"

    def test_it_can_be_read_while_it_is_locked(self, target: Target) -> None:
        before = target.read().account
        with target.session(None, CLOCK) as session:
            session.perform([(FREE, False)])
            assert content(target.read().account) == content(after(before, FREE))

    def test_the_state_under_the_lock_stays_as_it_was(self, target: Target) -> None:
        with target.session(None, CLOCK) as session:
            state = session.state()
            session.perform([(FREE, False)])
            assert content(state.account) == content(sample())

    def test_its_journal_has_every_change(self, target: Target) -> None:
        """Skipped unless the target has a journal."""
        if not isinstance(target, Journal):
            pytest.skip("no journal")
        if isinstance(target, KnowsFirstChange):
            assert target.first_change() == target.journal(0)[0].at
        began = target.read().account.serial
        assert began is not None
        with target.session(BEN, CLOCK) as session:
            assert isinstance(session, Journal)
            session.perform([(FREE, False), (TAKE, False)])
            inside = session.journal(began)
        with target.session(None, CLOCK) as session:
            session.perform([(BY_PEOPLE[0], False)])
        found = target.journal(began)
        assert found[:2] == inside
        assert [(each.serial, each.actor, each.step) for each in found] == [
            (began + 1, BEN, FREE),
            (began + 2, BEN, TAKE),
            (began + 3, None, BY_PEOPLE[0]),
        ]
        assert found[0].run == found[1].run != found[2].run
        assert {each.at for each in found} == {CLOCK.stamp}
        assert target.journal(began + 2) == found[2:]
        again = target.read().account
        for each in reversed(found):
            again.undo(each.rows)
        assert content(again) == content(sample())

    def test_undo_restores_what_was_applied_before_a_run(self, target: Target) -> None:
        """Skipped unless runs can be undone."""
        runs = []
        for number, step in enumerate((FREE, TAKE), 1):
            with target.session(None, CLOCK) as session:
                if not isinstance(session, Undoable):
                    pytest.skip("no undo")
                session.perform([(step, False)])
                session.applied(f'{{"users":{{"{number}":{{}}}}}}', f'{{"max_removals":{number}}}', "")
                runs.append(session.run)

        def undone(run: int) -> tuple[str | None, str | None]:
            with target.session(None, CLOCK) as session:
                assert isinstance(session, Undoable)
                session.undone(run)
            state = target.read()
            return state.applied_declaration, state.applied_policy

        assert undone(runs[0]) == ('{"users":{"2":{}}}', '{"max_removals":2}')  # not what that run applied: left alone
        assert undone(runs[1]) == ('{"users":{"1":{}}}', '{"max_removals":1}')
        assert undone(runs[0]) == (None, None)
        assert undone(runs[0]) == (None, None)

    def test_cases_of_a_run(self, target: Target) -> None:
        """Skipped unless the target has the cases of a run."""
        with target.session(None, CLOCK) as session:
            if not isinstance(session, Undoable) or not isinstance(target, RunCases):
                pytest.skip("no runs")
            (outcome,) = session.perform([(BY_PEOPLE[0], True)])
            run = session.run
        assert [case.id for case in target.opened(run)] == [outcome.detail]
        assert target.opened(run + 1) == []

    def test_people_are_tracked_until_they_leave(self, target: Target) -> None:
        """Skipped unless sessions track people."""
        new, gone, renamed = "new@acme.example", "gone@acme.example", "newer@acme.example"
        studio = Scope("team", "studio")
        people = [Step.make("user.invite", DESIGN, user=user, first_name="N", last_name="O") for user in (new, gone)]
        with target.session(None, CLOCK) as session:
            if not isinstance(session, TracksPeople):
                pytest.skip("no tracked people")
            session.covers({DESIGN: frozenset({new, gone})})
            session.covers({DESIGN: frozenset({new})})
            tracked = session.state().tracked
            assert tracked is not None
            assert {new, gone} <= tracked[DESIGN]
            session.perform([(step, False) for step in people])
            session.perform([(Step.make("user.remove", DESIGN, user=gone), False)])
            session.perform([(Step.make("user.invite", DESIGN, user=gone, first_name="N", last_name="O"), False)])
            assert {new, gone} <= tracked[DESIGN]  # a state stays as it was
        with target.session(None, CLOCK) as session:
            session.perform([(Step.make("team.rename", DESIGN, to="studio"), False)])
        tracked = target.read().tracked
        assert tracked is not None
        assert DESIGN not in tracked
        assert new in tracked[studio]
        assert gone not in tracked[studio]
        assert renamed not in tracked[studio]

    def test_own_changes_are_distinguished_from_others(self, target: Target) -> None:
        """Skipped unless the target distinguishes its own changes."""
        if not isinstance(target, OwnChanges):
            pytest.skip("no own changes")
        began = target.read().account.serial
        assert began is not None
        with target.session(None, CLOCK) as session:
            session.perform([(FREE, False)])
        with target.session(None, CLOCK) as session:
            assert isinstance(session, TracksPeople)
            session.covers({})
            session.perform([(TAKE, False)])
        assert target.own_changes(0) == {began + 2}
        assert target.own_changes(began + 2) == frozenset()

    def test_changes_in_the_portal_are_recorded(self, target: Target) -> None:
        """Skipped unless the target has a journal. Permissions are not checked."""
        if not isinstance(target, Journal):
            pytest.skip("no journal")
        began = target.read().account.serial
        assert began is not None
        with target.session(PORTAL, CLOCK) as session:
            assert [outcome.status for outcome in session.perform([(FREE, False)])] == ["done"]
        (entry,) = target.journal(began)
        assert entry.actor == PORTAL

    def test_changes_in_the_portal_are_distinguished(self, target: Target) -> None:
        """Skipped unless the target distinguishes changes in the portal."""
        if not isinstance(target, OutsideChanges):
            pytest.skip("no outside changes")
        for actor, step in ((PORTAL, FREE), (None, TAKE)):
            with target.session(actor, CLOCK) as session:
                session.perform([(step, False)])
        assert [(entry.actor, entry.step) for entry in target.outside()] == [(PORTAL, FREE)]

    def test_its_log_had_every_head(self, target: Target) -> None:
        """Skipped unless the log is a chain of hashes."""
        if not isinstance(target, Chained):
            pytest.skip("no chain")
        first = target.read()
        with target.session(None, CLOCK) as session:
            session.perform([(FREE, False)])
            assert isinstance(session, Chained)
            second = session.state()
            for state in (first, second):
                assert state.account.serial is not None
                assert state.head is not None
                assert session.had_head(state.account.serial, state.head)
                assert target.had_head(state.account.serial, state.head)
                assert not target.had_head(state.account.serial + 1, state.head)
        assert first.head != second.head == target.read().head

    def test_changes_after_the_last_apply_are_known(self, target: Target) -> None:
        """Skipped unless the target records when it was applied to."""
        if not isinstance(target, LastApplied):
            pytest.skip("no last apply")
        began = target.read().account.serial
        assert began is not None
        assert target.after_apply() is None
        with target.session(None, CLOCK) as session:
            session.perform([(FREE, False), (BY_PEOPLE[0], True)])
            session.applied("{}", "{}", "")
        (case,) = target.read().cases
        with target.session(None, CLOCK) as session:
            session.perform([(TAKE, False), (BY_PEOPLE[1], True)])
        assert target.after_apply() == (began + 1, [case])

    def test_it_records_what_was_applied(self, target: Target) -> None:
        before = target.read().account
        with target.session(None, CLOCK) as session:
            session.note("guards allowed: GUARD002")
            session.applied('{"teams":{}}', "{}", "")
            session.applied('{"users":{"jürgen@acme.example":{}}}', '{"prune":["seats"]}', "GUARD001.seats=3")
        state = target.read()
        assert state.applied_declaration == '{"users":{"jürgen@acme.example":{}}}'
        assert state.applied_policy == '{"prune":["seats"]}'
        assert state.account == before

    def test_it_records_usage_once(self, target: Target) -> None:
        """Skipped unless the target keeps usage."""
        if not isinstance(target, KeepsUsage):
            pytest.skip("no usage")
        source = UsageSource("usage.csv", "0a", "usage", "2026-06-10", "2026-06-01", "2026-06-02", ("design",), 2)
        file = UsageFile(source, {("2026-06", "design", "AutoCAD", GUS): {1: None, 2: Decimal("0.5")}}, {})
        before = target.read().account
        assert target.read_usage() == Usage()
        for days in (2, 0):
            with target.session(None, CLOCK) as session:
                assert isinstance(session, RecordsUsage)
                assert session.record_usage([file], "2025-05").days == days
            (month,) = target.read_usage().months
            assert (month.days, month.last, month.tokens) == (2, "2026-06-02", Decimal("0.5"))
            assert target.read_usage().sources == (source,)
        assert target.read().account == before
