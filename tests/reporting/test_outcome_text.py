from __future__ import annotations

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.applying.outcomes import Applied, StepOutcome
from seatsync.planning.plan import PlannedStep
from seatsync.reporting import outcome_report
from seatsync.reporting.terminal import PLAIN, Paint

DESIGN = Scope("team", "design")
ANA, BEN = "ana@acme.example", "ben@acme.example"


def planned(number: int, step: Step, route: str = "account", case: str | None = None) -> PlannedStep:
    action = ACTIONS[step.action]
    return PlannedStep(number, step, action.kind, action.channel, route, performers=(ANA,), case=case)


STEPS = {
    each.id: each
    for each in (
        planned(1, Step.make("admin.assign_secondary", DESIGN, user=BEN)),
        planned(2, Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN), "form"),
        planned(3, Step.make("team.delete", Scope("team", "old")), "support", "CASE-1"),
        planned(4, Step.make("purchase.seats", DESIGN, subscription="574-1", now=3, wanted=4), "purchase"),
        planned(5, Step.make("user.resend_invitation", WHOLE_ACCOUNT, user=BEN)),
    )
}


def test_one_line_per_step() -> None:
    outcomes = [
        StepOutcome(1, "done"),
        StepOutcome(2, "case", "CASE-2"),
        StepOutcome(3, "waits", "CASE-1"),
        StepOutcome(4, "waits"),
        StepOutcome(1, "skipped", waits_for=4),
        StepOutcome(1, "skipped", waits_for=3),
        StepOutcome(5, "skipped", waits_for=1),
        StepOutcome(1, "failed", "STEP001: ben\x1b is gone"),
    ]
    assert "".join(outcome_report.line(outcome, STEPS, PLAIN) for outcome in outcomes) == (
        """\
  done     team design: make ben@acme.example secondary admin
  case     team design: make ben@acme.example contract manager of subscription 574-1 (CASE-2, by form, which ana@acme.example hands in)
  waits    team old: delete the team (by the vendor's support, whom ana@acme.example asks; case CASE-1 is open)
  waits    team design: order for subscription 574-1: 3 -> 4 (ana@acme.example buys it, then `seatsync account purchase` records it)
  skipped  team design: make ben@acme.example secondary admin (waits for: order for subscription 574-1: 3 -> 4)
  skipped  team design: make ben@acme.example secondary admin (waits for: team old: delete the team)
  skipped  invite ben@acme.example again (waits for: team design: make ben@acme.example secondary admin)
  failed   team design: make ben@acme.example secondary admin (STEP001: ben\\x1b is gone)
"""  # noqa: E501 - literal output
    )


def test_cases_of_the_real_account() -> None:
    steps = {
        1: planned(1, Step.make("seat.assign", DESIGN, product="Revit", user=BEN), "csv"),
        2: planned(2, Step.make("seat.unassign", DESIGN, product="Revit", user=ANA), "console", "CASE-1"),
        3: planned(3, Step.make("purchase.seats", DESIGN, subscription="574-1", now=3, wanted=4), "purchase"),
    }
    outcomes = [StepOutcome(1, "case", "CASE-2"), StepOutcome(2, "waits", "CASE-1"), StepOutcome(3, "case", "CASE-3")]
    assert "".join(outcome_report.line(outcome, steps, PLAIN) for outcome in outcomes) == (
        """\
  case     team design: assign Revit to ben@acme.example (CASE-2, csv)
  waits    team design: take Revit from ana@acme.example (CASE-1, console)
  case     team design: order for subscription 574-1: 3 -> 4 (CASE-3, ana@acme.example buys it)
"""
    )


def test_colours() -> None:
    paint = Paint(on=True)
    words = [
        outcome_report.line(StepOutcome(1, status), STEPS, paint).partition(" team")[0]
        for status in ("done", "failed", "waits")
    ]
    assert words == ["  \x1b[32mdone    \x1b[0m", "  \x1b[31mfailed  \x1b[0m", "  \x1b[36mwaits   \x1b[0m"]


def last(*outcomes: StepOutcome, serial: int | None = 7) -> str:
    return outcome_report.last_line(Applied(outcomes, serial), STEPS, PLAIN)


DONE, SKIPPED, FAILED = StepOutcome(1, "done"), StepOutcome(1, "skipped", waits_for=2), StepOutcome(1, "failed")
CASE, OPEN, PURCHASE = StepOutcome(2, "case", "CASE-2"), StepOutcome(3, "waits", "CASE-1"), StepOutcome(4, "waits")


def test_summary_line() -> None:
    assert last(DONE) == "Apply: 1 step done. The account is at serial 7.\n"
    assert last(DONE, DONE, serial=None) == "Apply: 2 steps done.\n"
    untried = StepOutcome(1, "skipped", "not tried")
    assert last(DONE, untried, untried, SKIPPED, serial=None) == (
        "Apply: 1 step done, 2 not tried, 1 waits for other steps.\n"
    )
    assert last(DONE, FAILED) == "Apply: 1 step done, 1 refused by the account. The account is at serial 7.\n"


def test_advice_is_on_its_own_line() -> None:
    assert last(CASE, SKIPPED) == (
        """\
Apply: 0 steps done, 1 waits for people, 1 waits for other steps. The account is at serial 7.
`seatsync account cases` lists the open cases; apply again when that is settled.
"""
    )
    assert last(DONE, PURCHASE, SKIPPED, SKIPPED) == (
        """\
Apply: 1 step done, 1 waits for people, 2 wait for other steps. The account is at serial 7.
`seatsync account purchase` records what was bought; apply again when that is settled.
"""
    )
    assert last(OPEN, PURCHASE) == (
        """\
Apply: 0 steps done, 2 wait for people. The account is at serial 7.
`seatsync account cases` lists the open cases, `seatsync account purchase` records what was bought; apply again when that is settled.
"""  # noqa: E501 - literal output
    )
