"""Stores that are mirrors of the real account: what looks and applies record, and how it is verified."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.history import PORTAL
from seatsync.account.model import Change, User, subscription_values, user_values
from seatsync.errors import TargetProblem
from seatsync.reporting import account_report
from seatsync.reporting.terminal import PLAIN
from seatsync.targets.sql import administration, case_writing, inquiries
from seatsync.targets.sql.audit_log import fingerprint
from seatsync.targets.sql.run_records import read_runs
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.sql.tables import checksum
from seatsync.targets.target import CaseRequest, Observed, State
from tests.targets.conformance import after, content
from tests.targets.sample import ANA, BEN, BUY, CLOCK, DEE, DESIGN, GUS, sample
from tests.targets.stores import EXPORT, FREE, RECORD, at, busy_store, mirror, older, one_line, opened, store

NEWER = "exports/users-2026-06-16.csv"
ONLY = (
    "a mirror of the real account; only `seatsync refresh`, `seatsync apply` and `seatsync account confirm` write to it"
)
INVITE = Step.make("user.invite", DESIGN, user="new@acme.example", first_name="N", last_name="O")
ASSIGN = Step.make("seat.assign", DESIGN, product="Maya", user="new@acme.example")
FREED = Change("team_seat", ("design", "AutoCAD", GUS), (), None)
TRANSFER = Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN)


@pytest.fixture
def target(folder: Path) -> SqlTarget:
    return mirror(folder)


def sound(target: SqlTarget) -> State:
    """Return the state of a store after verifying it."""
    assert inquiries.verify(target).problem == ""
    return target.read()


def ask(target: SqlTarget, *requests: CaseRequest) -> list[str]:
    """Open cases in a run of seatsync, and return their ids."""
    with target.session(None, CLOCK) as session:
        session.covers({})
        outcomes = session.open_cases(requests)
    assert [outcome.status for outcome in outcomes] == ["case"] * len(requests)
    return [outcome.detail for outcome in outcomes]


def look(
    target: SqlTarget, *changes: Observed, seen: dict[str, str] | None = None, gone: dict[str, str] | None = None
) -> int:
    with target.session(PORTAL, CLOCK) as session:
        return session.observe(changes, RECORD, seen or {}, gone or {})


def kinds(target: SqlTarget, *, after: int = 3) -> list[str]:
    """Return the kinds of the log's entries after those that made the mirror."""
    return [entry.facts["kind"] for entry in inquiries.log(target).items[after:]]


class TestObserve:
    def test_a_new_mirror_is_known_as_one(self, folder: Path) -> None:
        made = at(folder)
        administration.create(made, "acme", "UTC", CLOCK, mirror=RECORD)
        assert sound(made).mirror == RECORD
        assert kinds(made, after=0) == ["created", "mirror"]

    def test_the_account_itself_is_none(self, folder: Path) -> None:
        assert sound(store(folder)).mirror is None

    def test_rows_and_record_are_written(self, target: SqlTarget) -> None:
        assert content(sound(target).account) == content(sample())
        assert look(target, Observed(FREE, (FREED,), f"{EXPORT}:7")) == 2
        state = sound(target)
        assert content(state.account) == content(after(sample(), FREE))
        assert state.mirror == RECORD
        (entry,) = target.journal(1)
        assert (entry.actor, entry.step, entry.rows) == (PORTAL, FREE, (FREED,))
        assert (entry.origin, entry.case) == (f"{EXPORT}:7", None)
        assert target.outside()[-1] == entry
        assert kinds(target) == ["mirror", "step"]
        assert account_report.log(inquiries.log(target).items, PLAIN).endswith(f"(serial 2, {EXPORT}:7)\n")

    def test_no_action_is_asked_whether_the_rows_are_allowed(self, target: SqlTarget) -> None:
        """The portal is as it is, also where seatsync would refuse the step."""
        too_many = Change("team_seat", ("design", "Maya", GUS), None, ())
        step = Step.make("seat.assign", DESIGN, product="Maya", user=GUS)
        bought = Change("subscription", ("574-2",), subscription_values(sample().subscriptions["574-2"]), None)
        look(target, Observed(step, (too_many, bought), EXPORT))
        assert "574-2" not in sound(target).account.subscriptions

    def test_a_run_is_named_after_the_command(self, target: SqlTarget) -> None:
        look(target, Observed(FREE, (FREED,), EXPORT))
        with target.reading() as database:
            assert [run.kind for run in read_runs(database)] == ["refresh", "refresh"]

    def test_nothing_new_writes_nothing(self, target: SqlTarget) -> None:
        before = inquiries.log(target).items
        assert look(target) == 1
        assert inquiries.log(target).items == before

    def test_a_new_record_alone_is_written(self, target: SqlTarget) -> None:
        with target.session(PORTAL, CLOCK) as session:
            assert session.observe([], "{}", {}, {}) == 1
        assert sound(target).mirror == "{}"
        assert inquiries.log(target).items[-1].facts["record"] == fingerprint("{}")

    @pytest.mark.parametrize(
        "row",
        [
            Change("team_member", ("design", "nobody@acme.example"), (), None),
            Change("team_member", ("design", ANA), None, ()),
            Change("team_member", ("design", "nobody@acme.example"), None, ()),
            Change("team_member", ("nowhere", ANA), None, ()),
            Change("group_member", ("design", "nowhere", ANA), None, ()),
            Change("user", (GUS,), user_values(User(GUS, "Not", "So")), user_values(User(GUS, "New", "Name"))),
            Change("user", (GUS,), user_values(sample().users[GUS]), ("too", "few")),
            Change("team_seat", ("design", "Maya", DEE), (), ()),
            Change("unheard", ("of",), None, ()),
        ],
        ids=lambda row: f"{row.table}-{'-'.join(row.key)}",
    )
    def test_a_row_that_does_not_fit_changes_nothing(self, target: SqlTarget, row: Change) -> None:
        before, log = sound(target), inquiries.log(target).items
        with target.session(PORTAL, CLOCK) as session:
            with pytest.raises(TargetProblem) as caught:
                session.observe([Observed(FREE, (FREED,), EXPORT), Observed(FREE, (row,), EXPORT)], "{}", {}, {})
            assert "please report this as a bug" in one_line(caught.value)
            assert session.state() == before
        assert sound(target) == before
        assert inquiries.log(target).items == log

    def test_an_interrupted_look_is_rolled_back(self, target: SqlTarget, monkeypatch: pytest.MonkeyPatch) -> None:
        (name,) = ask(target, CaseRequest(1, FREE, "console"))
        before, log = sound(target), inquiries.log(target).items

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        with target.session(PORTAL, CLOCK) as session:
            with monkeypatch.context() as patch:
                patch.setattr(case_writing, "_require_readable", interrupted)
                with pytest.raises(KeyboardInterrupt):
                    session.observe([Observed(FREE, (FREED,), EXPORT)], "{}", {name: EXPORT}, {})
            assert session.state() == before
            assert session.observe([Observed(FREE, (FREED,), EXPORT)], "{}", {name: EXPORT}, {}) == 2
        assert len(inquiries.log(target).items) == len(log) + 3
        assert sound(target).cases == ()

    def test_only_a_mirror_is_written_this_way(self, folder: Path) -> None:
        with store(folder).session(PORTAL, CLOCK) as session:
            for call in (lambda: session.observe([], "{}", {}, {}), lambda: session.open_cases([])):
                with pytest.raises(TargetProblem) as caught:
                    call()
                assert one_line(caught.value) == (
                    "an account that seatsync made itself, not a mirror of the real one; name another store as the"
                    " target"
                )

    @pytest.mark.parametrize("as_case", [False, True])
    def test_no_step_is_carried_out_on_a_mirror(self, target: SqlTarget, *, as_case: bool) -> None:
        with target.session(None, CLOCK) as session, pytest.raises(TargetProblem) as caught:
            session.perform([(FREE, as_case)])
        assert one_line(caught.value) == ONLY
        assert sound(target).account.serial == 1


class TestCases:
    def test_each_may_need_the_effect_of_earlier_ones(self, target: SqlTarget) -> None:
        before = target.read().account
        requests = (CaseRequest(4, INVITE, "csv", (ANA, BEN)), CaseRequest(9, ASSIGN, "console", (ANA,), (4,)))
        assert ask(target, *requests) == ["CASE-1", "CASE-2"]
        state = sound(target)
        assert state.account == before
        first, second = state.cases
        assert (first.step, first.route, first.people, first.needs) == (INVITE, "csv", (ANA, BEN), ())
        assert (second.step, second.route, second.people, second.needs) == (ASSIGN, "console", (ANA,), ("CASE-1",))
        assert (second.opened_at, second.opened_by, second.closed_as) == (CLOCK.stamp, None, None)

    def test_they_are_not_opened_twice(self, target: SqlTarget) -> None:
        first = CaseRequest(1, INVITE, "csv", (ANA,))
        assert ask(target, first) == ["CASE-1"]
        log = len(inquiries.log(target).items)
        assert ask(target, first, CaseRequest(2, ASSIGN, "csv", (ANA,), (1,))) == ["CASE-1", "CASE-2"]
        assert kinds(target, after=log) == ["covers", "case-opened"]

    def test_an_open_one_goes_to_those_who_are_asked_now(self, target: SqlTarget) -> None:
        ask(target, CaseRequest(1, INVITE, "csv", (ANA,)))
        ask(target, CaseRequest(1, INVITE, "console", (BEN,)))
        (case,) = sound(target).cases
        assert (case.route, case.people, case.opened_at) == ("console", (BEN,), CLOCK.stamp)
        text = account_report.log(inquiries.log(target).items, PLAIN)
        assert text.endswith("CASE-1 changed: console, ben@acme.example\n")

    def test_the_first_refusal_ends_it(self, target: SqlTarget) -> None:
        requests = [CaseRequest(number, step, "console") for number, step in enumerate((FREE, ASSIGN, INVITE), 1)]
        with target.session(None, CLOCK) as session:
            outcomes = session.open_cases(requests)
        assert [outcome.status for outcome in outcomes] == ["case", "refused"]
        assert outcomes[-1].detail.startswith("STEP001: ")
        assert [case.step for case in sound(target).cases] == [FREE]

    def test_purchases_and_requests_are_cases_too(self, target: SqlTarget) -> None:
        assert ask(target, CaseRequest(1, BUY, "purchase"), CaseRequest(2, TRANSFER, "form")) == ["CASE-1", "CASE-2"]

    def test_a_source_shows_an_open_one(self, target: SqlTarget) -> None:
        (name,) = ask(target, CaseRequest(1, FREE, "console"))
        look(target, Observed(FREE, (FREED,), f"{EXPORT}:7", name), seen={name: EXPORT})
        assert sound(target).cases == target.read().confirmed == ()
        (case,) = inquiries.cases(target, closed=True).items
        assert (case.closed_as, case.closed_by, case.closed_at) == ("seen", PORTAL, CLOCK.stamp)
        assert (case.seen_in, case.evidence) == (EXPORT, None)
        assert target.own_changes(1) == {2}
        assert [entry.serial for entry in target.outside()] == [1]
        assert f"CASE-1 closed, seen in {EXPORT}\n" in account_report.log(inquiries.log(target).items, PLAIN)

    def test_another_change_of_that_look_was_made_outside(self, target: SqlTarget) -> None:
        (name,) = ask(target, CaseRequest(1, INVITE, "console"))
        look(target, Observed(FREE, (FREED,), EXPORT))
        assert [case.id for case in sound(target).cases] == [name]
        assert target.own_changes(1) == frozenset()
        assert [entry.serial for entry in target.outside()] == [1, 2]

    def test_a_confirmed_one_can_be_seen_later(self, target: SqlTarget) -> None:
        (name,) = ask(target, CaseRequest(1, FREE, "console"))
        (done,) = administration.confirm(target, [name], "ticket 7", CLOCK)
        assert done.status == "done"
        (case,) = sound(target).confirmed
        assert (case.id, case.closed_as, case.evidence, case.seen_in) == (name, "confirmed", "ticket 7", None)
        assert look(target, seen={name: NEWER}) == 2
        state = sound(target)
        assert state.cases == state.confirmed == ()
        (case,) = inquiries.cases(target, closed=True).items
        assert (case.closed_as, case.closed_by, case.seen_in) == ("confirmed", None, NEWER)
        assert f"CASE-1 seen in {NEWER}\n" in account_report.log(inquiries.log(target).items, PLAIN)

    def test_a_confirmed_one_can_be_contradicted(self, target: SqlTarget) -> None:
        (name,) = ask(target, CaseRequest(1, FREE, "console", (ANA,)))
        before = sound(target)
        administration.confirm(target, [name], "ticket 7", CLOCK)
        back = Observed(Step.make("seat.assign", DESIGN, product="AutoCAD", user=GUS), (FREED.reversed(),), NEWER, name)
        assert look(target, back, gone={name: NEWER}) == 3
        state = sound(target)
        assert state.cases == before.cases
        assert state.confirmed == ()
        assert content(state.account) == content(before.account)
        assert target.own_changes(1) == {2, 3}
        assert f"CASE-1 reopened: {NEWER} does not show it" in account_report.log(inquiries.log(target).items, PLAIN)
        assert target.after_apply() is None

    def test_one_that_is_asked_for_again_cannot_be_contradicted_any_more(self, target: SqlTarget) -> None:
        ask(target, CaseRequest(1, FREE, "console"))
        administration.confirm(target, None, None, CLOCK)
        back = Step.make("seat.assign", DESIGN, product="AutoCAD", user=GUS)
        look(target, Observed(back, (FREED.reversed(),), EXPORT))
        assert ask(target, CaseRequest(1, FREE, "console")) == ["CASE-2"]
        state = sound(target)
        assert ([case.id for case in state.cases], state.confirmed) == (["CASE-2"], ())
        with pytest.raises(TargetProblem, match="CASE-1 cannot be opened again: another case for the same step"):
            look(target, gone={"CASE-1": NEWER})

    def test_seen_and_unknown_cases_are_not_reopened(self, target: SqlTarget) -> None:
        (name,) = ask(target, CaseRequest(1, FREE, "console"))
        with pytest.raises(TargetProblem, match="CASE-1 is neither open nor confirmed"):
            look(target, gone={name: NEWER})
        look(target, Observed(FREE, (FREED,), EXPORT, name), seen={name: EXPORT})
        for seen, gone in (({name: NEWER}, {}), ({}, {name: NEWER})):
            with pytest.raises(TargetProblem, match="CASE-1 is neither open nor confirmed"):
                look(target, seen=seen, gone=gone)
        with pytest.raises(TargetProblem, match="there is no case CASE-9"):
            look(target, seen={"CASE-9": NEWER})

    def test_cases_open_at_the_last_apply(self, target: SqlTarget) -> None:
        (name,) = ask(target, CaseRequest(1, FREE, "console"))
        administration.confirm(target, [name], None, CLOCK)
        look(target, gone={name: NEWER})
        with target.session(None, CLOCK) as session:
            session.applied("{}", "{}", "")
        found = target.after_apply()
        assert found is not None
        assert [case.id for case in found[1]] == [name]


class TestTampering:
    """Each of these leaves the chain of the log intact."""

    @pytest.fixture(name="busy")
    def _busy(self, target: SqlTarget) -> SqlTarget:
        """Return a mirror with an open case, a confirmed one, and a seen one."""
        moves = (CaseRequest(2, INVITE, "csv", (ANA,)), CaseRequest(3, TRANSFER, "form"))
        ask(target, CaseRequest(1, FREE, "console"), *moves)
        look(target, Observed(FREE, (FREED,), EXPORT, "CASE-1"), seen={"CASE-1": EXPORT})
        administration.confirm(target, ["CASE-3"], "letter", CLOCK)
        sound(target)
        return target

    @pytest.mark.parametrize(
        "change",
        [
            "route = 'x' WHERE id = 1",
            "people = '[]' WHERE id = 2",
            "needs = '[\"CASE-1\"]' WHERE id = 2",
            "closed_as = 'withdrawn' WHERE id = 1",
            "closed_by = 'eve@acme.example' WHERE id = 1",
            "seen_in = 'x' WHERE id = 1",
            "seen_in = 'x' WHERE id = 3",
            "closed_as = 'confirmed', seen_in = NULL WHERE id = 1",
            "closed_as = 'sold' WHERE id = 1",
            "closed_at = NULL WHERE id = 1",
            "people = 'x' WHERE id = 1",
        ],
    )
    def test_each_column_of_a_case(self, busy: SqlTarget, change: str) -> None:
        with opened(busy) as database, database.writing():
            assert database.run(f"UPDATE cases SET {change}") == 1  # noqa: S608 - constants above
        assert inquiries.verify(busy).problem in {
            "the cases differ from the log",
            f"{busy.url}: the file is damaged: table cases cannot be read; restore it from a backup",
        }

    @pytest.mark.parametrize("number", [2, 3])
    def test_cases_of_a_state_are_checked_when_it_is_read(self, busy: SqlTarget, number: int) -> None:
        with opened(busy) as database, database.writing():
            database.run("UPDATE cases SET route = 'x' WHERE id = ?", (number,))
        with pytest.raises(TargetProblem, match="table cases is not as written"):
            busy.read()

    @pytest.mark.parametrize("change", ["UPDATE mirror SET record = '{}'", "DELETE FROM mirror"])
    def test_the_record(self, busy: SqlTarget, change: str) -> None:
        with opened(busy) as database, database.writing():
            assert database.run(change) == 1
        with pytest.raises(TargetProblem, match="table mirror is not as written"):
            busy.read()
        assert "table mirror is not as written" in inquiries.verify(busy).problem

    @pytest.mark.parametrize("record", ["{}", None])
    def test_the_record_and_its_sum(self, busy: SqlTarget, record: str | None) -> None:
        with opened(busy) as database, database.writing():
            database.run("DELETE FROM mirror")
            if record is not None:
                database.run("INSERT INTO mirror (one, record) VALUES (1, ?)", (record,))
            row = database.row("SELECT name, lineage, serial, timezone, sums FROM meta")
            assert row is not None
            sums = json.loads(row[4]) | {"mirror": [0, 0] if record is None else [1, checksum((record,))]}
            cells = (*row[:4], json.dumps(sums, sort_keys=True, separators=(",", ":")))
            database.run("UPDATE meta SET sums = ?, mark = ?", (cells[4], checksum(cells)))
        assert busy.read().mirror == record
        assert inquiries.verify(busy).problem == "the record of the mirror differs from the log"

    def test_an_account_that_is_made_a_mirror(self, folder: Path) -> None:
        made = store(folder)
        with opened(made) as database, database.writing():
            database.run("INSERT INTO mirror (one, record) VALUES (1, '{}')")
        with pytest.raises(TargetProblem, match="table mirror is not as written"):
            made.read()


class TestOlderStores:
    def test_cases_of_version_7_are_kept(self, tmp_path: Path) -> None:
        made = busy_store(tmp_path)
        before, listed = made.read(), inquiries.cases(made, closed=True).items
        older(made, 7)
        assert made.read()._replace(head=before.head) == before
        assert inquiries.cases(made, closed=True).items == listed
        assert listed[0].closed_as == "confirmed"
        assert len(before.cases) == len(listed) - 1
        (done,) = administration.confirm(made, [before.cases[0].id], None, CLOCK)
        assert done.status == "done"
        assert len(sound(made).cases) == len(before.cases) - 1

    def test_altered_cases_of_version_7_are_refused(self, tmp_path: Path) -> None:
        made = older(busy_store(tmp_path), 7)
        with opened(made) as database, database.writing():
            assert database.run("UPDATE cases SET opened_by = 'eve@acme.example' WHERE id = 2") == 1
        with pytest.raises(TargetProblem, match="table cases is not as written"):
            made.read()
