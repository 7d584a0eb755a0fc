"""`seatsync show`: show a saved plan in any format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, Outputs, deliver, outputs
from seatsync.commands.shared.earlier_runs import read_plan
from seatsync.commands.shared.plan_inputs import base_folder, show_plan
from seatsync.commands.shared.repository import below_top, no_line
from seatsync.errors import WrongUsage
from seatsync.reporting.formats import PLAN_DIFFS, PLANS, RenderOptions
from seatsync.reporting.plan.plan_people import wanted
from seatsync.reporting.plan_diff_report import plan_diff
from seatsync.reporting.terminal import PLAIN

_CHANGES = 2


@options.command
@click.argument("plan")
@click.argument("head", metavar="[PLAN]", required=False)
@options.format_of_plan
@options.output
@options.by_person
@options.detailed_exitcode
def run(
    console: Console,
    *,
    plan: str,
    head: str | None,
    form: str,
    output: Sequence[str],
    by_person: bool,
    detailed_exitcode: bool,
) -> int:
    """Show a saved plan, or compare two.

    Shows a plan saved by `plan --out PLAN` in any format, after checking that it was not altered. With two plans of one
    account, shows the changes from the first to the second, as text or json: steps, order, findings, policy and guards.

    Examples:
      seatsync show plan.json
      seatsync show plan.json --format markdown
      seatsync show old.json new.json
    """
    if head is not None:
        if by_person:
            raise WrongUsage("--by-person shows one plan; leave it out, or name a single plan")
        return _compare(console, (plan, head), outputs(form, output, PLAN_DIFFS, console), detailed=detailed_exitcode)
    if detailed_exitcode:
        raise WrongUsage("--detailed-exitcode compares two plans; name a second one, or leave it out")
    where = outputs(form, output, PLANS, console)
    rendering = RenderOptions(
        no_line,
        PLAIN,
        console.verbose,
        by_person=by_person,
        other_files=(Path(plan).name,),
        below=below_top(base_folder(console)),
    )
    saved = read_plan(console.path(plan))
    show_plan(saved, where, rendering, console)
    if saved.require is not None:
        console.info(f"{wanted(saved.require)} That is {saved.intent()}.")
    return 0


def _compare(console: Console, names: tuple[str, str], where: Outputs, *, detailed: bool) -> int:
    old, new = (read_plan(console.path(name)) for name in names)
    diff = plan_diff(old, new)
    deliver(where, lambda form, paint: PLAN_DIFFS[form](diff, names, paint), console)
    return _CHANGES if detailed and diff.differs else 0
