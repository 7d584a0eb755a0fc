from __future__ import annotations

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.finding import Finding, Location, Severity
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.plan import plan_text
from seatsync.reporting.terminal import PLAIN, Paint

DESIGN = Scope("team", "design")
SALES = Scope("team", "sales")
CONTRACT = Scope("contract", "110001234567")
ANA, BEN, CHO = "ana@acme.example", "ben@acme.example", "cho@acme.example"


def nowhere(_: Location) -> None:
    return None


def planned(
    number: int,
    step: Step,
    *,
    route: str = "account",
    needs: tuple[int, ...] = (),
    performers: tuple[str, ...] = (ANA,),
    allowed: bool = True,
    effects: tuple[str, ...] = (),
    codes: tuple[str, ...] = (),
    reason: Location | None = None,
    case: str | None = None,
) -> PlannedStep:
    action = ACTIONS[step.action]
    return PlannedStep(
        number, step, action.kind, action.channel, route, needs, performers, allowed, effects, codes, reason, case
    )


EMPTY = Plan(
    account="acme",
    lineage="9b1c",
    serial=12,
    target="sqlite:///.seatsync/account.db",
    actor=None,
    at="2026-11-21",
    config_digest=f"sha256:{0:064}",
    policy="{}",
)
HANDOVER = EMPTY._replace(
    steps=(
        planned(
            1,
            Step.make("seat.assign", SALES, product="Revit", user=CHO),
            reason=Location("teams/sales.yaml", 9, 7, 9, 23),
        ),
        planned(2, Step.make("seat.assign", DESIGN, product="AutoCAD", user=BEN)),
        planned(
            3,
            Step.make("admin.assign_secondary", DESIGN, user=BEN),
            codes=("STEP003", "STEP006"),
            reason=Location("teams/design.yaml", 6, 20, 6, 36),
        ),
        planned(
            4,
            Step.make("admin.change_primary", DESIGN, user=BEN),
            needs=(3,),
            performers=(ANA, BEN),
            effects=("ana@acme.example becomes secondary admin",),
        ),
        planned(5, Step.make("admin.revoke", DESIGN, user=ANA), needs=(3, 4)),
        planned(6, Step.make("user.remove", DESIGN, user=ANA), needs=(5,), effects=("frees AutoCAD",)),
        planned(7, Step.make("user.resend_invitation", WHOLE_ACCOUNT, user=CHO)),
    ),
)


def test_a_handover_in_executable_order() -> None:
    assert plan_text.render(HANDOVER, nowhere, PLAIN) == (
        """\
Account acme (serial 12) at sqlite:///.seatsync/account.db, on 2026-11-21

team sales
  1. + assign Revit to cho@acme.example

team design
  2. + assign AutoCAD to ben@acme.example
  3. + make ben@acme.example secondary admin
       added because the account's rules require it (STEP003)
       this person has not accepted the invitation yet (STEP006)
  4. ~ make ben@acme.example primary admin
       ana@acme.example becomes secondary admin
  5. - take the admin role from ana@acme.example
  6. - remove ana@acme.example
       frees AutoCAD

the whole account
  7. ~ invite cho@acme.example again

Plan: 3 to add, 2 to change, 2 to remove.
"""
    )


BRIDGE = EMPTY._replace(
    steps=(
        planned(1, Step.make("seat.assign", DESIGN, product="Maya", user=CHO), codes=("STEP003",)),
        planned(2, Step.make("group.remove_member", DESIGN, group="cad", user=CHO), needs=(1,)),
        planned(3, Step.make("seat.unassign", DESIGN, product="Maya", user=CHO), needs=(1, 2), codes=("STEP003",)),
    ),
)


def test_a_temporary_seat_is_marked() -> None:
    assert plan_text.render(BRIDGE, nowhere, PLAIN) == (
        """\
Account acme (serial 12) at sqlite:///.seatsync/account.db, on 2026-11-21

team design
  1. + assign Maya to cho@acme.example
       temporary, so that nobody loses the product in between (STEP003)
  2. - take cho@acme.example out of group cad
  3. - take Maya from cho@acme.example
       was assigned temporarily (STEP003)

Plan: 1 to add, 0 to change, 2 to remove.
"""
    )


def test_verbose_with_order_reason_and_performers() -> None:
    plan = HANDOVER._replace(
        steps=HANDOVER.steps[:4],
        unmanaged=((("team", "legacy"),), (("team", "design"), ("user", CHO), ("product", "Revit"))),
        unseen=((("team", "audit"),),),
    )
    assert plan_text.render(plan, nowhere, PLAIN, verbose=True) == (
        """\
Account acme (serial 12) at sqlite:///.seatsync/account.db, on 2026-11-21

team sales
  1. + assign Revit to cho@acme.example
       because of teams/sales.yaml:9:7
       may be done by ana@acme.example

team design
  2. + assign AutoCAD to ben@acme.example
       may be done by ana@acme.example
  3. + make ben@acme.example secondary admin
       added because the account's rules require it (STEP003)
       this person has not accepted the invitation yet (STEP006)
       because of teams/design.yaml:6:20
       may be done by ana@acme.example
  4. ~ make ben@acme.example primary admin
       ana@acme.example becomes secondary admin
       after 3
       may be done by ana@acme.example or ben@acme.example

1 team or contract is hidden from this person and left out:
  team audit

2 things in the account are not managed and stay:
  team legacy
  team design, user cho@acme.example, product Revit

Plan: 3 to add, 1 to change, 0 to remove.
"""
    )


def test_manual_steps_show_performers_and_cases() -> None:
    plan = EMPTY._replace(
        serial=None,
        actor=BEN,
        steps=(
            planned(1, Step.make("coordinator.change", CONTRACT, user=CHO), route="support", allowed=False),
            planned(
                2,
                Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN),
                route="form",
                case="CASE-3",
            ),
            planned(
                3,
                Step.make(
                    "purchase.seats",
                    DESIGN,
                    subscription="574-1",
                    now=Facts((("seats", 1),)),
                    wanted=Facts((("seats", 2),)),
                ),
                route="purchase",
            ),
            planned(4, Step.make("user.remove", DESIGN, user=CHO), route="console", performers=()),
            planned(5, Step.make("user.remove", SALES, user=CHO), route="csv"),
            planned(6, Step.make("team.delete", SALES), route="pigeon"),
            planned(7, Step.make("group.delete", SALES, group="cad"), allowed=False),
        ),
    )
    assert plan_text.render(plan, nowhere, PLAIN) == (
        """\
Account acme at sqlite:///.seatsync/account.db, on 2026-11-21, as ben@acme.example

contract 110001234567
  1. ~ make cho@acme.example software coordinator
       by the vendor's support, whom ana@acme.example asks

team design
  2. ~ make ben@acme.example contract manager of subscription 574-1
       by form, which ana@acme.example hands in; case CASE-3 is open
  3. ~ order for subscription 574-1: seats 1 -> 2
       ana@acme.example buys it, then `seatsync account purchase` records it
  4. - remove cho@acme.example
       by hand in the vendor's portal, by nobody in the account

team sales
  5. - remove cho@acme.example
       by an import in the vendor's portal, by ana@acme.example
  6. - delete the team
       by pigeon, by ana@acme.example
  7. - delete group cad
       ben@acme.example may not do this; ana@acme.example may

Waiting for people:
  step 1, contract 110001234567: make cho@acme.example software coordinator
    by the vendor's support, whom ana@acme.example asks
  step 2, team design: make ben@acme.example contract manager of subscription 574-1
    by form, which ana@acme.example hands in; case CASE-3 is open
  step 3, team design: order for subscription 574-1: seats 1 -> 2
    ana@acme.example buys it, then this records it:
    seatsync account purchase --subscription 574-1 --seats 2 --target sqlite:///.seatsync/account.db
  step 4, team design: remove cho@acme.example
    by hand in the vendor's portal, by nobody in the account
  step 5, team sales: remove cho@acme.example
    by an import in the vendor's portal, by ana@acme.example
  step 6, team sales: delete the team
    by pigeon, by ana@acme.example

Plan: 0 to add, 3 to change, 4 to remove, 6 to be done by people.
"""
    )


def test_a_renamed_team_has_its_new_name_from_then_on() -> None:
    studio = Scope("team", "studio")
    plan = EMPTY._replace(
        steps=(
            planned(1, Step.make("user.invite", Scope("team", "build"), user=CHO)),
            planned(2, Step.make("group.rename", DESIGN, group="modellers", to="bim")),
            planned(3, Step.make("group.remove_member", DESIGN, group="bim", user=CHO)),
            planned(4, Step.make("admin.revoke", DESIGN, user=BEN)),
            planned(5, Step.make("team.rename", studio, to="atelier")),
            planned(6, Step.make("admin.revoke", Scope("team", "atelier"), user=BEN)),
            planned(7, Step.make("group.rename", SALES, group="a", to="b")),
        ),
    )
    assert plan_text.render(plan, nowhere, PLAIN) == (
        """\
Account acme (serial 12) at sqlite:///.seatsync/account.db, on 2026-11-21

team build
  1. + invite cho@acme.example

team design
  2. ~ rename group modellers to bim
  3. - take cho@acme.example out of group bim
  4. - take the admin role from ben@acme.example

team studio
  5. ~ rename the team to atelier

team atelier
  6. - take the admin role from ben@acme.example

team sales
  7. ~ rename group a to b

Plan: 1 to add, 3 to change, 3 to remove.
"""
    )


def test_blocked_steps_show_their_dependency() -> None:
    buy = Step.make("purchase.seats", DESIGN, subscription="574-1", now=1, wanted=2)
    plan = EMPTY._replace(
        steps=(
            planned(1, buy, route="purchase"),
            planned(2, Step.make("seat.assign", DESIGN, product="AutoCAD", user=BEN), needs=(1,)),
            planned(3, Step.make("user.remove", SALES, user=BEN), needs=(2,)),
            planned(4, Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN), route="form"),
            planned(5, Step.make("user.remove", DESIGN, user=ANA), needs=(4,)),
        ),
    )
    text = plan_text.render(plan, nowhere, PLAIN, verbose=True)
    assert text.replace("       may be done by ana@acme.example\n", "") == (
        """\
Account acme (serial 12) at sqlite:///.seatsync/account.db, on 2026-11-21

team design
  1. ~ order for subscription 574-1: 1 -> 2
       ana@acme.example buys it, then `seatsync account purchase` records it
  2. + assign AutoCAD to ben@acme.example
       after 1; waits for step 1

team sales
  3. - remove ben@acme.example
       after 2; waits for step 1

team design
  4. ~ make ben@acme.example contract manager of subscription 574-1
       by form, which ana@acme.example hands in
  5. - remove ana@acme.example
       after 4; waits for step 4

Waiting for people:
  step 1, team design: order for subscription 574-1: 1 -> 2
    ana@acme.example buys it, then this records it:
    seatsync account purchase --subscription 574-1 --target sqlite:///.seatsync/account.db
  step 4, team design: make ben@acme.example contract manager of subscription 574-1
    by form, which ana@acme.example hands in

Plan: 1 to add, 2 to change, 2 to remove, 2 to be done by people, 3 wait for that.
"""
    )
    assert "waits" not in plan_text.render(plan, nowhere, PLAIN)
    assert plan_text.summary_line(plan._replace(steps=plan.steps[:2])) == (
        "Plan: 1 to add, 1 to change, 0 to remove, 1 to be done by people, 1 waits for that."
    )


def test_warnings_block_a_strict_plan() -> None:
    warning = Finding("POLICY101", Severity.WARNING, "an own rule")
    plan = HANDOVER._replace(steps=HANDOVER.steps[2:3])
    last_line = "\nPlan: 1 to add, 0 to change, 0 to remove."
    assert plan_text.render(plan, nowhere, PLAIN).endswith(f"{last_line}\n")
    assert plan_text.render(plan, nowhere, PLAIN, strict=True).endswith(
        f"{last_line} It cannot be applied with --strict: 1 warning (STEP006).\n"
    )
    assert plan_text.render(plan._replace(findings=(warning,)), nowhere, PLAIN, strict=True).endswith(
        f"{last_line} It cannot be applied with --strict: 2 warnings (POLICY101, STEP006).\n"
    )
    error = warning._replace(severity=Severity.ERROR)
    assert plan_text.render(plan._replace(findings=(error,)), nowhere, PLAIN, strict=True).endswith(
        f"{last_line} It cannot be applied: 1 error.\n"
    )


def test_nothing_to_change() -> None:
    assert plan_text.render(EMPTY, nowhere, PLAIN) == (
        "Account acme (serial 12) at sqlite:///.seatsync/account.db, on 2026-11-21\n"
        "\n"
        "Nothing to change: the account is as declared.\n"
    )


def test_untouched_things_are_counted() -> None:
    plan = EMPTY._replace(actor=BEN, unmanaged=((("team", "legacy"),),), unseen=((("team", "a"),), (("team", "b"),)))
    assert plan_text.render(plan, nowhere, PLAIN) == (
        """\
Account acme (serial 12) at sqlite:///.seatsync/account.db, on 2026-11-21, as ben@acme.example

2 teams or contracts are hidden from this person and left out (listed with -v).

1 thing in the account is not managed and stays (listed with -v).

Nothing to change in what ben@acme.example sees.
"""
    )


def test_facts_that_no_source_shows_are_counted_or_listed() -> None:
    plan = EMPTY._replace(
        unknown=(Unknown("design", "group_products", "usage report"),),
        assumed=(
            Assumed((("user", BEN),), "status", "active"),
            Assumed((("team", "design"), ("group", "cad")), "members", ("a@x", "b@x", "c@x", "d@x")),
        ),
        synced=((("team", "design"), ("group", "all")),),
    )
    short = """\
1 kind of fact is unknown, so nothing about it is planned (listed with -v).

2 facts are assumed, because no source shows them (listed with -v).

1 thing is kept by a directory, so nothing about it is planned (listed with -v).
"""
    assert short in plan_text.render(plan, nowhere, PLAIN)
    listed = """\
1 kind of fact is unknown, so nothing about it is planned:
  team design: group products (usage report)

2 facts are assumed, because no source shows them:
  user ben@acme.example: that they accepted the invitation
  team design, group cad: that it exists, with a@x, b@x, c@x and 1 more in it

1 thing is kept by a directory, so nothing about it is planned:
  team design, group all
"""
    assert listed in plan_text.render(plan, nowhere, PLAIN, verbose=True)


def test_a_refused_plan_shows_the_reason() -> None:
    guard = Finding(
        "GUARD001",
        Severity.ERROR,
        "2 of 4 admins would go, more than 20% (0)",
        hint="--allow GUARD001.admins=2 lets it pass",
    )
    step = Finding(
        "STEP007", Severity.ERROR, "channel is store, reseller declared", Location("subscriptions.yaml", 3, 5, 3, 9)
    )
    plan = HANDOVER._replace(steps=HANDOVER.steps[4:5], findings=(guard, step))
    assert plan_text.render(plan, nowhere, PLAIN) == (
        """\
Account acme (serial 12) at sqlite:///.seatsync/account.db, on 2026-11-21

team design
  5. - take the admin role from ana@acme.example

error GUARD001 2 of 4 admins would go, more than 20% (0)
  hint: --allow GUARD001.admins=2 lets it pass

subscriptions.yaml:3:5: error STEP007 channel is store, reseller declared

Plan: 0 to add, 0 to change, 1 to remove. It cannot be applied: 2 errors.
"""
    )


def test_colours() -> None:
    plan = HANDOVER._replace(steps=(HANDOVER.steps[1], HANDOVER.steps[3], HANDOVER.steps[5]))
    assert plan_text.render(plan, nowhere, Paint(on=True)) == (
        "Account \x1b[1macme\x1b[0m (serial 12) at sqlite:///.seatsync/account.db, on 2026-11-21\n"
        "\n"
        "\x1b[1mteam design\x1b[0m\n"
        "  2. \x1b[32m+\x1b[0m assign AutoCAD to ben@acme.example\n"
        "  4. \x1b[33m~\x1b[0m make ben@acme.example primary admin\n"
        "       ana@acme.example becomes secondary admin\n"
        "  6. \x1b[31m-\x1b[0m remove ana@acme.example\n"
        "       frees AutoCAD\n"
        "\n"
        "\x1b[1mPlan: 1 to add, 1 to change, 1 to remove.\x1b[0m\n"
    )


def test_available_formats() -> None:
    rendering = RenderOptions(nowhere, PLAIN)
    assert list(PLANS) == ["text", "json", "markdown", "html", "sarif", "junit", "github", "gitlab"]
    assert PLANS["text"](EMPTY, rendering) == plan_text.render(EMPTY, nowhere, PLAIN)
    assert '"format": "seatsync/plan/1"' in "".join(PLANS["json"](EMPTY, rendering))
