"""Findings that block a plan."""

from __future__ import annotations

from seatsync.finding import Severity, has_errors
from seatsync.planning.plan import Plan

_WARNINGS_OF_STEPS = frozenset({"STEP006"})
"""Codes of steps that are warnings; the others are information."""


def warnings_of(plan: Plan) -> list[str]:
    """Return the code of every warning about a plan and its steps."""
    found = [finding.code for finding in plan.findings if finding.severity is Severity.WARNING]
    return found + [code for planned in plan.steps for code in planned.codes if code in _WARNINGS_OF_STEPS]


def is_blocked(plan: Plan, *, strict: bool, partial: bool = False) -> bool:
    """Return True if a plan must not be applied.

    `strict`: warnings block it too. `partial`: scopes left out do not block it.
    """
    if plan.left_out and not partial:
        return True
    return has_errors(plan.findings) or (strict and bool(warnings_of(plan)))
