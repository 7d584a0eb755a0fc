"""`seatsync import`: an account's state as a repository."""

from __future__ import annotations

from pathlib import Path

import click

from seatsync.account.memory import members_by_scope
from seatsync.account.model import Account
from seatsync.commands import options
from seatsync.commands.console import Console
from seatsync.commands.place import base_folder, open_on, read_state, seen_from
from seatsync.declaration.declared import Suppress
from seatsync.declaration.for_editors import FOLDER, for_editors
from seatsync.declaration.in_memory import InMemory
from seatsync.declaration.including import PROJECT_FILE
from seatsync.declaration.load import load
from seatsync.declaration.placing import write_repository
from seatsync.declaration.policy import NOT_SUPPRESSIBLE, THINGS
from seatsync.declaration.write import repository_files
from seatsync.finding import Finding, Severity
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible
from seatsync.rules import check
from seatsync.targets.target import TracksPeople


@options.command
@click.argument("source", metavar="TARGET")
@click.option("--out", "directory", metavar="DIR", help="Write there; by default here.")
@options.day
def run(console: Console, *, source: str, directory: str | None, day: str | None) -> int:
    """Write an account's state as a repository.

    Writes a repository that declares what the account holds, so that a plan against it has no steps.
    """
    account, files, as_it_is = imported(console, source, directory, day)
    count = number_of(sum(name.endswith(".yaml") for name in files), "file")
    console.answer(
        f"Wrote account {visible(account.name)} to {count}: {amount(account)}.\n"
        f"Editors use {FOLDER}/ to check and explain the files while you type.\n" + what_is_suppressed(as_it_is)
    )
    return 0


def imported(
    console: Console, source: str, directory: str | None, day: str | None, *, begins: bool = False
) -> tuple[Account, dict[str, str], list[Finding]]:
    """Read the account at a target and write it down; the account, the files by their names, and what is suppressed.

    `begins`: the repository is to declare the account from now on, which a target that remembers takes note of.
    """
    folder, base = Path(console.path(directory or ".")), base_folder(console)
    target = open_on(source, base, console, day)
    state = read_state(target, console)
    url = seen_from(source, base, Path(folder).absolute())
    clock = console.clock(day, state.account.timezone)
    if not begins or state.tracked is None:
        return state.account, *_written(folder, state.account, url, clock.day)
    with target.session(None, clock) as session:
        account = session.state().account
        files, as_it_is = _written(folder, account, url, clock.day)
        if isinstance(session, TracksPeople):
            session.covers(members_by_scope(account))
    return account, files, as_it_is


def what_is_suppressed(findings: list[Finding]) -> str:
    """Tell what breaks a rule in the account as it is; nothing where nothing does."""
    if not findings:
        return ""
    lines = "".join(f"  {finding.code} {visible(finding.message)}\n" for finding in findings)
    return f"\nThe account breaks rules as it is; `policy.suppress` in {PROJECT_FILE} silences this:\n{lines}"


def _written(folder: Path, account: Account, url: str, day: str) -> tuple[dict[str, str], list[Finding]]:
    suppress: list[Suppress] = []
    found: list[Finding] = []
    files = repository_files(account, url)
    # What is silenced may have kept another rule from speaking.
    while errors := what_breaks_a_rule(files, day):
        found += errors
        suppress += dict.fromkeys(_as_imported(finding, day) for finding in errors)
        files = repository_files(account, url, suppress)
    files = for_editors(files)
    write_repository(folder, files)
    return files, found


def what_breaks_a_rule(files: dict[str, str], day: str) -> list[Finding]:
    """Return what breaks a rule that can be suppressed."""
    loaded = load(Path(), files=InMemory(files))
    found = () if loaded.declaration is None else check(loaded.declaration, day, loaded.findings).findings
    return [each for each in found if each.severity is Severity.ERROR and not each.code.startswith(NOT_SUPPRESSIBLE)]


def _as_imported(finding: Finding, day: str) -> Suppress:
    things = tuple((kind, name) for kind, name in finding.things if kind in THINGS)
    return Suppress(finding.code, things, f"as imported on {day}", None)


def amount(account: Account) -> str:
    """How much an account holds: `2 teams, 14 people, 3 subscriptions`."""
    counts = [
        number_of(len(account.teams), "team"),
        number_of(len(account.contracts), "contract"),
        number_of(len(account.users), "person", "people"),
        number_of(len(account.subscriptions), "subscription"),
    ]
    return ", ".join(count for count in counts if not count.startswith("0 ")) or "nothing"
