"""Text of the outcome of an apply: one line per step, a summary, and the next actions."""

from __future__ import annotations

from collections.abc import Mapping

from seatsync.applying import Applied, StepOutcome
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.plan_text import waiting
from seatsync.reporting.wording import described


def render(applied: Applied, plan: Plan, paint: Paint) -> str:
    """Return the text to print below the plan; empty for a plan without steps."""
    steps = {planned.id: planned for planned in plan.steps}
    if not steps:
        return ""
    lines = "".join(line(outcome, steps, paint) for outcome in applied.outcomes)
    return f"\n{lines}\n{last_line(applied, steps, paint)}"


def line(outcome: StepOutcome, steps: Mapping[int, PlannedStep], paint: Paint) -> str:
    """Return the line of a step: `done     team design: make ben@acme.example secondary admin`, with details.

    `steps` are those of the plan, by id.
    """
    planned = steps[outcome.id]
    word = f"{outcome.status:<8}"
    colour = {"done": paint.green, "failed": paint.red}.get(outcome.status, paint.cyan)
    detail = _detail(outcome, steps)
    return f"  {colour(word)} {described(planned.step)}{f' ({detail})' if detail else ''}\n"


def last_line(applied: Applied, steps: Mapping[int, PlannedStep], paint: Paint) -> str:
    """Return the summary, `Apply: 5 steps done, 1 waits for people. The account is at serial 17.`, and advice."""
    people = applied.count("case") + applied.count("waits")
    skipped, failed = applied.count("skipped"), applied.count("failed")
    parts = [number_of(applied.count("done"), "step") + " done"]
    if people:
        parts.append(f"{people} {'waits' if people == 1 else 'wait'} for people")
    if skipped:
        parts.append(f"{skipped} {'waits' if skipped == 1 else 'wait'} for other steps")
    if failed:
        parts.append(paint.red(f"{failed} refused by the account"))
    text = f"Apply: {', '.join(parts)}."
    if applied.serial is not None:
        text += f" The account is at serial {applied.serial}"
        text += "." if applied.run is None else f" (run {applied.run})."
    return paint.bold(text) + "\n" + _next(applied, steps)


def _next(applied: Applied, steps: Mapping[int, PlannedStep]) -> str:
    """Return a line of advice for steps that wait for people: open cases, purchases, or both."""
    kinds = {
        steps[outcome.id].channel == "purchase" for outcome in applied.outcomes if outcome.status in {"case", "waits"}
    }
    advice = ["`seatsync account cases` lists the open cases"] if False in kinds else []
    advice += ["`seatsync account purchase` records what was bought"] if True in kinds else []
    return f"{', '.join(advice)}; apply again when that is settled.\n" if advice else ""


def _detail(outcome: StepOutcome, steps: Mapping[int, PlannedStep]) -> str:
    """Return whom or which step a step waits for, or why it was refused."""
    planned = steps[outcome.id]
    if outcome.status == "case":
        return f"{visible(outcome.detail)}, {waiting(planned)}"
    if outcome.status == "waits":
        return waiting(planned)
    if outcome.waits_for is not None:
        return f"waits for: {described(steps[outcome.waits_for].step, planned.step.scope)}"
    return visible(outcome.detail)
