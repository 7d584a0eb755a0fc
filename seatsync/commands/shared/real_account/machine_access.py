"""Access to the Team Admin API for the steps of an apply: progress, and waits that end with a signal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from seatsync.applying.in_mirror import OpenMachine
from seatsync.applying.outcomes import Stop
from seatsync.commands.shared.apply_job import Job
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.plan_inputs import journal_of
from seatsync.commands.shared.real_account.call_progress import CallProgress
from seatsync.commands.shared.real_account.signing_in import allowance_minute, team_admin_client
from seatsync.declaration.declared import Project
from seatsync.declaration.project import read_project
from seatsync.errors import Interrupted, ProjectNotFound, WrongUsage
from seatsync.portal.knowledge import knowledge_of
from seatsync.portal.machines.api_steps import TeamAdminSteps
from seatsync.targets.machine import Machine

_AT_A_TIME: Final = 10.0
"""Seconds of a wait after which signals are heeded, and the lock of the store is kept: fewer than its lease has."""


@contextmanager
def opened_machine(job: Job, console: Console, show: Callable[[str], None], stop: Stop) -> Iterator[OpenMachine | None]:
    """Yield a function that opens the API for a plan; None if only earlier steps would need it and nobody may ask.

    `show` shows the progress. Raises WrongUsage if the plan has steps by API and was made from other files: these say
    in which of the vendor's teams the steps are done, and whether the API may do any.
    """
    steps = [planned.step for planned in job.plan.steps if planned.route == "api"]
    project = _project(job)
    used = None if project is None or project.portal is None else project.portal.team_admin
    if project is None or used is None or (steps and job.covered is None):
        if steps:
            remedy = "apply it where they are, or plan again"
            raise WrongUsage(f"the plan has steps by API, and the files here are not those it was made from; {remedy}")
        yield None
        return
    known = knowledge_of(job.state, journal_of(job.target), job.target.url)
    with ExitStack() as stack:

        def opened(keep: Callable[[], None]) -> Machine:
            waiting = console._replace(sleep=_sleep(console, stop, keep))
            calls = [each.calls for each in job.plan.machine]
            progress = CallProgress(show, calls, console.seconds, allowance_minute(console))
            client = stack.enter_context(team_admin_client(waiting, project, job.target.url, progress))
            return TeamAdminSteps(client, known.agreed_ids(used.teams), steps, job.at)

        yield opened


def _project(job: Job) -> Project | None:
    """Return the project of the folder that the plan is applied in."""
    try:
        return read_project(job.root)[0]
    except ProjectNotFound:
        return None


def _sleep(console: Console, stop: Stop, keep: Callable[[], None]) -> Callable[[float], None]:
    """Return a function that waits for some seconds, and raises Interrupted after a signal."""

    def sleep(seconds: float) -> None:
        left = seconds
        while True:
            signal = stop()
            if signal is not None:
                raise Interrupted(signal, "the steps that are done are saved; the next apply does the rest")
            if left <= 0:
                return
            keep()
            console.sleep(min(left, _AT_A_TIME))
            left -= _AT_A_TIME

    return sleep
