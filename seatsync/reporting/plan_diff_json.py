"""JSON document of the comparison of two plans: `seatsync/plan-diff/1`."""

from __future__ import annotations

import json
from typing import Any

from seatsync.account.step_text import to_plain
from seatsync.document_diff import FieldChange
from seatsync.planning.plan import Plan, PlannedStep, finding_json, plan_digest
from seatsync.reporting.escape import json_safe
from seatsync.reporting.plan_diff import ChangedStep, PlanDiff
from seatsync.reporting.wording import described

FORMAT = "seatsync/plan-diff/1"


def render(diff: PlanDiff, names: tuple[str, str]) -> str:
    """Return the document; `names` are those of the two plan files."""
    document = {
        "format": FORMAT,
        "account": diff.new.account,
        "base": _plan(diff.old, names[0]),
        "head": _plan(diff.new, names[1]),
        "equal": not diff.differs,
        "same_intent": diff.same_intent,
        "fields": [_field(change) for change in diff.fields],
        "steps": {
            "added": [_step(planned) for planned in diff.added],
            "removed": [_step(planned) for planned in diff.removed],
            "changed": [{**_pair(each), "fields": [_field(change) for change in each.fields]} for each in diff.changed],
            "moved": [_pair(each) for each in diff.moved],
        },
        "findings": {
            "added": [finding_json(finding) for finding in diff.findings_added],
            "removed": [finding_json(finding) for finding in diff.findings_removed],
        },
        "summary": {name: len(getattr(diff, name)) for name in ("added", "removed", "changed", "moved")},
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _plan(plan: Plan, name: str) -> dict[str, Any]:
    return {"file": name, "serial": plan.serial, "at": plan.at, "intent": plan.intent(), "digest": plan_digest(plan)}


def _field(change: FieldChange) -> dict[str, Any]:
    return {"path": list(change.path), "kind": change.kind, "old": change.old, "new": change.new}


def _step(planned: PlannedStep) -> dict[str, Any]:
    return {"id": planned.id, **to_plain(planned.step), "words": described(planned.step)}


def _pair(each: ChangedStep) -> dict[str, Any]:
    return {"base": each.old.id, "head": each.new.id, **to_plain(each.new.step), "words": described(each.new.step)}
