"""A process that applies a long plan to the store in a folder, until it is done or killed.

    python -m tests.targets.applier FOLDER STEPS [DIE_IN]

Creates `STEPS` groups and prints a line for each. With `DIE_IN` it kills itself in the middle of writing that step, as
in a power cut: some of the rows are in the file, but not yet the audit entry.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from seatsync.account.access import performers
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import Account, Value
from seatsync.applying.outcomes import Applied, StepOutcome
from seatsync.applying.running import apply_plan
from seatsync.planning.checks.access_checks import Covered
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.targets.sql.tables import Pending
from tests.targets.sample import BUILD, CLOCK
from tests.targets.stores import at


def group_names(count: int) -> list[str]:
    return [f"g{number:04}" for number in range(count)]


def plan_for(account: Account, count: int) -> Plan:
    """Return the plan from the present account to `count` groups in team build."""
    steps = [
        Step.make("group.create", BUILD, group=name)
        for name in group_names(count)
        if name not in account.teams["build"].groups
    ]
    planned = tuple(
        PlannedStep(
            number,
            step,
            ACTIONS[step.action].kind,
            ACTIONS[step.action].channel,
            "account",
            performers=tuple(performers(account, step)),
        )
        for number, step in enumerate(steps, 1)
    )
    return Plan(account.name, account.lineage, account.serial, "", None, CLOCK.day, "sha256:0", "{}", steps=planned)


def finish(folder: Path, count: int) -> Applied:
    """Make a plan and apply it."""

    def reported(outcome: StepOutcome) -> None:
        sys.stdout.write(f"{outcome.id} {outcome.status}\n")
        sys.stdout.flush()

    target = at(folder)
    return apply_plan(
        plan_for(target.read().account, count), target, CLOCK, Covered("{}", {}, partly=False), reported, lambda: None
    )


def die_in(serial: int) -> None:
    """Make this process kill itself while it writes the step with a serial."""
    add = Pending.add

    def deadly(pending: Pending, table: str, statement: str, values: tuple[Value, ...]) -> None:
        if table == "audit" and values[4] == serial:
            pending.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        add(pending, table, statement, values)

    Pending.add = deadly  # type: ignore[assignment]


if __name__ == "__main__":
    if len(sys.argv) > 3:
        die_in(int(sys.argv[3]))
    finish(Path(sys.argv[1]), int(sys.argv[2]))
