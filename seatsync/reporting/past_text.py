"""What an account went through, as text: its runs, and what changed since a plan was made."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.account.past import Past, Run
from seatsync.planning.staleness import StalePlan
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.wording import described

_OWNER = "the owner"
_MOST = 10


def run_line(run: Run) -> str:
    """`2 (2026-06-15T12:00:00Z, the owner, 3 steps)`, for use within a sentence."""
    first = run.entries[0]
    return f"{run.number} ({visible(first.at)}, {visible(first.actor or _OWNER)}, {_steps(run)})"


def runs(found: Sequence[Run], paint: Paint) -> str:
    """One line a run: number, when, who, how many steps, and the serials that they led to."""
    if not found:
        return "No runs.\n"
    who = [visible(run.entries[0].actor or _OWNER) for run in found]
    wide = max(map(len, who))
    lines = []
    for run, name in zip(found, who, strict=True):
        when, by = visible(run.entries[0].at), paint.dim(f"{name:<{wide}}")
        lines.append(f"{run.number:>4}  {when}  {by}  {_steps(run)} ({_serials(run)})\n")
    return "".join(lines)


def changes_since(stale: StalePlan, serial: int | None) -> list[str]:
    """What changed since a plan was made at a serial, as lines: what touches the plan is marked, and comes first."""
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


def _change(entry: Past, wide: int, *, marked: bool) -> str:
    who = f"{visible(entry.actor or _OWNER):<{wide}}"
    return f"{'!' if marked else ' '} {entry.serial:>4}  {visible(entry.at)}  {who}  {described(entry.step)}"


def _steps(run: Run) -> str:
    return number_of(len(run.entries), "step")


def _serials(run: Run) -> str:
    first, last = run.entries[0].serial, run.entries[-1].serial
    return f"serial {first}" if first == last else f"serials {first} to {last}"
