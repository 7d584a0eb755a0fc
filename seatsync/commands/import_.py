"""`seatsync import`: an account's state as a repository."""

from __future__ import annotations

from pathlib import Path

import click

from seatsync.account.memory import members_by_scope
from seatsync.account.model import Account
from seatsync.commands import options
from seatsync.commands.console import Console
from seatsync.commands.place import base_folder, open_on, read_state, seen_from
from seatsync.declaration.for_editors import FOLDER, for_editors
from seatsync.declaration.placing import write_repository
from seatsync.declaration.write import repository_files
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible
from seatsync.targets.target import Remembering


@options.command
@click.argument("source", metavar="TARGET")
@click.option("--out", "directory", metavar="DIR", help="Write there; by default here.")
@options.day
def run(console: Console, *, source: str, directory: str | None, day: str | None) -> int:
    """An account's state as a repository.

    Writes a repository that declares what the account holds, so that a plan against it has no steps.
    """
    account, files = imported(console, source, directory, day)
    declaring = number_of(sum(name.endswith(".yaml") for name in files), "file")
    console.answer(
        f"Wrote {declaring} that declare account {visible(account.name)}: {amount(account)}.\n"
        f"Beside them, {FOLDER}/ is for editors, which check and explain by it while you type.\n"
    )
    return 0


def imported(
    console: Console, source: str, directory: str | None, day: str | None, *, begins: bool = False
) -> tuple[Account, dict[str, str]]:
    """Read the account at a target and write it down; the account, and the files by their names.

    `begins`: the repository is to declare the account from now on, which a target that remembers takes note of.
    """
    folder, base = Path(console.path(directory or ".")), base_folder(console)
    target = open_on(source, base, console, day)
    state = read_state(target, console)
    url = seen_from(source, base, Path(folder).absolute())
    if not begins or state.memory is None:
        return state.account, _written(folder, state.account, url)
    with target.session(None, console.clock(day, state.account.timezone)) as session:
        account = session.state().account
        files = _written(folder, account, url)
        if isinstance(session, Remembering):
            session.covers(members_by_scope(account))
    return account, files


def _written(folder: Path, account: Account, url: str) -> dict[str, str]:
    files = for_editors(repository_files(account, url))
    write_repository(folder, files)
    return files


def amount(account: Account) -> str:
    """How much an account holds: `2 teams, 14 people, 3 subscriptions`."""
    counts = [
        number_of(len(account.teams), "team"),
        number_of(len(account.contracts), "contract"),
        number_of(len(account.users), "person", "people"),
        number_of(len(account.subscriptions), "subscription"),
    ]
    return ", ".join(count for count in counts if not count.startswith("0 ")) or "nothing"
