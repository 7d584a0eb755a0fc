"""The states that drift compares, and the steps that an apply left waiting for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.group_actions import RENAME_GROUP
from seatsync.account.actions.spec import Facts
from seatsync.account.actions.table import ACTIONS
from seatsync.account.actions.team_actions import RENAME_TEAM
from seatsync.account.engine import perform
from seatsync.account.group_types import GroupTypes, types_after
from seatsync.account.history import HistoryEntry, TrackedPeople, same, with_new_names
from seatsync.account.model import WHOLE_ACCOUNT, Account, Change, Contract, Scope, Subscription, Team
from seatsync.account.unknowns import Assumed
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredSubscription, DeclaredTeam
from seatsync.declaration.normal_reader import Rename
from seatsync.insight.drift_facts import Fact, Key, Of, compared
from seatsync.planning.checks.access_checks import authority_of
from seatsync.planning.difference.changes import change_of_address
from seatsync.planning.difference.desired import desired_state
from seatsync.planning.difference.desired_purchases import renewed_in_account
from seatsync.planning.difference.exclusions import Authority, Thing
from seatsync.planning.difference.uncertain import uncertain
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import PlannedStep
from seatsync.targets.target import Case


@dataclass(frozen=True, slots=True)
class SinceApply:
    """The journal since the last complete apply, and the cases open after the last apply of any kind.

    `own` contains the serials of entries made by seatsync's own runs.
    """

    entries: tuple[HistoryEntry, ...] = ()
    cases: tuple[Case, ...] = ()
    own: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The input of a comparison: account, clock, actor (an identity) and teams (empty: all).

    `cases` are open; `since` is None if the target does not record it; `tracked` maps scopes to declared people.
    `group_types` are those of the account, as far as known; `assumed` are facts that no source shows.
    """

    account: Account
    clock: Clock
    actor: str | None = None
    teams: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    since: SinceApply | None = None
    tracked: TrackedPeople = field(default_factory=dict)
    group_types: GroupTypes = field(default_factory=dict)
    assumed: tuple[Assumed, ...] = ()


def declared_state(declared: Declaration, run: Comparison) -> tuple[Account, tuple[Thing, ...]]:
    """Return the declared account, with unmanaged parts as they are, and the scopes that the actor cannot see."""
    authority, unseen = authority_of(declared, run.account, run.actor, run.teams, run.tracked, types=run.group_types)
    authority.uncertain = uncertain((), (each for each in run.assumed if each.fact == "seat"), ())
    base = run.account.copy()
    for name, team in declared.teams.items():
        if name not in base.teams and authority.covers_team(name):
            base.teams[name] = _new_team(team, declared)
    for number, contract in declared.contracts.items():
        if number not in base.contracts and authority.covers_contract(number):
            base.contracts[number] = _new_contract(contract)
    goal = desired_state(declared, base, authority, run.clock.day).account
    _vendors_facts(declared, goal, authority)
    return goal, unseen


def _new_team(team: DeclaredTeam, declared: Declaration) -> Team:
    """Return an empty team with its default primary admin, for a declared team that does not exist yet."""
    managers = {
        sub.contract_manager.user
        for sub in declared.subscriptions.values()
        if sub.team == team.name and sub.contract_manager is not None
    }
    return Team(team.primary.user if team.primary is not None else min(managers, default=""))


def _new_contract(contract: DeclaredContract) -> Contract:
    manager = "" if contract.contract_manager is None else contract.contract_manager.user
    kind = contract.license_type or "perpetual"
    return Contract(manager, manager, kind, contract.channel, contract.deployment, contract.starts, contract.ends)


def _vendors_facts(declared: Declaration, goal: Account, authority: Authority) -> None:
    """Copy declared facts that only the vendor can change to the goal; plans have no steps for them."""
    for key, entry in declared.subscriptions.items():
        now = goal.subscriptions.get(key)
        if now is not None and authority.covers_subscription(key, entry.team, now):
            goal.subscriptions[key] = now._replace(
                product=entry.product, offering=entry.offering, channel=entry.channel
            )
    for number, contract in declared.contracts.items():
        there = goal.contracts.get(number)
        if there is None or not authority.covers_contract(number):
            continue
        there.license_type = contract.license_type or there.license_type
        there.channel = contract.channel
        there.deployment = contract.deployment or there.deployment
        for name, said_product in contract.products.items():
            have = there.products[name]
            there.products[name] = have._replace(
                serial=said_product.serial or have.serial,
                product_key=said_product.product_key or have.product_key,
            )


def renewal_notes(declared: Declaration, run: Comparison) -> list[Fact]:
    """Return what the account has about the renewal of subscriptions and the files do not: no differences."""
    found = []
    pairs = ((key, entry, run.account.subscriptions.get(key)) for key, entry in sorted(declared.subscriptions.items()))
    noted = [(key, entry, now) for key, entry, now in pairs if now is not None and any(_renewal(entry, now))]
    if not noted:
        return []
    authority, _ = authority_of(declared, run.account, run.actor, run.teams, run.tracked)
    for key, entry, now in noted:
        if authority.covers_subscription(key, entry.team, now):
            scope = WHOLE_ACCOUNT if now.team is None else Scope("team", now.team)
            for name, declares, has in _renewal(entry, now):
                of = (("subscription", key), ("fact", name))
                found.append(Fact(scope, "subscription", of, declares, has, declares, "note"))
    return found


def _renewal(entry: DeclaredSubscription, now: Subscription) -> Iterator[tuple[str, str | bool, str | bool]]:
    """Yield the facts of a renewal that differ: name, declared value, and value in the account."""
    if renewed_in_account(entry, now):
        if entry.starts != now.starts:
            yield "starts", entry.starts, now.starts
        yield "ends", entry.ends, now.ends
    if entry.auto_renew != now.auto_renew:
        yield "auto_renew", entry.auto_renew, now.auto_renew


def with_renames(run: Comparison, renames: Iterable[Rename]) -> Comparison:
    """Return the run with its account renamed to the names that git has now."""
    account = run.account.copy()
    teams = set(run.teams)
    tracked, types = run.tracked, run.group_types
    for rename in renames:
        if rename.what == "address":
            if rename.old not in account.users:
                continue
            step = change_of_address(account, rename.old, rename.new)
        elif rename.what == "team":
            teams |= {rename.name} if rename.old in teams else set()
            step = RENAME_TEAM.step(Scope("team", rename.old), to=rename.new)
        else:
            step = RENAME_GROUP.step(Scope("team", rename.name), group=rename.old, to=rename.new)
        # Refused if the old name is gone or the new one exists.
        if not isinstance(perform(account, step, run.clock), Refused):
            tracked, types = with_new_names(tracked, [step]), types_after(types, [step])
    return replace(run, account=account, teams=tuple(sorted(teams)), tracked=tracked, group_types=types)


Waits: TypeAlias = Callable[[PlannedStep], bool]
"""Predicate: True if a step of an applied plan waits for a person."""

PURCHASES = frozenset({"subscription", "contract", "product"})
"""Kinds of facts about purchases."""


def differing(one: Account, other: Account) -> set[Key]:
    """Return the keys of the facts that differ between two states."""
    return {fact.key for fact in compared(one, other, other)}


def waiting_now(declared: Declaration, run: Comparison) -> set[Key]:
    """Return the facts that a new plan would leave waiting: open cases, missing purchases, and their dependents.

    Used for targets without a journal.
    """
    projected = _projected(declared, run, _waits_now)
    return differing(projected.without, projected.whole)


def asked_people(since: SinceApply) -> bool:
    """Return True if a case was open after the apply, or was settled since.

    If not, only a missing purchase can have been left waiting.
    """
    return bool(since.cases) or any(map(_by_people, since.entries))


def waiting_since(declared: Declaration, run: Comparison, renames: list[Rename], since: SinceApply) -> set[Key]:
    """Return the facts that the last apply left waiting and that are unchanged since, including settled ones.

    The account of the run has no renames applied. Excludes facts that differed after the apply without waiting for a
    person: changes that the apply ignored.
    """
    then = run.account.copy()
    for entry in reversed(since.entries):
        then.undo(entry.rows)
    settled = then.copy()
    for entry in since.entries:
        if _by_people(entry):
            perform(settled, entry.step, run.clock)  # if refused, because of another change, it stays open

    def named(account: Account) -> Comparison:
        return with_renames(replace(run, account=account, cases=since.cases), renames)

    before = _projected(declared, named(then), _waited)
    passed_over = differing(before.start, before.without)
    by_people = any(map(_by_people, since.entries))
    after = _projected(declared, named(settled), _waited) if by_people else before
    unfinished = set(_unfinished(before.start, after))
    others = [entry for entry in since.entries if not _by_people(entry)]
    if others and unfinished:
        unfinished -= differing(after.start, named(run.account).account)
        for one, other in _back_and_forth(run.account, since.entries, others):
            unfinished -= differing(named(one).account, named(other).account)
    return unfinished - passed_over


@dataclass(frozen=True, slots=True)
class _Projection:
    """An account, with the result of a plan without and with its waiting steps."""

    start: Account
    without: Account
    whole: Account


def _projected(declared: Declaration, run: Comparison, waits: Waits) -> _Projection:
    cases = {same(case.step): case.id for case in run.cases}
    request = Request(
        *(run.account, "", run.clock, lambda _: "account", "", "{}", None, run.teams, (), cases),
        tracked=run.tracked,
        group_types=run.group_types,
    )
    without, whole = run.account.copy(), run.account.copy()
    waiting: set[int] = set()
    for planned in make_plan(declared, request).steps:
        perform(whole, planned.step, run.clock)
        if waits(planned) or not waiting.isdisjoint(planned.needs):
            waiting.add(planned.id)
        else:
            perform(without, planned.step, run.clock)
    return _Projection(run.account, without, whole)


def _by_people(entry: HistoryEntry) -> bool:
    """Return True if an entry is a settled form, request or purchase, not a change in the portal."""
    action = ACTIONS.get(entry.step.action)
    return action is not None and action.channel != "self-service"


def _unfinished(then: Account, after: _Projection) -> Iterator[Key]:
    """Yield the facts still to be done, except purchases made since in at least the required amount."""
    bought = {_thing(key) for key in differing(then, after.start) if key[1] in PURCHASES}
    for fact in compared(after.start, after.whole, after.whole):
        key = fact.key
        if _thing(key) not in bought or _less(fact.applied, fact.portal):
            yield key


def _thing(key: Key) -> tuple[str, Of]:
    """Return the purchase of a fact, without the fact's name; a subscription without its team."""
    scope, what, of = key
    where = (("contract", scope.name),) if scope.kind == "contract" else ()
    return what, (*where, *(pair for pair in of if pair[0] != "fact"))


def _back_and_forth(
    now: Account, entries: Iterable[HistoryEntry], others: Iterable[HistoryEntry]
) -> Iterator[tuple[Account, Account]]:
    """Yield the account before and after each entry of `others` that was reverted since."""
    first: dict[object, Change] = {}
    last: dict[object, Change] = {}
    for entry in others:
        for row in entry.rows:
            first.setdefault((row.table, row.key), row)
            last[row.table, row.key] = row
    again = {key for key, row in first.items() if row.old == last[key].new}
    serials = {entry.serial for entry in others if any((row.table, row.key) in again for row in entry.rows)}
    after = now
    for entry in reversed(tuple(entries)):
        before = after.copy()
        before.undo(entry.rows)
        if entry.serial in serials:
            yield before, after
        after = before


def _waited(planned: PlannedStep) -> bool:
    """Return True if a step waited for people when applied; a form only if it became a case."""
    return planned.case is not None or planned.channel in {"support", "purchase"}


def _waits_now(planned: PlannedStep) -> bool:
    step = planned.step
    if planned.channel != "purchase":
        return planned.case is not None
    now, wanted = step.get("now"), step.get("wanted")
    if not isinstance(now, Facts) or not isinstance(wanted, Facts):
        return True
    return any(_less(now.get(name), wanted.get(name)) for name in ("seats", "tokens", "ends"))


def _less(have: object, wanted: object) -> bool:
    """Return True if the account has fewer seats or tokens, or an earlier end, than wanted."""
    if isinstance(have, int) and isinstance(wanted, int):
        return have < wanted
    return isinstance(have, str) and isinstance(wanted, str) and have < wanted
