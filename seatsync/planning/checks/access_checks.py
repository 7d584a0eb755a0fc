"""Access checks of a plan: whether the actor may perform each step, and what a limited plan covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from seatsync.account.access import performers, sees, visible_scopes, who
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS, CHANGES_ADDRESS
from seatsync.account.email import identity
from seatsync.account.group_types import NO_TYPES, GroupTypes
from seatsync.account.history import NO_PEOPLE, TrackedPeople, canonical, members_by_scope
from seatsync.account.model import Account, Scope
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import normalised
from seatsync.declaration.normal_reader import Facts, facts_of, renamed
from seatsync.declaration.project_values import Ignore, Policy
from seatsync.declaration.states import as_account
from seatsync.finding import Finding, Severity
from seatsync.planning.checks.guards import parse_allow
from seatsync.planning.difference.changes import Candidate
from seatsync.planning.difference.directories import directories_of, former_team
from seatsync.planning.difference.exclusions import Authority, Thing
from seatsync.planning.difference.scope_authority import ScopeAuthority
from seatsync.planning.plan import Excluded, PlannedStep


def access_findings(account: Account, written: str, teams: Iterable[str]) -> Iterator[Finding]:
    """Yield ACCESS002 if the actor is not in the account, or for each of `teams` that they cannot see."""
    actor = identity(written) or ""
    if actor not in account.users and not _manages(account, actor):
        message = f"{written} is not in account {account.name} and sees nothing of it"
        hint = "correct the address, or plan as the owner without `--as`"
        yield Finding("ACCESS002", Severity.ERROR, message, None, hint, "S2")
        return
    for name in teams:
        if name in account.teams and not sees(account, actor, Scope("team", name)):
            message = f"{written} cannot see team {name}; only its admins can"
            hint = "plan as one of its admins, or without `--team` for all teams they see"
            yield Finding("ACCESS002", Severity.ERROR, message, None, hint, "S2", things=(("team", name),))


def authority_of(
    declared: Declaration,
    account: Account,
    actor: str | None,
    teams: Iterable[str],
    tracked: TrackedPeople = NO_PEOPLE,
    left_out: Iterable[Excluded] = (),
    types: GroupTypes = NO_TYPES,
) -> tuple[Authority, tuple[Thing, ...]]:
    """Return the authority of a run, and the scopes that the actor (None: the owner) cannot see.

    `teams` limits the run; an old name of a team includes the new one. Scopes that are `left_out` because of
    errors are excluded. `tracked` holds the people declared in each scope by earlier applies. `types` are those of the
    groups in the account.
    """
    policy = declared.project.policy
    renamed = {old: name for name, team in declared.teams.items() for old in team.renamed_from if old in account.teams}
    limit = {*teams, *(renamed[name] for name in teams if name in renamed)}
    limit |= {old for name in limit if (old := former_team(name, declared, account)) is not None}
    hidden_teams, hidden_contracts = _hidden(declared, account, actor) if actor is not None else (set(), set())
    left_alone = {new for old, new in renamed.items() if old in hidden_teams or policy.ignore.team(old)}
    limited, untouched = frozenset(limit) or None, frozenset(hidden_teams | left_alone)
    excluded = {(each.kind, each.name) for each in left_out}
    excluded |= {("team", old) for old, new in renamed.items() if ("team", new) in excluded}
    authority = Authority(policy, limited, untouched, frozenset(hidden_contracts), actor, tracked, frozenset(excluded))
    authority.own = dict(_own_policies(declared, account))
    portal = declared.project.portal
    if portal is not None and portal.directory_sync:
        authority.directories = directories_of(declared, account, types)
    unseen = [(("contract", number),) for number in sorted(hidden_contracts)]
    unseen += [(("team", name),) for name in sorted(hidden_teams)]
    return authority, tuple(unseen)


def _own_policies(declared: Declaration, account: Account) -> Iterator[tuple[Scope, ScopeAuthority]]:
    """Yield the policies of teams and contracts with a `prune` or `ignore` of their own."""
    shared = declared.project.policy
    for number, contract in declared.contracts.items():
        if (policy := declared.policy_of(contract)) is not shared:
            yield (
                Scope("contract", number),
                ScopeAuthority(policy, _ignored_in(shared, contract.ignore, f"contract {number}")),
            )
    for name, team in declared.teams.items():
        if (policy := declared.policy_of(team)) is not shared:
            before = team.former_name(account.teams)
            own = ScopeAuthority(policy, _ignored_in(shared, team.ignore, f"team {name}"))
            yield from ((Scope("team", each), own) for each in (name, before) if each is not None)


def _ignored_in(shared: Policy, own: Ignore, owner: str) -> str:
    """Return the fields that ignore people in a team or contract."""
    fields = (("`policy.ignore.users`", shared.ignore.users), (f"`ignore.users` of {owner}", own.users))
    return " or ".join(field for field, patterns in fields if patterns)


def _hidden(declared: Declaration, account: Account, actor: str) -> tuple[set[str], set[str]]:
    """Return the teams and contracts that the actor cannot see, and the new ones that they may not create."""
    seen = set(visible_scopes(account, actor))
    teams = {name for name in account.teams if Scope("team", name) not in seen}
    contracts = {number for number in account.contracts if Scope("contract", number) not in seen}
    for number, contract in declared.contracts.items():
        mention = contract.contract_manager
        if number not in account.contracts and (mention is None or mention.user != actor):
            contracts.add(number)
    for name, team in declared.teams.items():
        new = name not in account.teams and team.former_name(account.teams) is None
        if new and not _may_create(name, declared, account, actor):
            teams.add(name)
    return teams, contracts


def _may_create(name: str, declared: Declaration, account: Account, actor: str) -> bool:
    """Return True if the actor may create a new team or buy its subscriptions."""
    subs = {key: sub for key, sub in declared.subscriptions.items() if sub.team == name}
    if not subs:
        return _manages(account, actor)
    now = {account.subscriptions[key].contract_manager for key in subs if key in account.subscriptions}
    return actor in (now or {sub.contract_manager.user for sub in subs.values() if sub.contract_manager is not None})


def _manages(account: Account, user: str) -> bool:
    """Return True if someone is the contract manager of any subscription or contract."""
    return any(sub.contract_manager == user for sub in account.subscriptions.values()) or any(
        contract.contract_manager == user for contract in account.contracts.values()
    )


def names_of(actor: str | None, steps: Iterable[Step]) -> tuple[str, ...]:
    """Return the identities of the actor over some steps; a change of their own address adds one."""
    names = [] if actor is None else [actor]
    for step in steps:
        if step.action in CHANGES_ADDRESS and identity(step.text("user")) in names:
            names.append(identity(step.text("to")) or "")
    return tuple(names)


def own_demotions(scopes: list[list[Candidate]], base: Account, actor: str | None) -> list[Candidate]:
    """Remove the steps by which the actor loses a role from `scopes` and return them, to be taken last."""
    if actor is None:
        return []
    own = [candidate for candidates in scopes for candidate in candidates if _demotes(candidate.step, base, actor)]
    for candidates in scopes:
        candidates[:] = [candidate for candidate in candidates if candidate not in own]
    return own


def _demotes(step: Step, base: Account, actor: str) -> bool:
    """Return True if a step takes a role from the actor, or removes them from a scope."""
    loses_role = ACTIONS[step.action].loses_role
    return loses_role is not None and loses_role(base, step) == actor


def not_allowed(
    steps: Iterable[PlannedStep], base: Account, written: str | None, names: tuple[str, ...], allow: Iterable[str]
) -> Iterator[Finding]:
    """Yield ACCESS001 for self-service steps that the actor may not perform, GUARD003 if an earlier step is why."""
    may_pass = "GUARD003" in parse_allow(allow)
    fired = False
    for planned in steps:
        step = planned.step
        if planned.allowed or planned.channel != "self-service":
            continue
        if not set(names).isdisjoint(performers(base, step)):
            fired = True
            if not may_pass:
                yield _loses_right(planned, written)
            continue
        others = " or ".join(filter(None, (", ".join(planned.performers[:-1]), *planned.performers[-1:])))
        message = f"{written} may not perform step {planned.id} ({step.action}): only the {who(step)} may ({others})"
        hint = "have one of them apply the plan"
        yield Finding("ACCESS001", Severity.ERROR, message, planned.reason, hint, things=things_of(step))
    if may_pass and not fired:
        yield Finding("GUARD003", Severity.INFO, "--allow GUARD003 has no effect: the guard does not fire")


def _loses_right(planned: PlannedStep, written: str | None) -> Finding:
    message = f"step {planned.id} ({planned.step.action}) needs a role that {written} loses in an earlier step"
    hint = "have an admin who keeps such a role apply the plan, or change the role after the rest is applied"
    return Finding("GUARD003", Severity.ERROR, message, planned.reason, hint, things=things_of(planned.step))


def things_of(step: Step) -> Thing:
    """Return the `things` of a finding about a step: its scope, and the user, group and product it names."""
    scope = ((step.scope.kind, step.scope.name),) if step.scope.name else ()
    named = ((name, value) for name in ("user", "group", "product") if isinstance(value := step.get(name), str))
    return (*scope, *named)


_THINGS = ("teams", "subscriptions", "contracts")


@dataclass(frozen=True, slots=True)
class Covered:
    """The declaration to store as applied after a run (`text`) and the people declared in the covered scopes.

    `partly`: the run leaves something out, for which `text` repeats the declaration that was applied before.
    """

    text: str
    people: TrackedPeople
    partly: bool


def covered(
    declared: Declaration,
    account: Account,
    clock: Clock,
    actor: str | None,
    teams: tuple[str, ...],
    before: str | None,
    left_out: tuple[Excluded, ...] = (),
) -> Covered:
    """Return the part of a declaration that a run covers, as the actor and limited to `teams` (empty: all).

    `before` is the declaration applied until now. Scopes that are `left_out` because of errors are not covered.

    Raises `InvalidDeclaration` if `before` is not a normalised declaration.
    """
    user = None if actor is None else identity(actor) or ""
    authority, unseen = authority_of(declared, account, user, teams, left_out=left_out)
    people = {
        scope: users
        for scope, users in members_by_scope(as_account(declared, clock)).items()
        if authority.covers(scope)
    }
    text = normalised(declared)
    partly = bool(teams or unseen or left_out)
    return Covered(_merged(before, text, account, authority) if partly else text, people, partly)


def _merged(before: str | None, text: str, account: Account, authority: Authority) -> str:
    """Return a normalised declaration that takes the covered scopes from `text` and the rest from `before`."""
    now, old = facts_of(text), facts_of(before or "{}")
    part: Facts = {name: dict(_covered(now, name, account, authority)) for name in _THINGS}
    named = set(_texts(part))
    part["users"] = {user: facts for user, facts in now["users"].items() if user in named}
    renamed(old, deepcopy(part))
    merged: Facts = {name: now[name] for name in ("account", "timezone", "rates", "rules") if name in now}
    for name in _THINGS:
        gone = dict(_covered(old, name, account, authority))
        merged[name] = {key: facts for key, facts in old[name].items() if key not in gone} | part[name]
    merged["users"] = old["users"] | part["users"]
    return canonical({name: facts for name, facts in merged.items() if facts})


def _covered(facts: Facts, section: str, account: Account, authority: Authority) -> Iterator[tuple[str, Any]]:
    for key, entry in facts[section].items():
        if section == "teams":
            covers = authority.covers_team(key)
        elif section == "contracts":
            covers = authority.covers_contract(key)
        else:
            covers = authority.covers_subscription(key, entry.get("team"), account.subscriptions.get(key))
        if covers:
            yield key, entry


def _texts(facts: Any) -> Iterator[str]:  # noqa: ANN401 - any part of the normalised form
    """Yield every text that is a value; people are recognised among them by their identity."""
    if isinstance(facts, str):
        yield facts
    elif isinstance(facts, dict):
        yield from (text for value in facts.values() for text in _texts(value))
    elif isinstance(facts, list):
        yield from (text for value in facts for text in _texts(value))
