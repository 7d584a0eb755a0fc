"""Plans that undo a run: ordered and guarded like any plan, with the effects that cannot be reverted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Listed
from dataclasses import dataclass

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.group_actions import RENAME_GROUP
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RECORDED, RENAMES, RENAMES_TEAM
from seatsync.account.actions.team_actions import CREATE_TEAM, RENAME_TEAM
from seatsync.account.actions.user_actions import CHANGE_EMAIL
from seatsync.account.email import identity
from seatsync.account.engine import perform
from seatsync.account.history import HistoryEntry
from seatsync.account.model import TABLES, Account, Scope, Team
from seatsync.declaration.declared import Declaration
from seatsync.finding import Finding, Severity
from seatsync.planning.checks.access_checks import access_findings, authority_of, names_of, things_of
from seatsync.planning.checks.guards import parse_allow
from seatsync.planning.difference.changes import Candidate, change_of_address, role_route
from seatsync.planning.difference.desired import DesiredState
from seatsync.planning.difference.exclusions import Authority, clause
from seatsync.planning.difference.merging import IsCovered, Key, Merged, scope_of, without_run
from seatsync.planning.make import Draft, Request, complete, same_account
from seatsync.planning.ordering.sequence import Sequence
from seatsync.planning.plan import Kept, Lasting, Plan, Undo


@dataclass(frozen=True, slots=True)
class RunToUndo:
    """A run to undo: its changes, those after it, and the cases it opened that are still open, with their ids.

    `done` are the ids of those that a later run carried out.
    """

    run: int
    entries: tuple[HistoryEntry, ...]
    later: tuple[HistoryEntry, ...]
    cases: tuple[tuple[Step, str], ...] = ()
    done: tuple[str, ...] = ()


def make_undo(declared: Declaration, request: Request, undoing: RunToUndo) -> Plan:
    """Return the plan from the present account to the same without the run. The declaration only gives the policy."""
    same_account(declared, request.account)
    parse_allow(request.allow)
    account, actor = request.account, (identity(request.actor) or "") if request.actor is not None else None
    findings = list(access_findings(account, request.actor, request.teams)) if request.actor is not None else []
    authority, unseen = authority_of(
        declared, account, actor, request.teams, left_out=request.left_out, types=request.group_types
    )
    sequence = Sequence(account, request.clock)
    before, after = _in_present_names(account, undoing, request)
    findings += _revert_renames(undoing, sequence, before, after, authority)
    names = names_of(actor, [taken.step for taken in sequence.taken])
    authority.actor = names[-1] if names else None
    if findings:
        merged = Merged(sequence.now.copy())
    else:
        merged = without_run(before, after, sequence.now, _coverage(before, authority))
        findings += _recreate_teams(merged.account, sequence, authority.actor)
    base = sequence.now
    undo = Undo(
        undoing.run,
        not (merged.retained or merged.left_out or findings),
        tuple(_lasting(undoing, account, merged.account)),
        tuple(_kept(merged.retained, undoing.later, account)),
        undoing.done,
    )
    desired = _desired_state(declared, base, merged.account, authority)
    desired.leave_to_directory(base, authority)
    undo = undo._replace(whole=undo.whole and not desired.synced)
    return complete(Draft(request, declared, sequence, authority, names, unseen, findings, [], undo), desired)


def _in_present_names(account: Account, undoing: RunToUndo, request: Request) -> tuple[Account, Account]:
    """Return the account before and after the run, with people, teams and groups under their present names."""
    after = account.copy()
    for entry in reversed(undoing.later):
        after.undo(entry.rows)
    before = after.copy()
    for entry in reversed(undoing.entries):
        before.undo(entry.rows)
    for state, entries in ((after, undoing.later), (before, (*undoing.entries, *undoing.later))):
        for entry in entries:
            if entry.step.action in RENAMES:
                # Refused if the run itself brought the thing, which had no name before.
                perform(state, _in_its_time(entry.step, state), request.clock)
    return before, after


def _revert_renames(
    undoing: RunToUndo, sequence: Sequence, before: Account, after: Account, authority: Authority
) -> Iterator[Finding]:
    """Take the steps that revert the run's new names and addresses, last first, unless they changed again since.

    Yield a finding for the first that is refused.
    """
    since = [entry.step for entry in undoing.later if entry.step.action in RENAMES]
    for entry in reversed(undoing.entries):
        if entry.step.action not in RENAMES:
            continue
        back = _reverse(entry.step, since)
        if back is None or not _covers(back, sequence.now, authority):
            since.insert(0, entry.step)
            continue
        back = _in_its_time(back, sequence.now)
        answer = sequence.take(Candidate(back))
        if isinstance(answer, Refused):
            yield Finding(answer.code, Severity.ERROR, clause(answer.message), things=things_of(back))
            return
        if authority.directories is not None:
            authority.directories = authority.directories.after([back])
        for state in (before, after):
            perform(state, _in_its_time(back, state), sequence.clock)


def _in_its_time(step: Step, account: Account) -> Step:
    """Return the step as it applies to the account at that time: a pending person's invitation is redirected."""
    user = identity(step.text("user")) if step.action in CHANGES_ADDRESS else None
    return change_of_address(account, user, step.text("to")) if user in account.users and user is not None else step


def _reverse(step: Step, since: Iterable[Step]) -> Step | None:
    """Return the step that reverts a rename or change of address, in present names; None if changed again `since`."""
    to = step.text("to")
    team = to if step.action in RENAMES_TEAM else step.scope.name
    for other in since:
        if other.action in RENAMES_TEAM and other.scope.name == team:
            if step.action in RENAMES_TEAM:
                return None
            team = other.text("to")
        elif (
            other.action == step.action == RENAME_GROUP.name and (other.scope.name, other.get("group")) == (team, to)
        ) or ({other.action, step.action} <= CHANGES_ADDRESS and identity(other.text("user")) == identity(to)):
            return None
    if step.action in RENAMES_TEAM:
        return RENAME_TEAM.step(Scope("team", to), to=step.scope.name)
    if step.action == RENAME_GROUP.name:
        return RENAME_GROUP.step(Scope("team", team), group=to, to=step.text("group"))
    return CHANGE_EMAIL.step(step.scope, user=to, to=step.text("user"))


def _covers(back: Step, now: Account, authority: Authority) -> bool:
    """Return True if the run may change the thing that a step renames."""
    directories = authority.directories
    if back.action not in CHANGES_ADDRESS:
        names = (back.scope.name, back.text("group"), back.text("to")) if back.action == RENAME_GROUP.name else None
        is_synced = names is not None and directories is not None and directories.keeps_name(*names)
        return authority.covers_team(back.scope.name) and not is_synced
    user = identity(back.text("user")) or ""
    if directories is not None and user in directories.people(now):
        return False
    return user == authority.actor or any(authority.covers(scope) for scope in now.scopes_of(user))


def _coverage(before: Account, authority: Authority) -> IsCovered:
    """Return the predicate on table and key that is True if the run may change the row."""

    def covered(table: str, key: tuple[str, ...]) -> bool:
        scope = scope_of(table, key)
        if scope is not None:
            return authority.covers(scope)
        known = before.subscriptions.get(key[0])
        return known is None or authority.covers_subscription(key[0], known.team, known)

    return covered


def _recreate_teams(goal: Account, sequence: Sequence, actor: str | None) -> Iterator[Finding]:
    """Take the steps that recreate dissolved teams, by the actor or the contract manager with the fewest steps left.

    Yield a finding for each that is refused.
    """
    for name in sorted(goal.teams.keys() - sequence.now.teams.keys()):
        managers = {sub.contract_manager for sub in sequence.now.subscriptions.values()}
        managers |= {contract.contract_manager for contract in sequence.now.contracts.values()}
        if not managers:
            message = f"nobody in the account may create team {name}: only a contract manager can"
            hint = "record a purchase first; its buyer becomes contract manager"
            yield Finding("ACCESS003", Severity.ERROR, message, None, hint, things=(("team", name),))
            continue
        team = goal.teams[name]

        def length(manager: str, team: Team = team) -> tuple[int, str]:
            return (len(role_route(Team(manager), team)), manager)

        creator = actor if actor in managers else min(managers, key=length)
        shown = sequence.now.users[creator].email if creator in sequence.now.users else creator
        answer = sequence.take(Candidate(CREATE_TEAM.step(Scope("team", name), primary_admin=shown)))
        if isinstance(answer, Refused):
            yield Finding(answer.code, Severity.ERROR, clause(answer.message), things=(("team", name),))


def _desired_state(declared: Declaration, base: Account, goal: Account, authority: Authority) -> DesiredState:
    """Return the desired state. The managed scopes, which the guards count, are those declared or changed here."""
    teams = {name for name in base.teams if authority.covers_team(name)}
    teams = {name for name in teams if name in declared.teams or goal.teams.get(name) is not base.teams[name]}
    contracts = {number for number in base.contracts if authority.covers_contract(number)}
    contracts = {
        number
        for number in contracts
        if number in declared.contracts or goal.contracts[number] is not base.contracts[number]
    }
    return DesiredState(goal, teams, contracts)


def _lasting(undoing: RunToUndo, now: Account, goal: Account) -> Iterator[Lasting]:
    """Yield the effects of the run that no step can revert, in its order."""
    for entry in undoing.entries:
        step = entry.step
        spec = RECORDED[step.action]
        users = [row for row in entry.rows if row.table == "user"]
        if spec.mail == "invitation" and (spec.kind == "change" or any(row.old is None for row in users)):
            yield Lasting("mail", step)
        if spec.channel != "self-service":
            yield Lasting(spec.channel, step)
        if spec.vendor_undoes:
            yield Lasting("vendor", step)
        left = {row.key[0] for row in users if row.new is None}
        active = {row.key[0] for row in users if row.old is not None and row.old[3] == "active"}
        if spec.departs is not None and any(user in goal.users and user not in now.users for user in left & active):
            yield Lasting("accept", step)
    for step, case in undoing.cases:
        yield Lasting("case", step, case)


def _kept(places: Iterable[Key], later: Listed[HistoryEntry], account: Account) -> Iterator[Kept]:
    """Yield the things that stay, with the serial of the last change to them, or None if others need them."""
    for table, key in sorted(places):
        serials = [entry.serial for entry in later for row in entry.rows if (row.table, row.key) == (table, key)]
        yield Kept(_thing(table, key, account), max(serials, default=None))


def _thing(table: str, key: tuple[str, ...], account: Account) -> tuple[tuple[str, str], ...]:
    """Return a row as a thing: the names of its key."""
    words = {"id": "user" if table == "user" else "subscription", "name": "team", "group_name": "group"}
    words["number"] = "contract"
    pairs = []
    for column, value in zip(TABLES[table][0], key, strict=True):
        word = "group" if (table, column) == ("team_group", "name") else words.get(column, column)
        known = account.users.get(value) if word == "user" else None
        pairs.append((word, known.email if known is not None else value))
    if table in _ROLES:
        pairs.append(("role", _ROLES[table]))
    return tuple(pairs)


_ROLES = {"team_admin": "admin"}
