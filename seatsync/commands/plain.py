"""The plain way to a plan: everything is read. One that has nothing to do is kept for the quick way."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from seatsync.account.step_text import same
from seatsync.commands.console import Console
from seatsync.commands.prepare import Prepared, prepare
from seatsync.commands.quick import key_of, usual
from seatsync.commands.repository import Repository, read_repository
from seatsync.commands.wish import Wish
from seatsync.converged import place
from seatsync.converged.keeping import Converged, keep
from seatsync.converged.kept import to_text
from seatsync.converged.watched import Watched
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import included_by
from seatsync.declaration.project import find_root
from seatsync.errors import SeatsyncError
from seatsync.finding import has_errors
from seatsync.planning.approvals import could_approve
from seatsync.planning.picture import Picture, picture_of
from seatsync.planning.plan import Required
from seatsync.targets.sql import SqliteTarget
from seatsync.targets.sql_part import Seen, see


def read(console: Console, directory: str | None, wish: Wish) -> tuple[Repository, Watched | None]:
    """The repository; and what was read of its files, where the plan may be one to keep."""
    watched = None
    if usual(console, wish):
        with suppress(SeatsyncError):
            watched = Watched(find_root(console.path(directory or ".")))
    return read_repository(console, directory, wish.day, watched), watched


def plan_of(
    console: Console, repository: Repository, declared: Declaration, wish: Wish, watched: Watched | None
) -> Prepared:
    """The plan, which is kept if there is nothing to do. The declaration is without errors."""
    prepared = prepare(console, repository, declared, wish)
    if watched is not None:
        with suppress(SeatsyncError, OSError):
            _remember(console, watched, repository, prepared, wish)
    return prepared


def picture(
    prepared: Prepared, declared: Declaration, teams: Sequence[str], required: Required | None = None
) -> Picture:
    """Both sides of what the plan touches, and the pools of what is declared and was asked for; who may approve it."""
    contracts = () if teams else declared.contracts
    plan, account = prepared.plan, prepared.state.account
    found = picture_of(plan, account, prepared.clock, teams or declared.teams, contracts)
    return found if required is None else replace(found, approvers=could_approve(plan, account, required))


def _remember(console: Console, watched: Watched, repository: Repository, prepared: Prepared, wish: Wish) -> None:
    plan, declared, target = prepared.plan, repository.declaration, prepared.target
    silenced = [each.finding for each in repository.silenced]
    if declared is None or not isinstance(target, SqliteTarget) or plan.steps or plan.findings:
        return
    if has_errors([*repository.findings, *silenced]) or not declared.complete or declared.unread:
        return
    seen = see(target.url, target.path)
    if seen is None or not _as_read(seen, watched, prepared):
        return
    files, _ = included_by(declared.project, watched)
    made = Converged(
        declared=declared,
        account=prepared.state.account,
        spoken=repository.findings,
        silenced=silenced,
        unmanaged=plan.unmanaged,
        cases={same(case.step): case.id for case in prepared.state.cases},
        applied_policy=prepared.state.applied_policy,
    )
    key = key_of(console, watched, declared.project, plan.target, prepared.clock, wish)
    kept = keep(made, key, seen, files, watched)
    if kept is not None:
        place.write(watched.root, to_text(kept))


def _as_read(seen: Seen, watched: Watched, prepared: Prepared) -> bool:
    """Whether a store is what the plan was made from: of its serial, and not written to since the run began."""
    account = prepared.state.account
    return seen.meta[1:3] == (account.lineage, account.serial) and max(seen.stamp[-2:]) < watched.began
