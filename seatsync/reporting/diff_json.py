"""JSON document of a diff: `seatsync/diff/1`."""

from __future__ import annotations

import json
from typing import Any

from seatsync.account.model import Scope
from seatsync.declaration.comparing import Difference
from seatsync.planning.plan import finding_json
from seatsync.reporting.diff import Diff
from seatsync.reporting.diff_text import words
from seatsync.reporting.escape import json_safe

FORMAT = "seatsync/diff/1"


def render(diff: Diff) -> str:
    """Return the document with both revisions, the changes and the new findings."""
    differences = diff.differences
    document = {
        "format": FORMAT,
        "account": diff.account,
        "base": diff.base,
        "head": diff.head,
        "at": diff.at,
        "changes": None if differences is None else [_change(difference) for difference in differences],
        "unreadable": list(diff.unreadable),
        "findings": [finding_json(finding) for finding in diff.findings],
        "summary": diff.summary,
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _change(difference: Difference) -> dict[str, Any]:
    return {
        "kind": difference.kind,
        "scope": _scope(difference.scope),
        "what": difference.what,
        "of": dict(difference.of),
        "old": difference.old,
        "new": difference.new,
        "words": words(difference),
    }


def _scope(scope: Scope) -> dict[str, str]:
    return {} if scope.kind == "account" else {scope.kind: scope.name}
