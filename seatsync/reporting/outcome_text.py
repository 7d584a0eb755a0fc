"""What became of a plan, as text: a line a step, and a last line that counts, with what to do next."""

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
    """All of it, as it stands below the plan; nothing of a plan without steps."""
    steps = {planned.id: planned for planned in plan.steps}
    if not steps:
        return ""
    lines = "".join(line(outcome, steps, paint) for outcome in applied.outcomes)
    return f"\n{lines}\n{last_line(applied, steps, paint)}"


def line(outcome: StepOutcome, steps: Mapping[int, PlannedStep], paint: Paint) -> str:
    """`done     team design: make ben@acme.example secondary admin`, and after it what there is to say.

    `steps` are those of the plan, by their ids.
    """
    planned = steps[outcome.id]
    word = f"{outcome.status:<8}"
    colour = {"done": paint.green, "failed": paint.red}.get(outcome.status, paint.cyan)
    said = _said(outcome, steps)
    return f"  {colour(word)} {described(planned.step)}{f' ({said})' if said else ''}\n"


def last_line(applied: Applied, steps: Mapping[int, PlannedStep], paint: Paint) -> str:
    """`Apply: 5 steps done, 1 waits for people. The account is at serial 17.`, and below it what people do next."""
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
    """What people do about that which waits for them, on a line of its own: cases, purchases, or both."""
    kinds = {
        steps[outcome.id].channel == "purchase" for outcome in applied.outcomes if outcome.status in {"case", "waits"}
    }
    advice = ["`seatsync account cases` lists the open cases"] if False in kinds else []
    advice += ["`seatsync account purchase` records what was bought"] if True in kinds else []
    return f"{', '.join(advice)}; apply again when that is settled.\n" if advice else ""


def _said(outcome: StepOutcome, steps: Mapping[int, PlannedStep]) -> str:
    """What waits, for whom or for which other step; why something was refused."""
    planned = steps[outcome.id]
    if outcome.status == "case":
        return f"{visible(outcome.detail)}, {waiting(planned)}"
    if outcome.status == "waits":
        return waiting(planned)
    if outcome.waits_for is not None:
        return f"waits for: {described(steps[outcome.waits_for].step, planned.step.scope)}"
    return visible(outcome.detail)
