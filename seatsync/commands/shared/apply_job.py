"""A plan that is ready to be applied, and what is asked before that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seatsync.applying.outcomes import blocked_steps
from seatsync.clock import Clock
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.real_account.run_folders import Place
from seatsync.errors import WrongUsage
from seatsync.planning.checks.access_checks import Covered
from seatsync.planning.plan import Plan
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.findings.findings_text import LineOf
from seatsync.targets.target import State, Target


@dataclass(frozen=True, slots=True)
class Job:
    """A plan ready to be applied; `covered` is None if its declaration is not available.

    `root` is the project folder, or the working folder outside of a project. `hand_in`: the owner hands in other
    people's forms. `partial`: a plan with exclusions may be applied. `place` is where the folder of the run goes, by
    default in the project. `at` is the instant of `--at`, at which steps by API are recorded; None: when they are done.
    """

    plan: Plan
    target: Target
    state: State
    clock: Clock
    covered: Covered | None
    root: Path
    line_of: LineOf
    hand_in: bool = False
    partial: bool = False
    place: Place | None = None
    at: str | None = None


def check_options(job: Job) -> None:
    """Raise `WrongUsage` for options that do not fit the target or the plan."""
    if job.hand_in and job.plan.actor is not None:
        raise WrongUsage(f"--hand-in is only for the owner; leave it out, or plan without --as {job.plan.actor}")
    if job.hand_in and job.state.mirror is not None:
        raise WrongUsage("--hand-in is only for an embedded account; people hand in the forms of the real one")
    if job.place is not None and job.place.exactly is not None and job.state.mirror is None:
        raise WrongUsage("--run-dir is only for a project with `portal:`, in which people carry out the steps")


def is_confirmed(job: Job, console: Console) -> bool:
    """Ask whether the plan is to be applied, and return the answer."""
    about = f"\n{_what_happens(job.plan)}\n" if job.state.mirror is not None else "\n"
    if console.ask(f"{about}Apply this plan to account {visible(job.plan.account)}? Only `yes` is accepted: ") == "yes":
        return True
    console.info("not approved; nothing was done")
    return False


def _what_happens(plan: Plan) -> str:
    """Return what applying a plan to a mirror does to the real account, and what it asks people for."""
    waiting = blocked_steps(plan)
    now = sum(planned.route == "api" and planned.id not in waiting for planned in plan.steps)
    new = number_of(sum(planned.route != "api" and planned.case is None for planned in plan.steps), "case")
    if now:
        return f"This carries out {number_of(now, 'step')} on the real account by API, and opens {new} for people."
    return f"This opens {new} for people; nothing changes in the portal by itself."
