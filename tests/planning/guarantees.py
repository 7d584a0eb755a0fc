"""Checker of the guarantees of every plan, by replays that share no code with the planner.

A plan is carried out in its own order and in others that its `needs` allow: random ones, and one that puts every step
off as long as possible. After each step all guarantees are checked. `Broken` names the first that does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from seatsync.account.access import performers
from seatsync.account.actions.effects import Refused
from seatsync.account.email import identity
from seatsync.account.engine import perform
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.planning.plan import Plan, PlannedStep
from tests.account.invariants import over, violations
from tests.planning.replay import content, entitled


class Broken(AssertionError):
    """A guarantee that a plan violates: its number in the list, and what happened."""

    def __init__(self, number: int, story: str) -> None:
        super().__init__(f"guarantee {number}: {story}")
        self.number = number


Order: TypeAlias = list[PlannedStep]
Roles: TypeAlias = tuple[str, dict[str, str]]
"""The primary admin of a team, and the roles of its other admins."""

TAKES_PLACES = {"seat.assign", "group.add_member", "service.assign", "support.assign"}
TAKES_PLACES |= {"subscription.move", "purchase.seats"}
"""Actions that a pool without room refuses."""


@dataclass
class Checked:
    """A plan for an account; `minimum` is the policy's number of secondary admins.

    `former` maps new names of teams and people to their names in the account.
    """

    plan: Plan
    before: Account
    clock: Clock
    minimum: int = 0
    former: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.final: Account | None = None
        after = self.before.copy()
        for planned in self.plan.steps:
            if isinstance(perform(after, planned.step, self.clock), Refused):
                after = self.before.copy()  # reported by the replay of this order
                break
        self.after = after
        self.kept = self._entitled(self.before) & self._entitled(after)
        self.staying = self._people(self.before) & self._people(after)
        self.too_many = self._over(self.before)
        teams = {self._old(name): team for name, team in self.before.teams.items()}
        self.backed = self._backed(self.before) & self._backed(after)
        self.signed_on = self._signed_on(self.before) & self._signed_on(after)
        changed = {self._old(planned.step.scope.name) for planned in self.plan.steps}
        for name in sorted((self.backed | self.signed_on) & teams.keys() & changed):
            if not self._can_keep_enough(name, (teams[name].primary, dict(teams[name].admins)), self._role_steps(name)):
                self.backed.discard(name)
                self.signed_on.discard(name)

    def every_guarantee(self, random: Random, orders: int = 3) -> None:
        """Check every guarantee in the plan's order, the latest one and random ones. Raises `Broken`."""
        self.final = self.carried_out(list(self.plan.steps))
        for order in (self._put_off(), *(self._any_order(random) for _ in range(orders))):
            if content(self.carried_out(order)) != content(self.final):
                raise Broken(5, f"another order leads elsewhere: {_told(order)}")
        if self.plan.steps:
            self.one_of_those_named_can(random.choice(self.plan.steps))
            self.is_needed(random.choice(self.plan.steps))

    def carried_out(self, order: Order) -> Account:
        """Return the account after an order, checking every guarantee after each step."""
        account = self.before.copy()
        for rank, planned in enumerate(order):
            where = f"{_told([planned])} after {_told(order[:rank])}"
            self._can_be_done(account, planned, where)
            rows = perform(account, planned.step, self.clock)
            if isinstance(rows, Refused):
                raise Broken(2 if planned.step.action in TAKES_PLACES else 1, f"{where}: {rows.message}")
            for number, trouble in self._amiss(account):
                raise Broken(number, f"{where}: {trouble}")
        return account

    def _can_be_done(self, account: Account, planned: PlannedStep, where: str) -> None:
        able = performers(account, planned.step)
        if not able:
            raise Broken(4, f"nobody can do {where}")
        if self.plan.actor is None or not planned.allowed or planned.channel != "self-service":
            return
        actor = self._old(identity(self.plan.actor) or "")
        if actor not in {self._old(user) for user in able}:
            raise Broken(4, f"the actor cannot do {where}")

    def _amiss(self, account: Account) -> Iterator[tuple[int, str]]:
        yield from ((1, trouble) for trouble in violations(account))
        more = {pool: excess for pool, excess in self._over(account).items() if excess > self.too_many.get(pool, 0)}
        yield from ((2, f"{pool} is over its limit") for pool in sorted(more))
        yield from ((3, f"{lost} is without") for lost in sorted(self.kept - self._entitled(account)))
        yield from ((6, f"{user} left") for user in sorted(self.staying - self._people(account)))
        yield from ((7, f"too few secondary admins in {name}") for name in sorted(self.backed - self._backed(account)))
        yield from ((7, f"no SSO admin in {name}") for name in sorted(self.signed_on - self._signed_on(account)))

    def _role_steps(self, name: str) -> list[tuple[str, str]]:
        steps = (planned.step for planned in self.plan.steps if planned.step.action.startswith("admin."))
        return [
            (step.action.removeprefix("admin."), self._old(identity(step.text("user")) or ""))
            for step in steps
            if self._old(step.scope.name) == name
        ]

    def _can_keep_enough(self, name: str, roles: Roles, left: list[tuple[str, str]]) -> bool:
        """Return True if some order of a team's role steps always leaves enough admins; a swap of two does not."""
        counts = [*roles[1].values()]
        if name in self.backed and counts.count("secondary") < self.minimum:
            return False
        if name in self.signed_on and "sso" not in counts:
            return False
        return not left or any(
            (then := _roles_after(roles, *step)) is not None
            and self._can_keep_enough(name, then, [*left[:rank], *left[rank + 1 :]])
            for rank, step in enumerate(left)
        )

    def planned_again(self, again: Plan) -> None:
        """Check that a new plan from the state that this one leads to is empty: all side effects were foreseen."""
        if again.steps:
            raise Broken(8, f"planned again: {_told(list(again.steps))}")

    def one_of_those_named_can(self, planned: PlannedStep) -> None:
        """Check that a printed performer may perform a step after only the steps it needs."""
        account = self.before.copy()
        for need in sorted(self._closure(planned.id)):
            perform(account, self.plan.steps[need - 1].step, self.clock)
        able = {self._old(user) for user in performers(account, planned.step)}
        named = {self._old(identity(who) or "") for who in planned.performers}
        if not able & named:
            raise Broken(4, f"none of {sorted(named)} can do {_told([planned])} with what it needs alone")

    def is_needed(self, planned: PlannedStep) -> None:
        """Check that the other steps alone are not legal, or lead elsewhere."""
        account = self.before.copy()
        others = [other.step for other in self.plan.steps if other is not planned]
        legal = not any(isinstance(perform(account, step, self.clock), Refused) for step in others)
        resent = planned.step.action == "user.resend_invitation"  # changes nothing that is declared
        if legal and not resent and content(account) == content(self.after):
            raise Broken(5, f"{_told([planned])} is not needed")

    def _closure(self, number: int) -> set[int]:
        found: set[int] = set()
        waiting = list(self.plan.steps[number - 1].needs)
        while waiting:
            need = waiting.pop()
            if need not in found:
                found.add(need)
                waiting.extend(self.plan.steps[need - 1].needs)
        return found

    def _any_order(self, random: Random) -> Order:
        return self._ordered(random.choice)

    def _put_off(self) -> Order:
        """Return the order in which the last of the possible next steps always comes next."""
        return self._ordered(lambda ready: ready[-1])

    def _ordered(self, choose: Callable[[Order], PlannedStep]) -> Order:
        order: Order = []
        done: set[int] = set()
        left = list(self.plan.steps)
        while left:
            chosen = choose([planned for planned in left if done.issuperset(planned.needs)])
            left.remove(chosen)
            order.append(chosen)
            done.add(chosen.id)
        return order

    def _old(self, name: str) -> str:
        return self.former.get(name, name)

    def _entitled(self, account: Account) -> set[tuple[str, str, str]]:
        return {(self._old(team), product, self._old(user)) for team, product, user in entitled(account)}

    def _people(self, account: Account) -> set[str]:
        return {self._old(user) for user in account.users}

    def _over(self, account: Account) -> dict[tuple[str, ...], int]:
        return {(kind, self._old(scope), *rest): n for (kind, scope, *rest), n in over(account, self.clock.day).items()}

    def _backed(self, account: Account) -> set[str]:
        """Return the teams with as many secondary admins as the policy requires."""
        return {
            self._old(name)
            for name, team in account.teams.items()
            if [*team.admins.values()].count("secondary") >= self.minimum
        }

    def _signed_on(self, account: Account) -> set[str]:
        """Return the teams with an SSO admin."""
        return {self._old(name) for name, team in account.teams.items() if "sso" in team.admins.values()}


def _roles_after(roles: Roles, action: str, user: str) -> Roles | None:
    """Return the roles of a team after a step; None if it is not legal."""
    primary, others = roles
    if action == "change_primary":
        kept = {each: role for each, role in others.items() if each != user}
        return (user, {**kept, primary: "secondary"}) if others.get(user) == "secondary" else None
    if action == "revoke":
        return (primary, {each: role for each, role in others.items() if each != user}) if user in others else None
    return (primary, {**others, user: action.removeprefix("assign_")}) if user != primary else None


def _told(order: Order) -> str:
    return ", ".join(f"{planned.id} {planned.step.action} {dict(planned.step.args)}" for planned in order) or "nothing"
