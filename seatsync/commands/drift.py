"""`seatsync drift`: changes made in the account outside of seatsync; `--adopt` writes them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import click

from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.email import identity
from seatsync.account.history import NO_PEOPLE, HistoryEntry
from seatsync.account.model import WHOLE_ACCOUNT
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.options import RefreshOptions
from seatsync.commands.shared.plan_inputs import open_as_of, read_state, require_target, valid_declaration
from seatsync.commands.shared.real_account.refresh_first import refresh_first
from seatsync.commands.shared.repository import Repository, read_repository
from seatsync.commands.shared.revisions import new_findings
from seatsync.declaration.changing.transaction import finish_change, replace_files
from seatsync.declaration.declared import Declaration
from seatsync.errors import SeatsyncError, WrongUsage
from seatsync.finding import Finding, Severity
from seatsync.insight.adopt import Adopted, adopt
from seatsync.insight.drift import Drift, drift
from seatsync.insight.drift_states import Comparison, SinceApply
from seatsync.planning.make import same_account
from seatsync.reporting.drift_report import DriftReport
from seatsync.reporting.formats import DRIFTS, RenderOptions
from seatsync.rules import check
from seatsync.targets.target import Assumes, LastApplied, OwnChanges, State, Target

_CHANGES = 2


@options.command
@options.directory
@options.target
@options.actor
@options.teams
@options.day
@options.strict
@options.text_or_json
@options.output
@options.detailed_exitcode
@options.refreshing
@click.option("--adopt", "adopt_changes", is_flag=True, help="Write changes made in the portal back to the files.")
def run(
    console: Console,
    *,
    directory: str | None,
    target: str | None,
    actor: str | None,
    teams: Sequence[str],
    day: str | None,
    strict: bool,
    form: str,
    output: Sequence[str],
    detailed_exitcode: bool,
    refresh: bool,
    exports: str | None,
    exported: str | None,
    stale_ok: bool,
    adopt_changes: bool,
) -> int:
    """Show changes made in the account outside of seatsync.

    Compares the files, the account and the last applied declaration: changes in the portal, in git, or in both.
    Never changes the account; --adopt changes files, for review, and does not commit.

    Examples:
      seatsync drift --detailed-exitcode
      seatsync drift --adopt
    """
    where = outputs(form, output, DRIFTS, console)
    looking = RefreshOptions(refresh, target, exports, exported, stale_ok, day)
    unsettled, _ = refresh_first(console, directory, looking)
    prepare = partial(finish_change, report=console.info) if adopt_changes else None
    repository = read_repository(console, directory, day, prepare)
    declared = valid_declaration(repository, where, console, strict=strict)
    if declared is None:
        return 1
    url = require_target(target, declared.project)
    opened = open_as_of(url, repository.root, console, day, declared)
    if isinstance(opened, Assumes) and not isinstance(opened, LastApplied):
        raise WrongUsage(f"{url}: drift needs an account that remembers the last apply; use `seatsync plan`")
    state = read_state(opened, console, declared)
    same_account(declared, state.account)
    _known(teams, actor, declared, state)
    clock = console.clock(day, state.account.timezone)
    user = None if actor is None else identity(actor)
    open_cases = tuple(case for case in state.cases if case.closed_at is None)
    since, tracked = since_apply(opened, state), state.tracked or NO_PEOPLE
    about = Comparison(
        state.account, clock, user, tuple(teams), open_cases, since, tracked, state.group_types, state.assumed
    )
    with console.phase("drift", "comparing"):
        found = drift(declared, state, about, url)
    account = state.account
    report = DriftReport(account.name, account.lineage, account.serial, url, actor, tuple(teams), clock.day, found)
    if adopt_changes:
        report = replace(report, adopted=_adopt(declared, found, state, about, url))
    rendering = RenderOptions(repository.line_of, console.paint, console.verbose)
    deliver(where, lambda name, paint: DRIFTS[name](report, rendering._replace(paint=paint)), console)
    if report.adopted is not None:
        _show_new_findings(report.adopted, repository, clock.day, console)
    if unsettled:
        return 1
    return _CHANGES if detailed_exitcode and report.changes else 0


def since_apply(target: Target, state: State) -> SinceApply | None:
    """Return the history since the last apply; None if the target does not record it."""
    known = target.after_apply() if isinstance(target, LastApplied) else None
    now = state.account.serial or 0
    # Both are read after the state; another apply may have happened in between.
    if not isinstance(target, LastApplied) or known is None or known[0] > now:
        return None
    serial, cases = known
    entries = tuple(entry for entry in target.journal(serial) if entry.serial <= now)
    own = target.own_changes(serial) if isinstance(target, OwnChanges) else frozenset[int]()
    if state.filled:  # what is assumed, as if an apply had taken it over
        step = LOAD_ACCOUNT.step(WHOLE_ACCOUNT, account=state.account.name)
        entries = (*entries, HistoryEntry(now + 1, 0, "", None, step, state.filled))
        own |= {now + 1}
    return SinceApply(entries, tuple(cases), own)


def _adopt(declared: Declaration, found: Drift, state: State, about: Comparison, url: str) -> Adopted:
    """Write changes of the portal back to all files, or to none."""
    if not found.applied:
        problem = "nothing has been applied yet, so changes in the portal are unknown"
        raise SeatsyncError(f"{problem}; write a repository of the account with `seatsync import`")
    adopted = adopt(declared, found, about.clock.day, lambda later: drift(later, state, about, url))
    replace_files(declared.project.root, adopted.contents, "drift --adopt")
    return adopted


def _show_new_findings(adopted: Adopted, repository: Repository, day: str, console: Console) -> None:
    """Report new findings of the changed files: a rule may forbid what the portal allows."""
    if adopted.loaded is None or adopted.loaded.declaration is None:
        return
    now = check(adopted.loaded.declaration, day, adopted.loaded.findings).findings
    new: list[Finding] = [
        finding for finding in new_findings(repository.findings, now) if finding.severity is not Severity.INFO
    ]
    for finding in new:
        location = finding.location
        at = "" if location is None else f"{location.file}:{location.line}:{location.column}: "
        console.info(f"{at}{finding.code} {finding.message}")


def _known(teams: Sequence[str], actor: str | None, declared: Declaration, state: State) -> None:
    for name in teams:
        if name not in declared.teams and name not in state.account.teams:
            raise WrongUsage(f"--team {name}: there is no such team, neither declared nor in the account")
    if actor is not None and identity(actor) not in state.account.users:
        raise WrongUsage(f"--as {actor}: there is no person with this address in the account")
