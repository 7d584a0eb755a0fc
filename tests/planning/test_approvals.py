"""Counting of approvals: by people entitled before the plan, not the author, of the same intent, once per person."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.account.access import performers
from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.errors import FileProblem
from seatsync.planning.checks.approvals import Approval, check_approvals, recorded
from seatsync.planning.plan import Plan, Required, to_json
from seatsync.planning.plan_file import from_json
from seatsync.reporting.plan.plan_people import render_approvals, wanted
from seatsync.reporting.terminal import PLAIN
from tests.account.sample import acme
from tests.chance import chances
from tests.planning.states import PEOPLE, pair
from tests.reporting.test_plan_text import EMPTY, planned

DESIGN, STUDIO = Scope("team", "design"), Scope("team", "studio")
PEOPLE_OF = {name[0]: f"{name}@acme.example" for name in ("ana", "ben", "cho", "dee", "eli", "gus")}


def plan_of(*steps: Step) -> Plan:
    return EMPTY._replace(steps=tuple(planned(number, step) for number, step in enumerate(steps, 1)))


def seat(scope: Scope = DESIGN) -> Step:
    return Step.make("seat.assign", scope, product="AutoCAD", user="eli@acme.example")


def could(plan: Plan, *authors: str) -> str:
    """Return the first letters of those who may approve."""
    status = check_approvals(plan, acme(), (), Required(1, authors or ("nobody@acme.example",)))
    return "".join(name[0] for name in status.could)


@pytest.mark.parametrize(
    ("letters", "steps"),
    [
        ("abc", [seat()]),
        ("b", [seat(STUDIO)]),
        ("abc", [seat(), seat(STUDIO)]),
        ("", []),
        ("abc", [Step.make("team.rename", DESIGN, to="plans"), seat(Scope("team", "plans"))]),
        ("a", [Step.make("team.rename", DESIGN, to="plans")]),
        ("b", [Step.make("team.rename", STUDIO, to="design"), seat(DESIGN)]),
    ],
    ids=["admins", "another team", "any of its steps", "no step", "under a new name", "primary alone", "names swapped"],
)
def test_performers_with_present_roles_may_approve(letters: str, steps: list[Step]) -> None:
    assert could(plan_of(*steps)) == letters


def test_a_plan_gives_nobody_the_right_to_approve_it() -> None:
    steps = [Step.make("admin.assign_secondary", DESIGN, user="eli@acme.example"), seat()]
    assert could(plan_of(*steps)) == "abc"
    facts = Facts((("contract_manager", "dee@acme.example"),))
    bought = Step.make("purchase.subscription", DESIGN, subscription="S-9", now=None, wanted=facts)
    assert could(plan_of(bought)) == ""
    by_ana = Facts((("contract_manager", "ana@acme.example"),))
    assert (
        could(plan_of(Step.make("purchase.subscription", DESIGN, subscription="S-9", now=None, wanted=by_ana))) == "a"
    )


def test_own_rights_entitle_only_without_other_steps() -> None:
    renamed = Step.make("user.update", WHOLE_ACCOUNT, user="dee@acme.example", first_name="D", last_name="Kim")
    moved = Step.make("user.change_email", WHOLE_ACCOUNT, user="dee@acme.example", to="dk@acme.example")
    assert "d" not in could(plan_of(renamed))
    assert could(plan_of(seat(STUDIO), moved)) == "b"
    assert could(plan_of(moved)) == "d"
    assert could(plan_of(moved), "dk@acme.example") == ""


def told(plan: Plan, lines: list[str], number: int, *authors: str, account: Account | None = None) -> str:
    text = "\n".join(line.replace("INTENT", plan.intent()) for line in lines)
    approvals = tuple(recorded(text, "approved.txt"))
    status = check_approvals(plan, account or acme(), approvals, Required(number, authors))
    return render_approvals(status, PLAIN).replace(plan.intent(), "INTENT")


def test_approvals_that_count() -> None:
    other = "sha256:" + "0" * 64
    lines = [
        "# who has looked at it",
        "",
        f"cho@acme.example {other}",
        "ANA@acme.example INTENT",
        "dee@acme.example INTENT 2026-06-15",
        "\tBen@ACME.example  INTENT  looks right to me\r",
        "ben@acme.example INTENT",
    ]
    assert told(plan_of(seat()), lines, 2, "Ana@Acme.example") == (
        f"""\
Approved by 1 of 2, intent INTENT
  - cho@acme.example (approved.txt:3): approved another intent, {other}
  - ANA@acme.example (approved.txt:4): wrote the change
  - dee@acme.example (approved.txt:5): may not perform any step of this plan with their current roles
  + Ben@ACME.example (approved.txt:6)
  - ben@acme.example (approved.txt:7): has approved already
1 more is needed, by: cho@acme.example.
"""
    )


def test_steps_that_nobody_of_them_may_do_are_told() -> None:
    plan = plan_of(seat(), seat(STUDIO), Step.make("team.rename", STUDIO, to="plans"))
    assert told(plan, ["cho@acme.example INTENT"], 1, "ana@acme.example") == (
        """\
Approved by 1 of 1, intent INTENT
  + cho@acme.example (approved.txt:1)
  none of them may perform 2 steps: 2–3
"""
    )


@pytest.mark.parametrize(
    ("number", "authors", "last"),
    [
        (1, ("ana@acme.example",), "1 more is needed, by: ben@acme.example, cho@acme.example."),
        (3, ("ana@acme.example",), "3 more are needed, by: ben@acme.example, cho@acme.example; that is too few."),
        (1, tuple(PEOPLE_OF.values()), "1 more is needed, but nobody else may approve."),
    ],
)
def test_remaining_approvers(number: int, authors: tuple[str, ...], last: str) -> None:
    assert told(plan_of(seat()), [], number, *authors).splitlines()[1:] == [last]


def test_long_list_of_approvers_is_shortened() -> None:
    account = acme()
    account.teams["design"].admins |= {f"p{number:02}@acme.example": "secondary" for number in range(20)}
    text = told(plan_of(seat()), [], 1, "ana@acme.example", account=account)
    assert text.endswith("p06@acme.example, p07@acme.example and 12 more.\n")


def test_somebody_whose_address_changes_is_one_person() -> None:
    moved = Step.make("user.change_email", WHOLE_ACCOUNT, user="ben@acme.example", to="ben.okoro@acme.example")
    lines = ["ben.okoro@acme.example INTENT", "ben@acme.example INTENT"]
    text = told(plan_of(seat(), moved), lines, 2, "ana@acme.example")
    assert text.splitlines()[1:3] == [
        "  + ben.okoro@acme.example (approved.txt:1)",
        "  - ben@acme.example (approved.txt:2): has approved already",
    ]
    text = told(plan_of(seat(), moved), lines, 1, "ben.okoro@acme.example")
    assert text.count("wrote the change") == 2


@pytest.mark.parametrize(
    "line",
    [
        "ana@acme.example",
        "ana sha256:" + "0" * 64,
        "ana@acme.example sha256:0",
        "sha256:" + "0" * 64 + " ana@acme.example",
    ],
)
def test_a_line_that_is_none_is_an_error(line: str) -> None:
    with pytest.raises(FileProblem) as caught:
        list(recorded(f"# fine\n{line}\n", "approved.txt"))
    assert str(caught.value) == (
        "approved.txt:2: not an approval; "
        "write an address and the intent that the plan shows: `ana@acme.example sha256:…`"
    )


@given(st.text())
def test_any_text_is_approvals_or_an_error(text: str) -> None:
    try:
        found = list(recorded(text, "x"))
    except FileProblem:
        return
    assert len(found) <= text.count("\n") + 1


@given(chances(), st.lists(st.tuples(st.sampled_from(PEOPLE), st.booleans()), max_size=9))
def test_only_distinct_entitled_people_other_than_the_author_count(
    random: Random, said: list[tuple[str, bool]]
) -> None:
    account = pair(random)[0]
    plan = plan_of(seat(Scope("team", "build")), seat(Scope("team", "design")))
    approvals = [Approval(by, plan.intent() if right else "sha256:" + "1" * 64, "x:1") for by, right in said]
    status = check_approvals(plan, account, approvals, Required(2, (PEOPLE[0],)))
    entitled = {user for each in plan.steps for user in performers(account, each.step)} - {PEOPLE[0]}
    counted = [approval.by for approval, why in status.approvals if why is None]
    assert sorted(counted) == sorted({by for by, right in said if right and by in entitled})
    assert status.counted + len(status.could) == len(entitled)
    assert status.missing == max(0, 2 - len(counted))


def test_saved_plan_contains_the_required_number() -> None:
    plan = plan_of(seat())._replace(require=Required(2, ("ana@acme.example", "x\n@acme.example")))
    assert from_json(to_json(plan)) == plan
    assert plan.intent() == plan._replace(require=None).intent()
    assert plan.require is not None
    assert wanted(plan.require) == ("Needs 2 approvals of its intent, not by ana@acme.example or x\\n@acme.example.")


def test_approvers_are_named_if_the_account_is_known() -> None:
    required, needs = Required(1, ("ana@acme.example",)), "Needs 1 approval of its intent, not by ana@acme.example."
    assert wanted(required, ()) == f"{needs} Nobody else may approve."
    assert wanted(required, ("ben@acme.example", "x\n@acme.example")) == (
        f"{needs} May approve: ben@acme.example, x\\n@acme.example."
    )
    assert wanted(required, [f"p{number}@acme.example" for number in range(12)]).endswith(
        " p9@acme.example and 2 more."
    )
