"""The outcome of a command of a fleet, an account a line: as text and as JSON (`seatsync/fleet-run/1`)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from seatsync.fleet.run_values import RunRecord
from seatsync.reporting.escape import json_safe, number_of, visible
from seatsync.reporting.terminal import Paint

FORMAT = "seatsync/fleet-run/1"

_WORDS = {
    "valid": "valid",
    "errors": "errors",
    "changes": "changes",
    "no-changes": "no changes",
    "applied": "applied",
    "people": "waits for people",
    "approval": "waits for approval",
    "refreshed": "refreshed",
    "no-portal": "no portal",
    "failed": "failed",
    "stopped": "stopped",
    "queued": "queued",
    "running": "running",
}
"""The outcomes, and the states of runs without one, in words."""

_COUNTED = {
    "errors": "with errors",
    "changes": "with changes",
    "no-changes": "without changes",
    "people": "waiting for people",
    "approval": "waiting for approval",
    "no-portal": "without portal",
}
"""The outcomes of several accounts in words, where these differ."""


@dataclass(frozen=True, slots=True)
class FleetOutcome:
    """A command and the run of each account, by name. `unchanged` are the accounts that were not run again."""

    command: str
    runs: Sequence[RunRecord]
    unchanged: frozenset[str]

    def outcomes(self) -> Counter[str]:
        """Return how many accounts have each outcome."""
        return Counter(map(outcome_of, self.runs))


def outcome_of(run: RunRecord) -> str:
    """Return the outcome of a run; its state if it has none yet."""
    return run.state if run.state in {"queued", "running", "stopped"} or run.outcome is None else run.outcome


def render_text(found: FleetOutcome, paint: Paint) -> str:
    """Return a table of the accounts, and a summary."""
    rows = [(visible(run.account), _WORDS[outcome_of(run)], _detail(run, found)) for run in found.runs]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    lines = []
    for name, outcome, detail in rows:
        colour = {"failed": paint.red, "errors": paint.red, "applied": paint.green}.get(outcome, paint.cyan)
        lines.append(f"{name:<{widths[0]}}  {colour(f'{outcome:<{widths[1]}}')}  {detail}".rstrip() + "\n")
    parts = [
        f"{number} {_COUNTED.get(outcome, _WORDS[outcome])}" for outcome, number in sorted(found.outcomes().items())
    ]
    if found.unchanged:
        parts.append(f"{len(found.unchanged)} unchanged since the last run")
    return "".join(lines) + paint.bold(f"\n{number_of(len(rows), 'account')}: {', '.join(parts)}.") + "\n"


def _detail(run: RunRecord, found: FleetOutcome) -> str:
    """Return what is to be said of a run besides its outcome."""
    text = visible(run.message or "")
    if run.account in found.unchanged:
        text += "; unchanged" if text else "unchanged"
    return text


def render_json(found: FleetOutcome) -> str:
    """Return the document."""
    document = {
        "format": FORMAT,
        "command": found.command,
        "accounts": [
            {
                "account": run.account,
                "outcome": outcome_of(run),
                "exit_code": run.exit_code,
                "message": run.message or None,
                "unchanged": run.account in found.unchanged,
                "run": run.key,
                "attempts": run.attempt,
                "intent": run.intent,
                "facts": run.facts,
            }
            for run in found.runs
        ],
        "summary": dict(sorted(found.outcomes().items())),
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"
