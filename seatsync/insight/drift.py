"""Drift of an account: declared, actual and last applied state compared, own changes set apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from seatsync.account.history import TrackedPeople
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import normalised
from seatsync.declaration.normal_reader import (
    Entry,
    Facts,
    InvalidDeclaration,
    Rename,
    declaration_of,
    facts_of,
    has_days,
    policy_of,
    renamed,
)
from seatsync.errors import TargetProblem
from seatsync.insight.drift_facts import UNTOUCHED, Changed, Fact, Key, Status, compared, thing_of
from seatsync.insight.drift_states import (
    PURCHASES,
    Comparison,
    SinceApply,
    asked_people,
    declared_state,
    differing,
    renewal_notes,
    waiting_now,
    waiting_since,
    with_renames,
)
from seatsync.planning.difference.exclusions import Thing
from seatsync.targets.target import State


def _changed_since(account: Account, since: SinceApply, named: Callable[[Account], Account]) -> Changed:
    """Return the changes that led to `account`; `named` applies the renames of git to a state."""
    found, first = Changed(), dict[Key, object]()
    for own, before, after in _runs(account, since):
        now = named(after)
        facts = compared(named(before), now, now)
        if own:
            found.left.update({fact.key: fact.portal for fact in facts})
            for fact in facts:
                if first.setdefault(fact.key, fact.applied) == fact.portal:
                    del found.left[fact.key]  # taken back, as where a confirmed case turned out not to be done
        else:
            found.touched.update(fact.key for fact in facts)
            found.touched.update(thing_of(fact.key) for fact in facts)
    return found


def _runs(account: Account, since: SinceApply) -> Iterator[tuple[bool, Account, Account]]:
    """Yield each run as (made by seatsync, account before, account after)."""
    now = account.copy()
    for entry in reversed(since.entries):
        now.undo(entry.rows)
    for (_, own), entries in groupby(since.entries, key=lambda entry: (entry.run, entry.serial in since.own)):
        before = now.copy()
        for entry in entries:
            now.change(entry.rows)
        yield own, before, now.copy()


@dataclass(frozen=True, slots=True)
class Drift:
    """All facts that differ between the three states, in order; `applied` is False before the first apply.

    `shown` maps identities to addresses as written. `portal` is the account under the names that git has now.
    `certain` is False if the target does not record changes since the last apply: a settled form or purchase then looks
    like a change in the portal. `tracked` maps scopes to the people declared there, under the same names as `portal`.
    """

    facts: tuple[Fact, ...]
    portal: Account
    applied: bool
    unseen: tuple[Thing, ...]
    shown: dict[str, str]
    certain: bool = True
    tracked: TrackedPeople = field(default_factory=dict)

    def of(self, status: Status) -> list[Fact]:
        """Return the facts with a status."""
        return [fact for fact in self.facts if fact.status == status]


def drift(declared: Declaration, state: State, run: Comparison, url: str) -> Drift:
    """Return the drift between a declaration without errors and the account.

    Raises `TargetProblem` if the target's record of the last apply cannot be read; `url` names it in the message.
    """
    if state.applied_declaration is None:
        goal, unseen = declared_state(declared, run)
        facts = [fact.as_("unknown") for fact in compared(goal, run.account, goal)]
        facts += renewal_notes(declared, run)
        return Drift(tuple(facts), run.account, applied=False, unseen=unseen, shown=_shown(declared, run.account))
    try:
        return _three_way(declared, state, run)
    except InvalidDeclaration as error:
        problem = "its record of the last apply cannot be read"
        raise TargetProblem(url, problem, "check it with `seatsync account verify`") from error


def _three_way(declared: Declaration, state: State, run: Comparison) -> Drift:
    project = declared.project
    now, before = facts_of(normalised(declared)), facts_of(state.applied_declaration or "")
    policy = project.policy if state.applied_policy is None else policy_of(state.applied_policy)
    renames = renamed(before, now)
    awaited = list(_awaited(before, run.account))
    as_it_is, run = run, with_renames(run, [*renames, *awaited])
    git, unseen = declared_state(declaration_of(now, project, project.policy), run)
    applied_declaration = declaration_of(before, project, policy)
    applied, _ = declared_state(applied_declaration, run)
    changed = _changed(as_it_is, [*renames, *awaited])
    facts = compared(applied, run.account, git, changed)
    if has_days(before["teams"]) or has_days(before["contracts"]):
        for entry in (_ended(run.clock.day), _begun(run.clock.day)):
            other, _ = declared_state(declaration_of(before, project, policy, entry), run)
            unchanged = {fact.key for fact in facts} - differing(other, run.account)
            facts = _waiting(facts, unchanged)
    suspects = [fact for fact in facts if fact.status in UNTOUCHED]
    by_people = bool(run.cases) or (run.since is not None and asked_people(run.since))
    if suspects and (by_people or any(fact.what in PURCHASES for fact in suspects)):
        since = run.since
        if awaited:
            applied_declaration = declaration_of(
                _with_old_addresses(before, awaited), project, policy, former=_OLD_ADDRESSES
            )
        keys = (
            waiting_now(applied_declaration, run)
            if since is None
            else waiting_since(applied_declaration, as_it_is, renames, since)
        )
        facts = _waiting(facts, keys | {_in_new_address(key, awaited) for key in keys})
    waits = [fact.as_("waiting") for fact in _renames(awaited, run)]
    listed = [*_renames(renames, run), *waits, *facts, *renewal_notes(declared, run)]
    shown = _shown(declared, run.account)
    certain = run.since is not None
    return Drift(tuple(listed), run.account, True, unseen, shown, certain, run.tracked)  # noqa: FBT003 - applied


def _changed(run: Comparison, renames: list[Rename]) -> Changed | None:
    """Return the changes since the last complete apply, under the names that git has; None if unknown."""
    if run.since is None:
        return None

    def named(before: Account) -> Account:
        return with_renames(replace(run, account=before), renames).account

    return _changed_since(run.account, run.since, named)


def _awaited(before: Facts, account: Account) -> Iterator[Rename]:
    """Yield applied changes of address that the account does not have yet, as they need a form."""
    for user, facts in sorted(before["users"].items()):
        for old in facts.get("previous_emails", ()):
            if old in account.users and old not in before["users"] and user not in account.users:
                yield Rename("account", "", "address", (), old, user)


_OLD_ADDRESSES = frozenset({"previous_emails"})


def _with_old_addresses(before: Facts, awaited: Iterable[Rename]) -> Facts:
    """Return the applied facts with former addresses only for people whose new address is pending."""
    old = {rename.new: [rename.old] for rename in awaited}
    return {
        **before,
        "users": {user: {**facts, "previous_emails": old.get(user, [])} for user, facts in before["users"].items()},
    }


def _in_new_address(key: Key, awaited: Iterable[Rename]) -> Key:
    """Return the key with pending new addresses."""
    new = {rename.old: rename.new for rename in awaited}
    return key[0], key[1], tuple((kind, new.get(name, name) if kind == "user" else name) for kind, name in key[2])


def _ended(day: str) -> Entry:
    """Return a filter that keeps expired entries, to recognise facts that only expired."""
    return lambda _, until: True if until is not None and until < day else None


def _begun(day: str) -> Entry:
    """Return a filter that drops started entries, to recognise facts that only became due."""
    return lambda starts, _: False if starts is not None and starts <= day else None


def _waiting(facts: list[Fact], keys: set[Key]) -> list[Fact]:
    """Mark the facts with these keys as waiting instead of changed in the portal."""
    return [
        fact.as_(UNTOUCHED[fact.status]) if fact.status in UNTOUCHED and fact.key in keys else fact for fact in facts
    ]


def _renames(renames: Iterable[Rename], run: Comparison) -> list[Fact]:
    """Return the renames in git that the account does not have yet, for the teams of the run."""
    found = []
    for rename in renames:
        scope = WHOLE_ACCOUNT if rename.kind == "account" else Scope("team", rename.name)
        if rename.kind == "account" or not run.teams or rename.name in run.teams:
            found.append(Fact(scope, rename.what, rename.of, rename.old, rename.old, rename.new, "git"))
    return found


def _shown(declared: Declaration, account: Account) -> dict[str, str]:
    shown = {user: person.email for user, person in account.users.items()}
    return shown | {user: person.email for user, person in declared.users.items()}
