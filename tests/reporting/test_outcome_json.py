from __future__ import annotations

from hypothesis import given

from seatsync.account.actions.spec import Step
from seatsync.applying.outcomes import Applied, StepOutcome
from seatsync.reporting.outcome_report import render_json
from tests.documents import checked
from tests.reporting.any_findings import TEXTS
from tests.reporting.test_outcome_text import DESIGN, STEPS, planned
from tests.reporting.test_plan_text import EMPTY
from tests.reporting.workflow_commands import commands

PLAN = EMPTY._replace(steps=tuple(STEPS.values()))


def test_every_status() -> None:
    outcomes = (
        StepOutcome(1, "done"),
        StepOutcome(2, "case", "CASE-2"),
        StepOutcome(3, "waits", "CASE-1"),
        StepOutcome(4, "waits"),
        StepOutcome(5, "skipped", waits_for=4),
        StepOutcome(1, "failed", "STEP001: gone"),
    )
    document = checked(render_json(Applied(outcomes, 7, 3), PLAN), "apply")
    said = [(each["status"], each["case"], each["problem"], each["waits_for"]) for each in document["steps"]]
    assert said == [
        ("done", None, None, None),
        ("case", "CASE-2", None, None),
        ("waits", "CASE-1", None, None),
        ("waits", None, None, None),
        ("skipped", None, None, 4),
        ("failed", None, "STEP001: gone", None),
    ]
    assert document["summary"] == {"done": 1, "case": 1, "waits": 2, "failed": 1, "skipped": 1}
    assert (document["run"], document["account"]["serial"]) == (3, 7)
    assert (document["intent"], document["steps"][0]["args"]) == (PLAN.intent(), {"user": "ben@acme.example"})


@given(TEXTS)
def test_no_text_is_a_workflow_command(text: str) -> None:
    plan = PLAN._replace(account=text, steps=(planned(1, Step.make("group.create", DESIGN, group=text)),))
    document = render_json(Applied((StepOutcome(1, "failed", text),), None), plan)
    assert commands(document) == []
    assert checked(document, "apply")["steps"][0]["problem"] == (text or None)
