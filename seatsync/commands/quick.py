"""The quick way to a plan: only what changed since the last one that had nothing to do is read, checked and planned.

It gives the very answer of the plain way or none at all. It is taken for plans of the whole account as its owner.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from seatsync import __version__
from seatsync.account.actions import account_route
from seatsync.clock import Clock
from seatsync.commands.console import Console
from seatsync.commands.excerpts import excerpts
from seatsync.commands.repository import Repository
from seatsync.commands.wish import Wish
from seatsync.converged import place
from seatsync.converged.kept import Kept, from_text
from seatsync.converged.parts import Terms, changed_parts, checked_parts, planned, spoken
from seatsync.converged.watched import Watched
from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.files import Folder
from seatsync.declaration.including import PROJECT_FILE
from seatsync.declaration.load import included_by
from seatsync.declaration.normal import policy_text
from seatsync.declaration.project import find_root, read_project
from seatsync.errors import SeatsyncError
from seatsync.finding import has_errors
from seatsync.planning.plan import Plan
from seatsync.targets.sql_part import read_part
from seatsync.targets.sqlite import file_of

_FORMAT = 2
"""Grows when something else is kept, or means something else."""


class Quick(NamedTuple):
    """A plan, and the repository with what is to be said of it. The declaration has the changed parts alone."""

    repository: Repository
    plan: Plan


def quick(console: Console, directory: str | None, wish: Wish, *, strict: bool) -> Quick | None:
    """The plan, if the quick way leads to it. Whatever is in its way is for the plain way to tell."""
    if not usual(console, wish) or console.verbose:
        return None
    with suppress(SeatsyncError, OSError):
        root = find_root(console.path(directory or "."))
        kept = from_text(place.read(root) or "")
        found = None if kept is None else _quick(console, root, wish, kept)
        # Where warnings are errors, all that is worth knowing is shown with them.
        return None if found is None or has_errors(found.repository.findings, strict=strict) else found
    return None


def usual(console: Console, wish: Wish) -> bool:
    """Whether a plan is one that may be kept, and made the quick way: of the whole account, as its owner."""
    return console.cache and not (wish.actor is not None or wish.teams or wish.allow or wish.undo is not None)


def _quick(console: Console, root: Path, wish: Wish, kept: Kept) -> Quick | None:
    watched = Watched(root)
    project, _ = read_project(root, watched)
    url = wish.target or (project.target if project is not None else None)
    if project is None or not url:
        return None
    clock = console.clock(wish.day, str(kept.seen.meta[3]))
    if kept.key != key_of(console, watched, project, url, clock, wish):
        return None
    path = file_of(url, root)
    included, findings = included_by(project, watched)
    numbers = changed_parts(kept, watched, included) if not findings else None
    if numbers is None or path is None:
        return None
    rules_day = console.clock(wish.day, project.timezone or "UTC").day
    # Nothing of a plan with steps is kept: what is read of its parts need not be remembered.
    changed = checked_parts(kept, numbers, project, Folder(root), included, rules_day) if numbers else None
    if numbers and changed is None:
        return None
    teams = [name for number in numbers for name in kept.parts[number].teams]
    bought = [key for number in numbers for key in kept.parts[number].subscriptions]
    account = read_part(url, path, kept.seen, teams, bought, changed.declared.users if changed is not None else ())
    if account is None:
        return None
    terms = Terms(url, clock, account_route, policy_text(project.policy))
    plan = planned(kept, changed, account, terms)
    if plan is None:
        return None
    declared = changed.declared if changed is not None else Declaration(project)
    return Quick(Repository(root, declared, spoken(kept, changed), (), excerpts(root)), plan)


def key_of(console: Console, watched: Watched, project: Project, url: str, clock: Clock, wish: Wish) -> str:
    """All that the answer depends on, beside the files that are included and the account."""
    rules_day = console.clock(wish.day, project.timezone or "UTC").day
    own = watched.digests[watched.inside(PROJECT_FILE)]
    return json.dumps([_FORMAT, __version__, sys.version, str(watched.root), own, url, rules_day, clock.day])
