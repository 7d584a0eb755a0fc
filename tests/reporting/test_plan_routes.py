"""Plans for a portal, in every format: the route of each step, and the work that is left to people."""

from __future__ import annotations

import json

import pytest

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import Scope
from seatsync.errors import PlanRefused
from seatsync.planning.assignments import work_of
from seatsync.planning.plan import Limit, MachineWork, Plan, Undo, to_json
from seatsync.planning.plan_file import from_json
from seatsync.planning.preview import Preview
from seatsync.reading.schema import validate_document
from seatsync.reporting import plan_diff_report
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.plan import plan_html, plan_markdown
from seatsync.reporting.terminal import PLAIN
from tests.reporting.hostile import OWN
from tests.reporting.rendered import rendered
from tests.reporting.test_plan_html import Page
from tests.reporting.test_plan_markdown import with_names
from tests.reporting.test_plan_text import ANA, BEN, CHO, DESIGN, EMPTY, SALES, nowhere, planned


def in_portal(plan: Plan) -> Plan:
    return plan._replace(work=work_of(plan))


def invite(user: str, team: Scope = DESIGN) -> Step:
    return Step.make("user.invite", team, user=user, first_name="", last_name="")


PORTAL = in_portal(
    EMPTY._replace(
        steps=(
            planned(1, invite("p1@acme.example"), route="csv", performers=(ANA, BEN)),
            planned(2, invite("p2@acme.example"), route="csv", performers=(ANA, BEN), case="CASE-4"),
            planned(
                3,
                Step.make("admin.change_primary", DESIGN, user=BEN),
                route="console",
                performers=(ANA,),
                effects=("ana@acme.example becomes secondary admin",),
            ),
            planned(
                4,
                Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN),
                route="form",
                needs=(3,),
            ),
            planned(5, Step.make("seat.unassign", DESIGN, product="Revit", user=BEN), route="console"),
            planned(6, Step.make("seat.unassign", DESIGN, product="Revit", user=CHO), route="console"),
            planned(
                7,
                Step.make(
                    "purchase.seats",
                    DESIGN,
                    subscription="574-1",
                    now=Facts((("seats", 5),)),
                    wanted=Facts((("seats", 8),)),
                ),
                route="purchase",
                needs=(4,),
                performers=(BEN,),
            ),
            planned(8, Step.make("team.delete", SALES), route="support", performers=()),
        )
    )
)
BY_API = in_portal(
    EMPTY._replace(
        steps=(
            planned(1, invite(CHO), route="api"),
            planned(2, Step.make("admin.assign_secondary", DESIGN, user=CHO), route="console", needs=(1,)),
            planned(3, Step.make("seat.assign", DESIGN, product="Revit", user=CHO), route="api", needs=(1,)),
            planned(4, Step.make("seat.assign", SALES, product="Revit", user=BEN), route="api", needs=(2,)),
            planned(5, Step.make("seat.unassign", SALES, product="Revit", user=ANA), route="api", case="CASE-9"),
            planned(6, Step.make("admin.revoke", SALES, user=BEN), route="console", needs=(4,), performers=(BEN,)),
        ),
        machine=(MachineWork("api", "design", 2, 6, 0), MachineWork("api", "sales", 2, 108, 2)),
    )
)
WORK = """\
8 steps in 6 entries are left to people:
  csv (import files): 2 steps in 1 entry
  console (by hand in the portal): 3 steps in 2 entries
  form: 1 step in 1 entry
  support: 1 step in 1 entry
  purchase: 1 step in 1 entry
  ana@acme.example: 6 steps in 4 entries (csv 1, console 2, form 1)
  ben@acme.example: 1 step in 1 entry
  nobody in the account: 1 step in 1 entry
"""


def text_of(plan: Plan, *, verbose: bool = False, by_person: bool = False) -> str:
    """Return the text of a plan, without the line about the account."""
    options = RenderOptions(nowhere, PLAIN, verbose=verbose, by_person=by_person)
    return PLANS["text"](plan, options).partition("\n\n")[2]


def test_text() -> None:
    assert text_of(PORTAL) == (
        """\
team design
  1. + invite p1@acme.example (csv)
  2. + invite p2@acme.example (csv)
       case CASE-4 is open
  3. ~ make ben@acme.example primary admin (console)
       ana@acme.example becomes secondary admin
  4. ~ make ben@acme.example contract manager of subscription 574-1
       by form, which ana@acme.example hands in
  5. - take Revit from ben@acme.example (console)
  6. - take Revit from cho@acme.example (console)
  7. ~ order for subscription 574-1: seats 5 -> 8
       ben@acme.example buys it

team sales
  8. - delete the team
       by the vendor's support, whom nobody in the account asks

"""
        + WORK
        + """
Waiting for people:
  step 4, team design: make ben@acme.example contract manager of subscription 574-1
    by form, which ana@acme.example hands in
  step 7, team design: order for subscription 574-1: seats 5 -> 8
    ben@acme.example buys it
  step 8, team sales: delete the team
    by the vendor's support, whom nobody in the account asks

Plan: 2 to add, 3 to change, 3 to remove, 8 to be done by people.
"""
    )


def test_verbose_text_names_the_people() -> None:
    lines = text_of(PORTAL, verbose=True).splitlines()
    assert lines[1:5] == [
        "  1. + invite p1@acme.example (csv)",
        "       may be done by ana@acme.example or ben@acme.example",
        "  2. + invite p2@acme.example (csv)",
        "       case CASE-4 is open",
    ]
    assert "       after 3" in lines  # of the form, which waits for nobody in particular


def test_another_actor() -> None:
    one = planned(1, invite(CHO), route="console", performers=(ANA,), allowed=False)
    found = text_of(in_portal(EMPTY._replace(actor=BEN, steps=(one,))))
    assert (
        "  1. + invite cho@acme.example (console)\n       ben@acme.example may not do this; ana@acme.example may\n"
        in found
    )


def test_nothing_is_left_to_people() -> None:
    assert text_of(in_portal(EMPTY)) == "Nothing to change: the account is as declared.\n"


def test_steps_by_api() -> None:
    assert text_of(BY_API, verbose=True) == (
        """\
team design
  1. + invite cho@acme.example (api)
       may be done by ana@acme.example
  2. + make cho@acme.example secondary admin (console)
       after 1
       may be done by ana@acme.example
  3. + assign Revit to cho@acme.example (api)
       after 1
       may be done by ana@acme.example

team sales
  4. + assign Revit to ben@acme.example (api)
       after 2; waits for step 2
       may be done by ana@acme.example
  5. - take Revit from ana@acme.example (api)
       it is unknown whether it was done (CASE-9); apply asks first
       may be done by ana@acme.example
  6. - take the admin role from ben@acme.example (console)
       after 4
       may be done by ben@acme.example

4 steps are carried out by the vendor's API, in 114 calls and about 2 minutes:
  team design: 2 steps, 6 calls and less than a minute
  team sales: 2 steps, 108 calls and about 2 minutes
  1 of them waits for people, and for another apply

2 steps in 2 entries are left to people:
  console (by hand in the portal): 2 steps in 2 entries
  ana@acme.example: 1 step in 1 entry
  ben@acme.example: 1 step in 1 entry

Plan: 4 to add, 0 to change, 2 to remove, 2 to be done by people, 1 waits for that.
"""
    )


def test_steps_by_api_are_in_no_work_list() -> None:
    found = text_of(BY_API, by_person=True)
    assert found.startswith(
        """\
ana@acme.example, 1 step
    2. team design: make cho@acme.example secondary admin (console)

ben@acme.example, 1 step
  after ana@acme.example has done 2:
    6. team sales: take the admin role from ben@acme.example (console)

4 steps are carried out by the vendor's API, in 114 calls and about 2 minutes:
"""
    )


def test_steps_by_api_in_other_formats() -> None:
    markdown = plan_markdown.render(BY_API, None)
    assert (
        """
#### 4 steps are carried out by the vendor's API, in 114 calls and about 2 minutes

- team design: 2 steps, 6 calls and less than a minute
- team sales: 2 steps, 108 calls and about 2 minutes
- 1 of them waits for people, and for another apply

#### 2 steps in 2 entries are left to people
"""
        in markdown
    )
    assert "| 1 | invite `cho@acme.example` (api) |" in markdown
    page = plan_html.render(BY_API, None)
    assert '<section id="machine"' in page
    assert "<li>team sales: 2 steps, 108 calls and about 2 minutes</li>" in page
    assert '["route api","it is unknown whether it was done (CASE-9); apply asks first"],[],-2,[]' in page


def test_a_plan_with_steps_by_api_is_read_back() -> None:
    document = json.loads(to_json(BY_API))
    assert document["machine"][1] == {"route": "api", "team": "sales", "steps": 2, "calls": 108, "minutes": 2}
    assert validate_document(document, "plan") == []
    assert from_json(to_json(BY_API)) == BY_API
    for machine in (
        (),
        BY_API.machine[:1],
        (BY_API.machine[0]._replace(steps=3), BY_API.machine[1]),
        (*BY_API.machine, BY_API.machine[1]),
        (*BY_API.machine, BY_API.machine[1]._replace(team="civil")),
    ):
        with pytest.raises(PlanRefused):
            from_json(to_json(BY_API._replace(machine=machine)))


def test_the_calls_of_two_plans_are_compared() -> None:
    longer = BY_API._replace(machine=(BY_API.machine[0], BY_API.machine[1]._replace(calls=110)))
    text = plan_diff_report.render_text(plan_diff_report.plan_diff(BY_API, longer), ("a", "b"), PLAIN)
    assert "  ~ machine.sales.calls: 108 -> 110\n" in text


def test_work_lists_follow_the_entries() -> None:
    assert text_of(PORTAL, by_person=True) == (
        """\
ana@acme.example, 6 steps
    1. team design: invite p1@acme.example (csv)
    2. team design: invite p2@acme.example (csv)
        case CASE-4 is open
    3. team design: make ben@acme.example primary admin (console)
    4. team design: make ben@acme.example contract manager of subscription 574-1
        hand in the form
    5. team design: take Revit from ben@acme.example (console)
    6. team design: take Revit from cho@acme.example (console)

ben@acme.example, 1 step
  after ana@acme.example has done 3–4:
    7. team design: order for subscription 574-1: seats 5 -> 8
        once 4 is settled
        buy it

nobody in the account may do these steps
    8. team sales: delete the team

"""
        + WORK
        + """
2 people, 1 hand-over.

Plan: 2 to add, 3 to change, 3 to remove, 8 to be done by people.
"""
    )


def test_markdown() -> None:
    found = plan_markdown.render(PORTAL, None)
    assert (
        """
#### 8 steps in 6 entries are left to people

- csv (import files): 2 steps in 1 entry
- console (by hand in the portal): 3 steps in 2 entries
- form: 1 step in 1 entry
- support: 1 step in 1 entry
- purchase: 1 step in 1 entry
- `ana@acme.example`: 6 steps in 4 entries (csv 1, console 2, form 1)
- `ben@acme.example`: 1 step in 1 entry
- nobody in the account: 1 step in 1 entry

#### Waiting for people

| Step | Where | What | How |
|--:|---|---|---|
| 4 | team design | make `ben@acme.example` contract manager of subscription `574-1` | \
by form, which `ana@acme.example` hands in |
| 7 | team design | order for subscription `574-1`: seats 5 -> 8 | `ben@acme.example` buys it |
| 8 | team sales | delete the team | by the vendor's support, whom nobody in the account asks |

#### Steps in order
"""
        in found
    )
    assert "| 1 | invite `p1@acme.example` (csv) |  | `ana@acme.example` or `ben@acme.example` |\n" in found
    assert "| 2 | invite `p2@acme.example` (csv)<br>case `CASE-4` is open |  |" in found
    assert "- step 3: team design: make `ben@acme.example` primary admin (console)\n" in found
    assert "left to people" not in plan_markdown.render(in_portal(EMPTY), None)


def test_html() -> None:
    found = plan_html.render(PORTAL, None)
    assert '<h2 id="work-title">8 steps in 6 entries are left to people</h2>' in found
    assert "<li>ana@acme.example: 6 steps in 4 entries (csv 1, console 2, form 1)</li>" in found
    assert [row[4][:1] for row in Page(found).data["steps"]] == [
        ["route csv"],
        ["route csv"],
        ["route console"],
        ["by form, which ana@acme.example hands in"],
        ["route console"],
        ["route console"],
        ["ben@acme.example buys it"],
        ["by the vendor's support, whom nobody in the account asks"],
    ]
    assert 'id="work"' not in plan_html.render(in_portal(EMPTY), None)


def named(text: str) -> tuple[Plan, Preview]:
    """Return a plan for a portal in which everything has this name, and its preview."""
    plan, preview = with_names(text)
    return in_portal(plan._replace(steps=tuple(each._replace(route="console") for each in plan.steps))), preview


@pytest.mark.parametrize("text", [text for text in OWN if "\n" not in text])
def test_names_are_not_markup(text: str) -> None:
    assert rendered(plan_markdown.render(*named(text))).found == []
    assert Page(plan_html.render(*named(text))).shape == Page(plan_html.render(*named("name"))).shape


def test_json() -> None:
    text = "".join(PLANS["json"](PORTAL, RenderOptions(nowhere, PLAIN)))
    document = json.loads(text)
    assert validate_document(document, "plan") == []
    assert document["work"] == [
        {"person": ANA, "route": "csv", "steps": 2, "entries": 1},
        {"person": ANA, "route": "console", "steps": 3, "entries": 2},
        {"person": ANA, "route": "form", "steps": 1, "entries": 1},
        {"person": BEN, "route": "purchase", "steps": 1, "entries": 1},
        {"person": None, "route": "support", "steps": 1, "entries": 1},
    ]
    assert document["summary"]["manual"] == 8
    assert from_json(text) == PORTAL


LIMITED = PORTAL._replace(limit=Limit(("csv", "console"), 3))


def test_limited_to_routes() -> None:
    heading = PLANS["text"](LIMITED, RenderOptions(nowhere, PLAIN)).partition("\n\n")[0]
    assert heading.endswith(", on 2026-11-21, only routes csv and console")
    assert text_of(LIMITED).endswith(
        "8 to be done by people. 3 steps of other routes, or that need one, are left out.\n"
    )
    assert text_of(PORTAL._replace(limit=Limit(("csv",), 0))).endswith("8 to be done by people.\n")
    nothing = in_portal(EMPTY)._replace(limit=Limit(("csv",), 1))
    assert (
        text_of(nothing) == "Nothing to change by route csv: 1 step of another route, or that needs one, is left out.\n"
    )
    undo = nothing._replace(undo=Undo(3, whole=False))
    assert text_of(undo) == text_of(nothing)
    assert "<dt>Limited to</dt><dd>routes csv and console</dd>" in plan_html.render(LIMITED, None)
    assert from_json("".join(PLANS["json"](LIMITED, RenderOptions(nowhere, PLAIN)))) == LIMITED
