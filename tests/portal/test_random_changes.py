"""Random changes of a declaration, planned from exports and carried out in the portal: later exports show all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set as AbstractSet
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.engine import perform
from seatsync.account.model import Account
from seatsync.demo.shown_objects import products_of
from seatsync.finding import has_errors
from seatsync.planning.plan import Plan
from tests.portal.portal_model import CLOCK, plan_from
from tests.portal.random_accounts import DAY, random_account, user_of
from tests.portal.random_changes import Goal, changed
from tests.portal.written_exports import Written, exports_of, holders

SEEDS = (*range(100), 197, 285)
"""The last two have steps that are rare; `make soak` has very many more seeds."""
ROUNDS = 4
NEVER = {"contract_manager.transfer", "sso.configure", "user.resend_invitation", "team.delete"}
"""Steps about facts that no export shows: a subscriptions export does not mention teams without any."""


def rests_on_unknown(step: Step, account: Account, exports: Written) -> bool:
    """Return True if a step rests on what exports do not show.

    That is how a seat is held, some groups, contract managers, and subscriptions where there is no such export.
    """
    group, team = step.get("group"), account.teams.get(step.scope.name)
    if step.action == "purchase.subscription":  # it may be elsewhere, in no export
        bought = account.subscriptions.get(step.text("subscription"))
        return bought is not None and (bought.team or "") not in exports.covers.get("subscriptions", set())
    if step.action in {"subscription.assign", "subscription.move"}:  # its manager has to be in the new team
        return True
    if step.action == "user.remove":
        return user_of(step.text("user")) in managers(account, step.scope.name) | managers(account, None)
    if team is None:
        return False
    if step.action == "seat.assign" and step.scope.name not in exports.covers.get("subscriptions", set()):
        return True
    if group is not None:
        known = exports.covers.get("groups", set()) & exports.covers.get("usage report", set())
        return step.scope.name not in known or group not in team.groups or not team.groups[str(group)].members
    return step.action == "seat.unassign" and user_of(step.text("user")) in holders(team, step.text("product"))


def managers(account: Account, team: str | None) -> set[str]:
    """Return the contract managers of a team's subscriptions (None: of those in no team)."""
    return {bought.contract_manager for bought in account.subscriptions.values() if bought.team == team}


def carried_out(plan: Plan, account: Account, exports: Written) -> set[int]:
    """Carry out a plan in the portal; return the ids of the steps that it refuses, or that need one of these."""
    left: set[int] = set()
    for planned in plan.steps:
        unknown = rests_on_unknown(planned.step, account, exports)
        if not left.isdisjoint(planned.needs):
            left.add(planned.id)
        elif isinstance(answer := perform(account, planned.step, CLOCK), Refused):
            assert unknown, (planned.step, answer.message)
            left.add(planned.id)
    return left


def check_only_known(plan: Plan, account: Account, exports: Written) -> None:
    """Check that every step is about facts that exports show."""
    status = exports.covers.get("status", set())
    for step in (planned.step for planned in plan.steps):
        assert step.action not in NEVER
        if step.action.startswith(("purchase.", "subscription.")):
            key = step.text("subscription") if step.get("subscription") else ""
            bought = account.subscriptions.get(key)
            assert bought is None or (bought.team or "") in exports.covers.get("subscriptions", ())
        if step.action in {"user.change_email", "user.redirect_invitation"}:
            user = user_of(step.text("user"))
            assert any(user in team.members for name, team in account.teams.items() if name in status)


def check_reached(chance: Random, folder: Path) -> Counter[str]:
    """Check that a random change is planned, and reached once it is carried out. Return the actions of its steps."""
    account = random_account(chance)
    exports = exports_of(account, chance)
    found = changed(chance, account)
    if found is None:
        return Counter()
    goal, declared = found
    actions: Counter[str] = Counter()
    left: set[int] = set()
    for number in range(ROUNDS):
        exports.put(folder / f"{number}")
        plan = plan_from(folder / f"{number}", declared)
        check_only_known(plan, account, exports)
        actions.update(planned.step.action for planned in plan.steps)
        if has_errors(plan.findings):
            return actions
        if len(plan.steps) == len(left):
            unknown = plan.left_out or any(finding.code == "SOURCE007" for finding in plan.findings)
            if not left and not unknown:
                check_as_declared(goal, account)
            return actions
        left = carried_out(plan, account, exports)
        exports = exports_of(account, chance, exports)
    raise AssertionError(plan.steps)


def check_as_declared(goal: Goal, account: Account) -> None:
    """Check that the portal has all that is declared, and nothing else if everything is pruned."""
    whole = set(goal.policy["prune"]) >= {"seats", "admins", "groups", "members"}
    for name, team in goal.account.teams.items():
        now, members = account.teams[name], set(team.members)
        kept = managers(goal.account, name).union(
            team.admins, team.external, *team.seats.values(), *(each.members for each in team.groups.values())
        )
        members -= {user for user, days in goal.days.items() if days["until"] < DAY} - kept - {team.primary}
        pairs: list[tuple[AbstractSet[object], AbstractSet[object]]] = [(members, now.members)]
        pairs += [(holders(team, product), holders(now, product)) for product in products_of(team)]
        pairs += [(team.admins.items(), now.admins.items())]
        for wanted, there in pairs:
            assert wanted <= there, (name, wanted, there)
            assert not whole or wanted == there, (name, wanted, there)


def changes_are_reached(chance: Random) -> int:
    """Check that a random change is reached; return the number of its steps."""
    with TemporaryDirectory() as name:
        return check_reached(chance, Path(name)).total()


def test_random_changes_are_reached(tmp_path: Path) -> None:
    """The steps are of every kind that exports can show the effect of."""
    actions = sum((check_reached(Random(seed), tmp_path / f"{seed}") for seed in SEEDS), Counter[str]())
    no_export = {name for name in ACTIONS if name.startswith(("coordinator", "service", "support"))}
    bought = {"purchase.renewal", "purchase.contract"}
    assert ACTIONS.keys() - actions.keys() - no_export - bought == {*NEVER, "team.create"}
