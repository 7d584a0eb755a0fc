"""Operations on an embedded account other than plans: create, load, record orders, close cases, and so on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.engine import Refused
from seatsync.account.model import Account, Scope, Team, User
from seatsync.account.orders import Incomplete, Order
from seatsync.clock import Clock
from seatsync.errors import SeatsyncError, TargetProblem, WrongUsage
from seatsync.targets.sql import administration, inquiries
from seatsync.targets.sql.sqlite import SqliteDatabase, SqliteFile
from seatsync.targets.sql.store import SqlTarget, open_sqlite
from tests.targets.conformance import after, content
from tests.targets.sample import BEN, BY_PEOPLE, CLOCK, DEE, DESIGN, ELI, FAY, FIRST, GUS, OLD, SELF_SERVICE, sample
from tests.targets.stores import URL, alter, at, one_line, store
from tests.targets.walks import everything

LATER = Clock.at("2026-07-01")


@pytest.fixture
def target(folder: Path) -> SqlTarget:
    return store(folder)


def sound(target: SqlTarget) -> bool:
    result = inquiries.verify(target)
    assert result.problem == ""
    return result.ok


class TestCreate:
    def test_an_empty_account(self, tmp_path: Path) -> None:
        target = open_sqlite("sqlite:///.seatsync/account.db", tmp_path, {})
        lineage = administration.create(target, "acme", "Europe/Lisbon", CLOCK)
        assert target.read().account == Account("acme", lineage, 0, "Europe/Lisbon")
        assert sound(target)

    def test_each_has_a_lineage_of_its_own(self, tmp_path: Path) -> None:
        first = administration.create(at(tmp_path), "acme", "UTC", CLOCK)
        (tmp_path / "account.db").unlink()
        assert administration.create(at(tmp_path), "acme", "UTC", CLOCK) != first

    def test_no_temporary_file_remains(self, tmp_path: Path) -> None:
        administration.create(at(tmp_path), "acme", "UTC", CLOCK)
        assert [path.name for path in tmp_path.iterdir()] == ["account.db"]

    def test_not_where_one_is(self, target: SqlTarget) -> None:
        before = everything(target)
        with pytest.raises(TargetProblem, match="already contains something; name a new"):
            administration.create(target, "acme", "UTC", CLOCK)
        assert everything(target) == before

    def test_not_where_something_else_is(self, tmp_path: Path) -> None:
        (tmp_path / "account.db").write_text("my notes")
        with pytest.raises(TargetProblem) as caught:
            administration.create(at(tmp_path), "acme", "UTC", CLOCK)
        assert "not an account" in one_line(caught.value)
        assert (tmp_path / "account.db").read_text() == "my notes"

    def test_an_account_created_meanwhile_is_kept(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        target, open_new = at(tmp_path), SqliteFile.open_new

        def slow(place: SqliteFile) -> SqliteDatabase:
            database = open_new(place)
            monkeypatch.undo()
            administration.create(target, "first", "UTC", CLOCK)
            return database

        monkeypatch.setattr(SqliteFile, "open_new", slow)
        with pytest.raises(TargetProblem) as caught:
            administration.create(target, "second", "UTC", CLOCK)
        assert one_line(caught.value) == "the file already contains something; name a new file"
        assert target.read().account.name == "first"

    @pytest.mark.parametrize("path", ["absent/absent/account.db", "x" * 999])
    def test_not_where_no_file_can_be(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(TargetProblem) as caught:
            administration.create(SqlTarget(SqliteFile(URL, tmp_path / path)), "acme", "UTC", CLOCK)
        assert one_line(caught.value)
        assert list(tmp_path.iterdir()) == []

    def test_not_in_place_of_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "account.db").mkdir()
        with pytest.raises(TargetProblem) as caught:
            administration.create(at(tmp_path), "acme", "UTC", CLOCK)
        assert one_line(caught.value)

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe", "a\0b"])
    def test_not_in_a_zone_that_is_none(self, tmp_path: Path, zone: str) -> None:
        with pytest.raises(WrongUsage):
            administration.create(at(tmp_path), "acme", zone, CLOCK)
        assert list(tmp_path.iterdir()) == []

    def test_not_without_a_name(self, tmp_path: Path) -> None:
        with pytest.raises(WrongUsage):
            administration.create(at(tmp_path), "", "UTC", CLOCK)


class TestLoad:
    def test_name_lineage_and_zone_do_not_change(self, folder: Path) -> None:
        target = at(folder)
        lineage = administration.create(target, "mine", "Europe/Lisbon", CLOCK)
        source = sample()
        source.serial = 77
        assert administration.load_state(target, source, CLOCK) == 1
        found = target.read().account
        assert (found.name, found.lineage, found.serial, found.timezone) == ("mine", lineage, 1, "Europe/Lisbon")
        assert content(found) == content(source)
        assert sound(target)

    def test_only_into_an_empty_one(self, target: SqlTarget) -> None:
        answer = administration.load_state(target, sample(), CLOCK)
        assert answer == Refused("STEP001", "The account acme is not empty: only an empty one can be loaded.")
        assert target.read().account.serial == 1

    def test_an_incomplete_source_is_refused_and_rolled_back(self, folder: Path) -> None:
        target = at(folder)
        administration.create(target, "acme", "UTC", CLOCK)
        for people in ({}, {ELI: User(ELI)}):
            source = Account("acme", users=people)
            source.teams["design"] = Team(BEN, members={BEN, ELI})
            with pytest.raises(TargetProblem) as caught:
                administration.load_state(target, source, CLOCK)
            assert one_line(caught.value) == (
                "the source is incomplete: it refers to something that it does not contain; "
                "check the source with `seatsync validate`"
            )
            assert target.read().account.serial == 0

    def test_empty_sets_are_no_whole_account_either(self, folder: Path) -> None:
        target = at(folder)
        administration.create(target, "acme", "UTC", CLOCK)
        source = Account("acme", users={BEN: User(BEN)})
        source.teams["design"] = Team(BEN, members={BEN}, seats={"AutoCAD": set()})
        assert administration.load_state(target, source, CLOCK) == 1
        assert target.read().account.teams["design"].seats == {}


class TestAccept:
    def test_someone_pending_becomes_active(self, target: SqlTarget) -> None:
        assert administration.accept(target, "FAY@acme.example", CLOCK) == 2
        person = target.read().account.users[FAY]
        assert (person.status, person.invited_at) == ("active", "2026-05-01T09:00:00Z")
        assert [entry.actor for entry in inquiries.log(target).items] == [None, None, "FAY@acme.example"]
        assert sound(target)

    @pytest.mark.parametrize(
        ("user", "message"),
        [
            ("fay@other.example", "fay@other.example is not in the account."),
            ("not an address", "not an address is not in the account."),
            (BEN.upper(), "Ben@Acme.example has already accepted."),
        ],
    )
    def test_others_do_not(self, target: SqlTarget, user: str, message: str) -> None:
        assert administration.accept(target, user, CLOCK) == Refused("STEP001", message)
        assert target.read().account.serial == 1


NEW = Order(
    "O-1", "2026-06-15", "Acme & Söhne", "New.Manager@acme.example", "Inventor", "reseller", "2026-07-01", "2027-06-30",
    subscription="574-9", team="machines", offering="single-user", seats=12,
)  # fmt: skip
CLASSIC = Order(
    "O-2", "2026-06-15", "Acme", DEE, "AutoCAD 2020", "store", "2026-07-01", contract="330003",
    license_type="perpetual", seats=2, serial="111-22223333",
)  # fmt: skip


class TestOrders:
    def test_a_subscription_for_a_new_team(self, target: SqlTarget) -> None:
        assert administration.record_order(target, NEW, CLOCK) == ("O-1", 2)
        account = target.read().account
        new = "new.manager@acme.example"
        assert account.teams["machines"] == Team(new, members={new})
        assert account.users[new] == User("New.Manager@acme.example")
        assert account.subscriptions["574-9"].contract_manager == new
        assert [(mail.template, mail.to, mail.cause) for mail in inquiries.mails(target).items] == [
            ("order", new, "order O-1"),
            ("welcome", new, "order O-1"),
        ]
        (order,) = inquiries.orders(target).items
        assert (order.number, order.day, order.company, order.manager) == (
            "O-1", "2026-06-15", "Acme & Söhne", "New.Manager@acme.example",
        )  # fmt: skip
        assert '"seats":12' in order.lines
        assert sound(target)

    def test_a_contract_with_a_seat_for_its_manager(self, target: SqlTarget) -> None:
        assert administration.record_order(target, CLASSIC, CLOCK) == ("O-2", 3)
        contract = target.read().account.contracts["330003"]
        assert (contract.contract_manager, contract.coordinator, contract.seats) == (DEE, DEE, {"AutoCAD 2020": {DEE}})
        assert [mail.template for mail in inquiries.mails(target).items] == ["order"]
        assert sound(target)

    def test_a_top_up_and_renewal(self, target: SqlTarget) -> None:
        more = replace(
            NEW, number="O-3", manager="ana@acme.example", product="AutoCAD", subscription="574-1", team=None, seats=9,
            starts="2027-01-01", ends="2027-12-31",
        )  # fmt: skip
        assert administration.record_order(target, more, Clock.at("2027-01-02")) == ("O-3", 3)
        sub = target.read().account.subscriptions["574-1"]
        assert (sub.seats, sub.starts, sub.ends) == (9, "2027-01-01", "2027-12-31")
        assert sound(target)

    def test_only_what_changes(self, target: SqlTarget) -> None:
        nothing = Order("", "2026-06-15", "", "", "", "", subscription="574-1")
        changes = [replace(nothing, seats=9), replace(nothing, seats=10), replace(nothing, ends="2028-12-31")]
        for number, order in enumerate(changes, start=1):
            assert administration.record_order(target, order, CLOCK) == (f"ORDER-{number}", number + 1)
        orders = target.read_orders()
        assert [(each.manager, each.product, each.channel, each.starts) for each in orders] == [
            ("ana@acme.example", "AutoCAD", "reseller", "2026-01-01")
        ] * 3
        assert [(each.company, each.seats, each.ends) for each in orders] == [
            ("acme", 9, None), ("acme", 10, None), ("acme", None, "2028-12-31"),
        ]  # fmt: skip

    def test_the_next_number_and_the_company_of_the_last_order(self, target: SqlTarget) -> None:
        administration.record_order(target, replace(NEW, number="ORDER-2"), CLOCK)
        more = Order("", "2026-06-15", "", "", "", "", subscription="574-9", seats=15)
        assert administration.record_order(target, more, LATER) == ("ORDER-3", 3)
        assert [each.company for each in target.read_orders()] == ["Acme & Söhne", "Acme & Söhne"]

    def test_one_number_once(self, target: SqlTarget) -> None:
        administration.record_order(target, NEW, CLOCK)
        again = administration.record_order(target, replace(CLASSIC, number="O-1"), CLOCK)
        assert again == Refused("STEP001", "Order O-1 is already recorded.")
        assert target.read().account.serial == 2

    def test_one_that_does_not_fit_the_account_leaves_nothing(self, target: SqlTarget) -> None:
        before = target.read()
        neither = administration.record_order(target, replace(NEW, subscription=None), CLOCK)
        assert isinstance(neither, Refused)
        impossible = administration.record_order(target, replace(CLASSIC, serial=None), CLOCK)
        assert impossible == Incomplete("contract 330003 is new", ("serial or product_key",))
        wrong = administration.record_order(target, replace(NEW, tokens=5), CLOCK)
        assert wrong == Refused("STEP001", "Subscription 574-9: offering single-user has seats, not tokens.")
        assert target.read() == before
        assert (inquiries.orders(target).items, inquiries.mails(target).items) == ((), ())
        assert sound(target)


def recorded(target: SqlTarget, *steps: Step) -> None:
    with target.session(DEE, CLOCK) as session:
        assert [outcome.status for outcome in session.perform([(step, True) for step in steps])] == ["case"] * len(
            steps
        )


def done(target: SqlTarget, *steps: Step) -> None:
    with target.session(None, CLOCK) as session:
        assert [outcome.status for outcome in session.perform([(step, False) for step in steps])] == ["done"] * len(
            steps
        )


class TestConfirm:
    @pytest.mark.parametrize("step", BY_PEOPLE, ids=lambda step: f"{step.action}-{step.scope.kind}")
    def test_the_step_is_carried_out_and_the_case_closed(self, target: SqlTarget, step: Step) -> None:
        before = target.read().account
        recorded(target, step)
        (confirmed,) = administration.confirm(target, ["CASE-1"], "signed form", LATER)
        assert (confirmed.status, confirmed.detail, confirmed.case.step) == ("done", "serial 2", step)
        state = target.read()
        assert content(state.account) == content(after(before, step))
        assert state.cases == ()
        (case,) = inquiries.cases(target, closed=True).items
        assert (case.opened_by, case.closed_at, case.evidence) == (DEE, LATER.stamp, "signed form")
        assert sound(target)

    @pytest.mark.parametrize("step", BY_PEOPLE, ids=lambda step: f"{step.action}-{step.scope.kind}")
    def test_one_that_took_effect_before_is_only_closed(self, target: SqlTarget, step: Step) -> None:
        recorded(target, step)
        done(target, step)
        assert [(each.status, each.detail) for each in administration.confirm(target, ["case-1"], None, CLOCK)] == [
            ("in effect", "")
        ]
        state = target.read()
        assert (state.account.serial, state.cases) == (2, ())
        assert sound(target)

    def test_one_that_the_account_refuses_stays_open(self, target: SqlTarget) -> None:
        change = Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=GUS)
        recorded(target, change)
        done(target, Step.make("user.remove", DESIGN, user=GUS))
        (confirmed,) = administration.confirm(target, None, None, CLOCK)
        assert confirmed.status == "refused"
        assert confirmed.detail.startswith("STEP001: ")
        assert [case.id for case in target.read().cases] == ["CASE-1"]
        assert sound(target)

    def test_all_that_are_open_in_their_order(self, target: SqlTarget) -> None:
        recorded(target, *BY_PEOPLE)
        administration.confirm(target, ["CASE-3", "3", "case-3"], None, CLOCK)
        found = administration.confirm(target, None, None, CLOCK)
        assert [(each.case.id, each.status) for each in found] == [
            ("CASE-1", "done"), ("CASE-2", "done"), ("CASE-4", "done"), ("CASE-5", "done"),
        ]  # fmt: skip
        assert administration.confirm(target, None, None, CLOCK) == []
        assert sound(target)

    def test_a_closed_one_stays_closed(self, target: SqlTarget) -> None:
        recorded(target, BY_PEOPLE[0])
        administration.confirm(target, ["CASE-1"], None, CLOCK)
        (again,) = administration.confirm(target, ["CASE-1"], None, LATER)
        assert (again.status, again.detail) == ("closed before", f"confirmed {CLOCK.stamp}")
        assert target.read().account.serial == 2

    @pytest.mark.parametrize("name", ["CASE-2", "CASE-", "", "CASE-²", "CASE-" + "9" * 5000, "x", "-1"])
    def test_an_unknown_one_stops_before_anything_is_done(self, target: SqlTarget, name: str) -> None:
        recorded(target, BY_PEOPLE[0])
        with pytest.raises(WrongUsage) as caught:
            administration.confirm(target, ["CASE-1", name], None, CLOCK)
        assert str(caught.value) == f"unknown case {name}; `seatsync account cases` lists the open ones"
        assert [case.id for case in target.read().cases] == ["CASE-1"]

    def test_the_same_is_asked_for_again_after_the_case_is_closed(self, target: SqlTarget) -> None:
        recorded(target, BY_PEOPLE[0])
        administration.confirm(target, None, None, CLOCK)
        done(target, Step.make("user.change_email", Scope("account"), user="dee.kim@acme.example", to=DEE))
        recorded(target, BY_PEOPLE[0])
        assert [case.id for case in target.read().cases] == ["CASE-2"]


def test_only_forms_and_requests_can_be_in_effect_already() -> None:
    by_people = {name for name, action in ACTIONS.items() if action.channel in {"form", "support"}}
    assert by_people == {step.action for step in BY_PEOPLE}
    for step in SELF_SERVICE:
        assert not administration.already_in_effect(after(sample(), step), step)
    for step in BY_PEOPLE:
        assert not administration.already_in_effect(sample(), step)
        assert administration.already_in_effect(after(sample(), step), step)
    for step in (
        Step.make("contract_manager.transfer", Scope("contract", "?"), user=BEN),
        Step.make("contract_manager.transfer", DESIGN, user=BEN),
        Step.make("coordinator.change", OLD, user=BEN),
        Step.make("user.change_email", Scope("account"), user="?", to=None),
    ):
        assert not administration.already_in_effect(sample(), step)


def test_every_error_is_one_of_ours(target: SqlTarget) -> None:
    alter(target, "DROP TABLE orders")
    with pytest.raises(SeatsyncError):
        administration.record_order(target, NEW, CLOCK)
    assert FIRST.name in target.read().account.contracts
