"""A plan by person: work lists, and approvals given, missing and not counted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from seatsync.applying.outcomes import waits_for_people
from seatsync.planning.assignments import Assignments, WorkList, assign_steps
from seatsync.planning.checks.approvals import Approval, ApprovalStatus, Why
from seatsync.planning.plan import Plan, PlannedStep, Required
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.findings.findings_text import LineOf, paragraphs
from seatsync.reporting.plan.plan_machine import machine_text
from seatsync.reporting.plan.plan_text import (
    heading,
    insertion_reason,
    is_in_portal,
    last_line,
    left_out,
    route_tag,
    work_left,
)
from seatsync.reporting.plan.plan_waiting import ASKED
from seatsync.reporting.plan.wording import asides, described, ranges
from seatsync.reporting.terminal import Paint

# Work lists

_MANUAL_ROUTES = {
    "form": "hand in the form",
    "support": "ask the vendor's support",
    "purchase": "buy it, then record it with `seatsync account purchase`",
    "console": "by hand in the vendor's portal",
    "csv": "by an import in the vendor's portal",
}


def render_work_lists(plan: Plan, line_of: LineOf, paint: Paint, *, strict: bool = False) -> str:
    """Return the whole plan as work lists."""
    assignments = assign_steps(plan)
    blocks = [heading(plan, paint)]
    by_others = {planned.id for planned in plan.steps if _waits(planned, plan)}
    blocks += ["".join(f"{line}\n" for line in _list(each, plan, by_others, paint)) for each in assignments.lists]
    if assignments.unassigned:
        lines = [
            paint.red("nobody in the account may do these steps"),
            *(_step(planned, plan) for planned in assignments.unassigned),
        ]
        blocks.append("".join(f"{line}\n" for line in lines))
    blocks += asides(plan.undo, paint) if plan.undo is not None else ()
    blocks += left_out(plan, paint)
    if plan.findings:
        blocks.append(paragraphs(plan.findings, line_of, paint))
    blocks += machine_text(plan, paint) if plan.machine else ()
    blocks += work_left(plan, paint)
    if assignments.lists:
        blocks.append(f"{_count(assignments)}\n")
    blocks.append(paint.bold(last_line(plan, strict=strict)) + "\n")
    return "\n".join(blocks)


def _waits(planned: PlannedStep, plan: Plan) -> bool:
    """Return True for a step after which people wait: for others, or in a portal for the answer to what they ask."""
    return waits_for_people(planned, plan.actor) if plan.work is None else planned.route in ASKED


def _list(work: WorkList, plan: Plan, by_others: Collection[int], paint: Paint) -> Iterator[str]:
    yield f"{paint.bold(visible(work.person))}, {number_of(len(work.steps), 'step')}"
    for planned in work.steps:
        if planned.id in work.after:
            yield f"  {paint.yellow(_after(work.after[planned.id]))}"
        yield _step(planned, plan)
        if "STEP003" in planned.codes:
            yield f"        {paint.dim(insertion_reason(planned))}"
        yield from (f"        {paint.yellow(visible(note))}" for note in planned.notes)
        waits = [need for need in planned.needs if need in by_others]
        if waits:
            yield f"        {paint.dim(f'once {ranges(waits)} is settled')}"
        case = f"case {visible(planned.case)} is open" if planned.case is not None else ""
        how = _how(planned, plan)
        if how or (case and is_in_portal(planned, plan)):
            yield f"        {paint.cyan('; '.join(filter(None, (how, case))))}"


def _how(planned: PlannedStep, plan: Plan) -> str:
    """Return how people carry out a step; an empty text for what they do themselves in a portal."""
    if is_in_portal(planned, plan):
        return ""
    is_bought = planned.route == "purchase" and plan.work is not None
    return "buy it" if is_bought else _MANUAL_ROUTES.get(planned.route, "")


def _step(planned: PlannedStep, plan: Plan) -> str:
    return f"  {planned.id:>3}. {described(planned.step)}{route_tag(planned, plan)}"


def _after(waits: Mapping[str, Sequence[int]]) -> str:
    """Return `after ana@acme.example has done 1–3, ben@acme.example has done 5:`."""
    return "after " + ", ".join(f"{visible(name)} has done {ranges(ids)}" for name, ids in waits.items()) + ":"


def _count(assignments: Assignments) -> str:
    handovers = number_of(assignments.handovers, "hand-over") if assignments.handovers else "no hand-over"
    return f"{number_of(len(assignments.lists), 'person', 'people')}, {handovers}."


# Approvals

_LISTED = 10
_BECAUSE: dict[Why, str] = {
    "author": "wrote the change",
    "entitled": "may not perform any step of this plan with their current roles",
    "twice": "has approved already",
}


def render_approvals(status: ApprovalStatus, paint: Paint) -> str:
    """Return a line with the count, one line per approval, and the missing approvals."""
    return "".join(f"{line}\n" for line in _lines(status, paint))


def wanted(required: Required, approvers: Sequence[str] | None = None) -> str:
    """Return the required approvals: `Needs 2 approvals of its intent, not by ana@acme.example.`.

    `approvers` are the people who may approve the plan, or None if they are unknown.
    """
    authors = " or ".join(visible(author) for author in required.authors)
    needs = f"Needs {number_of(required.approvals, 'approval')} of its intent, not by {authors}."
    if approvers is None:
        return needs
    return f"{needs} Nobody else may approve." if not approvers else f"{needs} May approve: {_listed(approvers)}."


def _lines(status: ApprovalStatus, paint: Paint) -> Iterator[str]:
    yield paint.bold(f"Approved by {status.counted} of {status.needed}, intent {status.intent}")
    for approval, why in status.approvals:
        who = f"{visible(approval.by)} ({visible(approval.place)})"
        yield f"  {paint.green('+')} {who}" if why is None else f"  {paint.red('-')} {who}: {_because(approval, why)}"
    if status.approvals and status.counted and status.uncovered:
        steps = number_of(len(status.uncovered), "step")
        yield f"  none of them may perform {steps}: {ranges(status.uncovered)}"
    if status.missing:
        yield paint.bold(_missing(status))


def _because(approval: Approval, why: Why) -> str:
    return f"approved another intent, {approval.intent}" if why == "intent" else _BECAUSE[why]


def _missing(status: ApprovalStatus) -> str:
    more = "1 more is" if status.missing == 1 else f"{status.missing} more are"
    if not status.could:
        return f"{more} needed, but nobody else may approve."
    few = "; that is too few" if len(status.could) < status.missing else ""
    return f"{more} needed, by: {_listed(status.could)}{few}."


def _listed(people: Sequence[str]) -> str:
    names = ", ".join(visible(name) for name in people[:_LISTED])
    return f"{names} and {len(people) - _LISTED} more" if len(people) > _LISTED else names
