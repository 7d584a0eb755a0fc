"""A plan of any size and its account, for tests of speed and of size limits."""

from __future__ import annotations

from seatsync.account.actions.spec import Step
from seatsync.account.model import Account, Scope, Subscription, Team, User
from seatsync.finding import Location
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.planning.preview import Preview, preview_of
from tests.account.sample import NOON
from tests.reporting.test_plan_text import EMPTY, planned

_A_TEAM = 40  # steps of one team


def large(steps: int) -> Plan:
    """Return a plan with `steps` steps, forty per team: one role, removals, seats and invitations."""
    found = [_step(number, *divmod(number - 1, _A_TEAM)) for number in range(1, steps + 1)]
    return EMPTY._replace(steps=tuple(found))


def _step(number: int, team: int, place: int) -> PlannedStep:
    scope, user = Scope("team", f"team {team:03}"), f"person.{place}@team{team:03}.example"
    boss = f"boss@team{team:03}.example"
    if place == 0:
        step = Step.make("admin.assign_secondary", scope, user=f"person.1@team{team:03}.example")
    elif place % 3 == 0:
        step = Step.make("seat.unassign", scope, product="AutoCAD", user=user)
    elif place % 3 == 1:
        step = Step.make("seat.assign", scope, product="Revit", user=user)
    else:
        step = Step.make("user.invite", scope, user=f"new.{user}", first_name="New", last_name="Person")
    needs = (number - 1,) if place % 5 == 1 else ()
    reason = Location(f"teams/{team:03}.yaml", place + 3, 7, place + 3, 20)
    return planned(number, step, needs=needs, performers=(boss, f"deputy@team{team:03}.example"), reason=reason)


def account_of(plan: Plan) -> Account:
    """Return the account before such a plan."""
    account = Account("acme")
    for name in {each.step.scope.name for each in plan.steps}:
        domain = name.replace(" ", "")
        people = [f"person.{place}@{domain}.example" for place in range(_A_TEAM)]
        boss, deputy = f"boss@{domain}.example", f"deputy@{domain}.example"
        for user in (boss, deputy, *people):
            account.users[user] = User(user)
        account.teams[name] = Team(boss, admins={deputy: "secondary"}, members={boss, deputy, *people})
        account.teams[name].seats["AutoCAD"] = set(people)
        for product, count in (("AutoCAD", 30), ("Revit", 20)):
            account.subscriptions[f"{name} {product}"] = Subscription(
                name, product, "single-user", count, None, "store", boss, "2026-01-01", "2026-12-31"
            )
    return account


def preview(plan: Plan) -> Preview:
    """Return the account before and after such a plan."""
    return preview_of(plan, account_of(plan), NOON, [], [])
