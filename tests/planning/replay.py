"""Checker of plans that shares no code with the planner and replays steps through the engine."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from seatsync.account.access import performers
from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.engine import perform
from seatsync.account.model import Account
from seatsync.clock import Clock
from tests.account.invariants import over, violations, worse


def entitled(account: Account) -> set[tuple[str, str, str]]:
    """Return all entitlements as team, product and person, derived from the plain relations."""
    found: set[tuple[str, str, str]] = set()
    for name, team in account.teams.items():
        found.update((name, product, user) for product, holders in team.seats.items() for user in holders)
        for group in team.groups.values():
            found.update((name, product, user) for product in group.products for user in group.members)
    return found


def content(account: Account) -> object:
    """Return the content of an account that a plan has to reach, without statuses and times of invitations."""
    return (
        {user: (person.first_name, person.last_name) for user, person in account.users.items()},
        account.teams,
        account.subscriptions,
        account.contracts,
    )


def replay(start: Account, steps: Iterable[Step], goal: Account, clock: Clock, *, renamed: bool = False) -> Account:
    """Carry steps out one by one, and assert the guarantees after each."""
    account = start.copy()
    at_first = over(account, clock.day)
    kept = set() if renamed else entitled(start) & entitled(goal)
    staying = set() if renamed else set(start.users) & set(goal.users)
    for number, step in enumerate(steps, 1):
        assert step.action.startswith("purchase.") or performers(account, step), (number, step)
        rows = perform(account, step, clock)
        assert not isinstance(rows, Refused), (number, step, rows)
        assert not violations(account), (number, step, violations(account))
        assert not worse(at_first, over(account, clock.day)), (number, step)
        assert kept <= entitled(account), (number, step, kept - entitled(account))
        assert staying <= set(account.users), (number, step, staying - set(account.users))
    return account


def any_order(needs: dict[int, tuple[int, ...]], random: Random) -> list[int]:
    """Return a random order of numbered steps in which each follows those it needs."""
    order: list[int] = []
    while len(order) < len(needs):
        ready = [n for n, before in needs.items() if n not in order and set(before) <= set(order)]
        order.append(random.choice(ready))
    return order
