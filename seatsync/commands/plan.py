"""`seatsync plan`: show the ordered steps from the account's state to the declared one."""

from collections.abc import Sequence
from pathlib import Path

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, Outputs, all_different, deliver, files_of, outputs, write_file
from seatsync.commands.shared.options import PlanOptions
from seatsync.commands.shared.plan_inputs import Basis, approval_options, basis_of, prepare, preview, required_approvals
from seatsync.commands.shared.repository import Repository, below_top, read_repository
from seatsync.commands.validate import show_findings, show_suppressed
from seatsync.declaration.declared import Declaration
from seatsync.finding import Finding, Severity, has_errors
from seatsync.planning.checks.guards import is_blocked
from seatsync.planning.plan import Plan, to_json
from seatsync.reporting.escape import number_of
from seatsync.reporting.findings.findings_text import paragraphs
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.terminal import PLAIN

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
@click.option("--out", metavar="FILE", help="Save the plan to FILE for `apply`.")
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

    Never changes the account. The steps are listed in an order in which they can be carried out.
    """
    where = outputs(form, output, PLANS, console)
    if out is not None:
        all_different([*files_of(where), console.path(out)])
    plan_options = PlanOptions(target, actor, tuple(teams), day, tuple(allow), undo)
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
    )
    show_plan(plan, where, rendering, console)
    if out is not None:
        _report_saved(out, console, useful=bool(plan.steps) and not failed)
    if wanted is not None:
        from seatsync.commands.shared.plan_inputs import approved  # noqa: PLC0415 - few plans need approvals

        failed = not approved(console, plan, prepared.state.account, approving, wanted) or failed
    if failed:
        return 1
    return _CHANGES if detailed_exitcode and plan.steps else 0


def show_steps(console: Console, directory: str, plan_options: PlanOptions) -> None:
    """Plan and show the plan as text, or the findings if errors prevent a plan."""
    where = Outputs("text")
    repository = read_repository(console, directory, plan_options.day)
    basis = plan_basis(repository, where, console, plan_options, strict=False)
    if basis is not None:
        plan = prepare(console, repository, basis, plan_options).plan
        rendering = RenderOptions(repository.line_of, PLAIN, console.verbose, below=below_top(repository.root))
        show_plan(plan, where, rendering, console)


def valid_declaration(repository: Repository, where: Outputs, console: Console, *, strict: bool) -> Declaration | None:
    """Return the declaration and print its warnings to standard error; with errors, show them and return None."""
    if repository.declaration is None or has_errors(repository.findings, strict=strict):
        show_findings(repository, where, console, strict=strict)
        return None
    _show_warnings(repository.findings, repository, console)
    return repository.declaration


def plan_basis(
    repository: Repository, where: Outputs, console: Console, plan_options: PlanOptions, *, strict: bool
) -> Basis | None:
    """Return the basis of a plan and print its findings to standard error; if errors prevent it, show them."""
    basis = basis_of(repository, plan_options, strict=strict)
    if basis is None:
        show_findings(repository, where, console, strict=strict)
        return None
    _show_warnings(basis.findings, repository, console)
    ignored = len(repository.findings) - len(basis.findings)
    if ignored:
        console.info(f"{number_of(ignored, 'error')} outside the teams of --team; run `seatsync validate` to see all")
    return basis


def _show_warnings(findings: Sequence[Finding], repository: Repository, console: Console) -> None:
    """Print errors and warnings to standard error; with `-v`, also information and suppressed findings."""
    severities = {Severity.ERROR, Severity.WARNING} | ({Severity.INFO} if console.verbose else set())
    shown = [finding for finding in findings if finding.severity in severities]
    if shown:
        console.err.write(paragraphs(shown, repository.line_of, console.err_paint) + "\n")
    show_suppressed(repository, console)


def show_plan(plan: Plan, where: Outputs, rendering: RenderOptions, console: Console) -> None:
    """Write a plan in every requested format."""
    deliver(where, lambda form, paint: PLANS[form](plan, rendering._replace(paint=paint)), console)


def _full_copies(where: Outputs, out: str | None) -> tuple[str, ...]:
    """Return the names of the other files that contain the whole plan."""
    files = [file.name for form, file in where.beside if form != "markdown"]
    if where.file is not None and where.format != "markdown":
        files.append(where.file.name)
    return (*files, *([] if out is None else [Path(out).name]))


def _report_saved(out: str, console: Console, *, useful: bool) -> None:
    """Report the file of a saved plan, and the command that applies it."""
    from shlex import quote  # noqa: PLC0415 - few plans are saved

    more = f"; run `seatsync apply {quote(out)}` to apply it" if useful else ""
    console.info(f"saved to {out}{more}")
