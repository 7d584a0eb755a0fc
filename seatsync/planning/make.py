"""Makes the plan: what is declared against what is, ordered, guarded, and with who may do each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from seatsync.account.access import performers, sees, visible_scopes, who
from seatsync.account.actions import ACTIONS, Step
from seatsync.account.email import identity
from seatsync.account.model import Account, Scope
from seatsync.account.step_text import same
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.errors import PlanRefused
from seatsync.finding import Finding, Severity, in_order
from seatsync.planning.authority import Authority, Thing, clause
from seatsync.planning.changes import (
    Candidate,
    contract_changes,
    people_changes,
    purchases,
    subscription_changes,
    team_changes,
    team_deletion,
    transfers,
)
from seatsync.planning.guards import check_guards, parse_allow
from seatsync.planning.ordering import LeftOut, order
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.planning.prelude import begin
from seatsync.planning.reasons import Reasons
from seatsync.planning.sequence import Sequence, Taken
from seatsync.planning.wanted import Wanted, want

RESEND_AFTER = 7
"""Days after which an invitation that was not accepted is sent again (S3)."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a plan is to be made of, beside the declaration.

    `actor` is an address, or None for the owner; `teams` limits the plan to these, empty means all; `route` says how
    the target carries a step out; `cases` are the open cases' ids by their step, as `step_text.same` writes it;
    `applied_policy` and `policy` are canonical texts of the declaration floor.
    """

    account: Account
    target: str
    clock: Clock
    route: Callable[[Step], str]
    config_digest: str
    policy: str
    actor: str | None = None
    teams: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    cases: Mapping[str, str] | None = None
    applied_policy: str | None = None


def make_plan(declared: Declaration, request: Request) -> Plan:
    """The plan from an account's state to what is declared. PlanRefused (PLAN003) where it is not the same account."""
    _same_account(declared, request.account)
    parse_allow(request.allow)
    actor = identity(request.actor) if request.actor is not None else None
    findings = list(_unseen_teams(request, actor))
    authority, unseen = _authority(declared, request, actor)
    sequence = Sequence(request.account.copy(), request.clock)
    findings += begin(declared, sequence, authority, actor)
    base = sequence.now
    wanted = want(declared, base, authority, request.clock.day)
    sequence.aim(wanted.account)
    scopes, bought = _candidates(declared, base, wanted, request.clock)
    last = _own_demotions(scopes, base, actor)
    left = order(sequence, scopes, bought, last)
    reasons = Reasons(declared, base)
    steps = tuple(_planned(i, taken, request, actor, reasons) for i, taken in enumerate(sequence.taken, 1))
    findings += wanted.findings
    findings += _left_out(left, reasons)
    findings += check_guards(declared, base, wanted, request.applied_policy, request.allow)
    findings += _not_allowed(steps, base, request, actor)
    return Plan(
        account=request.account.name,
        lineage=request.account.lineage,
        serial=request.account.serial,
        target=request.target,
        actor=request.actor,
        at=request.clock.day,
        config_digest=request.config_digest,
        policy=request.policy,
        allow=request.allow,
        steps=steps,
        unmanaged=tuple(_shown(thing, base) for thing in wanted.unmanaged),
        unseen=tuple(unseen),
        findings=tuple(in_order(findings)),
    )


def _same_account(declared: Declaration, account: Account) -> None:
    project = declared.project
    if project.account != account.name:
        raise PlanRefused(
            "PLAN003",
            f"the target is account {account.name}, the project is for account {project.account}",
            "mend `account:` in seatsync.yaml, or name the right target",
        )
    if project.timezone is not None and project.timezone != account.timezone:
        raise PlanRefused(
            "PLAN003",
            f"the project says time zone {project.timezone}, the account is in {account.timezone}",
            f"say `timezone: {account.timezone}` in seatsync.yaml",
        )


def _unseen_teams(request: Request, actor: str | None) -> Iterator[Finding]:
    """ACCESS002: the actor asks for teams that they do not see."""
    if request.actor is not None and not _sees_anything(request.account, actor):
        message = f"{request.actor} sees nothing of account {request.account.name}: they have no role in it"
        hint = "is the address right? the owner plans without --as"
        yield Finding("ACCESS002", Severity.ERROR, message, None, hint, "S2")
        return
    for name in request.teams:
        if (
            actor is not None
            and name in request.account.teams
            and not sees(request.account, actor, Scope("team", name))
        ):
            message = f"{request.actor} does not see team {name}: only its admins do"
            yield Finding("ACCESS002", Severity.ERROR, message, source="S2", things=(("team", name),))


def _sees_anything(account: Account, actor: str | None) -> bool:
    if actor is None:
        return False
    return bool(visible_scopes(account, actor)) or any(
        sub.contract_manager == actor for sub in account.subscriptions.values()
    )


def _authority(declared: Declaration, request: Request, actor: str | None) -> tuple[Authority, list[Thing]]:
    """The say of the policy in this run, and the scopes that the actor does not see."""
    account = request.account
    hidden_teams: set[str] = set()
    hidden_contracts: set[str] = set()
    if request.actor is not None:
        hidden_teams = {name for name in account.teams if not sees(account, actor or "", Scope("team", name))}
        hidden_contracts = {no for no in account.contracts if not sees(account, actor or "", Scope("contract", no))}
    policy = declared.project.policy
    renamed = {
        name
        for name, team in declared.teams.items()
        if team.renamed_from in account.teams
        and (team.renamed_from in hidden_teams or policy.ignores_team(team.renamed_from or ""))
    }
    authority = Authority(
        policy,
        frozenset(request.teams) or None,
        frozenset(hidden_teams | renamed),
        frozenset(hidden_contracts),
        actor,
    )
    unseen: list[Thing] = [(("contract", number),) for number in sorted(hidden_contracts)]
    unseen += [(("team", name),) for name in sorted(hidden_teams)]
    return authority, unseen


def _candidates(
    declared: Declaration, base: Account, wanted: Wanted, clock: Clock
) -> tuple[list[list[Candidate]], list[Candidate]]:
    """Every step that the difference calls for, scope by scope; purchases apart."""
    goal = wanted.account
    subscriptions = subscription_changes(base, goal)
    scopes = [list(people_changes(base, goal, subscriptions, _due(declared, base, wanted, clock)))]
    for name in sorted(wanted.managed_teams & base.teams.keys()):
        if name not in goal.teams:
            scopes.append(list(team_deletion(name, base)))
        elif goal.teams[name] is not base.teams[name] or name in subscriptions.joining:
            scopes.append(list(team_changes(name, base, goal, subscriptions)))
    unmanaged = subscriptions.transfers.keys() - wanted.managed_teams
    scopes += [list(transfers(name, base, goal, subscriptions)) for name in sorted(unmanaged, key=str)]
    scopes += [list(contract_changes(number, base, goal)) for number in sorted(wanted.managed_contracts)]
    return scopes, list(purchases(base, goal))


def _own_demotions(scopes: list[list[Candidate]], base: Account, actor: str | None) -> list[Candidate]:
    """Take the steps by which the actor loses a role out of the scopes: they come last."""
    if actor is None:
        return []
    own = [candidate for candidates in scopes for candidate in candidates if _demotes(candidate.step, base, actor)]
    for candidates in scopes:
        candidates[:] = [candidate for candidate in candidates if candidate not in own]
    return own


def _demotes(step: Step, base: Account, actor: str) -> bool:
    """Whether a step takes a role from the actor, or the actor from a scope."""
    if step.action == "admin.change_primary":
        return base.teams[step.scope.name].primary == actor
    if step.action in {"admin.revoke", "admin.assign_sso", "user.remove"}:
        return identity(step.text("user")) == actor
    if step.action in {"contract_manager.transfer", "coordinator.assign", "coordinator.change"}:
        return actor in _present_holders(step, base)
    return False


def _present_holders(step: Step, base: Account) -> set[str]:
    """Who holds the role that a step hands on."""
    if step.scope.kind == "contract":
        contract = base.contracts[step.scope.name]
        held = step.action == "contract_manager.transfer"
        return {contract.contract_manager if held else contract.coordinator}
    return {base.subscriptions[step.text("subscription")].contract_manager}


def _due(declared: Declaration, base: Account, wanted: Wanted, clock: Clock) -> list[str]:
    """Declared people who stay, and have not accepted an invitation of seven days ago or more."""
    governed = {Scope("team", name) for name in wanted.managed_teams}
    governed |= {Scope("contract", number) for number in wanted.managed_contracts}
    return [
        user
        for user, person in base.users.items()
        if person.status == "pending"
        and user in declared.users
        and user in wanted.account.users
        and (person.invited_at is None or clock.days_since(person.invited_at) >= RESEND_AFTER)
        and base.scopes_of(user) & governed
    ]


def _planned(number: int, taken: Taken, request: Request, actor: str | None, reasons: Reasons) -> PlannedStep:
    step = taken.step
    return PlannedStep(
        id=number,
        step=step,
        kind=taken.kind,
        channel=ACTIONS[step.action].channel,
        route=request.route(step),
        needs=taken.needs,
        performers=taken.performers,
        allowed=request.actor is None or actor in {identity(person) for person in taken.performers},
        effects=taken.effects,
        codes=taken.codes,
        reason=reasons.of(step),
        case=request.cases.get(same(step)) if request.cases else None,
    )


def _left_out(left: LeftOut, reasons: Reasons) -> Iterator[Finding]:
    """An error for every step that had to be left out, but not for those that only follow from another."""
    blocked = {(step.scope, step.action.partition(".")[0]) for step, _ in left.refused if step.action != "user.remove"}
    for step, reason in left.refused:
        follows = reason.code == "STEP004" and any(
            (step.scope, family) in blocked for family in ("admin", "contract_manager", "coordinator", "subscription")
        )
        if not follows:
            yield Finding(reason.code, Severity.ERROR, clause(reason.message), reasons.of(step), things=_things(step))
    if not left.refused:
        for step in left.waiting:
            message = f"{step.action} in {step.scope} cannot be ordered without breaking what others hold"
            yield Finding("STEP001", Severity.ERROR, message, reasons.of(step), things=_things(step))


def _things(step: Step) -> Thing:
    scope = ((step.scope.kind, step.scope.name),) if step.scope.name else ()
    named = ((name, value) for name in ("user", "group", "product") if isinstance(value := step.get(name), str))
    return (*scope, *named)


def _not_allowed(
    steps: tuple[PlannedStep, ...], base: Account, request: Request, actor: str | None
) -> Iterator[Finding]:
    """ACCESS001 for self-service steps that are not the actor's, GUARD003 where the plan itself takes their right."""
    may_pass = "GUARD003" in parse_allow(request.allow)
    fired = False
    for planned in steps:
        step = planned.step
        if planned.allowed or planned.channel != "self-service":
            continue
        if actor in performers(base, step):
            fired = True
            if not may_pass:
                yield _loses_right(planned, request)
            continue
        message = (
            f"{request.actor} may not do step {planned.id} ({step.action}): it takes the {who(step)}, "
            f"so {' or '.join(planned.performers)}"
        )
        yield Finding("ACCESS001", Severity.ERROR, message, planned.reason, things=_things(step))
    if may_pass and not fired:
        yield Finding("GUARD003", Severity.INFO, "--allow GUARD003 was given, but that guard does not fire")


def _loses_right(planned: PlannedStep, request: Request) -> Finding:
    message = f"step {planned.id} ({planned.step.action}) needs a role that {request.actor} loses by an earlier step"
    hint = "let somebody apply the plan who keeps such a role, or keep the role until the rest is done"
    return Finding("GUARD003", Severity.ERROR, message, planned.reason, hint, things=_things(planned.step))


def _shown(thing: Thing, base: Account) -> Thing:
    """A thing with people as their addresses were first written."""
    return tuple(
        (name, base.users[value].email if name == "user" and value in base.users else value) for name, value in thing
    )
