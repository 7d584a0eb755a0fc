"""`seatsync import`: write an account's state as a repository."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from seatsync.account.history import members_by_scope
from seatsync.account.model import Account
from seatsync.account.unknowns import Assumed
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.plan_inputs import base_folder, note_unknown, open_as_of, read_state, relocated_url
from seatsync.commands.shared.repository import contents
from seatsync.declaration.declared import Suppress
from seatsync.declaration.emit import key
from seatsync.declaration.files import PROJECT_FILE
from seatsync.declaration.load import load
from seatsync.declaration.project import NOT_SUPPRESSIBLE, THINGS, find_root, read_project
from seatsync.declaration.revision import InMemory
from seatsync.declaration.write import FOLDER, for_editors, repository_files, write_repository
from seatsync.errors import ProjectNotFound
from seatsync.finding import Finding, Severity
from seatsync.reading.plain_text import listed
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.plan.wording import assumed_value, thing
from seatsync.rules import check
from seatsync.targets.target import TracksPeople


@options.command
@click.argument("source", metavar="TARGET")
@click.option("--out", "directory", metavar="DIR", help="Folder to write to (default: the current one).")
@options.day
def run(console: Console, *, source: str, directory: str | None, day: str | None) -> int:
    """Write an account's state as a repository.

    The repository declares the whole account, so that a plan against it has no steps.
    """
    account, files, suppressed = import_account(console, source, directory, day)
    count = number_of(sum(name.endswith(".yaml") for name in files), "file")
    console.output(
        f"Wrote account {visible(account.name)} to {count}: {contents(account, 'nothing')}.\n"
        f"Editors use {FOLDER}/ to check and explain the files while you type.\n" + suppression_notice(suppressed)
    )
    return 0


def import_account(
    console: Console, source: str, directory: str | None, day: str | None, *, authoritative: bool = False
) -> tuple[Account, dict[str, str], list[Finding]]:
    """Read an account and write it as a repository; return the account, the files by name and the suppressed findings.

    `authoritative`: the repository declares the account from now on; a target that remembers people records this.
    """
    folder, base = Path(console.path(directory or ".")), base_folder(console)
    target = open_as_of(source, base, console, day)
    state = read_state(target, console)
    note_unknown(state, console)
    assumed = state.assumed
    if not state.account.name:
        state.account.name = _own_name(base) or folder.resolve().name or "account"
        assumed = (*assumed, Assumed((), "name", state.account.name))
    url = relocated_url(source, base, Path(folder).absolute())
    clock = console.clock(day, state.account.timezone)
    if not authoritative or state.tracked is None:
        return state.account, *_written(folder, state.account, url, clock.day, assumed)
    with target.session(None, clock) as session:
        account = session.state().account
        files, suppressed = _written(folder, account, url, clock.day)
        if isinstance(session, TracksPeople):
            session.covers(members_by_scope(account))
    return account, files, suppressed


def suppression_notice(findings: list[Finding]) -> str:
    """Return a notice that lists suppressed findings; empty if there are none."""
    if not findings:
        return ""
    lines = "".join(f"  {finding.code} {visible(finding.message)}\n" for finding in findings)
    return f"\nThe account already breaks these rules; `policy.suppress` in {PROJECT_FILE} suppresses them:\n{lines}"


def _own_name(base: Path) -> str:
    """Return the name of the account of a project, empty outside of a project."""
    try:
        project, _ = read_project(find_root(base))
    except ProjectNotFound:
        return ""
    return "" if project is None else project.account


def _with_comments(files: dict[str, str], assumed: Sequence[Assumed]) -> dict[str, str]:
    """Return files with a comment beside each team, subscription and person about whom something was assumed."""
    whats: dict[tuple[str, str], list[str]] = {}
    for each in assumed:
        *others, last = each.things or (("account", ""),)
        where = f" in {thing(others)}" if others else ""
        whats.setdefault(last, []).append(f"{assumed_value(each)}{where}")
    sections = {"user": "users.yaml", "team": "teams/", "subscription": "subscriptions.yaml", "account": PROJECT_FILE}
    commented = {}
    for file, text in files.items():
        lines = text.split("\n")
        for (kind, name), facts in whats.items():
            entry = f"  {key(name)}:" if name else "account:"
            if file.startswith(sections.get(kind, "/")):
                at = next((at for at, line in enumerate(lines) if f"{line} ".startswith(f"{entry} ")), None)
                if at is not None:
                    lines[at] += f"  # assumed: {listed(facts)}"
        commented[file] = "\n".join(lines)
    return commented


def _written(
    folder: Path, account: Account, url: str, day: str, assumed: Sequence[Assumed] = ()
) -> tuple[dict[str, str], list[Finding]]:
    suppress: list[Suppress] = []
    found: list[Finding] = []
    files = repository_files(account, url)
    # A suppressed finding may have hidden another one.
    while errors := suppressible_errors(files, day):
        found += errors
        suppress += dict.fromkeys(_as_imported(finding, day) for finding in errors)
        files = repository_files(account, url, suppress)
    files = for_editors(_with_comments(files, assumed))
    write_repository(folder, files)
    return files, found


def suppressible_errors(files: dict[str, str], day: str) -> list[Finding]:
    """Return the errors whose rule can be suppressed."""
    loaded = load(Path(), files=InMemory(files))
    found = () if loaded.declaration is None else check(loaded.declaration, day, loaded.findings).findings
    return [each for each in found if each.severity is Severity.ERROR and not each.code.startswith(NOT_SUPPRESSIBLE)]


def _as_imported(finding: Finding, day: str) -> Suppress:
    things = tuple((kind, name) for kind, name in finding.things if kind in THINGS)
    return Suppress(finding.code, things, f"as imported on {day}", None)
