from __future__ import annotations

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import Scope
from seatsync.account.unknowns import Unknown
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.planning.preview import Pool, PoolUse, Preview, Row, ScopeChange, ScopeState, preview_of
from tests.account.sample import NOON, acme
from tests.reporting.test_plan_text import EMPTY, planned

DESIGN, STUDIO, CONTRACT = Scope("team", "design"), Scope("team", "studio"), Scope("contract", "C-1")
ANA, BEN, CHO, DEE, ELI, GUS = (f"{name}@acme.example" for name in ("ana", "Ben", "cho", "dee", "eli", "gus"))


def plan_of(*steps: Step) -> Plan:
    found: list[PlannedStep] = [planned(number, step) for number, step in enumerate(steps, 1)]
    return EMPTY._replace(steps=tuple(found))


def pictured(plan: Plan, *teams: str) -> Preview:
    return preview_of(plan, acme(), NOON, teams, ())


def pair_of(plan: Plan, name: str) -> ScopeChange:
    return next(pair for pair in pictured(plan).pairs if pair.scope.name == name)


def pool_of(plan: Plan, product: str, *teams: str) -> Pool:
    return next(pool for pool in pictured(plan, *teams).pools if pool.product == product)


def test_a_team_on_both_sides() -> None:
    pair = pair_of(plan_of(Step.make("admin.change_primary", STUDIO, user=GUS)), "studio")
    assert not pair.other_roles  # refused: Gus is no secondary admin
    steps = (
        Step.make("admin.assign_secondary", STUDIO, user=GUS),
        Step.make("admin.change_primary", STUDIO, user=GUS),
        Step.make("seat.unassign", STUDIO, product="Revit", user=GUS),
        Step.make("group.create", STUDIO, group="lab"),
        Step.make("group.add_member", STUDIO, group="lab", user=ANA),
    )
    pair = pair_of(plan_of(*steps), "studio")
    manager = Row("contract manager", "subscription S-4", (ANA,))
    member = Row("member", "", (BEN, ANA, GUS))
    assert pair.other_roles
    assert pair.before == ScopeState(
        (Row("primary admin", "", (BEN,)), manager),
        (member, Row("external user", "", (GUS,)), Row("seat", "Revit", (GUS,))),
    )
    assert pair.after == ScopeState(
        (Row("primary admin", "", (GUS,)), Row("secondary admin", "", (BEN,)), manager),
        (member, Row("group", "lab", (ANA,)), Row("seat", "Revit", ())),
    )


def test_a_pool_of_unknown_size_is_no_shortage() -> None:
    """Negative control: where the subscriptions are known, the seat is one too many."""
    account = acme()
    del account.subscriptions["S-4"]
    plan = plan_of(Step.make("group.create", STUDIO, group="lab"), Step.make("group.create", DESIGN, group="lab"))
    found = preview_of(plan, account, NOON, (), ())
    assert Pool(STUDIO, "Revit", PoolUse(1, 0, None), PoolUse(1, 0, None)) in found.pools
    unknown = tuple(Unknown(team, "subscriptions", "subscriptions export") for team in ("design", "studio"))
    found = preview_of(plan._replace(unknown=unknown), account, NOON, (), ())
    assert {pool.scope for pool in found.pools} == {DESIGN}


def test_a_team_that_is_renamed_is_one() -> None:
    plan = plan_of(
        Step.make("team.rename", STUDIO, to="works"),
        Step.make("seat.unassign", Scope("team", "works"), product="Revit", user=GUS),
    )
    pair = pair_of(plan, "studio")
    assert (pair.name, pair.before is None, pair.after is None) == ("works", False, False)
    pool = pool_of(plan, "Revit", "works")
    assert (pool.scope, pool.now.used, pool.after.used) == (Scope("team", "works"), 1, 0)


def test_a_team_that_is_new() -> None:
    pair = pair_of(plan_of(Step.make("team.create", Scope("team", "lab"), primary_admin=ANA)), "lab")
    assert pair.before is None
    assert pair.other_roles
    assert pair.after == ScopeState((Row("primary admin", "", (ANA,)),), (Row("member", "", (ANA,)),))


def test_preview_assumes_purchases() -> None:
    order = Step.make(
        "purchase.seats", DESIGN, subscription="S-1", now=Facts((("seats", 3),)), wanted=Facts((("seats", 4),))
    )
    assert pool_of(plan_of(order), "AutoCAD") == Pool(
        DESIGN, "AutoCAD", PoolUse(2, 3, "2026-12-31"), PoolUse(2, 4, "2026-12-31")
    )


def test_pools_that_were_asked_for() -> None:
    pools = {pool.product: pool for pool in pictured(EMPTY, "design").pools}
    assert pools["AutoCAD"].now == pools["AutoCAD"].after == PoolUse(2, 3, "2026-12-31")
    assert pools["Maya"].now == PoolUse(0, None, "2026-12-31")  # not counted
    assert pools["Revit"].now == PoolUse(0, 0, "2025-12-31")  # its term is over
    assert pictured(EMPTY, "no such team").pools == ()


def test_more_than_there_are() -> None:
    assert (PoolUse(7, 5, None).over, PoolUse(5, 5, None).over, PoolUse(7, None, None).over) == (2, 0, 0)


def test_hidden_scopes_are_left_out() -> None:
    plan = plan_of(Step.make("seat.unassign", STUDIO, product="Revit", user=GUS))._replace(
        unseen=((("team", "studio"),),)
    )
    assert pictured(plan, "studio") == Preview((), ())


def test_a_contract() -> None:
    plan = plan_of(
        Step.make("service.assign", CONTRACT, service="Docs", user=ANA),
        Step.make("support.assign", CONTRACT, user=ANA),
    )
    preview = pictured(plan)
    [pair] = preview.pairs
    assert pair.before is not None
    assert [row.what for row in pair.before.roles] == ["contract manager", "software coordinator"]
    pools = {pool.product: pool for pool in preview.pools}
    assert pools["service Docs"].now.used + 1 == pools["service Docs"].after.used
    assert pools["service Docs"].after.seats == 3
    assert pools["support benefits"].after.used > 0


def test_a_contract_that_is_bought() -> None:
    facts = (
        ("contract_manager", ANA),
        ("license_type", "perpetual"),
        ("channel", "store"),
        ("deployment", None),
        ("starts", None),
        ("ends", None),
    )
    scope = Scope("contract", "C-9")
    plan = plan_of(
        Step.make("purchase.contract", scope, now=None, wanted=Facts(facts)),
        Step.make("service.assign", scope, service="Docs", user=ANA),
    )
    [pair] = pictured(plan).pairs
    assert pair.before is None
    [pool] = pictured(plan).pools
    assert pool == Pool(scope, "service Docs", PoolUse(0, 3, None), PoolUse(1, 3, None))
    support = plan_of(*(each.step for each in plan.steps), Step.make("support.assign", scope, user=ANA))
    assert [pool.product for pool in pictured(support).pools] == ["service Docs"]  # no seats, so no benefits
