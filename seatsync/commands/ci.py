"""`seatsync ci`: the right job for the build server and the event that it runs for, told where people look there.

It posts no comment and asks nothing of any network but the target. What it is for, the environment tells.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from seatsync.ci.where import BuildContext, detect_build, event_file
from seatsync.commands import options
from seatsync.commands.approvals import asked
from seatsync.commands.ci_desk import FOLDER, Desk
from seatsync.commands.ci_jobs import check, check_and_plan, saved_plan
from seatsync.commands.console import Console
from seatsync.commands.place import target_or_project
from seatsync.commands.wish import Wish
from seatsync.errors import FileProblem, SeatsyncError, WrongUsage

_LARGEST_EVENT = 1 << 26
"""Bytes; GitHub's own limit is below that."""
_EVENT = "GITHUB_EVENT_PATH must name the runner's document about the event"
_SERVERS = {"github": "GitHub Actions", "gitlab": "GitLab CI", "none": "no known build server"}
_EVENTS = {"proposal": ", a proposed change", "trusted": ", a trusted branch", "other": ""}


@options.command
@click.argument("job", type=click.Choice(["check", "plan", "apply"]), required=False)
@options.target
@options.day
@options.allow
@options.strict
@options.rebase
@options.hand_in
@options.partial
@click.option("--base", metavar="REVISION", help="check: compare with this, not with what the build server names.")
@click.option("--out", metavar="DIR", help="Write files there; on a build server, by default into seatsync-ci.")
@click.option("--plan", metavar="FILE", help="apply: this saved plan; by default plan.json of that folder.")
@click.option("--intent", metavar="DIGEST", help="apply: the plan must have this intent; by default $SEATSYNC_INTENT.")
@options.approving
def run(
    console: Console,
    *,
    job: str | None,
    base: str | None,
    target: str | None,
    day: str | None,
    allow: Sequence[str],
    strict: bool,
    rebase: bool,
    hand_in: bool,
    partial: bool,
    out: str | None,
    plan: str | None,
    intent: str | None,
    require_approval: int | None,
    author: Sequence[str],
    approvals: Sequence[str],
) -> int:
    """Do the right job for the build server that it runs on.

    Knows GitHub Actions and GitLab CI by their environment. A pull request is checked: findings and what changes,
    without account or secret. A trusted branch is checked and planned, if its account can be read. A plan is applied by
    `seatsync ci apply` alone. What came of it stands in the log, in annotations, on the job's page, in outputs for
    later jobs, and in files.
    """
    where = detect_build(console.environment, _event(console))
    asks = asked(require_approval, author, approvals)
    wish = Wish(target, None, (), day, tuple(allow), hand_in=hand_in, partial=partial)
    chosen = job or _usual(console, where, target)
    _must_be_allowed(chosen, where, target)
    desk = Desk(console, where, _folder(console, where, out), day, strict)
    console.say(f"{_SERVERS[where.kind]}{_EVENTS[where.event]}: {chosen}")
    try:
        desk.begin(anew=chosen != "apply")
        if chosen == "apply":
            file = plan or str((desk.folder or console.folder) / "plan.json")
            done = saved_plan(desk, file, intent, wish, asks, rebase=rebase)
        elif chosen == "plan":
            done = check_and_plan(desk, wish, asks, must=bool(job or target))
        else:
            done = check(desk, base or where.base)
    except SeatsyncError as problem:
        desk.fail(chosen, problem)
        raise
    desk.post(done)
    return done.exit_code


def _usual(console: Console, where: BuildContext, target: str | None) -> str:
    """The job where none is named. A proposal meets no account, and nothing is applied without being asked for."""
    if where.event != "trusted":
        return "check"
    try:
        target_or_project(console, target)
    except WrongUsage:
        return "check"
    return "plan"


def _must_be_allowed(job: str, where: BuildContext, target: str | None) -> None:
    """Refuse what a change could use that nobody has looked at yet."""
    if where.kind == "none" or where.event == "trusted" or job == "check":
        return
    if job == "apply":
        raise WrongUsage("ci apply: this run is not for a protected branch or the default one, so nothing is applied")
    if not target:
        problem = "the files of a change could name any account"
        raise WrongUsage(f"ci plan: {problem}; say which one to read, with --target or SEATSYNC_TARGET")


def _folder(console: Console, where: BuildContext, out: str | None) -> Path | None:
    if out is not None:
        return console.path(out)
    return None if where.kind == "none" else console.path(FOLDER)


def _event(console: Console) -> object:
    """GitHub's document about what has happened; None where there is none.

    Raises `FileProblem` where it cannot be read: what a run is for is not guessed.
    """
    name = event_file(console.environment)
    if name is None:
        return None
    try:
        with Path(name).open("rb") as file:
            text = file.read(_LARGEST_EVENT + 1)
        found: object = json.loads(text)
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = f"cannot be read ({(error.strerror or 'it does not say why').lower()})"
        raise FileProblem(name, problem, _EVENT) from error
    except (ValueError, RecursionError) as error:
        raise FileProblem(name, "is no JSON document", _EVENT) from error
    return found
