"""A plan made from a repository and an account: what `plan` shows and `apply` carries out."""

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
from seatsync.commands.place import open_on, read_state
from seatsync.commands.repository import Repository
from seatsync.commands.wish import Wish
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
    """A declaration to plan from, and what errors leave out of the plan; `findings` are shown beside it."""

    declared: Declaration
    excluded: tuple[Excluded, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, and what it was made from."""

    plan: Plan
    target: Target
    state: State
    clock: Clock


def basis_of(repository: Repository, wish: Wish, *, strict: bool) -> Basis | None:
    """Return what there is to plan from; None where an error of the files stops every plan.

    Errors of single teams and contracts leave these out; with `--team`, only those of the teams that are named.
    """
    declared, findings = repository.declaration, repository.findings
    if declared is None:
        return None
    found = exclusions(declared, findings, OF_REPOSITORY, wish.teams, strict=strict)
    if found.stopping:
        return None
    known = set(found.excluding)
    beside = tuple(each for each in findings if each in known or not has_errors([each], strict=strict))
    return Basis(declared, found.excluded, beside)


def prepare(console: Console, repository: Repository, basis: Basis, wish: Wish) -> Prepared:
    """Read the account and plan, without what the basis leaves out; partly also without what has errors there."""
    declared = basis.declared
    url = wish.target or declared.project.target
    if not url:
        raise WrongUsage("no target: put `target:` into seatsync.yaml, set SEATSYNC_TARGET, or say --target URL")
    if wish.actor is not None and not wish.actor.strip():
        raise WrongUsage("--as: say the e-mail address of a person; without --as the owner plans")
    target = open_on(url, repository.root, console, wish.day)
    digest = config_digest(declared)  # before there is more in memory than has to be
    state = read_state(target, console)
    _known_teams(wish.teams, declared, state)
    clock = console.clock(wish.day, state.account.timezone)
    request = Request(
        account=state.account,
        target=url,
        clock=clock,
        route=target.route,
        config_digest=digest,
        policy=policy_text(declared.project.policy),
        actor=wish.actor,
        teams=wish.teams,
        allow=wish.allow,
        cases={same(case.step): case.id for case in state.cases},
        applied_policy=state.applied_policy,
        tracked=state.tracked or NO_PEOPLE,
        history=lambda: _since_outside(target),
        left_out=basis.excluded,
        head=state.head,
    )
    make = _maker(declared, target, state, wish.undo)
    with console.phase("plan", "planning"):
        plan = make(request)
        while wish.partial and (more := also_excluded(declared, plan.left_out, plan.findings)):
            plan = make(request._replace(left_out=more))
    return Prepared(plan, target, state, clock)


def _maker(declared: Declaration, target: Target, state: State, undo: str | None) -> Callable[[Request], Plan]:
    """What makes a plan of a request: forward to what is declared, or back to before a run."""
    if undo is None:
        return partial(make_plan, declared)
    # Few runs undo another.
    from seatsync.commands.undoing import undoing  # noqa: PLC0415
    from seatsync.planning.undo import make_undo  # noqa: PLC0415

    run = undoing(target, state, undo)
    return lambda request: make_undo(declared, request, run)


def preview(
    prepared: Prepared, declared: Declaration, teams: Sequence[str], required: Required | None = None
) -> Preview:
    """Both sides of what the plan touches, and the pools of what is declared and was asked for; who may approve it."""
    from seatsync.planning.approvals import could_approve  # noqa: PLC0415 - only pages have pictures
    from seatsync.planning.picture import preview_of  # noqa: PLC0415

    contracts = () if teams else declared.contracts
    plan, account = prepared.plan, prepared.state.account
    found = preview_of(plan, account, prepared.clock, teams or declared.teams, contracts)
    return found if required is None else replace(found, approvers=could_approve(plan, account, required))


def _since_outside(target: Target) -> list[HistoryEntry]:
    """What happened since the first change that was made outside of seatsync."""
    seen = target.outside() if isinstance(target, OutsideChanges) else []
    return target.journal(seen[0].serial - 1) if seen and isinstance(target, OutsideChanges) else []


def _known_teams(teams: Sequence[str], declared: Declaration, state: State) -> None:
    for name in teams:
        if name not in declared.teams and name not in state.account.teams:
            raise WrongUsage(f"--team {name}: there is no such team, neither declared nor in the account")
