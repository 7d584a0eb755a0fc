"""Makes a plan from a repository and an account, for `plan`, `apply` and `ci`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from seatsync.account.memory import NO_PEOPLE
from seatsync.account.past import HistoryEntry
from seatsync.account.step_text import same
from seatsync.clock import Clock
from seatsync.commands.console import Console
from seatsync.commands.place import open_as_of, read_state
from seatsync.commands.repository import Repository
from seatsync.commands.wish import PlanOptions
from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import config_digest, policy_text
from seatsync.errors import WrongUsage
from seatsync.finding import Finding, has_errors
from seatsync.planning.exclusions import also_excluded, exclusions
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import Excluded, Plan, Required
from seatsync.rules import OF_REPOSITORY
from seatsync.targets.target import OutsideChanges, State, Target

if TYPE_CHECKING:
    from seatsync.planning.picture import Preview


@dataclass(frozen=True, slots=True)
class Basis:
    """A declaration to plan from, the exclusions caused by errors, and the findings to show."""

    declared: Declaration
    excluded: tuple[Excluded, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with its target, state and clock."""

    plan: Plan
    target: Target
    state: State
    clock: Clock


def basis_of(repository: Repository, plan_options: PlanOptions, *, strict: bool) -> Basis | None:
    """Return the basis of a plan; None if an error prevents any plan.

    Errors of single teams and contracts exclude only these; with `--team`, other teams are ignored.
    """
    declared, findings = repository.declaration, repository.findings
    if declared is None:
        return None
    found = exclusions(declared, findings, OF_REPOSITORY, plan_options.teams, strict=strict)
    if found.stopping:
        return None
    known = set(found.excluding)
    beside = tuple(each for each in findings if each in known or not has_errors([each], strict=strict))
    return Basis(declared, found.excluded, beside)


def prepare(console: Console, repository: Repository, basis: Basis, plan_options: PlanOptions) -> Prepared:
    """Read the account and plan without the exclusions; `--partial` also excludes errors found in the account."""
    declared = basis.declared
    url = plan_options.target or declared.project.target
    if not url:
        raise WrongUsage("no target; add `target:` to seatsync.yaml, set SEATSYNC_TARGET, or pass --target URL")
    if plan_options.actor is not None and not plan_options.actor.strip():
        raise WrongUsage("--as needs the e-mail address of a person; leave it out to plan as the owner")
    target = open_as_of(url, repository.root, console, plan_options.day)
    digest = config_digest(declared)  # computed before the account takes up memory
    state = read_state(target, console)
    _known_teams(plan_options.teams, declared, state)
    clock = console.clock(plan_options.day, state.account.timezone)
    request = Request(
        account=state.account,
        target=url,
        clock=clock,
        route=target.route,
        config_digest=digest,
        policy=policy_text(declared.project.policy),
        actor=plan_options.actor,
        teams=plan_options.teams,
        allow=plan_options.allow,
        cases={same(case.step): case.id for case in state.cases},
        applied_policy=state.applied_policy,
        tracked=state.tracked or NO_PEOPLE,
        history=lambda: _since_outside(target),
        left_out=basis.excluded,
        head=state.head,
    )
    make = _maker(declared, target, state, plan_options.undo)
    with console.phase("plan", "planning"):
        plan = make(request)
        while plan_options.partial and (more := also_excluded(declared, plan.left_out, plan.findings)):
            plan = make(request._replace(left_out=more))
    return Prepared(plan, target, state, clock)


def _maker(declared: Declaration, target: Target, state: State, undo: str | None) -> Callable[[Request], Plan]:
    """Return the function that plans: towards the declaration, or back to before a run."""
    if undo is None:
        return partial(make_plan, declared)
    from seatsync.commands.undoing import run_to_undo  # noqa: PLC0415 - few runs undo another
    from seatsync.planning.undo import make_undo  # noqa: PLC0415

    run = run_to_undo(target, state, undo)
    return lambda request: make_undo(declared, request, run)


def preview(
    prepared: Prepared, declared: Declaration, teams: Sequence[str], required: Required | None = None
) -> Preview:
    """Return the preview of a plan: state before and after, pools of the selected teams, possible approvers."""
    from seatsync.planning.approvals import could_approve  # noqa: PLC0415 - only pages have pictures
    from seatsync.planning.picture import preview_of  # noqa: PLC0415

    contracts = () if teams else declared.contracts
    plan, account = prepared.plan, prepared.state.account
    found = preview_of(plan, account, prepared.clock, teams or declared.teams, contracts)
    return found if required is None else replace(found, approvers=could_approve(plan, account, required))


def _since_outside(target: Target) -> list[HistoryEntry]:
    """Return the journal since the first change made outside of seatsync."""
    seen = target.outside() if isinstance(target, OutsideChanges) else []
    return target.journal(seen[0].serial - 1) if seen and isinstance(target, OutsideChanges) else []


def _known_teams(teams: Sequence[str], declared: Declaration, state: State) -> None:
    for name in teams:
        if name not in declared.teams and name not in state.account.teams:
            raise WrongUsage(f"--team {name}: there is no such team, neither declared nor in the account")
