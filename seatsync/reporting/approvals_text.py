"""Text of a plan's approvals: those that count, those that do not, and who else can approve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seatsync.planning.approvals import Approval, ApprovalStatus, Why
from seatsync.planning.plan import Required
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.work_lists import ranges

_LISTED = 10
_BECAUSE: dict[Why, str] = {
    "author": "wrote the change",
    "entitled": "may not perform any step of this plan with their current roles",
    "twice": "has approved already",
}


def render(status: ApprovalStatus, paint: Paint) -> str:
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
