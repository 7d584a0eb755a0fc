"""`seatsync import`: write an account's state as a repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import click

from seatsync.account.history import members_by_scope
from seatsync.account.model import Account
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.new_repository import (
    NewRepository,
    new_repository,
    suppression_notice,
    with_git_ignored,
)
from seatsync.commands.shared.plan_inputs import (
    base_folder,
    note_unknown,
    open_as_of,
    read_state,
    refuse_errors,
    relocated_url,
    url_of,
)
from seatsync.commands.shared.real_account.from_exports import (
    Start,
    exports_url,
    next_steps,
    repository_from_exports,
    show_oddities,
)
from seatsync.commands.shared.real_account.listed_subscriptions import with_listed_subscriptions
from seatsync.commands.shared.real_account.own_project import OwnProject, own_project
from seatsync.commands.shared.repository import contents
from seatsync.declaration.files import PROJECT_FILE
from seatsync.declaration.project import read_project
from seatsync.declaration.project_values import Portal
from seatsync.declaration.states import without_ignored
from seatsync.declaration.writing.write import FOLDER, written_repository
from seatsync.reporting.escape import number_of, visible
from seatsync.targets.target import State, TracksPeople


class Imported(NamedTuple):
    """An account, the repository that was written from it, and the number of facts that were assumed.

    `added` are the files that were added to a project that declared nothing before. `by_api`: an API carries out some
    of its steps.
    """

    account: Account
    new: NewRepository
    assumed: int
    added: tuple[str, ...] = ()
    by_api: bool = False


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
    has a mirror of the vendor's account, as with `init --from`. A project that declares nothing yet gets the files of
    its own target, and keeps its seatsync.yaml.

    Examples:
      seatsync import sqlite:///account.db --out acme-seats
      seatsync import exports:exports --exported 2026-11-20
    """
    start = Start(directory, day, stale_ok, name, exported)
    source = url_of(console, source)
    exports = exports_url(console, source)
    if exports is not None:
        return repository_from_exports(console, exports, start)
    start.refuse()
    imported = import_account(console, source, directory, day)
    if imported.added:
        report_added(console, imported, directory)
        return 0
    account, new = imported.account, imported.new
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

    `authoritative`: the repository declares the account from now on; a target that remembers people records this. So
    does a project that declares nothing yet, if the account is its own target: its project file is kept.
    """
    folder, base = Path(console.path(directory or ".")), base_folder(console)
    own = own_project(folder, source, base)
    if own is not None:
        source, base, authoritative = own.target, own.project.root, True
    target = open_as_of(source, base, console, day)
    state = read_state(target, console)
    if own is not None:
        refuse_errors(target, state)
    note_unknown(state, console)
    clock = console.clock(day, state.account.timezone)
    portal = None if state.mirror is None else _portal_from(base, folder)
    about = (relocated_url(source, base, folder.absolute()), clock.day)

    def written(state: State) -> AbstractContextManager[Imported]:
        kept = None if own is None else own.content
        state = state if state.mirror is None else with_listed_subscriptions(state, target)
        account = state.account if own is None else without_ignored(state.account, own.project.policy.ignore)
        new = new_repository(account, *about, state.assumed, portal, state.unknown, kept)
        if own is None:
            exports = () if portal is None else portal.exports
            new = new._replace(files=with_git_ignored(console, folder, new.files, about[0], exports))
        return _written(console, folder, own, Imported(account, new, len(state.assumed)))

    if not authoritative or state.tracked is None:
        with written(state) as imported:
            return imported
    with target.session(None, clock) as session, written(session.state()) as imported:
        if isinstance(session, TracksPeople):
            session.covers(members_by_scope(imported.account))
        return imported


@contextmanager
def _written(console: Console, folder: Path, own: OwnProject | None, imported: Imported) -> Iterator[Imported]:
    """Write a repository; if the body fails, nothing stays."""
    if own is None:
        with written_repository(folder, imported.new.files):
            yield imported
    else:
        with own.written(console, imported.new) as names:
            yield imported._replace(added=tuple(names), by_api=own.changes_by_api)


def _portal_from(base: Path, folder: Path) -> Portal | None:
    """Return the portal of a project as another folder has it: paths of exports start there."""
    project, _ = read_project(base)
    if project is None or project.portal is None:
        return None
    paths = (Path(os.path.relpath(base / each, folder.absolute())) for each in project.portal.exports)
    relative = not any(Path(each).is_absolute() for each in project.portal.exports)
    return project.portal._replace(exports=tuple(each.as_posix() for each in paths)) if relative else project.portal


def report_added(console: Console, imported: Imported, directory: str | None) -> None:
    """Say what was added to a project that declared nothing before, what is odd in it, and what to do next."""
    account, new = imported.account, imported.new
    show_oddities(new.findings, console.path(directory or "."), console)
    lines = "".join(f"  {visible(name)}\n" for name in imported.added)
    facts = number_of(imported.assumed, "fact")
    assumed = f"Comments mark {facts} that no source shows and that were assumed.\n" if imported.assumed else ""
    console.output(
        f"Wrote\n{lines}and added them to {PROJECT_FILE}.\n\n"
        f"They declare account {visible(account.name)} as it is known: {contents(account, 'nothing')}.\n"
        f"{assumed}{suppression_notice(new.suppressed)}\n{next_steps(directory, by_api=imported.by_api)}"
    )
