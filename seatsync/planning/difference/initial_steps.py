"""Steps that precede the comparison: changed addresses, renames, purchases and new teams; and notes on steps.

The initial steps are taken before declaration and account can be compared; the rest of the plan is the difference from
there. Notes mark steps that probably replace a rename, or restore something removed in the portal.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from typing import TypeAlias

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.group_actions import CREATE_GROUP, RENAME_GROUP
from seatsync.account.actions.purchase_actions import PURCHASE_CONTRACT
from seatsync.account.actions.spec import Facts, Step
from seatsync.account.actions.table import ACTIONS, CHANGES_ADDRESS, RENAMES, RENAMES_TEAM
from seatsync.account.actions.team_actions import CREATE_TEAM, RENAME_TEAM
from seatsync.account.email import identity
from seatsync.account.engine import perform
from seatsync.account.history import PORTAL, HistoryEntry, members_by_scope
from seatsync.account.model import TABLES, Account, Change, Scope, Subscription, Team, Value
from seatsync.clock import Clock, lasts
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam, DeclaredUser
from seatsync.declaration.mentions import Mention
from seatsync.declaration.states import as_account
from seatsync.finding import Finding, Related, Severity
from seatsync.planning.checks.access_checks import things_of
from seatsync.planning.difference.changes import Candidate, change_of_address, role_route, subscription_purchase
from seatsync.planning.difference.desired_purchases import declared_subscription
from seatsync.planning.difference.directories import Directories
from seatsync.planning.difference.exclusions import Authority, clause
from seatsync.planning.ordering.sequence import Sequence

# Initial steps


def take_initial_steps(declared: Declaration, sequence: Sequence, authority: Authority) -> Iterator[Finding]:
    """Take the initial steps, and yield a finding for each that cannot be taken."""
    yield from _addresses(declared, sequence, authority)
    for name, team in declared.teams.items():
        if authority.covers_team(name):
            yield from _names(team, sequence, authority)
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
    declared_members = cache(lambda: members_by_scope(as_account(declared, sequence.clock)))
    for user, entry in declared.moved():
        known = [mention for mention in entry.previous if mention.user in sequence.now.users]
        if not known or not (
            _touches(sequence.now, known[0].user, authority) or _joins(user, declared_members, authority)
        ):
            continue
        if user in sequence.now.users or len(known) > 1:
            yield _two_people(entry, known, both=user in sequence.now.users)
            continue
        directories = authority.directories
        if directories is not None and known[0].user in directories.people(sequence.now):
            yield from _other_address(entry, known[0], sequence.now, directories)
            continue
        yield from _taken(sequence, change_of_address(sequence.now, known[0].user, entry.email))


def _other_address(entry: DeclaredUser, old: Mention, account: Account, directories: Directories) -> Iterator[Finding]:
    """Yield an error if a synced person with a new address is in other scopes, too: a plan would take them for two."""
    scopes = sorted(account.scopes_of(old.user))
    kept = directories.people_of
    others = [
        scope for scope in scopes if scope.kind != "team" or old.user not in kept(scope.name, account.teams[scope.name])
    ]
    if others:
        message = f"{entry.email} still has the address {old.written} in the directory, and in {others[0]} too"
        hint = "change the address in the directory first, then refresh"
        yield Finding("STEP001", Severity.ERROR, message, old.at, hint, things=(("user", entry.email),))


def _touches(account: Account, user: str, authority: Authority) -> bool:
    """Return True if a run covers any scope of a person and does not ignore them."""
    if authority.general.ignores_user(user):
        return False
    return user == authority.actor or any(authority.governs(scope, user) for scope in account.scopes_of(user))


def _joins(user: str, members: Callable[[], Mapping[Scope, AbstractSet[str]]], authority: Authority) -> bool:
    """Return True if a person is among the declared `members` of a covered scope, where they would be added twice."""
    if authority.general.ignores_user(user):
        return False
    return any(user in people and authority.governs(scope, user) for scope, people in members().items())


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


def _names(team: DeclaredTeam, sequence: Sequence, authority: Authority) -> Iterator[Finding]:
    now = sequence.now
    before = team.former_name(now.teams)
    if before is not None:
        yield from _taken(sequence, RENAME_TEAM.step(Scope("team", before), to=team.name))
    actual = now.teams.get(team.name)
    known_as, directories = team.name if before is None else before, authority.directories
    ignores = authority.within(Scope("team", team.name)).ignores_group
    for name, group in team.groups.items():
        counts = actual is not None and lasts(group.days, sequence.clock.day)
        old = group.former_name(actual.groups) if actual is not None and counts else None
        if old is None or ignores(old) or ignores(name):
            continue
        if directories is None or not directories.keeps_name(known_as, old, name):
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
        day = sequence.clock.day
        goals = {key: goal for key, sub in subs.items() if (goal := declared_subscription(sub, day)) is not None}
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
        if team.external is not None:
            goal.external = frozenset(team.external.on(day))
        return len(role_route(Team(manager), goal))

    return min(managers, key=lambda manager: (length(manager), manager))


# Notes: likely renames

Traits: TypeAlias = tuple[AbstractSet[str], ...]
"""Sets by which two teams or groups are compared: members, names of groups, subscriptions."""


def likely_renames(
    declared: Declaration, before: Account, base: Account, goal: Account, steps: Iterable[Step]
) -> Iterator[tuple[Step, str]]:
    """Yield each step that probably creates a team or group instead of renaming one, with the old name.

    `before` is the account as it was read, `base` after renames, purchases and new teams, `goal` the desired state.
    """
    policy = declared.project.policy
    vanished = {
        name: _team(base, name)
        for name in sorted(before.teams.keys() & base.teams.keys() - declared.teams.keys())
        if not policy.ignore.team(name)
    }
    groups: dict[str, dict[str, Traits]] = {}
    made: set[str] = set()
    for step in steps:
        name = step.scope.name
        if step.action == CREATE_GROUP.name:
            gone = groups.setdefault(name, _vanished_groups(declared, base, name))
            old = _most_alike((goal.teams[name].groups[step.text("group")].members,), gone)
        elif step.action in _MAKES_A_TEAM and name in goal.teams and name not in before.teams and name not in made:
            made.add(name)
            old = _most_alike(_team(goal, name), vanished)
        else:
            continue
        if old is not None:
            yield step, old


_MAKES_A_TEAM = frozenset(name for name, spec in ACTIONS.items() if spec.makes_scope and "team" in spec.effects)


def renamed_instead(step: Step, old: str) -> str:
    """Return the note on a step that creates a team or group although `old` was probably renamed."""
    kind = "group" if step.action == CREATE_GROUP.name else "team"
    written = json.dumps(old, ensure_ascii=False)
    return (
        f"takes over most of {kind} {old}, which is no longer declared; if that one is renamed, add"
        f" `renamed_from: {old if old.isascii() and old.isalnum() and not old.isdigit() else written}` (STEP010)"
    )


def _team(account: Account, name: str) -> Traits:
    team = account.teams[name]
    return team.members, team.groups.keys(), account.subscriptions_of(name).keys()


def _vanished_groups(declared: Declaration, base: Account, name: str) -> dict[str, Traits]:
    team, entry = base.teams.get(name), declared.teams.get(name)
    if team is None or entry is None:
        return {}
    ignore = declared.policy_of(entry).ignore
    gone = sorted(team.groups.keys() - entry.groups.keys())
    return {old: (team.groups[old].members,) for old in gone if not ignore.group(old)}


def _most_alike(new: Traits, vanished: Mapping[str, Traits]) -> str | None:
    """Return the vanished thing that shares the largest part of one of its traits, if that is more than half."""
    best, most = None, 0.5
    for name, old in vanished.items():
        share = max(len(theirs & ours) / len(theirs) if theirs else 0.0 for theirs, ours in zip(old, new, strict=True))
        if share > most:
            best, most = name, share
    return best


# Notes: restored things

_Field: TypeAlias = tuple[str, tuple[str, ...], str]
"""A row by table and key, and a column; an empty column means the existence of the row."""

_Removed: TypeAlias = dict[_Field, tuple[Value, tuple[str, bool]]]
"""Fields last removed outside of seatsync, with their former value, the moment, and if that is when it was seen."""

_UNHELD = frozenset({"email", "status", "invited_at"})
_NAMES = frozenset({"team", "primary_admin", "contract_manager", "coordinator"})
_GROUPS = frozenset({"team_group", "group_member", "group_seat"})
_ELSEWHERE = frozenset({"user", "subscription", "contract"})


def restored(
    account: Account, steps: Iterable[Step], history: Iterable[HistoryEntry], clock: Clock
) -> Iterator[tuple[int, str]]:
    """Yield the number of each step that restores something removed outside of seatsync, and the note on it.

    `steps` start from `account` and are numbered from 1; `history` begins with the first such change.
    """
    removed = _removed(history)
    now = account.copy()
    for number, step in enumerate(steps, 1) if removed else ():
        rows = perform(now, step, clock)
        if isinstance(rows, Refused):
            continue
        if step.action in RENAMES:
            removed = _in_new_names(removed, step)
            continue
        gained = ((field, value) for field, _, value in _changes(rows) if value is not None)
        moments = [removed[field][1] for field, value in gained if field in removed and removed[field][0] == value]
        if moments:
            moment, seen = max(moments)
            day = f"{', as seen' if seen else ''} on {clock.day_of(moment)}"
            yield number, f"restores what was removed outside of seatsync{day} (STEP009)"


def _removed(history: Iterable[HistoryEntry]) -> _Removed:
    """Return the fields that were removed outside of seatsync and not changed since."""
    removed: _Removed = {}
    for entry in history:
        if entry.step.action in RENAMES:
            removed = _in_new_names(removed, entry.step)
            continue
        for field, old, _ in _changes(entry.rows):
            removed.pop(field, None)
            if entry.actor == PORTAL and entry.case is None and old is not None:
                removed[field] = (old, (entry.at, entry.origin is not None))
    return removed


def _changes(rows: Iterable[Change]) -> Iterator[tuple[_Field, Value, Value]]:
    """Yield each field that rows change, with the values before and after; 1 means an existing row."""
    for row in rows:
        if row.old is None or row.new is None:
            yield (row.table, row.key, ""), None if row.old is None else 1, None if row.new is None else 1
        columns = TABLES[row.table][1]
        olds, news = row.old or (None,) * len(columns), row.new or (None,) * len(columns)
        for column, old, new in zip(columns, olds, news, strict=True):
            if old != new and column not in _UNHELD:
                yield (row.table, row.key, column), old, new


def _in_new_names(removed: _Removed, step: Step) -> _Removed:
    """Return removed fields under the names that a renaming step gives."""
    if step.action in CHANGES_ADDRESS:
        before, after = identity(step.text("user")) or "", identity(step.text("to")) or ""

        def named(table: str, key: tuple[str, ...]) -> tuple[str, ...]:
            return (*key[:-1], after) if TABLES[table][0][-1] in {"user", "id"} and key[-1] == before else key

        return _renamed(removed, named, {before: after})
    team, to = step.scope.name, step.text("to")
    if step.action in RENAMES_TEAM:
        return _renamed(
            removed, lambda table, key: (to, *key[1:]) if _in_team(table) and key[0] == team else key, {team: to}
        )
    group = step.text("group")
    return _renamed(
        removed, lambda table, key: (team, to, *key[2:]) if table in _GROUPS and key[:2] == (team, group) else key, {}
    )


def _in_team(table: str) -> bool:
    return table not in _ELSEWHERE and not table.startswith("contract_")


def _renamed(
    removed: _Removed, named: Callable[[str, tuple[str, ...]], tuple[str, ...]], values: dict[str, str]
) -> _Removed:
    return {
        (table, named(table, key), column): (values.get(str(value), value) if column in _NAMES else value, at)
        for (table, key, column), (value, at) in removed.items()
    }
