"""The folder of an apply to a mirror of the real account: what people are to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from seatsync.applying.outcomes import Applied
from seatsync.commands.shared.apply_job import Job
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.real_account.run_folders import (
    RUNS,
    Place,
    newest,
    other_target,
    shown_path,
    staged,
    write,
)
from seatsync.portal.knowledge import contacts_of
from seatsync.reporting.checklist.letters import Known
from seatsync.reporting.checklist.run_folder import render


def with_folder(job: Job, console: Console, apply: Callable[[], Applied]) -> Applied:
    """Apply a plan and write the folder of the run, if there are new cases; return the outcome with its path."""
    place = job.place or Place(job.root / RUNS)
    with staged(place) as folder:
        applied = apply()
        statuses = {outcome.status for outcome in applied.outcomes}
        if "case" in statuses or (folder.lost and "waits" in statuses):
            return _written(applied, job, folder.path, place, console)
        earlier = newest(place) if "waits" in statuses else None
        return applied if earlier is None else replace(applied, earlier=shown_path(earlier, console))


def _written(applied: Applied, job: Job, temporary: Path, place: Place, console: Console) -> Applied:
    """Write the folder of a run, with all cases that are open now; return the outcome with its path."""
    number = applied.run if applied.run is not None else applied.serial or 0
    cases = job.target.read().cases
    target = other_target(job.plan, job.root)
    known = Known(job.state.account, contacts_of(job.state.mirror))
    done = {outcome.id for outcome in applied.outcomes if outcome.status == "done"}
    waiting = [planned.id for planned in job.plan.steps if planned.route == "api" and planned.id not in done]
    made = render(job.plan, cases, known, job.clock, str(number), target, waiting)
    folder = write(temporary, place, number, made.files)
    return replace(applied, folder=shown_path(folder, console), first=made.first)
