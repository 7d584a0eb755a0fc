"""Text of an account's history: its runs, and the changes since a plan was made."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.account.past import HistoryEntry, Run, RunSummary
from seatsync.planning.staleness import StalePlan
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.wording import described

_OWNER = "the owner"
_MOST = 10


def run_line(run: Run) -> str:
    """Return a run for use in a sentence: `2 (2026-06-15T12:00:00Z, the owner, 3 steps)`."""
    first = run.entries[0]
    return f"{run.number} ({visible(first.at)}, {visible(first.actor or _OWNER)}, {_steps(run)})"


def runs(found: Sequence[RunSummary], paint: Paint) -> str:
    """Return one line per run: number, time, actor, command, number of steps with their serials, and cases."""
    if not found:
        return "No runs.\n"
    who = [visible(run.actor or _OWNER) for run in found]
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
    wide = max(len(visible(entry.actor or _OWNER)) for entry in shown)
    marked = " (! marks those that touch what the plan reads or writes)" if stale.in_the_way else ""
    lines = [f"{number_of(len(stale.changes), 'change')} since serial {serial}{marked}:"]
    lines += [_change(entry, wide, marked=entry.serial in stale.in_the_way) for entry in shown]
    more = len(ordered) - len(shown)
    return lines + ([f"  and {more} more; `seatsync account log` lists them"] if more else [])


def _change(entry: HistoryEntry, wide: int, *, marked: bool) -> str:
    who = f"{visible(entry.actor or _OWNER):<{wide}}"
    return f"{'!' if marked else ' '} {entry.serial:>4}  {visible(entry.at)}  {who}  {described(entry.step)}"


def _steps(run: Run | RunSummary) -> str:
    return number_of(len(run.entries), "step")


def _serials(run: RunSummary) -> str:
    first, last = run.entries[0].serial, run.entries[-1].serial
    return f"serial {first}" if first == last else f"serials {first} to {last}"
