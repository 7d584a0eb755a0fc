"""`seatsync apply`: a plan made, shown, approved and carried out; or a saved plan, exactly as it was approved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from seatsync.applying import Applied, StepOutcome, apply_plan, changes_applied_state, require_fresh
from seatsync.clock import Clock
from seatsync.commands import options
from seatsync.commands.answer import Outputs, deliver, outputs, write_file
from seatsync.commands.approvals import Asked, asked, required
from seatsync.commands.approved import approved
from seatsync.commands.console import Console
from seatsync.commands.excerpts import nowhere
from seatsync.commands.place import base_folder, open_on, read_state
from seatsync.commands.plan import plannable, show_plan
from seatsync.commands.prepare import prepare
from seatsync.commands.repository import read_repository
from seatsync.commands.saved import read_plan
from seatsync.commands.signals import noted_signals
from seatsync.commands.wish import Wish
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.normal import config_digest
from seatsync.declaration.project import find_root
from seatsync.declaration.remembered import InvalidDeclaration
from seatsync.errors import ProjectNotFound, TargetProblem, WrongUsage
from seatsync.planning.covering import Covered, covered
from seatsync.planning.exclusions import exclusions, may_be_partial
from seatsync.planning.plan import Plan
from seatsync.planning.staleness import StalePlan
from seatsync.planning.verdict import is_blocked
from seatsync.reporting import outcome_text
from seatsync.reporting.escape import visible
from seatsync.reporting.findings_text import LineOf
from seatsync.reporting.formats import APPLIES, PLANS, RenderOptions
from seatsync.reporting.paint import PLAIN, Paint
from seatsync.reporting.past_text import changes_since
from seatsync.reporting.progress import Progress
from seatsync.reporting.wording import described
from seatsync.rules import OF_REPOSITORY
from seatsync.targets.target import State, Target

_TEXT = Outputs("text")


@dataclass(frozen=True, slots=True)
class Job:
    """A plan that is ready to be carried out; `covered` is what it was made from, where that is at hand.

    `hand_in`: the owner hands in the forms of others. `partial`: a plan that leaves something out may be applied.
    """

    plan: Plan
    target: Target
    state: State
    clock: Clock
    covered: Covered | None
    line_of: LineOf
    hand_in: bool = False
    partial: bool = False


@options.command
@click.argument("what", metavar="[DIR | PLAN]", required=False)
@options.target
@options.actor
@options.teams
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
@options.approving
def run(
    console: Console,
    *,
    what: str | None,
    target: str | None,
    actor: str | None,
    teams: Sequence[str],
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
    require_approval: int | None,
    author: Sequence[str],
    approvals: Sequence[str],
) -> int:
    """Carry a plan out.

    From a folder: plans, shows the plan, asks, and applies. From a saved plan: applies exactly that, or refuses.
    Exits with 3 where all is done that can be, and something waits for a form, support or a purchase.
    """
    if not auto_approve and not console.interactive:
        raise WrongUsage("there is no terminal to ask on; apply from a terminal, or pass --auto-approve")
    where = outputs(form, output, APPLIES, console)
    wish = Wish(target, actor, tuple(teams), day, tuple(allow), undo, hand_in, partial)
    asks = asked(require_approval, author, approvals)
    if what is not None and not console.path(what).is_dir():
        plan = read_plan(console.path(what))
        required(asks, plan)
        job: Job | None = from_saved(console, plan, wish, rebase=rebase)
    else:
        job = _from_folder(console, what, wish, asks, where, strict=strict)
    if job is None:
        return 1
    return to_end(job, console, asks, where, strict=strict, auto_approve=auto_approve, rebase=rebase)


def to_end(
    job: Job, console: Console, asks: Asked, where: Outputs, *, strict: bool, auto_approve: bool, rebase: bool
) -> int:
    """Show the plan, see whether it is approved, ask, and carry it out."""
    if job.hand_in and job.plan.actor is not None:
        raise WrongUsage(f"--hand-in is for the owner: leave it out, or plan without --as {job.plan.actor}")
    rendering = RenderOptions(job.line_of, PLAIN, console.verbose, strict)
    if is_blocked(job.plan, strict=strict, partial=job.partial):
        show_plan(job.plan, where, rendering, console)
        if not job.partial and may_be_partial(job.plan):
            console.say("nothing was done; --partial leaves out teams and contracts with errors, and applies the rest")
        return 1
    _show_first(job, where, rendering, console, asks_first=not auto_approve)
    if not job.plan.steps:
        _nothing(job, console)
        _tell(where, Applied((), job.state.account.serial), job.plan, rendering, console)
        return int(bool(job.plan.left_out))
    if not approved(console, job.plan, job.state.account, asks, required(asks, job.plan)):
        console.say("nothing was done")
        return 1
    if not auto_approve and not _agreed(job, console):
        return 1
    try:
        applied = _carry_out(job, console, rebase=rebase, live=_is_live(where))
    except StalePlan as stale:
        _tell_changes(stale, job.plan, console)
        raise
    _tell(where, applied, job.plan, rendering, console)
    return 1 if job.plan.left_out else applied.exit_code


def _is_live(where: Outputs) -> bool:
    """Whether the answer is text for a screen, which is written as it comes."""
    return where.format == "text" and where.file is None


def _show_first(job: Job, where: Outputs, rendering: RenderOptions, console: Console, *, asks_first: bool) -> None:
    """The plan, before anything is done: as part of the answer, or else for whoever is asked."""
    if _is_live(where):
        show_plan(job.plan, _TEXT, rendering, console)
    elif asks_first and job.plan.steps:
        console.err.write(PLANS["text"](job.plan, rendering._replace(paint=console.err_paint)))


def _tell(where: Outputs, applied: Applied, plan: Plan, rendering: RenderOptions, console: Console) -> None:
    """What became of it, in every format that was asked for and is not written yet."""

    def render(form: str, paint: Paint) -> str:
        return APPLIES[form](applied, plan, rendering._replace(paint=paint))

    if not _is_live(where):
        deliver(where, render, console)
        return
    for form, file in where.beside:
        write_file(file, render(form, PLAIN))


def _from_folder(
    console: Console, directory: str | None, wish: Wish, asks: Asked, where: Outputs, *, strict: bool
) -> Job | None:
    """A plan made now; None where the declaration has errors, which are then the answer."""
    required(asks)
    repository = read_repository(console, directory, wish.day)
    basis = plannable(repository, where, console, wish, strict=strict)
    if basis is None:
        return None
    prepared = prepare(console, repository, basis, wish)
    plan, state = prepared.plan, prepared.state
    what = _covered(plan, basis.declared, state, prepared.clock)
    return Job(plan, prepared.target, state, prepared.clock, what, repository.line_of, wish.hand_in, wish.partial)


def _covered(plan: Plan, declared: Declaration, state: State, clock: Clock) -> Covered:
    """What the plan covers of what it was made from."""
    try:
        return covered(declared, state.account, clock, plan.actor, plan.teams, state.applied_declaration, plan.left_out)
    except InvalidDeclaration as error:
        problem = "what it remembers of the last apply is not a declaration"
        raise TargetProblem(plan.target, problem, "`seatsync account verify` looks into it") from error


def from_saved(console: Console, plan: Plan, wish: Wish, *, rebase: bool) -> Job:
    """A saved plan, which is refused where the account is another, or has changed."""
    if wish.teams or wish.allow or wish.undo:
        raise WrongUsage("a saved plan has its --team, --allow and --undo in it; plan again with others")
    if wish.actor is not None and wish.actor != plan.actor:
        raise WrongUsage(f"the plan was made as {plan.actor or 'the owner'}, not as {wish.actor}; plan again")
    target = open_on(wish.target or plan.target, base_folder(console), console, wish.day)
    state = read_state(target, console)
    clock = console.clock(wish.day, state.account.timezone)
    _see_whether_fresh(plan, target, state, clock, console, rebase=rebase)
    declared = _declaration_of(plan, console)
    what = None if declared is None else _covered(plan, declared, state, clock)
    return Job(plan, target, state, clock, what, nowhere, wish.hand_in, wish.partial)


def _see_whether_fresh(
    plan: Plan, target: Target, state: State, clock: Clock, console: Console, *, rebase: bool
) -> None:
    """Refuse a plan that no longer holds, with what changed since; say so where it holds all the same."""
    try:
        moved = require_fresh(plan, state, clock, target, rebase=rebase)
    except StalePlan as stale:
        _tell_changes(stale, plan, console)
        raise
    if moved:
        serials = f"serial {plan.serial} then, {state.account.serial} now"
        console.say(f"the account has changed since the plan was made ({serials}), but nothing of the plan: going on")


def _tell_changes(stale: StalePlan, plan: Plan, console: Console) -> None:
    for line in changes_since(stale, plan.serial):
        console.say(line)


def _declaration_of(plan: Plan, console: Console) -> Declaration | None:
    """What a saved plan was made from, if that is what the repository here says."""
    try:
        root = find_root(console.folder)
    except ProjectNotFound:
        return None
    with console.phase("read", "reading the files") as work:
        loaded = load(root, progress=work.reached)
    if loaded.declaration is None or exclusions(loaded.declaration, loaded.findings, OF_REPOSITORY).stopping:
        return None
    return loaded.declaration if config_digest(loaded.declaration) == plan.config_digest else None


def _nothing(job: Job, console: Console) -> None:
    """No step: the account only remembers what is declared, where it does not know that yet."""
    if job.plan.undo is None and job.covered is not None and changes_applied_state(job.plan, job.covered, job.state):
        apply_plan(job.plan, job.target, job.clock, job.covered, lambda _: None, lambda: None, partial=job.partial)
        if console.verbose:
            console.say("the account remembers this declaration and policy from now on")


def _agreed(job: Job, console: Console) -> bool:
    if console.ask(f"\nApply this plan to account {visible(job.plan.account)}? Only `yes` is a yes: ") == "yes":
        return True
    console.say("not approved; nothing was done")
    return False


def _carry_out(job: Job, console: Console, *, rebase: bool, live: bool) -> Applied:
    """Apply; `live`: with a line a step on standard output. There is a bar on a terminal's standard error."""
    by_id = {planned.id: planned for planned in job.plan.steps}
    bar = Progress(console.err, console.err_width, len(by_id), console.seconds)

    def told(outcome: StepOutcome) -> None:
        bar.clear()
        if live:
            console.answer(outcome_text.line(outcome, by_id, console.paint))
        bar.step(described(by_id[outcome.id].step))

    if live:
        console.answer("\n")
    since = console.seconds()
    try:
        with noted_signals() as noted:
            applied = apply_plan(
                job.plan,
                job.target,
                job.clock,
                job.covered,
                told,
                noted,
                rebase=rebase,
                hand_in=job.hand_in,
                partial=job.partial,
            )
    finally:
        bar.clear()
    console.timed("apply", since)
    if live:
        console.answer("\n" + outcome_text.last_line(applied, by_id, console.paint))
    return applied
