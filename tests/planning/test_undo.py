"""Undo of a run: the account is as before, except for irreversible effects and later changes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Facts, Step
from seatsync.account.engine import perform
from seatsync.account.history import HistoryEntry
from seatsync.account.model import Account, Scope, Sso
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.planning.make import Request
from seatsync.planning.plan import Kept, Lasting, Plan, to_json
from seatsync.planning.plan_file import from_json
from seatsync.planning.undo import RunToUndo, make_undo
from tests.account.invariants import violations
from tests.chance import chances
from tests.planning.replay import any_order, content, replay
from tests.planning.states import pair
from tests.planning.test_whole_way import CLOCK, declared_as, plan_from
from tests.targets.sample import (
    ANA,
    BEN,
    BUILD,
    BUY,
    BY_PEOPLE,
    CHO,
    DEE,
    DESIGN,
    ELI,
    FIRST,
    GUS,
    SELF_SERVICE,
    sample,
)

RUN, LATER = 2, 3


def done(account: Account, steps: Iterable[Step], run: int) -> tuple[HistoryEntry, ...]:
    """Carry out steps on an account, and return their journal entries."""
    entries = []
    for step in steps:
        rows = perform(account, step, CLOCK)
        assert not isinstance(rows, Refused), rows.message
        account.serial = (account.serial or 0) + 1
        entries.append(HistoryEntry(account.serial, run, CLOCK.stamp, None, step, rows))
    return tuple(entries)


def nothing_declared(account: Account) -> Declaration:
    """Return an empty declaration; an undo only uses its policy."""
    with TemporaryDirectory() as folder:
        project = f"version: 1\naccount: {account.name}\npolicy: {{max_removals: 100%}}\n"
        Path(folder, "seatsync.yaml").write_text(project, encoding="utf-8")
        declaration = load(Path(folder)).declaration
    assert declaration is not None
    return declaration


def undo(
    account: Account, entries: tuple[HistoryEntry, ...], later: tuple[HistoryEntry, ...] = (), **changes: object
) -> Plan:
    request = Request(account, "file:x", CLOCK, lambda _: "account", f"sha256:{0:064}", "{}", allow=("GUARD002",))
    return make_undo(nothing_declared(account), request._replace(**changes), RunToUndo(RUN, entries, later))  # type: ignore[arg-type]


def errors(plan: Plan) -> list[str]:
    return [finding.message for finding in plan.findings if finding.severity == "error"]


def steps_of(plan: Plan) -> list[Step]:
    return [planned.step for planned in plan.steps]


def after(account: Account, plan: Plan) -> Account:
    account = account.copy()
    done(account, steps_of(plan), RUN + 9)
    return account


@given(chances())
@settings(max_examples=20)
def test_a_plan_and_its_undo_lead_back(random: Random) -> None:
    before, goal = pair(random, classic=random.random() < 0.5)
    with TemporaryDirectory() as folder:
        declaration = declared_as(goal, Path(folder) / "repository")
    account = before.copy()
    entries = done(account, steps_of(plan_from(declaration, before)), RUN)
    back = undo(account, entries)
    wanted = before
    assert errors(back) == []
    assert back.undo is not None
    assert back.undo.kept == ()
    reached = replay(account, steps_of(back), wanted, CLOCK)
    assert content(reached) == content(wanted)
    order = any_order({planned.id: planned.needs for planned in back.steps}, random)
    reached = replay(account, [back.steps[number - 1].step for number in order], wanted, CLOCK)
    assert content(reached) == content(wanted)
    assert from_json(to_json(back)) == back


@given(chances())
@settings(max_examples=20)
def test_later_changes_stay(random: Random) -> None:
    """The undo of the first of two runs is a legal plan or has errors; it never crashes."""
    before, middle = pair(random)
    account = before.copy()
    with TemporaryDirectory() as folder:
        first = plan_from(declared_as(middle, Path(folder) / "first"), account)
    entries = done(account, steps_of(first), RUN)
    later = done(account, _some_legal(account, random), LATER)
    back = undo(account, entries, later)
    reached = account.copy()
    for planned in back.steps:
        assert not isinstance(perform(reached, planned.step, CLOCK), Refused)
        assert not violations(reached), violations(reached)
    untouched = {(row.table, row.key) for entry in later for row in entry.rows if row.table != "user"}
    untouched -= {(row.table, row.key) for entry in entries for row in entry.rows}
    now = {(row.table, row.key): row.new for row in account.rows() if row.table != "user"}
    then = {(row.table, row.key): row.new for row in reached.rows() if row.table != "user"}
    for place in untouched:
        assert then.get(place) == now.get(place), place


def _some_legal(account: Account, random: Random) -> list[Step]:
    """Return a few steps that are legal one after another."""
    trial, found = account.copy(), []
    for _ in range(30):
        name = random.choice(sorted(trial.teams))
        user = random.choice(sorted(trial.users))
        step = random.choice(
            [
                Step.make("group.create", Scope("team", name), group="late"),
                Step.make(
                    "group.add_member", Scope("team", name), group=random.choice(["late", "cad", "lab"]), user=user
                ),
                Step.make("admin.assign_secondary", Scope("team", name), user=user),
                Step.make("admin.change_primary", Scope("team", name), user=user),
                Step.make("admin.revoke", Scope("team", name), user=user),
                Step.make("seat.assign", Scope("team", name), product="Revit", user=user),
                Step.make("user.remove", Scope("team", name), user=user),
                Step.make("user.invite", Scope("team", name), user=user, first_name="", last_name=""),
            ]
        )
        if not isinstance(perform(trial, step, CLOCK), Refused):
            found.append(step)
    return found


VENDOR = {"subscription.assign"}
"""Actions with an effect that only the vendor can undo."""


@pytest.mark.parametrize("step", [*SELF_SERVICE, *BY_PEOPLE], ids=lambda step: f"{step.action}-{step.scope.kind}")
def test_every_action_is_taken_back(step: Step) -> None:
    account = sample()
    entries = done(account, [step], RUN)
    plan = undo(account, entries)
    assert errors(plan) == []
    if step.action in VENDOR or step.action == "user.resend_invitation":
        assert plan.steps == ()
    else:
        assert content(after(account, plan)) == content(sample())
    assert plan.undo is not None
    assert plan.undo.kept == ()
    assert plan.undo.whole


def test_a_contract_manager_comes_back_where_nothing_else_of_the_team_changed() -> None:
    account = sample()
    entries = done(account, [make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN)], RUN)
    plan = undo(account, entries)
    assert steps_of(plan) == [make("contract_manager.transfer", DESIGN, subscription="574-1", user=ANA)]


def test_nothing_of_the_vendors_is_promised() -> None:
    account = sample()
    entries = done(account, [step for step in SELF_SERVICE if step.action in VENDOR] + [BUY], RUN)
    plan = undo(account, entries)
    assert plan.steps == ()
    assert plan.undo is not None
    assert [(each.why, each.step.action) for each in plan.undo.lasting] == [
        ("vendor", "subscription.assign"),
        ("purchase", "purchase.seats"),
    ]


def test_person_who_left_is_invited_again() -> None:
    account = sample()
    entries = done(account, [Step.make("user.remove", DESIGN, user=ELI)], RUN)
    plan = undo(account, entries)
    assert [(step.action, step.get("user")) for step in steps_of(plan)] == [
        ("user.invite", ELI),
        ("group.add_member", ELI),
        ("seat.assign", ELI),
    ]
    assert plan.undo is not None
    assert plan.undo.lasting == (Lasting("accept", entries[0].step),)


def later_case(run: list[Step], later: list[Step]) -> tuple[Account, Plan]:
    account = sample()
    plan = undo(account, *(done(account, steps, number) for steps, number in ((run, RUN), (later, LATER))))
    return after(account, plan) if not errors(plan) else account, plan


def kept(plan: Plan) -> tuple[Kept, ...]:
    assert plan.undo is not None
    assert plan.undo.whole == (not plan.undo.kept)
    return plan.undo.kept


def make(action: str, scope: Scope, **args: str) -> Step:
    return Step.make(action, scope, **args)


def test_a_primary_admin_changed_again_stays_with_the_roles_around() -> None:
    run = [make("admin.change_primary", DESIGN, user=BEN)]
    again = [make("admin.assign_secondary", DESIGN, user=DEE), make("admin.change_primary", DESIGN, user=DEE)]
    account, plan = later_case(run, again)
    assert plan.steps == ()
    assert account.teams["design"].primary == DEE
    assert [each.thing for each in kept(plan)] == [
        (("team", "design"),),
        (("team", "design"), ("user", "ana@acme.example"), ("role", "admin")),
    ]
    assert [each.serial for each in kept(plan)] == [3, None]


def test_a_role_given_back_meanwhile_is_not_given_again() -> None:
    _, plan = later_case([make("admin.revoke", DESIGN, user=BEN)], [make("admin.assign_secondary", DESIGN, user=BEN)])
    assert plan.steps == ()
    assert kept(plan) == ()


def test_people_needed_later_stay() -> None:
    run = [make("user.invite", DESIGN, user="new@acme.example", first_name="", last_name="")]
    _, plan = later_case(run, [make("seat.assign", DESIGN, product="Maya", user="new@acme.example")])
    assert plan.steps == ()
    assert [each.thing for each in kept(plan)] == [(("team", "design"), ("user", "new@acme.example"))]


def test_people_who_left_later_get_nothing_back() -> None:
    run = [make("seat.unassign", DESIGN, product="AutoCAD", user=GUS), make("group.create", DESIGN, group="x")]
    _, plan = later_case(run, [make("user.remove", DESIGN, user=GUS)])
    assert [step.action for step in steps_of(plan)] == ["group.delete"]
    assert [each.thing for each in kept(plan)] == [(("team", "design"), ("product", "AutoCAD"), ("user", GUS))]


def test_names_changed_again_stay() -> None:
    run = [make("user.update", Scope("account"), user=DEE, first_name="D", last_name="Kim")]
    _, plan = later_case(run, [make("user.update", Scope("account"), user=DEE, first_name="E", last_name="Kim")])
    assert plan.steps == ()
    assert [each.thing for each in kept(plan)] == [(("user", DEE),)]


def test_undo_finds_things_renamed_later() -> None:
    run = [
        make("group.create", DESIGN, group="x"),
        make("group.rename", DESIGN, group="cad", to="cad 2"),
        make("admin.revoke", DESIGN, user=CHO),
    ]
    later = [
        make("team.rename", DESIGN, to="studio"),
        make("group.rename", Scope("team", "studio"), group="x", to="y"),
        make("user.change_email", Scope("account"), user=CHO, to="cho.2@acme.example"),
    ]
    account, plan = later_case(run, later)
    assert errors(plan) == []
    team = account.teams["studio"]
    assert team.admins == {BEN: "secondary", "cho.2@acme.example": "sso"}
    assert set(team.groups) == {"cad", "empty"}


def test_a_name_changed_again_stays() -> None:
    account, plan = later_case(
        [make("team.rename", DESIGN, to="one")], [make("team.rename", Scope("team", "one"), to="two")]
    )
    assert plan.steps == ()
    assert "two" in account.teams


def test_a_name_that_is_taken_is_an_error() -> None:
    _, plan = later_case(
        [make("team.rename", DESIGN, to="one")], [make("team.create", DESIGN, primary_admin="ana@acme.example")]
    )
    assert errors(plan) != []


def test_a_team_of_its_own_is_dissolved_and_made_again() -> None:
    new = Scope("team", "new")
    account, _ = later_case([make("team.create", new, primary_admin="ana@acme.example")], [])
    assert "new" not in account.teams
    account, _ = later_case([Step("team.delete", Scope("team", "old"))], [])
    assert account.teams["old"] == sample().teams["old"]


def test_limited_to_a_team() -> None:
    account = sample()
    steps = [make("group.create", DESIGN, group="x"), make("group.create", BUILD, group="x")]
    steps.append(make("seat.unassign", FIRST, product="AutoCAD 2019", user=DEE))
    entries = done(account, steps, RUN)
    plan = undo(account, entries, teams=("build",))
    assert [step.scope for step in steps_of(plan)] == [BUILD]
    assert plan.undo is not None
    assert not plan.undo.whole


def test_nobody_makes_a_team_again() -> None:
    account = sample()
    account.subscriptions.clear()
    account.contracts.clear()
    entries = done(account, [Step("team.delete", Scope("team", "old"))], RUN)
    assert "nobody in the account may create team old: only a contract manager can" in errors(undo(account, entries))


def test_sso_changed_again_keeps_only_that() -> None:
    run = [Step.make("sso.configure", DESIGN, sso=None), make("admin.change_primary", DESIGN, user=BEN)]
    again = Step.make("sso.configure", DESIGN, sso=Facts((("domains", ("x.example",)),)))
    account, plan = later_case(run, [again])
    assert account.teams["design"].primary == "ana@acme.example"
    assert account.teams["design"].sso == Sso(("x.example",), None)
    assert [each.thing for each in kept(plan)] == [(("team", "design"),)]


def test_a_primary_admin_who_is_gone_does_not_come_back() -> None:
    run = [make("admin.change_primary", DESIGN, user=BEN), make("admin.revoke", DESIGN, user="ana@acme.example")]
    account = sample()
    for sub in ("574-1", "574-2"):
        account.subscriptions[sub] = account.subscriptions[sub]._replace(contract_manager=BEN)
    entries = done(account, run, RUN)
    later = done(account, [make("user.remove", DESIGN, user="ana@acme.example")], LATER)
    plan = undo(account, entries, later)
    assert errors(plan) == []
    assert plan.steps == ()
    assert [each.thing for each in kept(plan)] == [
        (("team", "design"),),
        (("team", "design"), ("user", "Ben@Acme.example"), ("role", "admin")),
    ]


def test_a_contract_that_was_bought_stays() -> None:
    account = sample()
    number = Scope("contract", "330003")
    facts = (("contract_manager", BEN), ("license_type", "perpetual"), ("channel", "store"))
    buy = Step.make("purchase.contract", number, now=None, wanted=Facts(facts))
    entries = done(account, [buy], RUN)
    plan = undo(account, entries)
    assert (errors(plan), plan.steps, kept(plan)) == ([], (), ())


def test_names_are_for_those_who_see_the_person() -> None:
    account = sample()
    entries = done(account, [make("user.update", Scope("account"), user=DEE, first_name="D", last_name="Kim")], RUN)
    plan = undo(account, entries, teams=("old",))
    assert plan.steps == ()
    assert plan.undo is not None
    assert not plan.undo.whole


def test_an_address_is_taken_back_by_those_who_see_the_person() -> None:
    account = sample()
    entries = done(account, [BY_PEOPLE[0]], RUN)
    assert undo(account, entries, teams=("old",)).steps == ()
    assert [step.action for step in steps_of(undo(account, entries, teams=("build",)))] == ["user.change_email"]
    mine = undo(account, entries, actor="Dee.Kim@acme.example")
    assert [step.action for step in steps_of(mine)] == ["user.change_email"]


def test_a_group_and_an_address_changed_again_stay() -> None:
    run = [make("group.rename", DESIGN, group="cad", to="one"), BY_PEOPLE[0]]
    later = [
        make("group.rename", DESIGN, group="one", to="two"),
        make("user.change_email", Scope("account"), user="dee.kim@acme.example", to="dee3@acme.example"),
    ]
    account, plan = later_case(run, later)
    assert plan.steps == ()
    assert "two" in account.teams["design"].groups
