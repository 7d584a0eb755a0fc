"""`seatsync plan`: the ordered steps from the account's state to the declared one. Changes nothing."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from seatsync.commands.answer import Outputs, deliver, outputs, write_file
from seatsync.commands.console import Console
from seatsync.commands.prepare import Prepared, Wish, fails, prepare
from seatsync.commands.repository import Repository, below_top, read_repository
from seatsync.commands.validate import show_findings, tell_silenced
from seatsync.declaration.declared import Declaration
from seatsync.finding import Severity, has_errors
from seatsync.planning.picture import Picture, picture_of
from seatsync.planning.plan import Plan, to_json
from seatsync.reporting.findings_text import paragraphs
from seatsync.reporting.formats import FINDINGS, PLANS, Look
from seatsync.reporting.paint import PLAIN

_CHANGES = 2


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
) -> int:
    """Plan and show; 1 where there are errors, 2 where there are changes and that was asked for."""
    where = outputs(form, output, PLANS, console)
    repository = read_repository(console, directory, day)
    declared = sound(repository, where, console, strict=strict)
    if declared is None:
        return 1
    prepared = prepare(console, repository, declared, Wish(target, actor, tuple(teams), day, tuple(allow), undo))
    plan = prepared.plan
    failed = fails(plan, strict=strict)
    if out is not None:
        write_file(console.path(out), to_json(plan))
    look = Look(
        repository.line_of,
        PLAIN,
        console.verbose,
        strict,
        by_person,
        lambda: _picture(prepared, declared, teams),
        _elsewhere(where, out),
        below_top(repository.root),
        repository.findings,
    )
    show_plan(plan, where, look, console)
    if out is not None:
        _tell_saved(out, console, useful=bool(plan.steps) and not failed)
    if failed:
        return 1
    return _CHANGES if detailed_exitcode and plan.steps else 0


def sound(repository: Repository, where: Outputs, console: Console, *, strict: bool) -> Declaration | None:
    """The declaration, with its warnings on standard error. Where it has errors: None, and they are the answer."""
    if repository.declaration is None or has_errors(repository.findings, strict=strict):
        show_findings(repository, _of_findings(where), console, strict=strict)
        return None
    worth = {Severity.ERROR, Severity.WARNING} | ({Severity.INFO} if console.verbose else set())
    warnings = [finding for finding in repository.findings if finding.severity in worth]
    if warnings:
        console.err.write(paragraphs(warnings, repository.line_of, console.err_paint) + "\n")
    tell_silenced(repository, console)
    return repository.declaration


def show_plan(plan: Plan, where: Outputs, look: Look, console: Console) -> None:
    """A plan as the answer, in every format that was asked for; colours are as each output has them."""
    deliver(where, lambda form, paint: PLANS[form](plan, replace(look, paint=paint)), console)


def _picture(prepared: Prepared, declared: Declaration, teams: Sequence[str]) -> Picture:
    """Both sides of what the plan touches, and the pools of what is declared and was asked for."""
    contracts = () if teams else declared.contracts
    return picture_of(prepared.plan, prepared.state.account, prepared.clock, teams or declared.teams, contracts)


def _elsewhere(where: Outputs, out: str | None) -> tuple[str, ...]:
    """The files that have all of the plan."""
    files = [file.name for form, file in where.beside if form != "markdown"]
    if where.file is not None and where.format != "markdown":
        files.append(where.file.name)
    return (*files, *([] if out is None else [Path(out).name]))


def _tell_saved(out: str, console: Console, *, useful: bool) -> None:
    """Where the plan is now, and what carries it out."""
    more = f"; `seatsync apply {shlex.quote(out)}` carries it out" if useful else ""
    console.say(f"saved to {out}{more}")


def _of_findings(where: Outputs) -> Outputs:
    """Where findings go that stand in for a plan: as their document where a document was asked for, else as text."""

    def form(name: str) -> str:
        return name if name in FINDINGS else "text"

    return Outputs(form(where.format), where.file, tuple((form(name), file) for name, file in where.beside))
