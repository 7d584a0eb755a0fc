"""Cases of a mirror of the real account that people confirm or withdraw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.account.orders import Order
from seatsync.commands.shared.earlier_runs import run_to_undo
from seatsync.errors import TargetProblem, WrongUsage
from seatsync.reporting import account_report
from seatsync.reporting.terminal import PLAIN
from seatsync.targets.sql import administration, inquiries
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import Case, CaseRequest, Observed, needed_first
from tests.targets.conformance import after, content
from tests.targets.sample import ANA, BEN, BUY, BY_PEOPLE, CLOCK, DESIGN, FAY, SELF_SERVICE, sample
from tests.targets.stores import EXPORT, FREE, RECORD, mirror, one_line
from tests.targets.test_mirror_store import ASSIGN, FREED, INVITE, ONLY, ask, look, sound

OTHERS = (
    BUY,
    Step.make("user.redirect_invitation", WHOLE_ACCOUNT, user=FAY, to="fay.new@acme.example"),
    Step.make(
        "purchase.renewal",
        DESIGN,
        subscription="574-1",
        now=Facts((("ends", "2026-12-31"),)),
        wanted=Facts((("ends", "2027-12-31"),)),
    ),
    Step.make(
        "purchase.subscription",
        DESIGN,
        subscription="574-9",
        now=None,
        wanted=Facts(
            (
                ("product", "Revit"),
                ("offering", "single-user"),
                ("seats", 2),
                ("channel", "store"),
                ("contract_manager", ANA),
                ("starts", "2026-06-15"),
                ("ends", "2027-06-14"),
            )
        ),
    ),
    Step.make(
        "purchase.contract",
        Scope("contract", "330003"),
        now=None,
        wanted=Facts((("contract_manager", ANA), ("license_type", "perpetual"), ("channel", "store"))),
    ),
)


@pytest.fixture
def target(folder: Path) -> SqlTarget:
    return mirror(folder)


class TestConfirm:
    @pytest.mark.parametrize("step", [*SELF_SERVICE, *BY_PEOPLE, *OTHERS], ids=lambda step: step.action)
    def test_every_action(self, tmp_path: Path, step: Step) -> None:
        target = mirror(tmp_path)
        ask(target, CaseRequest(1, step, "console"))
        (done,) = administration.confirm(target, None, "ticket 7", CLOCK, ANA)
        assert (done.status, done.detail) == ("done", "serial 2")
        assert content(sound(target).account) == content(after(sample(), step))
        (case,) = inquiries.cases(target, closed=True).items
        assert (case.closed_as, case.closed_by, case.evidence) == ("confirmed", ANA, "ticket 7")
        assert inquiries.mails(target).items == ()

    def test_the_list_has_every_action(self) -> None:
        assert {step.action for step in (*SELF_SERVICE, *BY_PEOPLE, *OTHERS)} == ACTIONS.keys()

    def test_what_a_case_needs_comes_first(self, target: SqlTarget) -> None:
        requests = (CaseRequest(1, INVITE, "csv"), CaseRequest(2, ASSIGN, "csv", (), (1,)))
        ask(target, *requests)
        (refused,) = administration.confirm(target, ["CASE-2"], None, CLOCK)
        assert (refused.status, refused.detail) == ("refused", "confirm CASE-1 first")
        assert [case.id for case in sound(target).cases] == ["CASE-1", "CASE-2"]
        both = administration.confirm(target, ["CASE-2", "CASE-1"], None, CLOCK)
        assert [(each.case.id, each.status) for each in both] == [("CASE-1", "done"), ("CASE-2", "done")]
        assert sound(target).cases == ()

    def test_a_refusal_without_an_open_need_is_told(self, target: SqlTarget) -> None:
        ask(target, CaseRequest(1, FREE, "console"))
        look(target, Observed(FREE, (FREED,), EXPORT))
        (refused,) = administration.confirm(target, None, None, CLOCK)
        assert refused.status == "refused"
        assert refused.detail.startswith("STEP001: ")

    def test_what_only_the_portal_does_is_refused(self, target: SqlTarget) -> None:
        order = Order(
            "O-1", "2026-06-15", "Acme", ANA, "AutoCAD", "reseller", "2026-01-01", subscription="574-1", seats=9
        )
        calls: tuple[Callable[[], object], ...] = (
            lambda: administration.accept(target, FAY, CLOCK),
            lambda: administration.load_state(target, sample(), CLOCK),
            lambda: administration.record_order(target, order, CLOCK),
        )
        for call in calls:
            with pytest.raises(TargetProblem) as caught:
                call()
            assert one_line(caught.value) == ONLY
        assert sound(target).account.serial == 1


class TestWithdraw:
    def test_the_reason_is_kept(self, target: SqlTarget) -> None:
        ask(target, CaseRequest(1, FREE, "console"))
        before = content(target.read().account)
        (closing,) = administration.withdraw(target, ["case-1"], "he stays", CLOCK, BEN)
        assert (closing.status, closing.detail) == ("withdrawn", "")
        state = sound(target)
        assert (state.cases, state.confirmed) == ((), ())
        assert content(state.account) == before
        (case,) = inquiries.cases(target, closed=True).items
        assert (case.closed_as, case.closed_by, case.evidence) == ("withdrawn", BEN, "he stays")
        assert account_report.log(inquiries.log(target).items, PLAIN).endswith("CASE-1 withdrawn: he stays\n")
        assert ask(target, CaseRequest(1, FREE, "console")) == ["CASE-2"]

    def test_what_needs_it_is_named(self, target: SqlTarget) -> None:
        more = CaseRequest(
            3, Step.make("group.add_member", DESIGN, group="cad", user="new@acme.example"), "csv", (), (1,)
        )
        ask(target, CaseRequest(1, INVITE, "csv"), CaseRequest(2, ASSIGN, "csv", (), (1,)), more)
        (closing,) = administration.withdraw(target, ["CASE-1"], "no", CLOCK)
        assert closing.detail == "CASE-2 and CASE-3 need it"
        (refused,) = administration.confirm(target, ["CASE-2"], None, CLOCK)
        assert refused.detail.startswith("STEP001: ")
        both = administration.withdraw(target, ["CASE-2", "CASE-3"], "no", CLOCK)
        assert [each.detail for each in both] == ["", ""]

    def test_those_withdrawn_together_are_not_named(self, target: SqlTarget) -> None:
        ask(target, CaseRequest(1, INVITE, "csv"), CaseRequest(2, ASSIGN, "csv", (), (1,)))
        both = administration.withdraw(target, ["CASE-1", "CASE-2"], "no", CLOCK)
        assert [each.detail for each in both] == ["", ""]

    def test_closed_ones_are_refused(self, target: SqlTarget) -> None:
        ask(target, CaseRequest(1, FREE, "console"), CaseRequest(2, INVITE, "console"))
        administration.confirm(target, ["CASE-1"], None, CLOCK)
        found = administration.withdraw(target, ["CASE-1", "CASE-2"], "no", CLOCK)
        assert [(each.status, each.detail) for each in found] == [
            ("closed before", f"confirmed {CLOCK.stamp}"),
            ("withdrawn", ""),
        ]
        assert [case.id for case in sound(target).confirmed] == ["CASE-1"]

    def test_unknown_ones_are_refused(self, target: SqlTarget) -> None:
        ask(target, CaseRequest(1, FREE, "console"))
        with pytest.raises(WrongUsage, match="unknown case CASE-9"):
            administration.withdraw(target, ["CASE-1", "CASE-9"], "no", CLOCK)
        assert len(sound(target).cases) == 1


def test_an_undo_leaves_what_an_apply_took_over(target: SqlTarget) -> None:
    with target.session(None, CLOCK) as session:
        session.covers({})
        assert session.observe([Observed(FREE, (FREED,), "assumed as declared")], RECORD, {}, {}) == 2
        session.open_cases([CaseRequest(1, INVITE, "csv")])
        number = session.run
    administration.confirm(target, None, None, CLOCK)
    look(target, Observed(FREE, (FREED.reversed(),), EXPORT))
    of_apply = run_to_undo(target, target.read(), str(number))
    assert (of_apply.entries, of_apply.cases) == ((), ())
    of_confirm = run_to_undo(target, target.read(), str(number + 1))
    assert [entry.serial for entry in of_confirm.entries] == [3]
    of_look = run_to_undo(target, target.read(), str(number + 2))
    assert [entry.serial for entry in of_look.entries] == [4]


def test_cases_come_after_those_that_they_need() -> None:
    needs = {"d": "cb", "c": "ba", "a": "", "b": "x", "e": "a"}
    cases = [Case(name, FREE, CLOCK.stamp, None, needs=tuple(before)) for name, before in needs.items()]
    assert "".join(case.id for case in needed_first(cases)) == "bacde"


def test_long_chains_of_cases() -> None:
    cases = [Case(str(number), FREE, CLOCK.stamp, None, needs=(str(number + 1),)) for number in range(5000)]
    assert [int(case.id) for case in needed_first(cases)] == list(reversed(range(5000)))
