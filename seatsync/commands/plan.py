"""`seatsync plan`: the ordered steps from the account's state to the declared one. Changes nothing."""

from collections.abc import Sequence
from pathlib import Path

import click

from seatsync.commands import options
from seatsync.commands.answer import Outputs, all_different, deliver, files_of, outputs, write_file
from seatsync.commands.approvals import asked, required
from seatsync.commands.console import Console
from seatsync.commands.prepare import Basis, basis_of, prepare, preview
from seatsync.commands.repository import Repository, below_top, read_repository
from seatsync.commands.validate import show_findings, tell_silenced
from seatsync.commands.wish import Wish
from seatsync.declaration.declared import Declaration
from seatsync.finding import Finding, Severity, has_errors
from seatsync.planning.plan import Plan, to_json
from seatsync.planning.verdict import is_blocked
from seatsync.reporting.counting import number_of
from seatsync.reporting.findings_text import paragraphs
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.paint import PLAIN

_CHANGES = 2


@options.command
@options.directory
@options.target
@options.actor
@options.teams
@options.day
@options.allow
@options.strict
@options.format_of_plan
@options.output
@click.option("--out", metavar="FILE", help="Save the plan for `apply`.")
@options.detailed_exitcode
@options.by_person
@options.undo
@options.approving
def run(
    console: Console,
    *,
    directory: str | None,
    target: str | None,
    actor: str | None,
    teams: Sequence[str],
    day: str | None,
    allow: Sequence[str],
    strict: bool,
    form: str,
    output: Sequence[str],
    out: str | None,
    detailed_exitcode: bool,
    by_person: bool,
    undo: str | None,
    require_approval: int | None,
    author: Sequence[str],
    approvals: Sequence[str],
) -> int:
    """Show the steps from the account's state to the declared one.

    Writes nothing to the account. The steps stand in an order in which they can be carried out.
    """
    where = outputs(form, output, PLANS, console)
    if out is not None:
        all_different([*files_of(where), console.path(out)])
    wish = Wish(target, actor, tuple(teams), day, tuple(allow), undo)
    asks = asked(require_approval, author, approvals)
    wanted = required(asks)
    repository = read_repository(console, directory, day)
    basis = plannable(repository, where, console, wish, strict=strict)
    if basis is None:
        return 1
    prepared = prepare(console, repository, basis, wish)
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
        lambda: preview(prepared, basis.declared, wish.teams, wanted),
        _elsewhere(where, out),
        below_top(repository.root),
        basis.findings,
    )
    show_plan(plan, where, rendering, console)
    if out is not None:
        _tell_saved(out, console, useful=bool(plan.steps) and not failed)
    if wanted is not None:
        from seatsync.commands.approved import approved  # noqa: PLC0415 - few plans need approvals

        failed = not approved(console, plan, prepared.state.account, asks, wanted) or failed
    if failed:
        return 1
    return _CHANGES if detailed_exitcode and plan.steps else 0


def show_steps(console: Console, directory: str, wish: Wish) -> None:
    """Plan and show the plan as text; where the files have errors, show these."""
    where = Outputs("text")
    repository = read_repository(console, directory, wish.day)
    basis = plannable(repository, where, console, wish, strict=False)
    if basis is not None:
        plan = prepare(console, repository, basis, wish).plan
        rendering = RenderOptions(repository.line_of, PLAIN, console.verbose, below=below_top(repository.root))
        show_plan(plan, where, rendering, console)


def sound(repository: Repository, where: Outputs, console: Console, *, strict: bool) -> Declaration | None:
    """The declaration, with its warnings on standard error. Where it has errors: None, and they are the answer."""
    if repository.declaration is None or has_errors(repository.findings, strict=strict):
        show_findings(repository, where, console, strict=strict)
        return None
    _tell_beside(repository.findings, repository, console)
    return repository.declaration


def plannable(repository: Repository, where: Outputs, console: Console, wish: Wish, *, strict: bool) -> Basis | None:
    """What there is to plan from, with what is wrong on standard error. Where errors stop it: None, and the answer."""
    basis = basis_of(repository, wish, strict=strict)
    if basis is None:
        show_findings(repository, where, console, strict=strict)
        return None
    _tell_beside(basis.findings, repository, console)
    aside = len(repository.findings) - len(basis.findings)
    if aside:
        console.say(f"{number_of(aside, 'error')} in what --team leaves aside; `seatsync validate` shows all")
    return basis


def _tell_beside(findings: Sequence[Finding], repository: Repository, console: Console) -> None:
    """What is wrong with the files and does not stop the command; with `-v`, also what is only worth knowing."""
    worth = {Severity.ERROR, Severity.WARNING} | ({Severity.INFO} if console.verbose else set())
    shown = [finding for finding in findings if finding.severity in worth]
    if shown:
        console.err.write(paragraphs(shown, repository.line_of, console.err_paint) + "\n")
    tell_silenced(repository, console)


def show_plan(plan: Plan, where: Outputs, rendering: RenderOptions, console: Console) -> None:
    """A plan as the answer, in every format that was asked for; colours are as each output has them."""
    deliver(where, lambda form, paint: PLANS[form](plan, rendering._replace(paint=paint)), console)


def _elsewhere(where: Outputs, out: str | None) -> tuple[str, ...]:
    """The files that have all of the plan."""
    files = [file.name for form, file in where.beside if form != "markdown"]
    if where.file is not None and where.format != "markdown":
        files.append(where.file.name)
    return (*files, *([] if out is None else [Path(out).name]))


def _tell_saved(out: str, console: Console, *, useful: bool) -> None:
    """Where the plan is now, and what carries it out."""
    from shlex import quote  # noqa: PLC0415 - few plans are saved

    more = f"; `seatsync apply {quote(out)}` carries it out" if useful else ""
    console.say(f"saved to {out}{more}")
