"""`seatsync plan`: show the ordered steps from the account's state to the declared one."""

from collections.abc import Sequence
from pathlib import Path

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.approvals import approval_options, approved, required_approvals
from seatsync.commands.shared.console import Console, Outputs, all_different, files_of, outputs, write_file
from seatsync.commands.shared.options import PlanOptions, RefreshOptions
from seatsync.commands.shared.plan_inputs import plan_basis, prepare, preview, show_plan
from seatsync.commands.shared.real_account.refresh_first import refresh_first
from seatsync.commands.shared.repository import below_top, read_repository
from seatsync.planning.checks.guards import is_blocked
from seatsync.planning.plan import Plan, to_json
from seatsync.reading.plain_text import first_of
from seatsync.reporting.escape import number_of
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.terminal import PLAIN
from seatsync.targets.target import Case

_CHANGES = 2


@options.command
@options.directory
@options.target
@options.actor
@options.teams
@options.routes
@options.day
@options.allow
@options.strict
@options.format_of_plan
@options.output
@click.option("--out", metavar="FILE", help="Save the plan to FILE for `apply`.")
@options.detailed_exitcode
@options.by_person
@options.undo
@options.refreshing
@options.approving
def run(
    console: Console,
    *,
    directory: str | None,
    target: str | None,
    actor: str | None,
    teams: Sequence[str],
    routes: Sequence[str],
    day: str | None,
    allow: Sequence[str],
    strict: bool,
    form: str,
    output: Sequence[str],
    out: str | None,
    detailed_exitcode: bool,
    by_person: bool,
    undo: str | None,
    refresh: bool,
    exports: str | None,
    exported: str | None,
    stale_ok: bool,
    require_approval: int | None,
    author: Sequence[str],
    approvals: Sequence[str],
) -> int:
    """Show the steps from the account's state to the declared one.

    Never changes the account. The steps are listed in an order in which they can be carried out.

    Examples:
      seatsync plan
      seatsync plan --team design --as ana@acme.example
      seatsync plan --out plan.json --output html=plan.html
    """
    where = outputs(form, output, PLANS, console)
    if out is not None:
        all_different([*files_of(where), console.path(out)])
    looking = RefreshOptions(refresh, target, exports, exported, stale_ok, day, tuple(allow))
    unsettled, allowed = refresh_first(console, directory, looking)
    plan_options = PlanOptions(target, actor, tuple(teams), day, allowed, undo, routes=tuple(routes))
    approving = approval_options(require_approval, author, approvals)
    wanted = required_approvals(approving)
    repository = read_repository(console, directory, day)
    basis = plan_basis(repository, where, console, plan_options, strict=strict)
    if basis is None:
        return 1
    prepared = prepare(console, repository, basis, plan_options)
    plan = prepared.plan._replace(require=wanted)
    failed = is_blocked(plan, strict=strict)
    if out is not None:
        write_file(console.path(out), to_json(plan))
    rendering = RenderOptions(
        repository.line_of,
        PLAIN,
        console.verbose,
        strict,
        by_person,
        lambda: preview(prepared, basis.declared, plan_options.teams, wanted),
        _full_copies(where, out),
        below_top(repository.root),
        basis.findings,
        repository.own_rules,
    )
    show_plan(plan, where, rendering, console)
    if prepared.state.mirror is not None and prepared.state.cases and not failed:
        _report_unwanted(plan, prepared.state.cases, console)
    if out is not None:
        _report_saved(out, console, useful=bool(plan.steps) and not failed)
    if wanted is not None:
        failed = not approved(console, plan, prepared.state.account, approving, wanted) or failed
    if failed or unsettled:
        return 1
    return _CHANGES if detailed_exitcode and plan.steps else 0


def _full_copies(where: Outputs, out: str | None) -> tuple[str, ...]:
    """Return the names of the other files that contain the whole plan."""
    files = [file.name for form, file in where.further if form != "markdown"]
    if where.file is not None and where.format != "markdown":
        files.append(where.file.name)
    return (*files, *([] if out is None else [Path(out).name]))


def _report_unwanted(plan: Plan, cases: Sequence[Case], console: Console) -> None:
    """Report the open cases for which the plan has no step any more."""
    from seatsync.reporting.checklist.entries import unwanted_cases  # noqa: PLC0415 - few plans have open cases

    ids = [case.id for case in unwanted_cases(plan, cases)]
    if ids:
        are = number_of(len(ids), "open case is", "open cases are")
        console.info(f"{are} no longer wanted: {first_of(ids)}; `seatsync account withdraw` closes what is not done")


def _report_saved(out: str, console: Console, *, useful: bool) -> None:
    """Report the file of a saved plan, and the command that applies it."""
    from shlex import quote  # noqa: PLC0415 - few plans are saved

    more = f"; run `seatsync apply {quote(out)}` to apply it" if useful else ""
    console.info(f"saved to {out}{more}")
