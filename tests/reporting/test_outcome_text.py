from __future__ import annotations

from seatsync.account.actions import ACTIONS, Step
from seatsync.account.model import Scope
from seatsync.applying import Applied, StepOutcome
from seatsync.planning.plan import PlannedStep
from seatsync.reporting import outcome_text
from seatsync.reporting.paint import PLAIN, Paint

DESIGN = Scope("team", "design")
ANA, BEN = "ana@acme.example", "ben@acme.example"


def planned(number: int, step: Step, route: str = "account", case: str | None = None) -> PlannedStep:
    action = ACTIONS[step.action]
    return PlannedStep(number, step, action.kind, action.channel, route, performers=(ANA,), case=case)


SECONDARY = planned(1, Step.make("admin.assign_secondary", DESIGN, user=BEN))
TRANSFER = planned(2, Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN), "form")
WAITING = planned(3, Step.make("team.delete", DESIGN), "support", "CASE-1")


def test_a_line_a_step() -> None:
    lines = [
        outcome_text.line(SECONDARY, StepOutcome(1, "done"), PLAIN),
        outcome_text.line(TRANSFER, StepOutcome(2, "case", "CASE-2"), PLAIN),
        outcome_text.line(WAITING, StepOutcome(3, "waits", "CASE-1"), PLAIN),
        outcome_text.line(SECONDARY, StepOutcome(1, "waits", "somebody buys it"), PLAIN),
        outcome_text.line(SECONDARY, StepOutcome(1, "skipped", "waits for step 3"), PLAIN),
        outcome_text.line(SECONDARY, StepOutcome(1, "failed", "STEP001: ben\x1b is gone"), PLAIN),
    ]
    assert "".join(lines) == (
        """\
  done     team design: make ben@acme.example secondary admin
  case     team design: make ben@acme.example contract manager of subscription 574-1 (CASE-2, by form, which ana@acme.example hands in)
  waits    team design: delete the team (by the vendor's support, whom ana@acme.example asks; case CASE-1 is open)
  waits    team design: make ben@acme.example secondary admin (somebody buys it)
  skipped  team design: make ben@acme.example secondary admin (waits for step 3)
  failed   team design: make ben@acme.example secondary admin (STEP001: ben\\x1b is gone)
"""  # noqa: E501 - whole lines, as they are written
    )


def test_colours() -> None:
    paint = Paint(on=True)
    words = [
        outcome_text.line(SECONDARY, StepOutcome(1, status), paint).partition(" team")[0]
        for status in ("done", "failed", "waits")
    ]
    assert words == ["  \x1b[32mdone    \x1b[0m", "  \x1b[31mfailed  \x1b[0m", "  \x1b[36mwaits   \x1b[0m"]


def test_the_last_line_counts() -> None:
    def last(*statuses: str, serial: int | None = 7) -> str:
        outcomes = tuple(StepOutcome(i, status) for i, status in enumerate(statuses))  # type: ignore[arg-type]
        return outcome_text.last_line(Applied(outcomes, serial), PLAIN)

    more = " `seatsync account cases` lists what is open; apply again when it is settled.\n"
    assert last("done") == "Apply: 1 step done. The account is at serial 7.\n"
    assert last("done", "done", serial=None) == "Apply: 2 steps done.\n"
    assert last("case", "skipped") == (
        "Apply: 0 steps done, 1 waits for people, 1 waits for other steps. The account is at serial 7." + more
    )
    assert last("case", "waits", "skipped", "skipped") == (
        "Apply: 0 steps done, 2 wait for people, 2 wait for other steps. The account is at serial 7." + more
    )
    assert last("done", "failed") == "Apply: 1 step done, 1 refused by the account. The account is at serial 7.\n"
