from __future__ import annotations

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import WHOLE_ACCOUNT
from seatsync.finding import Finding, Severity
from seatsync.planning.plan import Plan
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.terminal import PLAIN
from tests.reporting.test_plan_text import ANA, BEN, BRIDGE, CHO, CONTRACT, DESIGN, EMPTY, SALES, nowhere, planned


def shown(plan: Plan) -> str:
    """Return the plan by person, without the line about the account."""
    text = PLANS["text"](plan, RenderOptions(nowhere, PLAIN, by_person=True))
    return text.partition("\n\n")[2]


def test_a_role_is_handed_over_and_used() -> None:
    steps = (
        planned(1, Step.make("admin.assign_secondary", DESIGN, user=CHO), performers=(ANA,)),
        planned(2, Step.make("seat.assign", SALES, product="Revit", user=CHO), performers=(ANA,)),
        planned(3, Step.make("admin.change_primary", DESIGN, user=CHO), needs=(1,), performers=(ANA, CHO)),
        planned(4, Step.make("admin.assign_sso", DESIGN, user=BEN), performers=(CHO,)),
        planned(5, Step.make("admin.revoke", DESIGN, user=ANA), needs=(3,), performers=(ANA, CHO)),
    )
    assert (
        shown(EMPTY._replace(steps=steps))
        == """\
ana@acme.example, 4 steps
    1. team design: make cho@acme.example secondary admin
    2. team sales: assign Revit to cho@acme.example
    3. team design: make cho@acme.example primary admin
    5. team design: take the admin role from ana@acme.example

cho@acme.example, 1 step
  after ana@acme.example has done 1 and 3:
    4. team design: make ben@acme.example SSO admin

2 people, 1 hand-over.

Plan: 3 to add, 1 to change, 1 to remove.
"""
    )


def test_a_person_who_loses_a_role_acts_first() -> None:
    steps = (
        planned(1, Step.make("group.create", DESIGN, group="cad"), performers=(BEN,)),
        planned(2, Step.make("group.create", DESIGN, group="bim"), performers=(BEN,)),
        planned(3, Step.make("admin.revoke", DESIGN, user=BEN), performers=(ANA,)),
        planned(4, Step.make("user.update", WHOLE_ACCOUNT, user=CHO, first_name="", last_name=""), performers=(ANA,)),
        planned(5, Step.make("group.create", DESIGN, group="lab"), performers=(ANA,)),
    )
    assert (
        shown(EMPTY._replace(steps=steps))
        == """\
ben@acme.example, 2 steps
    1. team design: create group cad
    2. team design: create group bim

ana@acme.example, 3 steps
  after ben@acme.example has done 2:
    3. team design: take the admin role from ben@acme.example
    4. change the name of cho@acme.example to nothing
    5. team design: create group lab

2 people, 1 hand-over.

Plan: 3 to add, 1 to change, 1 to remove.
"""
    )


def test_forms_support_and_purchases_are_assigned() -> None:
    wanted = Facts((("seats", 30),))
    steps = (
        planned(1, Step.make("team.delete", SALES), route="support", performers=(ANA, BEN), case="case-7"),
        planned(
            2,
            Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN),
            route="form",
            performers=(ANA,),
        ),
        planned(3, Step.make("user.remove", DESIGN, user=ANA), needs=(2,), performers=(BEN,)),
        planned(
            4,
            Step.make("purchase.seats", CONTRACT, product="Old", now=None, wanted=wanted),
            route="purchase",
            performers=(CHO,),
        ),
        planned(5, Step.make("seat.assign", CONTRACT, product="Old", user=ANA), needs=(4,), performers=(CHO,)),
        planned(6, Step.make("team.rename", SALES, to="trade"), performers=()),
    )
    finding = Finding("ACCESS003", Severity.ERROR, "nobody in the account may rename team sales")
    assert (
        shown(EMPTY._replace(steps=steps, findings=(finding,), actor="Ben@acme.example"))
        == """\
ben@acme.example, 2 steps
    1. team sales: delete the team
        ask the vendor's support; case case-7 is open
  after ana@acme.example has done 2:
    3. team design: remove ana@acme.example

ana@acme.example, 1 step
    2. team design: make ben@acme.example contract manager of subscription 574-1
        hand in the form

cho@acme.example, 2 steps
    4. contract 110001234567: buy product Old: 30 seats
        buy it, then record it with `seatsync account purchase`
    5. contract 110001234567: assign Old to ana@acme.example
        once 4 is settled

nobody in the account may do these steps
    6. team sales: rename the team to trade

error ACCESS003 nobody in the account may rename team sales

3 people, 1 hand-over.

Plan: 1 to add, 3 to change, 2 to remove, 3 to be done by people, 1 waits for that. It cannot be applied: 1 error.
"""
    )


def test_many_waits_at_once() -> None:
    steps = (
        *(planned(number, Step.make("group.create", DESIGN, group=f"g{number}")) for number in (1, 2, 3)),
        planned(4, Step.make("group.create", SALES, group="g"), performers=(BEN,)),
        planned(5, Step.make("group.delete", SALES, group="h"), needs=(1, 2, 3, 4), performers=(CHO,)),
        planned(6, Step.make("group.delete", SALES, group="i"), needs=(1, 4), performers=(CHO,)),
    )
    assert (
        shown(EMPTY._replace(steps=steps))
        == """\
ana@acme.example, 3 steps
    1. team design: create group g1
    2. team design: create group g2
    3. team design: create group g3

ben@acme.example, 1 step
    4. team sales: create group g

cho@acme.example, 2 steps
  after ana@acme.example has done 1–3, ben@acme.example has done 4:
    5. team sales: delete group h
    6. team sales: delete group i

3 people, 2 hand-overs.

Plan: 4 to add, 0 to change, 2 to remove.
"""
    )


def test_nothing_to_do() -> None:
    assert shown(EMPTY) == "Nothing to change: the account is as declared.\n"


def test_an_undeclared_step_shows_its_reason() -> None:
    assert (
        shown(BRIDGE)
        == """\
ana@acme.example, 3 steps
    1. team design: assign Maya to cho@acme.example
        temporary, so that nobody loses the product in between (STEP003)
    2. team design: take cho@acme.example out of group cad
    3. team design: take Maya from cho@acme.example
        was assigned temporarily (STEP003)

1 person, no hand-over.

Plan: 1 to add, 0 to change, 2 to remove.
"""
    )
