"""A change of the files worked out, tried in memory, written whole, and the plan that follows shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from seatsync.commands.answer import Outputs
from seatsync.commands.console import Console
from seatsync.commands.excerpts import lines_in
from seatsync.commands.plan import show_steps
from seatsync.commands.repository import Repository, read_repository
from seatsync.commands.sides import only_new
from seatsync.commands.validate import show_findings
from seatsync.commands.wish import Wish
from seatsync.declaration.comparing import differences
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import Folder
from seatsync.declaration.load import load
from seatsync.declaration.transaction import Changed, finish_change, replace_files
from seatsync.editing.overlay import Overlay
from seatsync.errors import SeatsyncError
from seatsync.finding import Finding, Severity, has_errors
from seatsync.formatting.text import kept_canonical
from seatsync.reading.words import listed
from seatsync.reporting.diff import Diff
from seatsync.reporting.escape import visible
from seatsync.reporting.findings_text import paragraphs
from seatsync.reporting.formats import DIFFS, RenderOptions
from seatsync.reporting.unified import unified
from seatsync.rules import check
from seatsync.staffing.proposal import Proposal, ProposalError

_UNREAD = ("YAML", "SCHEMA", "REF002")
"""Findings that mean that a declaration is not all that the files say."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a change is to be carried out: for which account, on which day, and whether files are written."""

    target: str | None
    day: str | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class _Tried:
    """The files as they are to be, by name and by real path, what they declare, and what is newly wrong with them."""

    names: dict[str, Changed]
    contents: dict[Path, Changed]
    repository: Repository
    new: tuple[Finding, ...]


def carry_out(console: Console, run: Run, propose: Callable[[Declaration], Proposal]) -> int:
    """Change the files as proposed, all of them or none; 1 where something stands in the way, which is then shown."""
    before = read_repository(
        console, None, run.day, None if run.dry_run else partial(finish_change, report=console.say)
    )
    declared = before.declaration
    if declared is None or _is_unread(before.findings):
        show_findings(before, Outputs("text"), console)
        console.say("nothing was written")
        return 1
    try:
        proposal = propose(declared)
    except ProposalError as error:
        return _refuse(console, before, [error.finding])
    if proposal.blocking:
        return _refuse(console, before, proposal.blocking)
    tried = _try(console, run, before, proposal)
    if not tried.contents:
        console.answer("Nothing to change: the files say so already.\n")
        return 0
    if has_errors(tried.new):
        return _refuse(console, tried.repository, tried.new)
    for note in proposal.notes:
        console.say(note)
    if run.dry_run:
        parts = (unified(name, file.old, file.new, console.paint) for name, file in tried.names.items())
        console.answer("".join(line for part in parts for line in part))
        _warn(console, tried)
        return 0
    replace_files(before.root, tried.contents, "edit")
    console.answer(f"Changed {listed([visible(name) for name in tried.names])}.\n\n")
    _show_what_follows(console, run, declared, tried)
    return 0


def _is_unread(findings: Sequence[Finding]) -> bool:
    return any(finding.code.startswith(_UNREAD) and finding.severity is Severity.ERROR for finding in findings)


def _refuse(console: Console, repository: Repository, findings: Sequence[Finding]) -> int:
    show_findings(repository._replace(findings=tuple(findings), silenced=()), Outputs("text"), console)
    console.say("nothing was written")
    return 1


def _try(console: Console, run: Run, before: Repository, proposal: Proposal) -> _Tried:
    """Change the files in memory and read them again. Raises `SeatsyncError` for what cannot be written."""
    folder = Folder(before.root)
    contents, done, refused = proposal.changes.contents(folder)
    problems = [f"{skipped.subject} {skipped.why}" for skipped in proposal.changes.skipped] + list(refused.values())
    if problems:
        raise SeatsyncError(f"{'; '.join(dict.fromkeys(problems))}; nothing was written: change it by hand")
    real = {name: Path(folder.inside(name)) for name in sorted(done)}
    changes = {name: contents[place] for name, place in real.items() if contents[place].old != contents[place].new}
    names = {name: Changed(file.old, kept_canonical(name, file.old, file.new)) for name, file in changes.items()}
    contents = {real[name]: changed for name, changed in names.items()}
    overlay = Overlay(folder, {str(place): changed.new for place, changed in contents.items()})
    loaded = load(before.root, files=overlay)
    findings = tuple(loaded.findings)
    if loaded.declaration is not None:
        clock = console.clock(run.day, loaded.declaration.project.timezone or "UTC")
        findings = check(loaded.declaration, clock.day, findings).findings
    after = Repository(before.root, loaded.declaration, findings, (), lines_in(overlay, findings))
    return _Tried(names, contents, after, only_new(before.findings, findings))


def _warn(console: Console, tried: _Tried) -> None:
    """What is newly wrong with the files, though no error."""
    worth = [finding for finding in tried.new if finding.severity is Severity.WARNING]
    if worth:
        console.err.write(paragraphs(worth, tried.repository.line_of, console.err_paint) + "\n")


def _show_what_follows(console: Console, run: Run, old: Declaration, tried: _Tried) -> None:
    """The plan of the files as they are now; without an account that can be read, what changes in what they declare."""
    new = tried.repository
    if new.declaration is None:
        return
    url = run.target or new.declaration.project.target
    if url:
        try:
            show_steps(console, str(new.root), Wish(run.target, day=run.day))
        except SeatsyncError as problem:  # the warnings are told by then
            console.say(f"no plan: {problem}")
        else:
            return
    else:
        _warn(console, tried)
    day = console.clock(run.day, new.declaration.project.timezone or "UTC").day
    found = tuple(differences(old, new.declaration))
    diff = Diff(new.declaration.project.account, "what the files said", None, day, found, (), ())
    console.answer(DIFFS["text"](diff, RenderOptions(new.line_of, console.paint, console.verbose)))
