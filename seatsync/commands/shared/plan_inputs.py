"""Inputs of a plan: the target and its account, a saved plan file or a run to undo, and the approvals required."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.email import identity
from seatsync.account.history import NO_PEOPLE, HistoryEntry, Run, runs, same
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.options import PlanOptions
from seatsync.commands.shared.repository import Repository
from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import config_digest, policy_text
from seatsync.declaration.project import find_root, read_project
from seatsync.errors import FileProblem, PlanRefused, ProjectNotFound, WrongUsage
from seatsync.finding import Finding, has_errors
from seatsync.planning.checks.approvals import Approval, check_approvals, recorded
from seatsync.planning.difference.exclusions import also_excluded, exclusions
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import Excluded, Plan, Required, from_json
from seatsync.planning.undo import RunToUndo
from seatsync.reporting.account_report import run_line
from seatsync.reporting.plan.plan_people import render_approvals
from seatsync.rules import OF_REPOSITORY
from seatsync.targets.sql.sqlite import PREFIX
from seatsync.targets.target import Journal, OutsideChanges, RunCases, State, Target, open_target

_FILE = "file:"


def base_folder(console: Console) -> Path:
    """Return the project folder, or the working folder outside of a project."""
    try:
        return find_root(console.folder)
    except ProjectNotFound:
        return console.folder


def resolve_target(console: Console, target: str | None) -> str:
    """Return the URL of the target, by default that of the project file. Raises `WrongUsage` without any."""
    if target:
        return target
    try:
        project, _ = read_project(find_root(console.folder))
    except ProjectNotFound:
        project = None
    if project is None or not project.target:
        raise WrongUsage("no target; pass --target URL, set SEATSYNC_TARGET, or add `target:` to seatsync.yaml")
    return project.target


def open_as_of(url: str, root: Path, console: Console, day: str | None) -> Target:
    """Open a target, relative to a folder; a repository as a target is read as of the date of `--at`."""
    return open_target(url, root, console.environment, None if day is None else Clock.at(day))


def read_state(target: Target, console: Console) -> State:
    """Read the whole state of a target, as a phase of the run."""
    with console.phase("account", "reading the account"):
        return target.read()


def relocated_url(url: str, base: Path, folder: Path) -> str:
    """Rewrite a target URL relative to `base` as one relative to `folder`."""
    for prefix in (PREFIX, _FILE):
        if url.lower().startswith(prefix):
            path = url[len(prefix) :]
            if not path or Path(path).is_absolute():
                return url
            return prefix + Path(os.path.relpath(base / path, folder)).as_posix()
    return url


class ApprovalOptions(NamedTuple):
    """Values of `--require-approval`, `--author` and `--approvals`."""

    number: int | None
    authors: tuple[str, ...]
    files: tuple[str, ...]


def approval_options(number: int | None, authors: Sequence[str], files: Sequence[str]) -> ApprovalOptions:
    """Return the options as a value. Raises `WrongUsage` if an author is not an e-mail address."""
    for author in authors:
        if identity(author) is None:
            raise WrongUsage(f"--author {author}: not an e-mail address")
    return ApprovalOptions(number, tuple(authors), tuple(files))


def required_approvals(approving: ApprovalOptions, plan: Plan | None = None) -> Required | None:
    """Return the stricter requirement of the command line and a saved plan; None if neither has one."""
    bound = plan.require if plan is not None else None
    numbers = [number for number in (approving.number, bound.approvals if bound is not None else None) if number]
    if not numbers:
        if approving.files:
            raise WrongUsage("--approvals needs --require-approval, the number of approvals required")
        return None
    authors = (*(bound.authors if bound is not None else ()), *approving.authors)
    if not authors:
        problem = "nobody may approve their own change; name its author with --author EMAIL or SEATSYNC_AUTHOR"
        raise WrongUsage(f"--require-approval: {problem}")
    return Required(max(numbers), tuple(dict.fromkeys(authors)))


VARIABLE = "SEATSYNC_APPROVALS"
_LARGEST_APPROVALS = 1 << 20
"""Limit of an approvals file in bytes; enough for thousands of approvals."""


def approved(
    console: Console, plan: Plan, account: Account, approving: ApprovalOptions, wanted: Required | None
) -> bool:
    """Return True if a plan has its required approvals or no steps; report them on standard error."""
    if wanted is None or not plan.steps:
        return True
    status = check_approvals(plan, account, tuple(_recorded(console, approving.files)), wanted)
    console.err.write("\n" + render_approvals(status, console.err_paint))
    return not status.missing


def _recorded(console: Console, files: Sequence[str]) -> Iterator[Approval]:
    for name in files:
        yield from recorded(_text(console.path(name), name), name)
    yield from recorded(console.environment.get(VARIABLE, ""), VARIABLE)


def _text(path: Path, name: str) -> str:
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise FileProblem(name, "is not a regular file")
        with path.open("rb") as file:
            data = file.read(_LARGEST_APPROVALS + 1)
    except FileNotFoundError as error:
        raise FileProblem(
            name, "there is no such file", "--approvals needs a file with one `EMAIL INTENT` per line"
        ) from error
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(name, f"cannot be read ({(words or 'not a path').lower()})") from error
    if len(data) > _LARGEST_APPROVALS:
        raise FileProblem(name, "is too large for a list of approvals")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileProblem(name, "is not UTF-8 text") from error


_LARGEST = 1 << 30  # bytes; larger than any plan


def read_plan(path: Path) -> Plan:
    """Read a saved plan. Raises `PlanRefused` if it is not byte for byte as written, `FileProblem` if unreadable."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileProblem(str(path), "is a folder, not a plan", "`seatsync plan --out FILE` saves one")
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise FileProblem(str(path), "is not a regular file")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise FileProblem(str(path), "there is no such plan", "`seatsync plan --out FILE` saves one") from error
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(str(path), f"cannot be read ({(words or 'not a path').lower()})") from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PlanRefused(
            "PLAN002", f"{path} is not a plan: it is not UTF-8 text", "make one with `seatsync plan --out`"
        ) from error
    return from_json(text)


_LISTED = 5


def run_to_undo(target: Target, state: State, written: str) -> RunToUndo:
    """Return the run to undo. Raises `WrongUsage` if there is no such run."""
    if not isinstance(target, Journal):
        raise WrongUsage(f"--undo {written}: {target.url} keeps no journal, so its runs cannot be undone")
    serial = state.account.serial or 0
    # The journal is read after the state, and may already be longer.
    entries = [entry for entry in target.journal() if entry.serial <= serial]
    if not (written.isascii() and written.isdigit()):
        raise WrongUsage(f"--undo {written}: not the number of a run; `seatsync account runs` lists them")
    number = int(written) if len(written) < len(str(1 << 62)) else None
    found = next((run for run in runs(entries) if run.number == number), None)
    opened = target.opened(number) if isinstance(target, RunCases) and number is not None else []
    if found is None and (number is None or not opened):
        raise WrongUsage(_unknown(written, runs(entries)))
    mine = found.entries if found is not None else ()
    if any(entry.step.action == LOAD_ACCOUNT.name for entry in mine):
        raise WrongUsage(f"--undo {written}: that run loaded the account from a file, which cannot be undone")
    last = mine[-1].serial if mine else serial
    later = tuple(entry for entry in entries if entry.serial > last)
    cases = tuple((case.step, case.id) for case in opened if case.closed_at is None)
    return RunToUndo(number or 0, mine, later, cases)


def _unknown(written: str, known: list[Run]) -> str:
    if not known:
        return f"--undo {written}: there is no such run; the account was never changed"
    last = "; ".join(run_line(run) for run in known[-_LISTED:])
    earlier = " (`seatsync account runs` lists the earlier ones)" if len(known) > _LISTED else ""
    return f"--undo {written}: there is no such run; the last ones are {last}{earlier}"


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
    beside = tuple(each for each in findings if each in known or not has_errors([each], strict=strict))
    return Basis(declared, found.excluded, beside)


def prepare(console: Console, repository: Repository, basis: Basis, plan_options: PlanOptions) -> Prepared:
    """Read the account and plan without the exclusions; `--partial` also excludes errors found in the account."""
    declared = basis.declared
    url = plan_options.target or declared.project.target
    if not url:
        raise WrongUsage("no target; add `target:` to seatsync.yaml, set SEATSYNC_TARGET, or pass --target URL")
    if plan_options.actor is not None and not plan_options.actor.strip():
        raise WrongUsage("--as needs the e-mail address of a person; leave it out to plan as the owner")
    target = open_as_of(url, repository.root, console, plan_options.day)
    digest = config_digest(declared)  # computed before the account takes up memory
    state = read_state(target, console)
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
        left_out=basis.excluded,
        head=state.head,
    )
    make = _maker(declared, target, state, plan_options.undo)
    with console.phase("plan", "planning"):
        plan = make(request)
        while plan_options.partial and (more := also_excluded(declared, plan.left_out, plan.findings)):
            plan = make(request._replace(left_out=more))
    return Prepared(plan, target, state, clock)


def _maker(declared: Declaration, target: Target, state: State, undo: str | None) -> Callable[[Request], Plan]:
    """Return the function that plans: towards the declaration, or back to before a run."""
    if undo is None:
        return partial(make_plan, declared)
    # MOVED
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
