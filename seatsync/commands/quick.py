"""The quick way to a plan: only what changed since the last one that had nothing to do is read, checked and planned.

It gives the very answer of the plain way or none at all. It is taken for plans of the whole account as its owner.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seatsync import __version__
from seatsync.account.step_text import same
from seatsync.clock import Clock
from seatsync.commands.console import Console
from seatsync.commands.excerpts import excerpts
from seatsync.commands.place import open_on
from seatsync.commands.prepare import Prepared, Wish
from seatsync.commands.repository import Repository
from seatsync.converged import place
from seatsync.converged.keeping import Converged, keep
from seatsync.converged.kept import Kept, from_text, to_text
from seatsync.converged.parts import Terms, changed_parts, checked_parts, planned, spoken
from seatsync.converged.watched import Watched
from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.including import PROJECT_FILE
from seatsync.declaration.load import included_by
from seatsync.declaration.normal import policy_text
from seatsync.declaration.project import find_root, read_project
from seatsync.errors import SeatsyncError
from seatsync.finding import has_errors
from seatsync.planning.plan import Plan
from seatsync.targets.sql import SqliteTarget
from seatsync.targets.sql_part import Seen, read_part, see

_FORMAT = 1
"""Grows when something else is kept, or means something else."""


@dataclass(frozen=True, slots=True)
class Quick:
    """A plan, and the repository with what is to be said of it. The declaration has the changed parts alone."""

    repository: Repository
    plan: Plan


def quick(console: Console, directory: str | None, wish: Wish, *, strict: bool) -> Quick | None:
    """The plan, if the quick way leads to it. Whatever is in its way is for the plain way to tell."""
    if not _usual(console, wish) or console.verbose:
        return None
    with suppress(SeatsyncError, OSError):
        root = find_root(console.path(directory or "."))
        kept = from_text(place.read(root) or "")
        found = None if kept is None else _quick(console, root, wish, kept)
        # Where warnings are errors, all that is worth knowing is shown with them.
        return None if found is None or has_errors(found.repository.findings, strict=strict) else found
    return None


def watching(console: Console, directory: str | None, wish: Wish) -> Watched | None:
    """The files of a repository, for a plan that is to be kept if it has nothing to do."""
    if not _usual(console, wish):
        return None
    with suppress(SeatsyncError):
        return Watched(find_root(console.path(directory or ".")))
    return None


def remember(console: Console, watched: Watched, repository: Repository, prepared: Prepared, wish: Wish) -> None:
    """Keep a plan without steps for the quick way."""
    plan, declared, target = prepared.plan, repository.declaration, prepared.target
    silenced = [each.finding for each in repository.silenced]
    if declared is None or not isinstance(target, SqliteTarget) or plan.steps or plan.findings:
        return
    if has_errors([*repository.findings, *silenced]) or not declared.complete or declared.unread:
        return
    with suppress(SeatsyncError, OSError):
        seen = see(target)
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
        key = _key(console, watched, declared.project, plan.target, prepared.clock, wish)
        kept = keep(made, key, seen, files, watched)
        if kept is not None:
            place.write(watched.root, to_text(kept))


def _usual(console: Console, wish: Wish) -> bool:
    return console.cache and not (wish.actor is not None or wish.teams or wish.allow or wish.undo is not None)


def _as_read(seen: Seen, watched: Watched, prepared: Prepared) -> bool:
    """Whether a store is what the plan was made from: of its serial, and not written to since the run began."""
    account = prepared.state.account
    return seen.meta[1:3] == (account.lineage, account.serial) and max(seen.stamp[-2:]) < watched.began


def _quick(console: Console, root: Path, wish: Wish, kept: Kept) -> Quick | None:
    watched = Watched(root)
    project, _ = read_project(root, watched)
    url = wish.target or (project.target if project is not None else None)
    if project is None or not url:
        return None
    clock = console.clock(wish.day, str(kept.seen.meta[3]))
    if kept.key != _key(console, watched, project, url, clock, wish):
        return None
    target = open_on(url, root, console, wish.day)
    included, findings = included_by(project, watched)
    numbers = changed_parts(kept, watched, included) if not findings else None
    if numbers is None or not isinstance(target, SqliteTarget):
        return None
    rules_day = console.clock(wish.day, project.timezone or "UTC").day
    changed = checked_parts(kept, numbers, project, watched, included, rules_day) if numbers else None
    if numbers and changed is None:
        return None
    teams = [name for number in numbers for name in kept.parts[number].teams]
    bought = [key for number in numbers for key in kept.parts[number].subscriptions]
    account = read_part(target, kept.seen, teams, bought, changed.declared.users if changed is not None else ())
    if account is None:
        return None
    terms = Terms(url, clock, target.route, policy_text(project.policy))
    plan = planned(kept, changed, account, terms)
    if plan is None:
        return None
    declared = changed.declared if changed is not None else Declaration(project)
    return Quick(Repository(root, declared, spoken(kept, changed), (), excerpts(root)), plan)


def _key(console: Console, watched: Watched, project: Project, url: str, clock: Clock, wish: Wish) -> str:
    """All that the answer depends on, beside the files that are included and the account."""
    rules_day = console.clock(wish.day, project.timezone or "UTC").day
    own = watched.digests[watched.inside(PROJECT_FILE)]
    return json.dumps([_FORMAT, __version__, sys.version, str(watched.root), own, url, rules_day, clock.day])
