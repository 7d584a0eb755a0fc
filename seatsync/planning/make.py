"""Making of a plan from a declaration and an account: difference, order, guards and performers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS, CHANGES_ROLES, JOINS, LEAVES_TEAM
from seatsync.account.email import identity
from seatsync.account.engine import attempt
from seatsync.account.group_types import NO_TYPES, GroupTypes
from seatsync.account.history import NO_PEOPLE, HistoryEntry, TrackedPeople, same, with_new_names
from seatsync.account.model import Account, Scope
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.errors import PlanRefused
from seatsync.finding import Finding, Location, Severity, in_order
from seatsync.planning.checks.access_checks import (
    access_findings,
    authority_of,
    names_of,
    not_allowed,
    own_demotions,
    things_of,
)
from seatsync.planning.checks.guards import NewNames, check_guards, parse_allow
from seatsync.planning.difference.changes import (
    Candidate,
    contract_changes,
    joining,
    people_changes,
    purchases,
    resending,
    subscription_changes,
    team_changes,
    team_deletion,
    transfers,
)
from seatsync.planning.difference.desired import DesiredState, desired_state
from seatsync.planning.difference.exclusions import Authority, Thing, clause
from seatsync.planning.difference.initial_steps import (
    likely_renames,
    renamed_instead,
    restored,
    take_initial_steps,
)
from seatsync.planning.difference.reasons import Reasons
from seatsync.planning.difference.uncertain import uncertain, without_subscription
from seatsync.planning.ordering.order import ToDo, Unordered, order_with_few_bridges
from seatsync.planning.ordering.sequence import Sequence, Taken
from seatsync.planning.plan import LOST, UNKNOWN, CostChange, Excluded, Plan, PlannedStep, Undo
from seatsync.planning.step_routes import Routes, with_routes

Place: TypeAlias = Callable[[Step], Location | None]
"""Function from a step to the place in the files that it comes from."""


class Request(NamedTuple):
    """The inputs of a plan, besides the declaration.

    `actor` is an address, or None for the owner. `teams` limits the plan to these; empty means all. `route` returns
    how the target carries a step out. `cases` maps steps, as written by `account.history.same`, to the ids of their
    open cases. `applied_policy` and `policy` are canonical texts. `tracked` holds the people declared in each scope by
    earlier applies. `history` returns the history since the first change outside of seatsync; it is called only if
    needed. `left_out` are scopes left out because of errors, or because the target knows nothing about them. `head` is
    the last hash of the account's log, None if the target keeps no log. `undated` are people of whom the target does
    not know when they were invited; they are not invited again. `unknown` and `assumed` facts are listed in the
    plan, as far as it extends, like `findings` about the account, which are errors. `is_real`: it is the
    vendor's real account. `routes` are those of a portal, `only` limits the plan to some of them.
    `group_types` are those of the account, as far as known.
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
    tracked: TrackedPeople = NO_PEOPLE
    history: Callable[[], Iterable[HistoryEntry]] = tuple
    left_out: tuple[Excluded, ...] = ()
    head: str | None = None
    undated: frozenset[str] = frozenset()
    unknown: tuple[Unknown, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_real: bool = False
    routes: Routes | None = None
    only: tuple[str, ...] = ()
    group_types: GroupTypes = NO_TYPES


def make_plan(declared: Declaration, request: Request) -> Plan:
    """Return the plan from an account's state to the declared one.

    Raises PlanRefused (PLAN003) if the declaration is for another account.
    """
    same_account(declared, request.account)
    parse_allow(request.allow)
    account, actor = request.account, (identity(request.actor) or "") if request.actor is not None else None
    findings = list(access_findings(account, request.actor, request.teams)) if request.actor is not None else []
    authority, unseen = authority_of(
        declared, account, actor, request.teams, request.tracked, request.left_out, request.group_types
    )
    sequence = Sequence(account, request.clock, declared.project.policy.min_secondary_admins, actor)
    findings += take_initial_steps(declared, sequence, authority)
    authority.tracked = with_new_names(request.tracked, [taken.step for taken in sequence.taken])
    if authority.directories is not None:
        authority.directories = authority.directories.after(taken.step for taken in sequence.taken)
    if request.unknown or request.assumed:
        authority.uncertain = uncertain(request.unknown, request.assumed, [taken.step for taken in sequence.taken])
    names = names_of(actor, [taken.step for taken in sequence.taken])
    authority.actor = names[-1] if names else None
    base = sequence.now
    desired = desired_state(declared, base, authority, request.clock.day)
    due = _invite_again(declared, base, desired, authority, request)
    return complete(Draft(request, declared, sequence, authority, names, unseen, findings, due), desired)


class Draft(NamedTuple):
    """An incomplete plan: its initial steps (`first`) are taken, the difference from there is still to be planned.

    `names` are the identities of the actor over these steps. `due` are people whose invitation is sent again. `undo`
    describes the run that the plan reverts, if it does not come from the declaration.
    """

    request: Request
    declared: Declaration
    first: Sequence
    authority: Authority
    names: tuple[str, ...]
    unseen: tuple[Thing, ...]
    findings: list[Finding]
    due: list[str]
    undo: Undo | None = None


def complete(draft: Draft, desired: DesiredState) -> Plan:
    """Return the whole plan: the draft's initial steps, and those from there to the desired state."""
    request, declared, findings = draft.request, draft.declared, draft.findings
    names, actor, base = draft.names, draft.authority.actor, draft.first.now
    scopes, bought = _candidates(base, desired, actor, draft.due)
    todo = ToDo(scopes, bought, own_demotions(scopes, base, actor), [])
    sequence, left = order_with_few_bridges(draft.first, desired.account, todo, actor)
    all_taken, no_work = sequence.taken, _no_work(sequence)
    cost = _cost(draft, sequence.now)
    del scopes, todo, sequence  # the intermediate state of thousands of steps takes more memory than the plan
    place = _nowhere if draft.undo is not None else Reasons(declared, base).of
    findings += (each for each in request.findings if _is_shown(each, request.left_out, draft.authority))
    findings += desired.findings
    findings += _left_out(left, draft, desired, place)
    new_names = NewNames(taken.step for taken in all_taken)
    findings += check_guards(
        declared, draft.first.held, desired, new_names, request.applied_policy, request.allow, request.clock.day
    )
    plan = Plan(
        account=request.account.name,
        lineage=request.account.lineage,
        serial=request.account.serial,
        target=request.target,
        actor=request.actor,
        at=request.clock.day,
        config_digest=request.config_digest,
        policy=request.policy,
        allow=request.allow,
        steps=_steps(all_taken, draft, desired, place),
        left_out=request.left_out,
        unknown=tuple(each for each in request.unknown if draft.authority.shows_team(each.team)),
        assumed=tuple(each for each in request.assumed if _is_covered(each.things, request.account, draft.authority)),
        synced=tuple(_shown(thing, base, declared) for thing in desired.synced),
        unmanaged=tuple(_shown(thing, base) for thing in desired.unmanaged),
        unseen=draft.unseen,
        undo=draft.undo,
        teams=request.teams,
        no_work=no_work,
        head=request.head,
        cost=cost,
    )
    if request.routes is not None or request.only:
        plan = with_routes(plan, request.routes, request.only)
    findings += not_allowed(plan.steps, base, request.actor, names, request.allow)
    findings += _of_own_rules(declared, plan)
    return plan._replace(findings=tuple(in_order(findings)))


def _of_own_rules(declared: Declaration, plan: Plan) -> Iterator[Finding]:
    """Yield the findings of the project's own rules about plans."""
    rules = [rule for rule in declared.project.rules if rule.on_plan]
    if rules:
        from seatsync.planning.checks.plan_rules import own_findings  # noqa: PLC0415 - few projects have such rules

        yield from own_findings(rules, declared, plan)


def _steps(all_taken: Iterable[Taken], draft: Draft, desired: DesiredState, place: Place) -> tuple[PlannedStep, ...]:
    """Return the steps of the plan, with the notes on those that restore or rename something."""
    request, steps = draft.request, [taken.step for taken in all_taken]
    renames = dict(likely_renames(draft.declared, request.account, draft.first.now, desired.account, steps))
    history = request.history() if any(taken.kind != "remove" for taken in all_taken) else ()
    restoring = dict(restored(request.account, steps, history, request.clock))
    noted = (
        _noted(_planned(i, taken, request, draft.names, place), restoring.get(i), renames.get(taken.step))
        for i, taken in enumerate(all_taken, 1)
    )
    return tuple(map(_warned, noted)) if request.is_real else tuple(noted)


def _cost(draft: Draft, after: Account) -> tuple[CostChange, ...]:
    """Return what the plan changes per year, of the subscriptions with a price that it covers."""
    declared, base = draft.declared.subscriptions, draft.first.now
    if all(sub.price is None for sub in declared.values()):
        return ()
    from seatsync.declaration.prices import prices_of  # noqa: PLC0415 - few projects have prices
    from seatsync.planning.costs import cost_changes  # noqa: PLC0415

    def is_covered(key: str) -> bool:
        return draft.authority.covers_subscription(key, declared[key].team, base.subscriptions.get(key))

    return cost_changes(draft.request.account, after, prices_of(draft.declared), draft.request.clock.day, is_covered)


def _no_work(sequence: Sequence) -> tuple[str, ...]:
    """Return the performers who leave the account during the plan, or are still pending at its end."""
    before, after = sequence.held.users, sequence.now.users
    spared = {person.email for user, person in before.items() if user not in after}
    spared |= {person.email for person in after.values() if person.status == "pending"}
    return tuple(sorted(spared.intersection(who for taken in sequence.taken for who in taken.performers)))


def _nowhere(step: Step) -> None:
    """Return None: steps of an undo have no place in the files."""


def same_account(declared: Declaration, account: Account) -> None:
    """Raise PlanRefused (PLAN003) unless project and account have the same name and time zone."""
    project = declared.project
    if project.account != account.name:
        raise PlanRefused(
            "PLAN003",
            f"the target is account {account.name}, but the project is for account {project.account}",
            "correct `account:` in seatsync.yaml, or name the right target",
        )
    if project.timezone is not None and project.timezone != account.timezone:
        raise PlanRefused(
            "PLAN003",
            f"the project declares time zone {project.timezone}, but the account is in {account.timezone}",
            f"set `timezone: {account.timezone}` in seatsync.yaml",
        )


def _candidates(
    base: Account, desired: DesiredState, actor: str | None, due: list[str]
) -> tuple[list[list[Candidate]], list[Candidate]]:
    """Return the steps for all differences, one list per scope, and the purchases separately."""
    goal = desired.account
    subscriptions = subscription_changes(base, goal)
    concerned = subscriptions.transfers.keys() | subscriptions.joining.keys()
    scopes = [list(people_changes(base, goal, subscriptions, due))]
    for name in sorted(desired.managed_teams & base.teams.keys()):
        if name not in goal.teams:
            scopes.append(list(team_deletion(name, base)))
        elif goal.teams[name] is not base.teams[name] or name in concerned:
            scopes.append(list(team_changes(name, base, goal, subscriptions)))
    scopes += [  # a contract manager's own, in teams they do not see, or in none
        [*joining(place or "", base, subscriptions), *transfers(place, base, goal, subscriptions)]
        for place in sorted(concerned - desired.managed_teams, key=lambda place: (place is not None, place or ""))
    ]
    scopes += [list(contract_changes(number, base, goal, actor)) for number in sorted(desired.managed_contracts)]
    return scopes, list(purchases(base, goal))


def _invite_again(
    declared: Declaration, base: Account, desired: DesiredState, authority: Authority, request: Request
) -> list[str]:
    """Return the declared people who stay and whose invitation can be sent again.

    People who were invited `max_invitations` times are not invited again, and listed as unmanaged.
    """
    synced = frozenset[str]() if authority.directories is None else authority.directories.people(base)
    governed = {Scope("team", name) for name in desired.managed_teams}
    governed |= {Scope("contract", number) for number in desired.managed_contracts}
    due = [
        user
        for user, person in base.users.items()
        if person.status == "pending"
        and user not in request.undated
        and user in declared.users
        and user in desired.account.users
        and user not in synced
        and any(authority.governs(scope, user) for scope in desired.account.scopes_of(user) & governed)
        and not isinstance(attempt(base, resending(person.email), request.clock), Refused)
    ]
    most = declared.project.policy.max_invitations
    left_alone = [user for user in due if base.users[user].invitations >= most]
    desired.unmanaged += [(("user", user), ("invitations", str(base.users[user].invitations))) for user in left_alone]
    desired.unmanaged.sort()
    return [user for user in due if base.users[user].invitations < most]


def _noted(planned: PlannedStep, restores: str | None, old: str | None) -> PlannedStep:
    """Return the step with notes: the removal that it restores, the `old` name it probably replaces."""
    notes = {}
    if restores is not None:
        notes["STEP009"] = restores
    if old is not None:
        notes["STEP010"] = renamed_instead(planned.step, old)
    return planned._replace(codes=(*planned.codes, *notes), notes=tuple(notes.values())) if notes else planned


def _warned(planned: PlannedStep) -> PlannedStep:
    """Return the step with a note on what is lost if people leave a team of the real account by it."""
    departs = ACTIONS[planned.step.action].departs
    if departs is None or planned.step.scope.kind != "team":
        return planned
    return planned._replace(notes=(*planned.notes, LOST[departs]))


def _planned(number: int, taken: Taken, request: Request, names: tuple[str, ...], place: Place) -> PlannedStep:
    step = taken.step
    return PlannedStep(
        id=number,
        step=step,
        kind=taken.kind,
        channel=ACTIONS[step.action].channel,
        route=request.route(step),
        needs=taken.needs,
        performers=taken.performers,
        allowed=request.actor is None or not set(names).isdisjoint(identity(who) for who in taken.performers),
        effects=taken.effects,
        codes=taken.codes,
        reason=place(step),
        case=request.cases.get(same(step)) if request.cases else None,
    )


def _left_out(left: Unordered, draft: Draft, desired: DesiredState, place: Place) -> Iterator[Finding]:
    """Yield an error for every step that could not be ordered, unless that only follows from another step.

    If an unknown fact may be the only obstacle, it is a SOURCE007.
    """
    blocked = {step.scope for step, _ in left.refused if step.action in CHANGES_ROLES | JOINS}
    blocked |= {Scope("team", step.text("from")) for step, _ in left.refused if step.action in LEAVES_TEAM}
    blocked_products = _blocked_products(draft.declared, desired)
    for step, reason in left.refused:
        if draft.authority.uncertain.blocks(step):
            yield without_subscription(step)._replace(location=place(step))
            continue
        follows = reason.code == "STEP004" and step.scope in blocked
        if not follows and (step.scope.name, step.get("product")) not in blocked_products:
            yield Finding(reason.code, Severity.ERROR, clause(reason.message), place(step), things=things_of(step))
    if not left.refused:
        for step in left.waiting:
            message = f"{step.action} in {step.scope} cannot be ordered without changing what others hold in between"
            yield Finding("STEP001", Severity.ERROR, message, place(step), things=things_of(step))


def _blocked_products(declared: Declaration, desired: DesiredState) -> set[tuple[str, str]]:
    """Return the teams and products with a subscription that the vendor has to change first (STEP007)."""
    keys = {value for finding in desired.findings for name, value in finding.things if name == "subscription"}
    subs = [declared.subscriptions[key] for key in sorted(keys & declared.subscriptions.keys())]
    return {(sub.team, sub.product) for sub in subs if sub.team is not None}


def _is_shown(finding: Finding, left_out: Iterable[Excluded], authority: Authority) -> bool:
    """Return True if a finding about the account concerns the run, and its team is not left out because of errors."""
    faulty = {each.name for each in left_out if each.kind == "team" and each.findings != (UNKNOWN,)}
    teams = [name for kind, name in finding.things if kind == "team"]
    return not teams or any(authority.shows_team(name) and name not in faulty for name in teams)


def _is_covered(thing: Thing, account: Account, authority: Authority) -> bool:
    """Return True if the run may change the team of a thing, or for a person any team or contract of theirs."""
    names = dict(thing)
    if "team" in names:
        return authority.covers_team(names["team"])
    if "subscription" in names:
        sub = account.subscriptions.get(names["subscription"])
        return authority.teams is None if sub is None or sub.team is None else authority.covers_team(sub.team)
    return any(authority.covers(scope) for scope in account.scopes_of(identity(names.get("user", "")) or ""))


def _shown(thing: Thing, base: Account, declared: Declaration | None = None) -> Thing:
    """Return a thing with the addresses of people as they were first written, in the account or else in the files."""
    return tuple((name, _address(value, base, declared) if name == "user" else value) for name, value in thing)


def _address(user: str, base: Account, declared: Declaration | None) -> str:
    if user in base.users:
        return base.users[user].email
    return declared.users[user].email if declared is not None and user in declared.users else user
