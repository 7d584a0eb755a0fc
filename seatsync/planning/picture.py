"""The account beside a plan: who has which role and holds what, before and after, and how full the pools are.

A plan document holds steps alone. Where the account is at hand too, its steps are carried out on a copy, so that people
can be shown the two sides. Forms, support and purchases are taken for done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from seatsync.account.actions.table import RENAMES_TEAM
from seatsync.account.engine import perform
from seatsync.account.entitlements import SERVICE_LIMIT, pool, support_limit, used
from seatsync.account.model import Account, Contract, Scope, Subscription, Team, entitled
from seatsync.clock import Clock
from seatsync.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Row:
    """People in one role, or holders of one thing: `what` in words, its `name` where it has one, sorted addresses."""

    what: str
    name: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A team or contract before or after a plan: its roles, and what people hold in it."""

    roles: tuple[Row, ...]
    held: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A team or contract that a plan has steps for, on both sides (None: it is not there).

    `scope` is how the account calls it first; `name` how the plan leaves it.
    """

    scope: Scope
    name: str
    before: Side | None
    after: Side | None

    @property
    def other_roles(self) -> bool:
        """Whether anybody's role differs."""
        return (self.before.roles if self.before else ()) != (self.after.roles if self.after else ())


@dataclass(frozen=True, slots=True)
class Fill:
    """How full a pool is: seats in use, seats there are (None: not counted), and the last day of the term, if any."""

    used: int
    seats: int | None
    ends: str | None

    @property
    def over(self) -> int:
        """How many seats are in use that there are not."""
        return 0 if self.seats is None else max(0, self.used - self.seats)


@dataclass(frozen=True, slots=True)
class Pool:
    """The seats of a product in a team or contract, a service or support benefits; before and after a plan."""

    scope: Scope
    product: str
    now: Fill
    after: Fill


@dataclass(frozen=True, slots=True)
class Picture:
    """Both sides of every team and contract with steps; the pools of all that were asked for.

    `approvers`: identities of those who may approve the plan (None: it needs no approval, or nobody asked).
    """

    pairs: tuple[Pair, ...]
    pools: tuple[Pool, ...]
    approvers: tuple[str, ...] | None = None


def picture_of(
    plan: Plan, account: Account, clock: Clock, teams: Collection[str], contracts: Collection[str]
) -> Picture:
    """The two sides of a plan that was made from this account, which stays as it is.

    `teams` and `contracts` are those whose pools are of interest beside those with steps. What the actor does not see
    is left out.
    """
    unseen = {(kind, name) for thing in plan.unseen for kind, name in thing}
    after = account.copy()
    names: dict[str, str] = {}  # of teams: as they end up, by how they are called first
    for planned in plan.steps:
        perform(after, planned.step, clock)  # refused only where an earlier step is an error's; it is left out then
        if planned.step.action in RENAMES_TEAM:
            names[planned.step.scope.name] = planned.step.text("to")
    first = {last: name for name, last in names.items()}
    changed = {_first(planned.step.scope, first) for planned in plan.steps}
    changed = {scope for scope in changed if scope.kind != "account" and (scope.kind, scope.name) not in unseen}
    asked = {_first(Scope("team", name), first) for name in teams} | {Scope("contract", number) for number in contracts}
    asked = {scope for scope in asked if (scope.kind, scope.name) not in unseen}
    pairs = tuple(
        Pair(scope, names.get(scope.name, scope.name), _side(account, scope), _side(after, _last(scope, names)))
        for scope in sorted(changed)
    )
    pools = chain.from_iterable(
        _pools(scope, account, _last(scope, names), after, clock.day) for scope in sorted(changed | asked)
    )
    return Picture(pairs, tuple(pools))


def _first(scope: Scope, first: dict[str, str]) -> Scope:
    return Scope("team", first.get(scope.name, scope.name)) if scope.kind == "team" else scope


def _last(scope: Scope, names: dict[str, str]) -> Scope:
    return Scope("team", names.get(scope.name, scope.name)) if scope.kind == "team" else scope


def _side(account: Account, scope: Scope) -> Side | None:
    if scope.kind == "team":
        team = account.teams.get(scope.name)
        return _team_side(account, scope.name, team) if team is not None else None
    contract = account.contracts.get(scope.name)
    return _contract_side(account, contract) if contract is not None else None


def _team_side(account: Account, name: str, team: Team) -> Side:
    roles = [_row(account, "primary admin", "", [team.primary])]
    for word, role in (("secondary admin", "secondary"), ("SSO admin", "sso")):
        roles.append(_row(account, word, "", [user for user, has in team.admins.items() if has == role]))
    for key, sub in account.subscriptions_of(name).items():
        roles.append(_row(account, "contract manager", f"subscription {key}", [sub.contract_manager]))
    held = [_row(account, "member", "", team.members)]
    held += [_row(account, "group", group, team.groups[group].members) for group in sorted(team.groups)]
    held += [_row(account, "seat", product, entitled(team, product)) for product in _products(account, name)]
    return Side(tuple(row for row in roles if row.people), tuple(held))


def _contract_side(account: Account, contract: Contract) -> Side:
    roles = (
        _row(account, "contract manager", "", [contract.contract_manager]),
        _row(account, "software coordinator", "", [contract.coordinator]),
    )
    held = [_row(account, "member", "", contract.members)]
    held += [_row(account, "seat", name, contract.seats.get(name, ())) for name in sorted(contract.products)]
    held += [_row(account, "service", name, users) for name, users in sorted(contract.services.items())]
    held += [_row(account, "support", "", contract.support)] if contract.support else []
    return Side(roles, tuple(held))


def _row(account: Account, what: str, name: str, users: Iterable[str]) -> Row:
    """A row with people as their addresses were first written."""
    return Row(
        what, name, tuple(sorted(account.users[user].email if user in account.users else user for user in users))
    )


def _products(account: Account, team: str) -> list[str]:
    """What a team has subscriptions to, or holders of."""
    things = account.teams[team]
    found = {sub.product for sub in account.subscriptions_of(team).values()} | set(things.seats)
    return sorted(found.union(*(group.products for group in things.groups.values())))


def _pools(scope: Scope, before: Account, last: Scope, after: Account, day: str) -> Iterator[Pool]:
    now, then = _fills(before, scope, day), _fills(after, last, day)
    nothing = Fill(0, 0, None)
    for product in sorted(now.keys() | then.keys()):
        yield Pool(last, product, now.get(product, nothing), then.get(product, nothing))
    if last.kind == "contract":
        yield from _benefits(last, before.contracts.get(scope.name), after.contracts.get(scope.name))


def _fills(account: Account, scope: Scope, day: str) -> dict[str, Fill]:
    """How full every pool of a scope is, by product; services and support benefits of contracts are pools too."""
    if scope.kind == "team":
        if scope.name not in account.teams:
            return {}
        return {
            product: Fill(
                used(account, scope.name, product),
                pool(account, scope.name, product, day),
                _end(account.bought(scope.name, product), day),
            )
            for product in _products(account, scope.name)
        }
    contract = account.contracts.get(scope.name)
    if contract is None:
        return {}
    return {
        name: Fill(len(contract.seats.get(name, ())), product.seats, contract.ends)
        for name, product in contract.products.items()
    }


def _benefits(scope: Scope, before: Contract | None, after: Contract | None) -> Iterator[Pool]:
    """The services and support benefits that anybody has on either side: they have limits too."""
    sides = [side for side in (before, after) if side is not None]
    for name in sorted({service for side in sides for service in side.services}):
        now, then = (
            Fill(len(side.services.get(name, ())) if side else 0, SERVICE_LIMIT, side.ends if side else None)
            for side in (before, after)
        )
        yield Pool(scope, f"service {name}", now, then)
    if any(side.support for side in sides):
        now, then = (
            Fill(len(side.support), support_limit(side), side.ends) if side else Fill(0, 0, None)
            for side in (before, after)
        )
        yield Pool(scope, "support benefits", now, then)


def _end(subscriptions: Collection[Subscription], day: str) -> str | None:
    """The day on which the first of the terms ends that hold today; where none does, the last day there was any."""
    in_term = [sub.ends for sub in subscriptions if sub.in_term(day)]
    return min(in_term) if in_term else max((sub.ends for sub in subscriptions), default=None)
