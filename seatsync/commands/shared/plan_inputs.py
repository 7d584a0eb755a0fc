"""Inputs of a plan: the target and its account, a saved plan file or a run to undo, and the approvals required."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from seatsync.account.history import NO_PEOPLE, HistoryEntry, same
from seatsync.clock import Clock
from seatsync.commands.shared.console import Console, Outputs, deliver
from seatsync.commands.shared.options import PlanOptions
from seatsync.commands.shared.repository import Repository, below_top, read_repository, show_findings, show_suppressed
from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.fields import nfc
from seatsync.declaration.normal import config_digest, policy_text
from seatsync.declaration.project import find_root, read_project
from seatsync.errors import NoTarget, ProjectNotFound, SeatsyncError, TargetProblem, WrongUsage
from seatsync.finding import Finding, Severity, has_errors, in_bulk
from seatsync.planning.difference.exclusions import also_excluded, exclusions
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import UNKNOWN, Excluded, Plan, Required
from seatsync.planning.step_routes import Routes
from seatsync.reading.plain_text import listed
from seatsync.reporting.escape import number_of, quoted
from seatsync.reporting.findings.findings_text import VALIDATE, LineOf, paragraphs
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.terminal import PLAIN
from seatsync.rules import OF_REPOSITORY
from seatsync.targets.sql.sqlite import PREFIX
from seatsync.targets.target import Assumes, Journal, OutsideChanges, State, Target, open_target

_FILE = "file:"
_EXPORTS = "exports:"
_COLON = ":"
"""What the names of targets do not contain, and URLs do."""


def base_folder(console: Console) -> Path:
    """Return the project folder, or the working folder outside of a project."""
    try:
        return find_root(console.folder)
    except ProjectNotFound:
        return console.folder


def project_of(console: Console, directory: str | None) -> Project:
    """Return the project of a folder. Raises SeatsyncError if its file has errors."""
    project, findings = read_project(find_root(console.directory(directory)))
    errors = [each for each in findings if each.severity is Severity.ERROR]
    if project is None or errors:
        place = f"{errors[0].location}: {errors[0].code} {errors[0].message}" if errors else "seatsync.yaml is empty"
        raise SeatsyncError(f"{place}; see `seatsync validate`")
    return project


def resolve_target(console: Console, given: str | None) -> str:
    """Return the URL of the target that is given, by URL or name, else that of the project file."""
    if given and _COLON in given:
        return given
    return require_target(given, _project_here(console))


def url_of(console: Console, source: str) -> str:
    """Return the URL of a target of the project that `source` names; anything else as it is."""
    project = _project_here(console)
    return dict(() if project is None else project.targets).get(nfc(source), source)


def _project_here(console: Console) -> Project | None:
    try:
        return read_project(find_root(console.folder))[0]
    except ProjectNotFound:
        return None


def require_target(given: str | None, project: Project | None) -> str:
    """Return the URL of a target as `chosen_target` does. Raises `NoTarget` without any."""
    url = chosen_target(given, project)
    if not url:
        raise NoTarget
    return url


def chosen_target(given: str | None, project: Project | None) -> str | None:
    """Return the URL of the target that is given, by URL or name, else of the only one of the project, if it has one.

    Raises `WrongUsage` for an unknown name, and if the project has several targets and none is given.
    """
    targets = {} if project is None else dict(project.targets)
    if given and (_COLON in given or not targets):
        return given
    names = listed([quoted(name) for name in sorted(targets)])
    if given:
        url = targets.get(nfc(given))
        if url is None:
            raise WrongUsage(f"there is no target {quoted(given)}; the project has {names}")
        return url
    if len(targets) > 1:
        raise WrongUsage(f"the project has several targets; name one with --target or SEATSYNC_TARGET: {names}")
    return None if project is None else project.target


def open_as_of(url: str, root: Path, console: Console, day: str | None, declared: Declaration | None = None) -> Target:
    """Open a target, relative to a folder, as of the date of `--at`.

    In a project with a portal a store is a mirror, which assumes what is declared.
    """
    clock = None if day is None else Clock.at(day)
    if url.lower().startswith(_EXPORTS):
        from seatsync.portal.exports_target import open_exports  # noqa: PLC0415 - few commands read exports

        return open_exports(url, root, console.environment, clock)
    opened = open_target(url, root, console.environment, clock)
    if not isinstance(opened, OutsideChanges) or not has_portal(root):
        return opened
    from seatsync.portal.mirror_target import mirror_of  # noqa: PLC0415 - few projects have a portal

    return mirror_of(opened, clock, declared)


def has_portal(root: Path) -> bool:
    """Return True for the folder of a project with a portal, whose store is a mirror of the vendor's account."""
    try:
        project = read_project(root)[0]
    except ProjectNotFound:
        return False
    return project is not None and project.portal is not None


def read_state(
    target: Target, console: Console, declared: Declaration | None = None, *, for_plans: bool = True
) -> State:
    """Read the whole state of a target, as a phase of the run.

    A target that does not know everything assumes what is declared. Its findings are shown, except for errors: see
    `note_unknown` and `refuse_errors`. `for_plans`: a mirror that is opened as an account is refused.
    """
    with console.phase("account", "reading the account"):
        state = target.read_with(declared) if isinstance(target, Assumes) else target.read()
    if for_plans and state.mirror is not None and not isinstance(target, Assumes):
        problem = "is a mirror of the real account, but the project has no `portal:`"
        raise TargetProblem(target.url, problem, "add `portal:` to seatsync.yaml, or name another target")
    _show_warnings([each for each in state.findings if not has_errors([each])], lambda _: None, console)
    return state


def refuse_errors(target: Target, state: State) -> None:
    """Raise TargetProblem if a target found errors, such as two sources that contradict each other."""
    errors = [each for each in state.findings if has_errors([each])]
    if errors:
        from seatsync.portal.observation import unusable  # noqa: PLC0415 - few targets have findings

        raise unusable(target.url, errors)


def show_errors(state: State, console: Console) -> None:
    """Report the errors that a target found, such as two sources that contradict each other."""
    _show_warnings([each for each in state.findings if has_errors([each])], lambda _: None, console)


def note_unknown(state: State, console: Console) -> None:
    """Report the errors that a target found, and how much of an account is unknown or assumed; with `-v` also what."""
    show_errors(state, console)
    if not state.unknown and not state.assumed:
        return
    from seatsync.reporting.plan.plan_text import unknowns  # noqa: PLC0415 - most targets know everything
    from seatsync.reporting.plan.wording import ONLY_UNKNOWN  # noqa: PLC0415 - likewise

    for text in unknowns(state.unknown, state.assumed, PLAIN, verbose=console.verbose, heading=ONLY_UNKNOWN):
        console.info(text.rstrip("\n"))


def relocated_url(url: str, base: Path, folder: Path) -> str:
    """Rewrite a target URL relative to `base` as one relative to `folder`."""
    for prefix in (PREFIX, _FILE, _EXPORTS):
        if url.lower().startswith(prefix):
            path = url[len(prefix) :]
            if not path or Path(path).is_absolute():
                return url
            return prefix + Path(os.path.relpath(base / path, folder)).as_posix()
    return url


if TYPE_CHECKING:
    from seatsync.planning.preview import Preview


@dataclass(frozen=True, slots=True)
class Basis:
    """A declaration to plan from, the exclusions caused by errors, and the findings to show."""

    declared: Declaration
    excluded: tuple[Excluded, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with its target, state and clock."""

    plan: Plan
    target: Target
    state: State
    clock: Clock


def basis_of(repository: Repository, plan_options: PlanOptions, *, strict: bool) -> Basis | None:
    """Return the basis of a plan; None if an error prevents any plan.

    Errors of single teams and contracts exclude only these; with `--team`, other teams are ignored.
    """
    declared, findings = repository.declaration, repository.findings
    if declared is None:
        return None
    found = exclusions(declared, findings, OF_REPOSITORY, plan_options.teams, strict=strict)
    if found.stopping:
        return None
    known = set(found.excluding)
    others = tuple(each for each in findings if each in known or not has_errors([each], strict=strict))
    return Basis(declared, found.excluded, others)


def prepare(console: Console, repository: Repository, basis: Basis, plan_options: PlanOptions) -> Prepared:
    """Read the account and plan without the exclusions; `--partial` also excludes errors found in the account."""
    declared = basis.declared
    url = require_target(plan_options.target, declared.project)
    if plan_options.actor is not None and not plan_options.actor.strip():
        raise WrongUsage("--as needs the e-mail address of a person; leave it out to plan as the owner")
    target = open_as_of(url, repository.root, console, plan_options.day, declared)
    digest = config_digest(declared)  # computed before the account takes up memory
    state = read_state(target, console, declared)
    _known_teams(plan_options.teams, declared, state)
    clock = console.clock(plan_options.day, state.account.timezone)
    request = Request(
        account=state.account,
        target=url,
        clock=clock,
        route=target.route,
        config_digest=digest,
        policy=policy_text(declared.project.policy),
        actor=plan_options.actor,
        teams=plan_options.teams,
        allow=plan_options.allow,
        cases={same(case.step): case.id for case in state.cases},
        applied_policy=state.applied_policy,
        tracked=state.tracked or NO_PEOPLE,
        history=lambda: _since_outside(target),
        left_out=_left_out(basis.excluded, state, plan_options.teams),
        head=state.head,
        undated=state.undated,
        unknown=state.unknown,
        assumed=state.assumed,
        findings=tuple(each for each in state.findings if has_errors([each])),
        is_real=declared.project.portal is not None or isinstance(target, Assumes),
        routes=_routes(declared, state, target),
        only=plan_options.routes,
        group_types=state.group_types,
    )
    make = _maker(declared, target, state, plan_options.undo)
    with console.phase("plan", "planning"):
        plan = make(request)
        while plan_options.partial and (more := also_excluded(declared, plan.left_out, plan.findings)):
            plan = make(request._replace(left_out=more))
    return Prepared(plan, target, state, clock)


def _routes(declared: Declaration, state: State, target: Target) -> Routes | None:
    """Return how the project's portal carries out the steps of plans, None without a portal."""
    portal = declared.project.portal
    if portal is None:
        return None
    from seatsync.portal.routing import portal_routes  # noqa: PLC0415 - few projects have a portal

    return portal_routes(portal, state, journal_of(target), target.url)


def journal_of(target: Target) -> Callable[[int], Sequence[HistoryEntry]]:
    """Return a function that returns the changes of an account after a serial: none if a target does not keep them."""

    def since(serial: int) -> Sequence[HistoryEntry]:
        return target.journal(serial) if isinstance(target, Journal) else ()

    return since


def _left_out(excluded: tuple[Excluded, ...], state: State, teams: Sequence[str]) -> tuple[Excluded, ...]:
    """Return what a plan leaves out: scopes with errors, and those that the target knows nothing about."""
    unknown = [
        Excluded(kind, name, (UNKNOWN,))
        for kind, name in state.left_out
        if not teams or (kind == "team" and name in teams)
    ]
    known = {(each.kind, each.name) for each in excluded}
    return (*excluded, *(each for each in unknown if (each.kind, each.name) not in known))


def _maker(declared: Declaration, target: Target, state: State, undo: str | None) -> Callable[[Request], Plan]:
    """Return the function that plans: towards the declaration, or back to before a run."""
    if undo is None:
        return partial(make_plan, declared)
    from seatsync.commands.shared.earlier_runs import run_to_undo  # noqa: PLC0415 - few plans undo a run
    from seatsync.planning.undo import make_undo  # noqa: PLC0415

    run = run_to_undo(target, state, undo)
    return lambda request: make_undo(declared, request, run)


def preview(
    prepared: Prepared, declared: Declaration, teams: Sequence[str], required: Required | None = None
) -> "Preview":
    """Return the preview of a plan: state before and after, pools of the selected teams, possible approvers."""
    from seatsync.planning.checks.approvals import could_approve  # noqa: PLC0415 - only pages have pictures
    from seatsync.planning.preview import preview_of  # noqa: PLC0415

    contracts = () if teams else declared.contracts
    plan, account = prepared.plan, prepared.state.account
    found = preview_of(plan, account, prepared.clock, teams or declared.teams, contracts)
    return found if required is None else replace(found, approvers=could_approve(plan, account, required))


def _since_outside(target: Target) -> list[HistoryEntry]:
    """Return the journal since the first change made outside of seatsync."""
    seen = target.outside() if isinstance(target, OutsideChanges) else []
    return target.journal(seen[0].serial - 1) if seen and isinstance(target, OutsideChanges) else []


def _known_teams(teams: Sequence[str], declared: Declaration, state: State) -> None:
    for name in teams:
        if name not in declared.teams and name not in state.account.teams:
            raise WrongUsage(f"--team {name}: there is no such team, neither declared nor in the account")


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
    """Return the declaration and count its warnings on standard error; with errors, show them and return None."""
    if repository.declaration is None or has_errors(repository.findings, strict=strict):
        show_findings(repository, where, console, strict=strict)
        return None
    _note_findings(repository.findings, repository, console, strict=strict)
    show_suppressed(repository, console)
    return repository.declaration


def plan_basis(
    repository: Repository, where: Outputs, console: Console, plan_options: PlanOptions, *, strict: bool
) -> Basis | None:
    """Return the basis of a plan, with its findings on standard error; if errors prevent it, show them instead."""
    basis = basis_of(repository, plan_options, strict=strict)
    if basis is None:
        show_findings(repository, where, console, strict=strict)
        return None
    _note_findings(basis.findings, repository, console, strict=strict)
    show_suppressed(repository, console)
    ignored = len(repository.findings) - len(basis.findings)
    if ignored:
        console.info(f"{number_of(ignored, 'error')} outside the teams of --team; run `seatsync validate` to see all")
    return basis


def _note_findings(findings: Sequence[Finding], repository: Repository, console: Console, *, strict: bool) -> None:
    """Print the errors of a repository, and count its warnings, which `validate` shows; with `-v`, print everything."""
    findings = in_bulk(findings)
    if console.verbose:
        _show_warnings(findings, repository.line_of, console)
        return
    _show_warnings([each for each in findings if has_errors([each], strict=strict)], repository.line_of, console)
    warnings = sum(each.severity is Severity.WARNING for each in findings)
    if warnings and not strict:
        console.info(f"{number_of(warnings, 'warning')}; see `seatsync validate`")


def _show_warnings(findings: Sequence[Finding], line_of: LineOf, console: Console) -> None:
    """Print errors and warnings to standard error; with `-v`, also information."""
    severities = {Severity.ERROR, Severity.WARNING} | ({Severity.INFO} if console.verbose else set())
    shown = [finding for finding in findings if finding.severity in severities]
    if shown:
        console.err.write(paragraphs(shown, line_of, console.err_paint, VALIDATE) + "\n")


def show_plan(plan: Plan, where: Outputs, rendering: RenderOptions, console: Console) -> None:
    """Write a plan in every requested format."""
    deliver(where, lambda form, paint: PLANS[form](plan, rendering._replace(paint=paint)), console)
