"""`seatsync apply`: make, show, confirm and apply a plan, or apply a saved one exactly as approved."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import click

from seatsync.applying.in_mirror import OpenMachine, needs_machine
from seatsync.applying.outcomes import Applied, StepOutcome, Stop
from seatsync.applying.running import apply_plan, changes_applied_state, require_fresh, require_no_freeze
from seatsync.clock import Clock
from seatsync.commands.shared import options
from seatsync.commands.shared.apply_job import Job, check_options, is_confirmed
from seatsync.commands.shared.approvals import ApprovalOptions, approval_options, approved, required_approvals
from seatsync.commands.shared.console import Console, Outputs, deferred_signals, deliver, outputs, write_file
from seatsync.commands.shared.earlier_runs import read_plan
from seatsync.commands.shared.options import PlanOptions, RefreshOptions
from seatsync.commands.shared.plan_inputs import (
    base_folder,
    open_as_of,
    plan_basis,
    prepare,
    read_state,
    resolve_target,
    show_plan,
)
from seatsync.commands.shared.real_account.refresh_first import refresh_first
from seatsync.commands.shared.real_account.run_folders import RUNS, Place
from seatsync.commands.shared.repository import no_line, read_repository
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.normal import config_digest
from seatsync.declaration.normal_reader import InvalidDeclaration
from seatsync.declaration.project import find_root
from seatsync.errors import ProjectNotFound, SeatsyncError, TargetProblem, WrongUsage
from seatsync.planning.checks.access_checks import Covered, covered
from seatsync.planning.checks.guards import is_blocked
from seatsync.planning.checks.staleness import StalePlan
from seatsync.planning.difference.exclusions import exclusions, may_be_partial
from seatsync.planning.plan import Plan
from seatsync.reporting import outcome_report
from seatsync.reporting.formats import APPLIES, PLANS, RenderOptions
from seatsync.reporting.outcome_report import changes_since
from seatsync.reporting.plan.wording import described
from seatsync.reporting.terminal import PLAIN, Paint, Progress
from seatsync.rules import OF_REPOSITORY
from seatsync.targets.target import State, Target

_TEXT = Outputs("text")


@options.command
@click.argument("source", metavar="[DIR | PLAN]", required=False)
@options.target
@options.actor
@options.teams
@options.routes
@options.day
@options.allow
@options.strict
@options.text_or_json
@options.output
@options.auto_approve
@options.rebase
@options.hand_in
@options.partial
@options.undo
@options.run_dir
@options.refreshing
@options.approving
def run(
    console: Console,
    *,
    source: str | None,
    target: str | None,
    actor: str | None,
    teams: Sequence[str],
    routes: Sequence[str],
    day: str | None,
    allow: Sequence[str],
    strict: bool,
    form: str,
    output: Sequence[str],
    auto_approve: bool,
    rebase: bool,
    hand_in: bool,
    partial: bool,
    undo: str | None,
    run_dir: str | None,
    refresh: bool,
    exports: str | None,
    exported: str | None,
    stale_ok: bool,
    require_approval: int | None,
    author: Sequence[str],
    approvals: Sequence[str],
) -> int:
    """Apply a plan to the account.

    With a folder: plans, shows the plan, asks for confirmation, and applies it. With a saved plan: applies exactly that
    plan, or refuses. Exits with 3 if some steps wait for a form, support or a purchase and all others are done.

    In a project with `portal:`, steps of route api are carried out on the real account, and all others wait for people:
    apply writes a folder with their checklist.

    Examples:
      seatsync apply
      seatsync apply plan.json --auto-approve
      seatsync apply --partial --allow GUARD001.seats=132
    """
    if not auto_approve and not console.interactive:
        raise WrongUsage("apply needs a terminal for its confirmation; run it from one, or pass --auto-approve")
    where = outputs(form, output, APPLIES, console)
    looking = RefreshOptions(refresh, target, exports, exported, stale_ok, day, tuple(allow))
    saved = source is not None and not console.path(source).is_dir()
    unsettled, allowed = refresh_first(console, None if saved else source, looking)
    plan_options = PlanOptions(target, actor, tuple(teams), day, allowed, undo, hand_in, partial, tuple(routes))
    approving = approval_options(require_approval, author, approvals)
    if source is not None and saved:
        plan = read_plan(console.path(source))
        required_approvals(approving, plan)
        job: Job | None = job_of_plan(console, plan, plan_options, rebase=rebase)
    else:
        job = _from_folder(console, source, plan_options, approving, where, strict=strict)
    if job is None:
        return 1
    if run_dir is not None:
        job = replace(job, place=Place(job.root / RUNS, console.path(run_dir)))
    code = review_and_apply(job, console, approving, where, strict=strict, auto_approve=auto_approve, rebase=rebase)
    return 1 if unsettled else code


def review_and_apply(
    job: Job,
    console: Console,
    approving: ApprovalOptions,
    where: Outputs,
    *,
    strict: bool,
    auto_approve: bool,
    rebase: bool,
) -> int:
    """Show the plan, check its approvals, ask for confirmation, and apply it; return the exit code."""
    check_options(job)
    rendering = RenderOptions(job.line_of, PLAIN, console.verbose, strict)
    if is_blocked(job.plan, strict=strict, partial=job.partial):
        show_plan(job.plan, where, rendering, console)
        if not job.partial and may_be_partial(job.plan):
            console.info("nothing was done; --partial skips teams and contracts with errors and applies the rest")
        return 1
    _preview(job, where, rendering, console, asks_first=not auto_approve)
    require_no_freeze(job.plan, job.clock)
    if not job.plan.steps:
        applied = _record_declaration(job, console)
        if _is_live(where) and (earlier := outcome_report.earlier_lines(applied)):
            console.output("\n" + earlier)
        _write_outcome(where, applied, job.plan, rendering, console)
        return 1 if job.plan.faulty else applied.exit_code
    if not approved(console, job.plan, job.state.account, approving, required_approvals(approving, job.plan)):
        console.info("nothing was done")
        return 1
    if not auto_approve and not is_confirmed(job, console):
        return 1
    try:
        applied = _apply(job, console, rebase=rebase, live=_is_live(where))
    except StalePlan as stale:
        _show_changes(stale, job.plan, console)
        raise
    if _is_live(where):
        steps = {planned.id: planned for planned in job.plan.steps}
        console.output("\n" + outcome_report.last_line(applied, steps, console.paint))
    _write_outcome(where, applied, job.plan, rendering, console)
    return 1 if job.plan.faulty else applied.exit_code


def _is_live(where: Outputs) -> bool:
    """Return True if the output is text on standard output, written while steps are applied."""
    return where.format == "text" and where.file is None


def _preview(job: Job, where: Outputs, rendering: RenderOptions, console: Console, *, asks_first: bool) -> None:
    """Show the plan before anything is applied: in the output, or on standard error for the confirmation."""
    if _is_live(where):
        show_plan(job.plan, _TEXT, rendering, console)
    elif asks_first and job.plan.steps:
        console.err.write(PLANS["text"](job.plan, rendering._replace(paint=console.err_paint)))


def _write_outcome(where: Outputs, applied: Applied, plan: Plan, rendering: RenderOptions, console: Console) -> None:
    """Write the outcome in every requested format that is not written yet."""

    def render(form: str, paint: Paint) -> str:
        return APPLIES[form](applied, plan, rendering._replace(paint=paint))

    if not _is_live(where):
        deliver(where, render, console)
        return
    for form, file in where.further:
        write_file(file, render(form, PLAIN))


def _from_folder(
    console: Console,
    directory: str | None,
    plan_options: PlanOptions,
    approving: ApprovalOptions,
    where: Outputs,
    *,
    strict: bool,
) -> Job | None:
    """Plan from a folder; return None if the declaration has errors, after showing them."""
    required_approvals(approving)
    repository = read_repository(console, directory, plan_options.day)
    basis = plan_basis(repository, where, console, plan_options, strict=strict)
    if basis is None:
        return None
    prepared = prepare(console, repository, basis, plan_options)
    plan, state = prepared.plan, prepared.state
    scope = _covered(plan, basis.declared, state, prepared.clock)
    return Job(
        plan,
        prepared.target,
        state,
        prepared.clock,
        scope,
        repository.root,
        repository.line_of,
        plan_options.hand_in,
        plan_options.partial,
        at=None if plan_options.day is None else prepared.clock.stamp,
    )


def _covered(plan: Plan, declared: Declaration, state: State, clock: Clock) -> Covered:
    """Return the part of the declaration that the plan covers."""
    try:
        return covered(declared, state.account, clock, plan.actor, plan.teams, state.applied_declaration, plan.left_out)
    except InvalidDeclaration as error:
        problem = "its record of the last apply cannot be read"
        raise TargetProblem(plan.target, problem, "check it with `seatsync account verify`") from error


def job_of_plan(console: Console, plan: Plan, plan_options: PlanOptions, *, rebase: bool) -> Job:
    """Return the job of a saved plan. Raises `StalePlan` if the account is another one or has changed."""
    if plan_options.teams or plan_options.routes or plan_options.allow or plan_options.undo:
        limits = "--team, --route, --allow and --undo"
        raise WrongUsage(f"a saved plan already contains its {limits}; plan again to change them")
    if plan_options.actor is not None and plan_options.actor != plan.actor:
        raise WrongUsage(f"the plan was made as {plan.actor or 'the owner'}, not as {plan_options.actor}; plan again")
    declared = _declaration_of(plan, console)
    root = base_folder(console)
    url = resolve_target(console, plan_options.target) if plan_options.target else plan.target
    target = open_as_of(url, root, console, plan_options.day, declared)
    state = read_state(target, console, declared)
    clock = console.clock(plan_options.day, state.account.timezone)
    _check_fresh(plan, target, state, clock, console, rebase=rebase)
    if declared is None and state.mirror is not None and plan.assumed and state.applied_declaration is None:
        problem = "the plan assumes what its files declare, and the files here are not those"
        raise SeatsyncError(f"{problem}; apply it where they are checked out, or plan again")
    scope = None if declared is None else _covered(plan, declared, state, clock)
    at = None if plan_options.day is None else clock.stamp
    return Job(plan, target, state, clock, scope, root, no_line, plan_options.hand_in, plan_options.partial, at=at)


def _check_fresh(plan: Plan, target: Target, state: State, clock: Clock, console: Console, *, rebase: bool) -> None:
    """Raise `StalePlan` if the account no longer fits the plan, after listing the changes since."""
    try:
        moved = require_fresh(plan, state, clock, target, rebase=rebase)
    except StalePlan as stale:
        _show_changes(stale, plan, console)
        raise
    if moved:
        serials = f"serial {plan.serial} then, {state.account.serial} now"
        console.info(
            f"the account has changed since the plan was made ({serials}), but not what it touches; continuing"
        )


def _show_changes(stale: StalePlan, plan: Plan, console: Console) -> None:
    for line in changes_since(stale, plan.serial):
        console.info(line)


def _declaration_of(plan: Plan, console: Console) -> Declaration | None:
    """Return the declaration of a saved plan, if the repository of the working folder still has it."""
    try:
        root = find_root(console.folder)
    except ProjectNotFound:
        return None
    with console.phase("read", "reading the files") as work:
        loaded = load(root, progress=work.reached)
    if loaded.declaration is None or exclusions(loaded.declaration, loaded.findings, OF_REPOSITORY).stopping:
        return None
    return loaded.declaration if config_digest(loaded.declaration) == plan.config_digest else None


def _record_declaration(job: Job, console: Console) -> Applied:
    """Record the declaration of a plan without steps as applied, if it is new to the account.

    Steps by API of an earlier run that was interrupted are settled first.
    """
    nothing = Applied((), job.state.account.serial)
    settles = job.state.mirror is not None and needs_machine(job.plan, job.state)
    covered = job.covered if job.plan.undo is None else None
    takes_over = job.plan.is_whole and job.state.takes_over
    changes = covered is not None and (takes_over or changes_applied_state(job.plan, covered, job.state))
    if not changes and not settles:
        return nothing
    with _signals(job) as noted:
        applied = _apply_steps(job, console, noted, rebase=False, live=False)
    if console.verbose and changes:
        console.info("recorded this declaration and policy as applied")
    return applied


def _apply(job: Job, console: Console, *, rebase: bool, live: bool) -> Applied:
    """Apply the plan; `live` prints one line per step. A terminal also gets a progress bar on standard error.

    In a mirror of the real account, this also writes the folder of the run.
    """
    with _signals(job) as noted:
        if job.state.mirror is None:
            return _apply_steps(job, console, noted, rebase=rebase, live=live)
        from seatsync.commands.shared.real_account.mirror_apply import with_folder  # noqa: PLC0415

        return with_folder(job, console, lambda: _apply_steps(job, console, noted, rebase=rebase, live=live))


def _signals(job: Job) -> AbstractContextManager[Stop]:
    """Defer signals until the step in progress is done."""
    if job.state.mirror is None or not needs_machine(job.plan, job.state):
        return deferred_signals()
    return deferred_signals("earlier steps are kept, and the next apply asks what became of the one in progress")


def _apply_steps(job: Job, console: Console, stop: Stop, *, rebase: bool, live: bool) -> Applied:
    by_id = {planned.id: planned for planned in job.plan.steps}
    bar = Progress(console.err, console.err_width, len(by_id), console.seconds)

    def report(outcome: StepOutcome) -> None:
        bar.clear()
        if live:
            console.output(outcome_report.line(outcome, by_id, console.paint))
        bar.step(described(by_id[outcome.id].step))

    if live:
        console.output("\n")
    since = console.seconds()
    try:
        with _machine(job, console, bar, stop) as machine:
            applied = apply_plan(
                job.plan,
                job.target,
                job.clock,
                job.covered,
                report,
                stop,
                rebase=rebase,
                hand_in=job.hand_in,
                partial=job.partial,
                machine=machine,
            )
    finally:
        bar.clear()
    console.timed("apply", since)
    return applied


def _machine(job: Job, console: Console, bar: Progress, stop: Stop) -> AbstractContextManager[OpenMachine | None]:
    """Return what carries out steps by API, None if there are none."""
    if job.state.mirror is None or not needs_machine(job.plan, job.state):
        return nullcontext()
    from seatsync.commands.shared.real_account.machine_access import opened_machine  # noqa: PLC0415

    return opened_machine(job, console, bar.show, stop)
