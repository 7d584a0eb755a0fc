"""Outcomes and history as text: an apply (also as JSON, `seatsync/apply/1`), runs, and changes since a plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from seatsync.account.history import HistoryEntry, Run, RunSummary, to_plain
from seatsync.applying.outcomes import Applied, StepOutcome
from seatsync.planning.checks.staleness import StalePlan
from seatsync.planning.plan import Plan, PlannedStep, plan_digest
from seatsync.reporting.escape import json_safe, number_of, visible
from seatsync.reporting.plan.plan_text import PORTAL_ROUTES
from seatsync.reporting.plan.plan_waiting import waiting
from seatsync.reporting.plan.wording import described
from seatsync.reporting.terminal import Paint

FORMAT = "seatsync/apply/1"
_STATUSES = ("done", "case", "waits", "failed", "skipped")


def render_json(applied: Applied, plan: Plan) -> str:
    """Return the document: the account afterwards, the digests of the plan, and each step with its outcome."""
    by_id = {planned.id: planned for planned in plan.steps}
    document: dict[str, Any] = {
        "format": FORMAT,
        "account": {"name": plan.account, "lineage": plan.lineage, "serial": applied.serial},
        "intent": plan.intent(),
        "digest": plan_digest(plan),
        "run": applied.run,
        "folder": applied.folder,
        "steps": [_step(outcome, by_id) for outcome in applied.outcomes],
        "summary": {status: sum(each.status == status for each in applied.outcomes) for status in _STATUSES},
    }
    if applied.unsettled:
        document["unsettled"] = [case.id for case in applied.unsettled]
    if applied.passing:
        document["passing"] = True
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _step(outcome: StepOutcome, steps: Mapping[int, PlannedStep]) -> dict[str, Any]:
    is_case = outcome.status in {"case", "waits"}
    return {
        "id": outcome.id,
        **to_plain(steps[outcome.id].step),
        "status": outcome.status,
        "case": outcome.detail or None if is_case else None,
        "problem": outcome.detail or None if outcome.status in {"failed", "skipped"} else None,
        "waits_for": outcome.waits_for,
    }


def render_text(applied: Applied, plan: Plan, paint: Paint) -> str:
    """Return the text to print below the plan; empty for a plan without steps."""
    steps = {planned.id: planned for planned in plan.steps}
    if not steps:
        return ""
    lines = "".join(line(outcome, steps, paint) for outcome in applied.outcomes)
    return f"\n{lines}\n{last_line(applied, steps, paint)}"


def line(outcome: StepOutcome, steps: Mapping[int, PlannedStep], paint: Paint) -> str:
    """Return the line of a step: `done     team design: make ben@acme.example secondary admin`, with details.

    `steps` are those of the plan, by id.
    """
    planned = steps[outcome.id]
    word = f"{outcome.status:<8}"
    colour = {"done": paint.green, "failed": paint.red}.get(outcome.status, paint.cyan)
    detail = _detail(outcome, steps)
    return f"  {colour(word)} {described(planned.step)}{f' ({detail})' if detail else ''}\n"


def last_line(applied: Applied, steps: Mapping[int, PlannedStep], paint: Paint) -> str:
    """Return the summary, `Apply: 5 steps done, 1 waits for people. The account is at serial 17.`, and advice."""
    people = applied.count("case") + applied.count("waits")
    skipped, failed = applied.count("skipped"), applied.count("failed")
    untried = sum(each.status == "skipped" and each.waits_for is None for each in applied.outcomes)
    parts = [number_of(applied.count("done"), "step") + " done"]
    if people:
        parts.append(f"{people} {'waits' if people == 1 else 'wait'} for people")
    if untried:
        parts.append(f"{untried} not tried")
    if waiting_steps := skipped - untried:
        parts.append(f"{waiting_steps} {'waits' if waiting_steps == 1 else 'wait'} for other steps")
    if failed:
        parts.append(paint.red(f"{failed} failed" if applied.mirror else f"{failed} refused by the account"))
    text = f"Apply: {', '.join(parts)}."
    if applied.serial is not None:
        text += f" The account is at serial {applied.serial}"
        text += "." if applied.run is None else f" (run {applied.run})."
    return paint.bold(text) + "\n" + earlier_lines(applied) + _next(applied, steps)


def earlier_lines(applied: Applied) -> str:
    """Return a line for each step by API of an earlier run that is not planned any more, unless it was not done."""
    done = "".join(
        f"An earlier apply has carried out {visible(case.id)} ({described(case.step)}), which is not planned any more;"
        " plan again.\n"
        for case in applied.settled
    )
    return done + "".join(
        f"It is still unknown whether {visible(case.id)} was carried out ({described(case.step)});"
        f" the next apply asks again, `seatsync account withdraw {visible(case.id)}` gives it up.\n"
        for case in applied.unsettled
    )


def _next(applied: Applied, steps: Mapping[int, PlannedStep]) -> str:
    """Return a line of advice for steps that wait for people: open cases, purchases, or both."""
    if applied.mirror:
        open_now = applied.count("case") + applied.count("waits")
        closing = "`seatsync refresh` or `seatsync account confirm` closes them"
        checklist = ""
        if applied.folder is not None:
            checklist = f"The checklist is {visible(applied.folder)}/CHECKLIST.html.\n"
        elif applied.earlier is not None:
            checklist = f"No case is new, so the checklist is still {visible(applied.earlier)}/CHECKLIST.html.\n"
        first = f"First, {applied.first}.\n" if applied.first else ""
        if any(each.status == "skipped" and steps[each.id].route == "api" for each in applied.outcomes):
            closing = f"{closing}, and another apply goes on by API"
        return f"{checklist}{first}`seatsync status` lists the open cases; {closing}.\n" if open_now else ""
    kinds = {
        steps[outcome.id].channel == "purchase" for outcome in applied.outcomes if outcome.status in {"case", "waits"}
    }
    advice = ["`seatsync account cases` lists the open cases"] if False in kinds else []
    advice += ["`seatsync account purchase` records what was bought"] if True in kinds else []
    return f"{', '.join(advice)}; apply again when that is settled.\n" if advice else ""


def _detail(outcome: StepOutcome, steps: Mapping[int, PlannedStep]) -> str:
    """Return whom or which step a step waits for, or why it was refused."""
    planned = steps[outcome.id]
    if outcome.status in {"case", "waits"} and outcome.detail and planned.route in PORTAL_ROUTES:
        return f"{visible(outcome.detail)}, {planned.route}"
    if outcome.status == "done" and planned.route == "api":
        return f"api; {visible(outcome.detail)}" if outcome.detail else "api"
    if outcome.status == "case":
        return f"{visible(outcome.detail)}, {waiting(planned, in_portal=True)}"
    if outcome.status == "waits":
        return waiting(planned, in_portal=bool(outcome.detail))  # only there is a purchase a case
    if outcome.waits_for is not None:
        return f"waits for: {described(steps[outcome.waits_for].step, planned.step.scope)}"
    return visible(outcome.detail)


OWNER = "the owner"


_MOST = 10


def run_line(run: Run) -> str:
    """Return a run for use in a sentence: `2 (2026-06-15T12:00:00Z, the owner, 3 steps)`."""
    first = run.entries[0]
    return f"{run.number} ({visible(first.at)}, {visible(first.actor or OWNER)}, {_steps(run)})"


def runs(found: Sequence[RunSummary], paint: Paint) -> str:
    """Return one line per run: number, time, actor, command, number of steps with their serials, and cases."""
    if not found:
        return "No runs.\n"
    who = [visible(run.actor or OWNER) for run in found]
    wide, kinds = max(map(len, who)), max(len(visible(run.kind)) for run in found)
    lines = []
    for run, name in zip(found, who, strict=True):
        by, kind = paint.dim(f"{name:<{wide}}"), f"{visible(run.kind):<{kinds}}"
        lines.append(f"{run.number:>4}  {visible(run.at)}  {by}  {kind}  {_summary(run)}\n")
    return "".join(lines)


def _summary(run: RunSummary) -> str:
    parts = [f"{_steps(run)} ({_serials(run)})"] if run.entries else []
    if run.cases:
        parts.append(f"{number_of(len(run.cases), 'case')} opened ({visible(', '.join(run.cases))})")
    return ", ".join(parts)


def changes_since(stale: StalePlan, serial: int | None) -> list[str]:
    """Return lines with the changes since a plan's serial, those that touch the plan first and marked."""
    if not stale.changes:
        return []
    ordered = sorted(stale.changes, key=lambda entry: (entry.serial not in stale.in_the_way, entry.serial))
    shown = ordered[:_MOST]
    wide = max(len(visible(entry.actor or OWNER)) for entry in shown)
    marked = " (! marks those that touch what the plan reads or writes)" if stale.in_the_way else ""
    lines = [f"{number_of(len(stale.changes), 'change')} since serial {serial}{marked}:"]
    lines += [_change(entry, wide, marked=entry.serial in stale.in_the_way) for entry in shown]
    more = len(ordered) - len(shown)
    return lines + ([f"  and {more} more; `seatsync account log` lists them"] if more else [])


def _change(entry: HistoryEntry, wide: int, *, marked: bool) -> str:
    who = f"{visible(entry.actor or OWNER):<{wide}}"
    return f"{'!' if marked else ' '} {entry.serial:>4}  {visible(entry.at)}  {who}  {described(entry.step)}"


def _steps(run: Run | RunSummary) -> str:
    """Return the number of steps, and that of facts that were taken over as declared."""
    assumed = sum(entry.assumed for entry in run.entries)
    steps = number_of(len(run.entries) - assumed, "step")
    taken_over = number_of(assumed, "assumption")
    if assumed == len(run.entries):
        return taken_over
    return f"{steps} and {taken_over}" if assumed else steps


def _serials(run: RunSummary) -> str:
    first, last = run.entries[0].serial, run.entries[-1].serial
    return f"serial {first}" if first == last else f"serials {first} to {last}"
