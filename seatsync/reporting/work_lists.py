"""Text of a plan by person: the steps of each one in order, and the people they wait for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from seatsync.applying import waits_for_people
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.planning.work import Assignments, WorkList, assign_steps
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible
from seatsync.reporting.findings_text import LineOf, paragraphs
from seatsync.reporting.paint import Paint
from seatsync.reporting.plan_text import heading, insertion_reason, last_line, left_out
from seatsync.reporting.undo_text import asides
from seatsync.reporting.wording import described

_MANUAL_ROUTES = {
    "form": "hand in the form",
    "support": "ask the vendor's support",
    "purchase": "buy it, then record it with `seatsync account purchase`",
    "console": "by hand in the vendor's portal",
    "csv": "by an import in the vendor's portal",
}


def render(plan: Plan, line_of: LineOf, paint: Paint, *, strict: bool = False) -> str:
    """Return the whole plan as work lists."""
    assignments = assign_steps(plan)
    blocks = [heading(plan, paint)]
    by_people = {planned.id for planned in plan.steps if waits_for_people(planned, plan.actor)}
    blocks += ["".join(f"{line}\n" for line in _list(each, by_people, paint)) for each in assignments.lists]
    if assignments.unassigned:
        lines = [
            paint.red("nobody in the account may do these steps"),
            *(_step(planned) for planned in assignments.unassigned),
        ]
        blocks.append("".join(f"{line}\n" for line in lines))
    blocks += asides(plan.undo, paint) if plan.undo is not None else ()
    blocks += left_out(plan, paint)
    if plan.findings:
        blocks.append(paragraphs(plan.findings, line_of, paint))
    if assignments.lists:
        blocks.append(f"{_count(assignments)}\n")
    blocks.append(paint.bold(last_line(plan, strict=strict)) + "\n")
    return "\n".join(blocks)


def _list(work: WorkList, by_people: Collection[int], paint: Paint) -> Iterator[str]:
    yield f"{paint.bold(visible(work.person))}, {number_of(len(work.steps), 'step')}"
    for planned in work.steps:
        if planned.id in work.after:
            yield f"  {paint.yellow(_after(work.after[planned.id]))}"
        yield _step(planned)
        if "STEP003" in planned.codes:
            yield f"        {paint.dim(insertion_reason(planned))}"
        waits = [need for need in planned.needs if need in by_people]
        if waits:
            yield f"        {paint.dim(f'once {ranges(waits)} is settled')}"
        if planned.route in _MANUAL_ROUTES:
            case = f"; case {visible(planned.case)} is open" if planned.case is not None else ""
            yield f"        {paint.cyan(_MANUAL_ROUTES[planned.route] + case)}"


def _step(planned: PlannedStep) -> str:
    return f"  {planned.id:>3}. {described(planned.step)}"


def _after(waits: Mapping[str, Sequence[int]]) -> str:
    """Return `after ana@acme.example has done 1–3, ben@acme.example has done 5:`."""
    return "after " + ", ".join(f"{visible(name)} has done {ranges(ids)}" for name, ids in waits.items()) + ":"


def ranges(ids: Sequence[int]) -> str:
    """Return numbers as ranges in words: `1–3 and 5`."""
    runs: list[list[int]] = []
    for number in ids:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _count(assignments: Assignments) -> str:
    handovers = number_of(assignments.handovers, "hand-over") if assignments.handovers else "no hand-over"
    return f"{number_of(len(assignments.lists), 'person', 'people')}, {handovers}."
