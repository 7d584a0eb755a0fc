"""What became of a plan, as text: a line a step, and a last line that counts."""

from __future__ import annotations

from seatsync.applying import Applied, StepOutcome
from seatsync.planning.plan import PlannedStep
from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.plan_text import waiting
from seatsync.reporting.wording import number_of, place, sentence


def line(planned: PlannedStep, outcome: StepOutcome, paint: Paint) -> str:
    """`done     team design: make ben@acme.example secondary admin`, and after it what there is to say."""
    word = f"{outcome.status:<8}"
    colour = {"done": paint.green, "failed": paint.red}.get(outcome.status, paint.cyan)
    said = _said(planned, outcome)
    return f"  {colour(word)} {place(planned.step.scope)}: {sentence(planned.step)}{f' ({said})' if said else ''}\n"


def last_line(applied: Applied, paint: Paint) -> str:
    """`Applied 5 steps, 1 waits for people, 2 wait for other steps. The account is at serial 17.`."""
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
        text += f" The account is at serial {applied.serial}."
    if people:
        text += " `seatsync account cases` lists what is open; apply again when it is settled."
    return paint.bold(text) + "\n"


def _said(planned: PlannedStep, outcome: StepOutcome) -> str:
    """What waits, for whom; why something was refused."""
    if outcome.status == "case":
        return f"{visible(outcome.detail)}, {waiting(planned)}"
    if outcome.status == "waits" and planned.case is not None:
        return waiting(planned)
    return visible(outcome.detail)
