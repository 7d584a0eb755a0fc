"""JSON document of the outcome of an apply: `seatsync/apply/1`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from seatsync.account.step_text import to_plain
from seatsync.applying import Applied, StepOutcome
from seatsync.planning.plan import Plan, PlannedStep, plan_digest
from seatsync.reporting.escape import json_safe

FORMAT = "seatsync/apply/1"
_STATUSES = ("done", "case", "waits", "failed", "skipped")


def render(applied: Applied, plan: Plan) -> str:
    """Return the document: the account afterwards, the digests of the plan, and each step with its outcome."""
    by_id = {planned.id: planned for planned in plan.steps}
    document = {
        "format": FORMAT,
        "account": {"name": plan.account, "lineage": plan.lineage, "serial": applied.serial},
        "intent": plan.intent(),
        "digest": plan_digest(plan),
        "run": applied.run,
        "steps": [_step(outcome, by_id) for outcome in applied.outcomes],
        "summary": {status: sum(each.status == status for each in applied.outcomes) for status in _STATUSES},
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _step(outcome: StepOutcome, steps: Mapping[int, PlannedStep]) -> dict[str, Any]:
    is_case = outcome.status in {"case", "waits"}
    return {
        "id": outcome.id,
        **to_plain(steps[outcome.id].step),
        "status": outcome.status,
        "case": outcome.detail or None if is_case else None,
        "problem": outcome.detail or None if outcome.status == "failed" else None,
        "waits_for": outcome.waits_for,
    }
