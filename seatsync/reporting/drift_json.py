"""JSON document of a drift: `seatsync/drift/1`."""

from __future__ import annotations

import json
from typing import TypeAlias

from seatsync.account.model import Scope
from seatsync.drift.adopt import Adopted
from seatsync.drift.facts import Fact
from seatsync.reporting.drift_report import DriftReport
from seatsync.reporting.drift_words import between, of, phrase, plain
from seatsync.reporting.escape import json_safe

FORMAT = "seatsync/drift/1"

_Json: TypeAlias = dict[str, object]


def render(report: DriftReport) -> str:
    """Return the document."""
    drift = report.drift
    document: _Json = {
        "format": FORMAT,
        "account": {"name": report.account, "lineage": report.lineage, "serial": report.serial},
        "target": report.target,
        "actor": report.actor,
        "teams": list(report.teams),
        "at": report.at,
        "applied": drift.applied,
        "changes": [_change(fact, report) for fact in drift.facts],
        "unseen": [dict(thing) for thing in drift.unseen],
        "adopted": None if report.adopted is None else _adopted(report.adopted, report),
        "summary": {
            status: sum(fact.status == status for fact in drift.facts)
            for status in ("portal", "git", "both", "agreed", "waiting", "unknown")
        },
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _change(fact: Fact, report: DriftReport) -> _Json:
    shown = report.drift.shown
    sides = (fact.applied, fact.portal, fact.git) if report.drift.applied else (None, fact.portal, fact.git)
    return {
        "changed": fact.status,
        "scope": _scope(fact.scope),
        "what": fact.what,
        "of": of(fact, shown),
        **{name: plain(fact, value, shown) for name, value in zip(("applied", "portal", "git"), sides, strict=True)},
        "words": _words(fact, report),
    }


def _words(fact: Fact, report: DriftReport) -> str:
    if fact.status == "unknown":
        return between(fact, fact.portal, fact.git, report.drift.shown)[1]
    return phrase(fact, report.drift.shown)[1]


def _adopted(adopted: Adopted, report: DriftReport) -> _Json:
    return {
        "files": [
            {
                "file": written.file,
                "changes": [{"scope": _scope(fact.scope), "words": _words(fact, report)} for fact in written.facts],
                "declared": list(written.people),
                "members": list(written.members),
            }
            for written in adopted.written
        ],
        "left": [
            {"scope": _scope(left.subject.scope), "words": _words(left.subject, report), "why": left.why}
            for left in adopted.left
        ],
    }


def _scope(scope: Scope) -> dict[str, str]:
    return {} if scope.kind == "account" else {scope.kind: scope.name}
