"""Initial steps of a plan: new addresses, new names, purchases of contracts, and new teams.

They are taken before declaration and account can be compared; the rest of the plan is the difference from there.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.account.actions.group_actions import RENAME_GROUP
from seatsync.account.actions.purchase_actions import PURCHASE_CONTRACT
from seatsync.account.actions.step import Facts, Step
from seatsync.account.actions.team_actions import CREATE_TEAM, RENAME_TEAM
from seatsync.account.memory import members_by_scope
from seatsync.account.model import Account, Scope, Subscription, Team
from seatsync.account.refusal import Refused
from seatsync.clock import Clock
from seatsync.declaration.as_account import as_account
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam, DeclaredUser, Mention
from seatsync.finding import Finding, Related, Severity
from seatsync.planning.acting import things_of
from seatsync.planning.authority import Authority, clause
from seatsync.planning.changes import Candidate, change_of_address, subscription_purchase
from seatsync.planning.role_route import role_route
from seatsync.planning.sequence import Sequence
from seatsync.planning.wanted import declared_subscription


def take_initial_steps(declared: Declaration, sequence: Sequence, authority: Authority) -> Iterator[Finding]:
    """Take the initial steps, and yield a finding for each that cannot be taken."""
    yield from _addresses(declared, sequence, authority)
    for name, team in declared.teams.items():
        if authority.covers_team(name):
            yield from _names(team, sequence)
    for contract in declared.contracts.values():
        if contract.number not in sequence.now.contracts and authority.covers_contract(contract.number):
            yield from _taken(sequence, _contract_purchase(contract, declared))
    for name, team in sorted(declared.teams.items()):
        if name not in sequence.now.teams and authority.covers_team(name):
            yield from _new_team(team, declared, sequence, authority.actor)


def _taken(sequence: Sequence, step: Step) -> Iterator[Finding]:
    answer = sequence.take(Candidate(step))
    if isinstance(answer, Refused):
        yield Finding(answer.code, Severity.ERROR, clause(answer.message), things=things_of(step))


def _addresses(declared: Declaration, sequence: Sequence, authority: Authority) -> Iterator[Finding]:
    for user, entry in declared.moved():
        known = [mention for mention in entry.previous if mention.user in sequence.now.users]
        if not known or not (
            _touches(sequence.now, known[0].user, authority) or _joins(user, declared, authority, sequence.clock)
        ):
            continue
        if user in sequence.now.users or len(known) > 1:
            yield _two_people(entry, known, both=user in sequence.now.users)
            continue
        yield from _taken(sequence, change_of_address(sequence.now, known[0].user, entry.email))


def _touches(account: Account, user: str, authority: Authority) -> bool:
    """Return True if a run covers any scope of a person and does not ignore them."""
    if authority.ignores_user(user):
        return False
    if user == authority.actor:
        return True
    return any(authority.covers(scope) for scope in account.scopes_of(user))


def _joins(user: str, declared: Declaration, authority: Authority, clock: Clock) -> bool:
    """Return True if a person is declared in a covered scope, where an invitation would add them a second time."""
    members = members_by_scope(as_account(declared, clock))
    return not authority.ignores_user(user) and any(
        user in people for scope, people in members.items() if authority.covers(scope)
    )


def _two_people(entry: DeclaredUser, known: list[Mention], *, both: bool) -> Finding:
    old = " and ".join(mention.written for mention in known)
    message = (
        f"{entry.email} and its previous address {old} are both in the account"
        if both
        else f"the previous addresses {old} of {entry.email} belong to different people in the account"
    )
    return Finding(
        "REF002",
        Severity.ERROR,
        message,
        known[0].at,
        "remove the previous addresses that belong to somebody else",
        related=tuple(Related(mention.at, "also in the account") for mention in known[1:]),
        things=(("user", entry.email),),
    )


def _names(team: DeclaredTeam, sequence: Sequence) -> Iterator[Finding]:
    now = sequence.now
    before = team.former_name(now.teams)
    if before is not None:
        yield from _taken(sequence, RENAME_TEAM.step(Scope("team", before), to=team.name))
    actual = now.teams.get(team.name)
    for name, group in team.groups.items():
        old = None if actual is None else group.former_name(actual.groups)
        if old is not None:
            yield from _taken(sequence, RENAME_GROUP.step(Scope("team", team.name), group=old, to=name))


def _contract_purchase(entry: DeclaredContract, declared: Declaration) -> Step:
    manager = entry.contract_manager
    known = declared.users.get(manager.user) if manager is not None else None
    attributes = (
        ("contract_manager", known.email if known is not None else (manager.written if manager is not None else None)),
        ("license_type", entry.license_type),
        ("channel", entry.channel),
        ("deployment", entry.deployment),
        ("starts", entry.starts),
        ("ends", entry.ends),
    )
    wanted = Facts(tuple((name, value) for name, value in attributes if value is not None))
    return PURCHASE_CONTRACT.step(Scope("contract", entry.number), now=None, wanted=wanted)


def _new_team(team: DeclaredTeam, declared: Declaration, sequence: Sequence, actor: str | None) -> Iterator[Finding]:
    """Take the step that brings a new team.

    The purchase of its first subscription, if none of its subscriptions exists yet; else its creation by a contract
    manager.
    """
    now = sequence.now
    subs = {key: sub for key, sub in declared.subscriptions.items() if sub.team == team.name}
    present = {now.subscriptions[key].contract_manager for key in subs if key in now.subscriptions}
    if subs and not present:
        primary = team.primary.user if team.primary is not None else None
        goals = {key: goal for key, sub in subs.items() if (goal := declared_subscription(sub)) is not None}
        if goals:
            first = min(goals, key=lambda key: (goals[key].contract_manager != primary, key))
            yield from _taken(sequence, _purchase(first, goals[first], declared))
        return
    managers = present or _managers(now)
    if not managers:
        yield Finding(
            "ACCESS003",
            Severity.ERROR,
            f"nobody in the account may create team {team.name}: only a contract manager can",
            team.at,
            "record a purchase first; its buyer becomes contract manager",
            "S1",
            things=(("team", team.name),),
        )
        return
    creator = _creator(team, managers, actor, sequence.clock.day)
    shown = now.users[creator].email if creator in now.users else creator
    yield from _taken(sequence, CREATE_TEAM.step(Scope("team", team.name), primary_admin=shown))


def _managers(account: Account) -> set[str]:
    """Return every contract manager of the account."""
    found = {sub.contract_manager for sub in account.subscriptions.values()}
    return found | {contract.contract_manager for contract in account.contracts.values()}


def _purchase(key: str, goal: Subscription, declared: Declaration) -> Step:
    manager = declared.users.get(goal.contract_manager)
    return subscription_purchase(key, goal, manager.email if manager is not None else goal.contract_manager)


def _creator(team: DeclaredTeam, managers: set[str], actor: str | None, day: str) -> str:
    """Return the creator of a team: the actor, the declared primary admin, or the manager with the fewest steps left.

    The creator becomes primary admin; the steps are those from there to the declared roles.
    """
    if actor in managers:
        return str(actor)
    if team.primary is not None and team.primary.user in managers:
        return team.primary.user

    def length(manager: str) -> int:
        primary = team.primary.user if team.primary is not None else manager
        goal = Team(primary)
        for user in sorted(team.secondary.on(day)):
            goal.admins[user] = "secondary"
        for user in sorted(team.sso_admins.on(day)):
            goal.admins[user] = "sso"
        return len(role_route(Team(manager), goal))

    return min(managers, key=lambda manager: (length(manager), manager))
