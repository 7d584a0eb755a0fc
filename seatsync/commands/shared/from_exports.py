"""A new repository from the portal's exports, what is odd in them, and what to do next."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from seatsync.account.unknowns import Assumed
from seatsync.clock import Clock
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.new_repository import new_repository, suppression_notice
from seatsync.commands.shared.plan_inputs import base_folder, refuse_errors, relocated_url
from seatsync.commands.shared.repository import contents, excerpts
from seatsync.declaration.files import PROJECT_FILE
from seatsync.declaration.project import find_root, read_project
from seatsync.declaration.write import write_repository
from seatsync.errors import ProjectNotFound, WrongUsage
from seatsync.finding import Finding, Severity
from seatsync.portal.export_rows import at_rows
from seatsync.portal.exports_target import PREFIX, open_exports
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.findings.findings_text import paragraphs

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def exports_url(console: Console, source: str) -> str | None:
    """Return the URL of a folder of exports, given as `exports:DIR` or by its name; None for any other URL."""
    if not source or _URL.match(source):
        return source if source.lower().startswith(PREFIX) else None
    folder = console.path(source)
    if (folder / PROJECT_FILE).exists():
        raise WrongUsage(f"{source}: is a repository, not a folder of exports; write file:{source}")
    if not folder.is_dir():
        problem = "is a file" if folder.exists() else "there is no such folder"
        raise WrongUsage(f"{source}: {problem}; name the folder of the exports, or a URL such as sqlite:///account.db")
    return PREFIX + (source if Path(source).is_absolute() else os.path.relpath(folder, base_folder(console)))


def repository_from_exports(console: Console, url: str, directory: str | None, day: str | None) -> int:
    """Write what exports show as a repository; say what is odd in them, and what to do next."""
    base, folder = base_folder(console), console.path(directory or ".")
    target = open_exports(url, base, console.environment, None if day is None else Clock.at(day))
    with console.phase("account", "reading the exports"):
        state, chosen = target.read_and_look(None)
    refuse_errors(target, state)
    account = state.account
    account.name = _own_name(base) or folder.resolve().name or "account"
    assumed = (*state.assumed, Assumed((), "name", account.name))
    clock = console.clock(day, account.timezone)
    new = new_repository(
        account, relocated_url(url, base, folder.absolute()), clock.day, assumed, unknown=state.unknown
    )
    write_repository(folder, new.files)
    named = directory or ""
    suppressed = at_rows(new.suppressed, chosen, named)
    _show([*state.findings, *at_rows(new.findings, chosen, named)], base, console)
    console.output(
        f"Wrote account {visible(account.name)}, as its exports show it: {contents(account, 'nothing')}.\n"
        f"Comments mark {number_of(len(assumed), 'fact')} that no export has and that were assumed.\n"
        f"{suppression_notice(suppressed)}\n{_next_steps(directory)}"
    )
    return 0


def _own_name(base: Path) -> str:
    """Return the name of the account of a project, empty outside of a project."""
    try:
        project, _ = read_project(find_root(base))
    except ProjectNotFound:
        return ""
    return "" if project is None else project.account


def _show(findings: Sequence[Finding], base: Path, console: Console) -> None:
    """Print warnings with their rows, and what no export says; with `-v`, all findings."""
    always = [each for each in findings if each.severity is Severity.WARNING or each.code == "SOURCE007"]
    shown = findings if console.verbose else always
    if shown:
        console.err.write(paragraphs(shown, excerpts(base, shown), console.err_paint) + "\n")


def _next_steps(directory: str | None) -> str:
    """Return the closing lines: the next three commands."""
    where = "" if directory is None else f" {shlex.quote(directory)}"
    inside = "" if directory is None else f" -C {shlex.quote(directory)}"
    steps = (
        (f"seatsync plan{where}", "compare the files with the account; there is nothing to do yet"),
        (f"git{inside} init", "keep the files in git, and correct what was assumed"),
        (f"seatsync forecast{where}", "what ends or runs short in the coming year"),
    )
    width = max(len(command) for command, _ in steps) + 3
    return "Next:\n" + "".join(f"  {command:<{width}}{what}\n" for command, what in steps)
