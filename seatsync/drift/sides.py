"""The account that a declaration describes, within its scope: one state of the comparison."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from seatsync.account.actions.group_actions import RENAME_GROUP
from seatsync.account.actions.team_actions import RENAME_TEAM
from seatsync.account.engine import perform
from seatsync.account.memory import TrackedPeople, with_new_names
from seatsync.account.model import Account, Contract, Scope, Team
from seatsync.account.past import HistoryEntry
from seatsync.account.refusal import Refused
from seatsync.clock import Clock
from seatsync.declaration.comparing_renames import Rename
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam
from seatsync.planning.acting import authority_of
from seatsync.planning.authority import Authority, Thing
from seatsync.planning.changes import change_of_address
from seatsync.planning.wanted import desired_state
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
    """

    account: Account
    clock: Clock
    actor: str | None = None
    teams: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    since: SinceApply | None = None
    tracked: TrackedPeople = field(default_factory=dict)


def declared_state(declared: Declaration, run: Comparison) -> tuple[Account, tuple[Thing, ...]]:
    """Return the declared account, with unmanaged parts as they are, and the scopes that the actor cannot see."""
    authority, unseen = authority_of(declared, run.account, run.actor, run.teams, run.tracked)
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


def with_renames(run: Comparison, renames: Iterable[Rename]) -> Comparison:
    """Return the run with its account renamed to the names that git has now."""
    account = run.account.copy()
    teams = set(run.teams)
    tracked = run.tracked
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
            tracked = with_new_names(tracked, [step])
    return replace(run, account=account, teams=tuple(sorted(teams)), tracked=tracked)
