"""The run of every report: what it is made from is read, and the report is written in every requested format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from seatsync.account.access import sees
from seatsync.account.email import identity
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.commands.shared.console import Console, Outputs, deliver, outputs
from seatsync.commands.shared.options import ReportOptions
from seatsync.commands.shared.plan_inputs import note_unknown, open_as_of, project_of, read_state, require_target
from seatsync.commands.shared.repository import Repository, excerpts, show_findings
from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.load import load
from seatsync.declaration.project import find_root
from seatsync.errors import PlanRefused, ProjectNotFound, SeatsyncError, WrongUsage
from seatsync.finding import has_errors
from seatsync.insight.reports.document import Report
from seatsync.insight.reports.inputs import ReportInputs, Sight
from seatsync.reporting.formats import DOCUMENTS
from seatsync.targets.target import Journal, KeepsNotices, KeepsOrders, KeepsUsage, KnowsFirstChange, Target


def write_report(
    console: Console, asked: ReportOptions, make: Callable[[ReportInputs], Report], *, reads_files: bool = True
) -> int:
    """Read the inputs of a report, make it, and write it in every requested format; return the exit code."""
    where = outputs(asked.form, asked.output, DOCUMENTS, console)
    if asked.table is not None and "csv" not in _formats(where):
        raise WrongUsage("--table is for the format csv; add `--format csv`")
    inputs = read_inputs(console, asked, where, reads_files=reads_files)
    if inputs is None:
        return 1
    with console.phase("report", "making the report"):
        report = make(inputs)
    if asked.table not in {None, *(table.key for table in report.tables)}:
        raise WrongUsage(f"--table {asked.table}: this report has {', '.join(table.key for table in report.tables)}")
    deliver(where, lambda form, paint: DOCUMENTS[form](report, asked.table, paint), console)
    return 0


class Read(NamedTuple):
    """The inputs of a report, with the target and the project folder that they are from."""

    inputs: ReportInputs
    target: Target
    root: Path


def read_inputs(
    console: Console, asked: ReportOptions, where: Outputs, *, reads_files: bool = True
) -> ReportInputs | None:
    """Return what reports are made from; None if the files have errors, which are then shown."""
    found = read_all(console, asked, where, reads_files=reads_files)
    return None if found is None else found.inputs


def read_all(console: Console, asked: ReportOptions, where: Outputs, *, reads_files: bool = True) -> Read | None:
    """Return what reports are made from, and where it is from; None if the files have errors, which are then shown.

    Only errors of reading prevent a report, not those of rules. Without `reads_files`, the files are read only in a
    project with a portal, whose mirror is completed from them.
    """
    root, project = _project(console, asked)
    declared: Declaration | None = None
    if project is not None and (reads_files or project.portal is not None):
        repository = _read(root, console)
        declared = repository.declaration
        if declared is None or has_errors(repository.findings):
            show_findings(repository, where, console)
            return None
    read = read_target(console, asked, root, project, declared)
    return read._replace(inputs=read.inputs._replace(in_detail=_formats(where) != {"text"}))


def read_target(
    console: Console, asked: ReportOptions, root: Path, project: Project | None, declared: Declaration | None
) -> Read:
    """Return what reports are made from, read from the target of a project whose files have been read."""
    url = require_target(asked.target, project)
    target = open_as_of(url, root, console, asked.day, declared)
    state = read_state(target, console, declared, for_plans=False)
    note_unknown(state, console)
    must_be_of(project, state.account)
    sight = sight_of(state.account, asked.actor, asked.teams)
    usage = target.read_usage() if isinstance(target, KeepsUsage) else None
    journal = target.journal if isinstance(target, Journal) else None
    first_change = target.first_change if isinstance(target, KnowsFirstChange) else None
    notices = target.read_notices if isinstance(target, KeepsNotices) else None
    orders = target.read_orders if isinstance(target, KeepsOrders) else None
    clock = console.clock(asked.day, state.account.timezone)
    inputs = ReportInputs(state, declared, usage, clock, sight, journal, first_change, notices=notices, orders=orders)
    return Read(inputs, target, root)


def _formats(where: Outputs) -> set[str]:
    return {where.format, *(form for form, _ in where.further)}


def sight_of(account: Account, actor: str | None, teams: tuple[str, ...]) -> Sight:
    """Return what a report shows of an account.

    Raises `WrongUsage` for an unknown team, and `SeatsyncError` (ACCESS002) for what the person cannot see.
    """
    for name in teams:
        if name not in account.teams:
            raise WrongUsage(f"--team {name}: there is no such team in the account")
    if actor is None:
        return Sight(account, teams=teams)
    person = identity(actor)
    if person is None:
        raise WrongUsage(f"--as {actor}: this is not an e-mail address")
    if not sees(account, person, WHOLE_ACCOUNT):
        raise SeatsyncError(f"ACCESS002: {actor} is not in account {account.name} and sees nothing of it")
    for name in teams:
        if not sees(account, person, Scope("team", name)):
            raise SeatsyncError(f"ACCESS002: {actor} cannot see team {name}; only its admins can")
    return Sight(account, person, actor, teams)


def _project(console: Console, asked: ReportOptions) -> tuple[Path, Project | None]:
    """Return the project and its folder; None and the folder itself outside of a project, if a target is named."""
    folder = console.directory(asked.directory)
    try:
        return find_root(folder), project_of(console, asked.directory)
    except ProjectNotFound:
        if asked.target is None:
            raise
        return folder, None


def _read(root: Path, console: Console) -> Repository:
    """Read the files of a project, without checking its rules."""
    with console.phase("read", "reading the files") as work:
        loaded = load(root, progress=work.reached)
    findings = tuple(loaded.findings)
    return Repository(root, loaded.declaration, findings, (), excerpts(root, findings))


def must_be_of(project: Project | None, account: Account) -> None:
    """Raise PlanRefused (PLAN003) if the account is not the one of the project."""
    if project is not None and project.account != account.name:
        problem = f"the target is account {account.name}, but the project is for account {project.account}"
        raise PlanRefused("PLAN003", problem, "correct `account:` in seatsync.yaml, or name the right target")
