"""`seatsync import`: write an account's state as a repository."""

from __future__ import annotations

from pathlib import Path

import click

from seatsync.account.history import members_by_scope
from seatsync.account.model import Account
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.plan_inputs import base_folder, open_as_of, read_state, relocated_url
from seatsync.commands.shared.repository import contents
from seatsync.declaration.declared import Suppress
from seatsync.declaration.files import PROJECT_FILE
from seatsync.declaration.load import load
from seatsync.declaration.project import NOT_SUPPRESSIBLE, THINGS
from seatsync.declaration.revision import InMemory
from seatsync.declaration.write import FOLDER, for_editors, repository_files, write_repository
from seatsync.finding import Finding, Severity
from seatsync.reporting.escape import number_of, visible
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
    url = relocated_url(source, base, Path(folder).absolute())
    clock = console.clock(day, state.account.timezone)
    if not authoritative or state.tracked is None:
        return state.account, *_written(folder, state.account, url, clock.day)
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


def _written(folder: Path, account: Account, url: str, day: str) -> tuple[dict[str, str], list[Finding]]:
    suppress: list[Suppress] = []
    found: list[Finding] = []
    files = repository_files(account, url)
    # A suppressed finding may have hidden another one.
    while errors := suppressible_errors(files, day):
        found += errors
        suppress += dict.fromkeys(_as_imported(finding, day) for finding in errors)
        files = repository_files(account, url, suppress)
    files = for_editors(files)
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
