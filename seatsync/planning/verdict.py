"""What there is to say against a plan: whether it may be applied."""

from __future__ import annotations

from seatsync.finding import Severity, has_errors
from seatsync.planning.plan import Plan

_WARNINGS_OF_STEPS = frozenset({"STEP006"})
"""The codes on a step that are a warning; the others say how it came about."""


def warnings_of(plan: Plan) -> list[str]:
    """The code of every warning about a plan and its steps."""
    found = [finding.code for finding in plan.findings if finding.severity is Severity.WARNING]
    return found + [code for planned in plan.steps for code in planned.codes if code in _WARNINGS_OF_STEPS]


def fails(plan: Plan, *, strict: bool, partial: bool = False) -> bool:
    """Whether a plan must not be applied; `partial`: one that leaves something out may be."""
    if plan.left_out and not partial:
        return True
    return has_errors(plan.findings) or (strict and bool(warnings_of(plan)))
