"""`seatsync ci`: the check, plan or apply job of a build server, chosen by its environment.

It posts no comments, and contacts nothing but the target and, in trusted jobs of a project that uses them, the vendor's
APIs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from seatsync.ci import BuildContext, detect_build, event_file
from seatsync.commands.shared import options
from seatsync.commands.shared.approvals import approval_options
from seatsync.commands.shared.ci_context import FOLDER, JobContext
from seatsync.commands.shared.ci_jobs import check, check_and_plan, saved_plan
from seatsync.commands.shared.console import Console, read_limited
from seatsync.commands.shared.options import PlanOptions, RefreshOptions
from seatsync.commands.shared.plan_inputs import resolve_target
from seatsync.declaration.project import find_root, read_project
from seatsync.errors import FileProblem, NoTarget, ProjectNotFound, SeatsyncError, WrongUsage
from seatsync.portal.source_checks import split_allow

_LARGEST_EVENT = 1 << 26
"""Limit of an event payload in bytes, above GitHub's own."""
_EVENT = "GITHUB_EVENT_PATH must name the runner's event payload"
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
@click.option("--base", metavar="REVISION", help="check: compare with this revision instead of the event's base.")
@click.option(
    "--refresh/--no-refresh",
    default=None,
    help="Run `seatsync refresh` first (default: for `ci apply` and on a schedule, with `portal:`).",
)
@options.exports
@options.exported
@options.stale_ok
@click.option("--out", metavar="DIR", help="Write files to DIR (on a build server, default seatsync-ci).")
@click.option("--plan", metavar="FILE", help="apply: saved plan to apply (default plan.json in the --out folder).")
@click.option("--intent", metavar="DIGEST", help="apply: intent that the plan must have (default $SEATSYNC_INTENT).")
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
    refresh: bool | None,
    exports: str | None,
    exported: str | None,
    stale_ok: bool,
    out: str | None,
    plan: str | None,
    intent: str | None,
    require_approval: int | None,
    author: Sequence[str],
    approvals: Sequence[str],
) -> int:
    """Check, plan or apply on a build server.

    Detects GitHub Actions and GitLab CI by their environment. A pull request is checked (findings and diff), without
    account or secrets. A trusted branch is checked and planned, if its account can be read. Only `seatsync ci apply`
    applies a plan. Results go to the log, annotations, the job summary, outputs for later jobs, and files.

    In a project with `portal:`, pull requests only read the mirror. `seatsync ci apply` and jobs of a schedule refresh
    it first. Steps of route api are carried out on the real account; every other step becomes a case with its place in
    a checklist.

    Examples:
      seatsync ci
      seatsync ci check --base origin/main
      seatsync ci apply --plan plan.json
    """
    where = detect_build(console.environment, _event(console))
    approving = approval_options(require_approval, author, approvals)
    chosen = job or _usual(console, where, target)
    _must_be_allowed(chosen, where, target)
    how = RefreshOptions(bool(refresh), target, exports, exported, stale_ok, day, tuple(allow))
    looking, others = _refreshed(console, chosen, where, how, asked=refresh)
    plan_options = PlanOptions(target, None, (), day, others, hand_in=hand_in, partial=partial)
    context = JobContext(console, where, _folder(console, where, out), day, strict)
    console.info(f"{_SERVERS[where.kind]}{_EVENTS[where.event]}: {chosen}")
    try:
        context.begin(anew=chosen != "apply")
        if chosen == "apply":
            file = plan or str((context.folder or console.folder) / "plan.json")
            result = saved_plan(context, file, intent, plan_options, approving, looking, rebase=rebase)
        elif chosen == "plan":
            start = base or where.base
            result = check_and_plan(context, plan_options, approving, looking, start, must=bool(job or target))
        else:
            result = check(context, base or where.base)
    except SeatsyncError as problem:
        context.fail(chosen, problem)
        raise
    context.post(result)
    return result.exit_code


def _usual(console: Console, where: BuildContext, target: str | None) -> str:
    """Return the default job: `plan` on a trusted branch with a target, else `check`."""
    if where.event != "trusted":
        return "check"
    try:
        resolve_target(console, target)
    except NoTarget:
        return "check"
    return "plan"


def _must_be_allowed(job: str, where: BuildContext, target: str | None) -> None:
    """Raise `WrongUsage` for a job that an unreviewed change could abuse."""
    if where.kind == "none" or where.event == "trusted" or job == "check":
        return
    if job == "apply":
        raise WrongUsage("ci apply: this run is for neither a protected nor the default branch, so nothing is applied")
    if not target or ":" not in target:  # a name is one of the files
        problem = "the files of a proposed change could name any account"
        raise WrongUsage(f"ci plan: {problem}; name the account to read by its URL, with --target or SEATSYNC_TARGET")


def _refreshed(
    console: Console, job: str, where: BuildContext, how: RefreshOptions, *, asked: bool | None
) -> tuple[RefreshOptions, tuple[str, ...]]:
    """Return how the mirror is refreshed before a job, if at all, and the values of `--allow` that are not for that.

    `asked` None: before an apply and on a schedule, if the project has a portal. Raises `WrongUsage` in jobs that an
    unreviewed change could abuse, as these never read exports or write the mirror.
    """
    details = bool(how.exports or how.exported or how.stale_ok)
    if (asked or details) and where.kind != "none" and where.event != "trusted":
        problem = "this run is for neither a protected nor the default branch, so it reads no exports"
        raise WrongUsage(f"ci {job}: {problem}; leave --refresh, --exports, --exported and --stale-ok out")
    if (asked or details) and job == "check":
        raise WrongUsage("ci check reads no account; --refresh and its options are for `ci plan` and `ci apply`")
    usual = job == "apply" or (job == "plan" and where.scheduled)
    wanted = (usual and (details or _has_sources(console))) if asked is None else asked
    if not wanted:
        if details:
            raise WrongUsage("--exports, --exported and --stale-ok need --refresh")
        return how._replace(wanted=False), how.allow
    return how._replace(wanted=True), split_allow(how.allow)[0]


def _has_sources(console: Console) -> bool:
    """Return True if the project has a portal with something to read: exports, or an API of the vendor."""
    try:
        project, _ = read_project(find_root(console.folder))
    except ProjectNotFound:
        return False
    portal = None if project is None else project.portal
    if portal is None:
        return False
    if portal.exports or portal.insights or portal.team_admin is not None:
        return True
    console.info("not refreshed: seatsync.yaml names no `exports` of the portal; name their folder with --exports DIR")
    return False


def _folder(console: Console, where: BuildContext, out: str | None) -> Path | None:
    if out is not None:
        return console.path(out)
    return None if where.kind == "none" else console.path(FOLDER)


def _event(console: Console) -> object:
    """Return GitHub's event payload; None if there is none.

    Raises `FileProblem` if it cannot be read: the event is never guessed.
    """
    name = event_file(console.environment)
    if name is None:
        return None
    try:
        found: object = json.loads(read_limited(Path(name), name, _LARGEST_EVENT, _EVENT))
    except FileProblem as problem:
        if isinstance(problem.__cause__, FileNotFoundError):
            return None
        raise
    except (ValueError, RecursionError) as error:
        raise FileProblem(name, "is not a JSON document", _EVENT) from error
    return found
