"""`seatsync import`: write an account's state as a repository."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from seatsync.account.history import members_by_scope
from seatsync.account.model import Account
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.new_repository import NewRepository, new_repository, suppression_notice
from seatsync.commands.shared.plan_inputs import base_folder, note_unknown, open_as_of, read_state, relocated_url
from seatsync.commands.shared.real_account.from_exports import Start, exports_url, repository_from_exports
from seatsync.commands.shared.repository import contents
from seatsync.declaration.write import FOLDER, write_repository
from seatsync.reporting.escape import number_of, visible
from seatsync.targets.target import TracksPeople


class Imported(NamedTuple):
    """An account, and the repository that was written from it."""

    account: Account
    new: NewRepository


@options.command
@click.argument("source", metavar="TARGET")
@click.option("--out", "directory", metavar="DIR", help="Folder to write to (default: the current one).")
@options.for_exports
@options.day
def run(
    console: Console,
    *,
    source: str,
    directory: str | None,
    name: str | None,
    exported: str | None,
    stale_ok: bool,
    day: str | None,
) -> int:
    """Write an account's state as a repository.

    The repository declares the whole account, so that a plan against it has no steps. From a folder of exports, it also
    has a mirror of the vendor's account, as with `init --from`.
    """
    start = Start(directory, day, stale_ok, name, exported)
    exports = exports_url(console, source)
    if exports is not None:
        return repository_from_exports(console, exports, start)
    start.refuse()
    account, new = import_account(console, source, directory, day)
    count = number_of(sum(name.endswith(".yaml") for name in new.files), "file")
    console.output(
        f"Wrote account {visible(account.name)} to {count}: {contents(account, 'nothing')}.\n"
        f"Editors use {FOLDER}/ to check and explain the files while you type.\n" + suppression_notice(new.suppressed)
    )
    return 0


def import_account(
    console: Console, source: str, directory: str | None, day: str | None, *, authoritative: bool = False
) -> Imported:
    """Read an account and write it as a repository.

    `authoritative`: the repository declares the account from now on; a target that remembers people records this.
    """
    folder, base = Path(console.path(directory or ".")), base_folder(console)
    target = open_as_of(source, base, console, day)
    state = read_state(target, console)
    note_unknown(state, console)
    url = relocated_url(source, base, Path(folder).absolute())
    clock = console.clock(day, state.account.timezone)
    if not authoritative or state.tracked is None:
        new = new_repository(state.account, url, clock.day, state.assumed)
        write_repository(folder, new.files)
        return Imported(state.account, new)
    with target.session(None, clock) as session:
        account = session.state().account
        new = new_repository(account, url, clock.day)
        write_repository(folder, new.files)
        if isinstance(session, TracksPeople):
            session.covers(members_by_scope(account))
    return Imported(account, new)
