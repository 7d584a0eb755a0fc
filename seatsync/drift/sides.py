"""The states that a declaration asks an account for, where it has a say: one side of the comparison."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from seatsync.account.actions import Facts, Step
from seatsync.account.engine import perform
from seatsync.account.model import WHOLE_ACCOUNT, Account, Contract, Scope, Team
from seatsync.account.step_text import same
from seatsync.clock import Clock
from seatsync.declaration.comparing_renames import Rename
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam
from seatsync.planning.acting import authority_of
from seatsync.planning.authority import Authority, Thing
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import PlannedStep
from seatsync.planning.wanted import want
from seatsync.targets import Case


@dataclass(frozen=True, slots=True)
class Run:
    """What a run is about: the account as it is, the day, whose eyes (an identity), and which teams (none: all)."""

    account: Account
    clock: Clock
    actor: str | None = None
    teams: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()


def asked_for(declared: Declaration, run: Run) -> tuple[Account, tuple[Thing, ...]]:
    """The account as a declaration wants it: with what is there of everything else. And the scopes that are unseen."""
    authority, unseen = authority_of(declared, run.account, run.actor, run.teams)
    base = run.account.copy()
    for name, team in declared.teams.items():
        if name not in base.teams and authority.covers_team(name):
            base.teams[name] = _new_team(team, declared)
    for number, contract in declared.contracts.items():
        if number not in base.contracts and authority.covers_contract(number):
            base.contracts[number] = _new_contract(contract)
    goal = want(declared, base, authority, run.clock.day).account
    _vendors_facts(declared, goal, authority)
    return goal, unseen


def _new_team(team: DeclaredTeam, declared: Declaration) -> Team:
    """A team that is declared and not there, still empty."""
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
    """What only the vendor can change is declared all the same; a plan has no steps for it, and so asks for none."""
    for key, said in declared.subscriptions.items():
        now = goal.subscriptions.get(key)
        if now is not None and authority.covers_subscription(said.team, now):
            goal.subscriptions[key] = replace(now, product=said.product, offering=said.offering, channel=said.channel)
    for number, contract in declared.contracts.items():
        there = goal.contracts.get(number)
        if there is None or not authority.covers_contract(number):
            continue
        there.license_type = contract.license_type or there.license_type
        there.channel = contract.channel
        there.deployment = contract.deployment or there.deployment
        for name, said_product in contract.products.items():
            have = there.products[name]
            there.products[name] = replace(
                have,
                serial=said_product.serial or have.serial,
                product_key=said_product.product_key or have.product_key,
            )


def with_renames(run: Run, renames: Iterable[Rename]) -> Run:
    """The run with the account under the names that git has now, where it still has the old ones."""
    account = run.account.copy()
    teams = set(run.teams)
    for rename in renames:
        if rename.what == "address":
            person = account.users.get(rename.old)
            step = Step.make("user.change_email", WHOLE_ACCOUNT, user=person.email if person else "", to=rename.new)
        elif rename.what == "team":
            teams |= {rename.name} if rename.old in teams else set()
            step = Step.make("team.rename", Scope("team", rename.old), to=rename.new)
        else:
            step = Step.make("group.rename", Scope("team", rename.name), group=rename.old, to=rename.new)
        perform(account, step, run.clock)  # refused where the old name is not there, or the new one is
    return replace(run, account=account, teams=tuple(sorted(teams)))


def around_what_waits(declared: Declaration, run: Run) -> tuple[Account, Account]:
    """The account as a plan for a declaration would leave it, without the steps that wait and with them.

    What waits are open forms and support requests, purchases that are still to be made, and what needs one of these.
    """
    cases = {same(case.step): case.id for case in run.cases}
    request = Request(run.account, "", run.clock, lambda _: "account", "", "{}", None, run.teams, (), cases)
    without, whole = run.account.copy(), run.account.copy()
    waiting: set[int] = set()
    for planned in make_plan(declared, request).steps:
        perform(whole, planned.step, run.clock)
        if _waits(planned) or not waiting.isdisjoint(planned.needs):
            waiting.add(planned.id)
        else:
            perform(without, planned.step, run.clock)
    return without, whole


def _waits(planned: PlannedStep) -> bool:
    if planned.case is not None:
        return True
    step = planned.step
    if not step.action.startswith("purchase."):
        return False
    now, wanted = step.get("now"), step.get("wanted")
    if not isinstance(now, Facts) or not isinstance(wanted, Facts):
        return True
    return any(_less(now.get(name), wanted.get(name)) for name in ("seats", "tokens", "ends"))


def _less(have: object, wish: object) -> bool:
    """Whether the account has fewer seats or tokens, or an earlier end."""
    if isinstance(have, int) and isinstance(wish, int):
        return have < wish
    return isinstance(have, str) and isinstance(wish, str) and have < wish
