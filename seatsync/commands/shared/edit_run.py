"""Runs an edit: tries it in memory, writes all files or none, and shows the resulting plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from seatsync.commands.shared.console import Console, Outputs
from seatsync.commands.shared.options import EditOptions, PlanOptions
from seatsync.commands.shared.plan_inputs import require_target, show_steps
from seatsync.commands.shared.repository import Repository, lines_in, read_repository, show_findings
from seatsync.commands.shared.revisions import new_findings
from seatsync.declaration.changing.transaction import Changed, finish_change, replace_files
from seatsync.declaration.comparing import differences
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import Folder
from seatsync.declaration.load import load
from seatsync.editing.canonical import kept_canonical
from seatsync.editing.changeset import Overlay
from seatsync.errors import SeatsyncError
from seatsync.finding import Finding, Severity, has_errors, in_bulk
from seatsync.reading.plain_text import listed
from seatsync.reporting.diff_report import Diff, unified
from seatsync.reporting.escape import visible
from seatsync.reporting.findings.findings_text import VALIDATE, paragraphs
from seatsync.reporting.formats import DIFFS, RenderOptions
from seatsync.rules import check
from seatsync.staffing.proposal import Proposal, ProposalError

_UNREAD = ("YAML", "SCHEMA", "REF002")
"""Families of findings that make a declaration incomplete."""


Propose: TypeAlias = Callable[[Declaration, str], Proposal]
"""Function that proposes an edit of a declaration on a day."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The changed files by name and by real path, their repository, and its new findings."""

    names: dict[str, Changed]
    contents: dict[Path, Changed]
    repository: Repository
    new: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """An edit that was tried in memory: the changed files with notes, or None and the findings that prevent it.

    `repository` is the one that the findings are about; with a draft, the one before the edit.
    """

    repository: Repository
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    draft: Draft | None = None


def run_edit(console: Console, options: EditOptions, propose: Propose) -> int:
    """Write the proposed files, all or none, and return the exit code; show findings that prevent the edit."""
    return finish_edit(console, options, try_edit(console, options, propose))


def try_edit(console: Console, options: EditOptions, propose: Propose) -> Attempt:
    """Make an edit in memory. Raises `SeatsyncError` for edits that cannot be written, and an unknown target."""
    before = read_repository(
        console, None, options.day, None if options.dry_run else partial(finish_change, report=console.info)
    )
    declared = before.declaration
    if declared is None or _is_unread(before.findings):
        return Attempt(before, before.findings)
    if options.target:
        require_target(options.target, declared.project)  # raises for an unknown name, before anything is written
    try:
        proposal = propose(declared, console.clock(options.day, declared.project.timezone or "UTC").day)
    except ProposalError as error:
        return Attempt(before, (error.finding,))
    if proposal.blocking:
        return Attempt(before, tuple(proposal.blocking))
    draft = draft_files(console, options.day, before, proposal)
    if has_errors(draft.new):
        return Attempt(draft.repository, draft.new)
    return Attempt(before, (), tuple(proposal.notes), draft)


def finish_edit(console: Console, options: EditOptions, attempt: Attempt) -> int:
    """Write the files of an edit, or show what prevents it, and return the exit code."""
    before, draft = attempt.repository, attempt.draft
    if draft is None or before.declaration is None:
        return refuse(console, before, attempt.findings)
    for note in attempt.notes:
        console.info(note)
    if not draft.contents:
        console.output("Nothing to change; the files already declare this.\n")
        return 0
    if options.dry_run:
        parts = (unified(name, file.old, file.new, console.paint) for name, file in draft.names.items())
        console.output("".join(line for part in parts for line in part))
        _warn(console, draft)
        return 0
    replace_files(before.root, draft.contents, "edit")
    console.output(f"Changed {listed([visible(name) for name in draft.names])}.\n\n")
    _show_plan(console, options, before.declaration, draft)
    return 0


def edit_diff(console: Console, options: EditOptions, old: Declaration, draft: Draft) -> Diff:
    """Return what an edit changes in the declaration."""
    new = draft.repository.declaration
    project = old.project if new is None else new.project
    found = () if new is None else tuple(differences(old, new))
    day = console.clock(options.day, project.timezone or "UTC").day
    return Diff(project.account, "the files before the edit", None, day, found, (), ())


def _is_unread(findings: Sequence[Finding]) -> bool:
    return any(finding.code.startswith(_UNREAD) and finding.severity is Severity.ERROR for finding in findings)


def refuse(console: Console, repository: Repository, findings: Sequence[Finding]) -> int:
    """Show findings that prevent an edit, and return the exit code."""
    show_findings(repository._replace(findings=tuple(findings), silenced=()), Outputs("text"), console)
    console.info("nothing was written")
    return 1


def draft_files(console: Console, day: str | None, before: Repository, proposal: Proposal) -> Draft:
    """Change the files in memory and read them again. Raises `SeatsyncError` for edits that cannot be written."""
    folder = Folder(before.root)
    contents, done, refused = proposal.changes.contents(folder)
    problems = [f"{skipped.subject} {skipped.why}" for skipped in proposal.changes.skipped] + list(refused.values())
    if problems:
        raise SeatsyncError(f"{'; '.join(dict.fromkeys(problems))}; nothing was written; change it by hand")
    real = {name: Path(folder.inside(name)) for name in sorted(done)}
    changes = {name: contents[path] for name, path in real.items() if contents[path].old != contents[path].new}
    names = {name: Changed(file.old, kept_canonical(name, file.old, file.new)) for name, file in changes.items()}
    contents = {real[name]: changed for name, changed in names.items()}
    overlay = Overlay(folder, {str(path): changed.new for path, changed in contents.items()})
    loaded = load(before.root, files=overlay)
    findings = tuple(loaded.findings)
    if loaded.declaration is not None:
        clock = console.clock(day, loaded.declaration.project.timezone or "UTC")
        findings = check(loaded.declaration, clock.day, findings).findings
    after = Repository(before.root, loaded.declaration, findings, (), lines_in(overlay, findings))
    return Draft(names, contents, after, _caused(before.findings, findings))


def _caused(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that an edit causes; not those of entries that are over and only move to another place."""
    ended = [sum(finding.code == "TIME001" for finding in findings) for findings in (before, after)]
    found = new_findings(before, after)
    return found if ended[1] > ended[0] else tuple(finding for finding in found if finding.code != "TIME001")


def _warn(console: Console, draft: Draft) -> None:
    """Print the new warnings of the files, and the entries that are over already, to standard error."""
    warnings = in_bulk(
        finding for finding in draft.new if finding.severity is Severity.WARNING or finding.code == "TIME001"
    )
    if warnings:
        console.err.write(paragraphs(warnings, draft.repository.line_of, console.err_paint, VALIDATE) + "\n")


def _show_plan(console: Console, options: EditOptions, old: Declaration, draft: Draft) -> None:
    """Show the plan for the changed files, or a diff if the account cannot be read."""
    new = draft.repository
    if new.declaration is None:
        return
    _warn(console, draft)
    if options.target or new.declaration.project.target or new.declaration.project.targets:
        try:
            show_steps(console, str(new.root), PlanOptions(options.target, day=options.day))
        except SeatsyncError as problem:
            console.info(f"no plan: {problem}")
        else:
            return
    diff = edit_diff(console, options, old, draft)
    console.output(DIFFS["text"](diff, RenderOptions(new.line_of, console.paint, console.verbose)))
