"""Preview of a plan on an account: roles, holders and the use of pools, before and after.

A plan document contains steps only. If the account is available too, the steps are carried out on a copy. Forms,
support requests and purchases are assumed to be done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from seatsync.account.actions.spec import Facts
from seatsync.account.actions.table import RENAMES_TEAM
from seatsync.account.actions.team_actions import CONFIGURE_SSO
from seatsync.account.attributes import MENU_ROLES, ROLE_TITLES
from seatsync.account.engine import perform
from seatsync.account.entitlements import SERVICE_LIMIT, pool, support_limit, used
from seatsync.account.model import Account, Contract, Scope, Subscription, Team, entitled
from seatsync.clock import Clock
from seatsync.planning.difference.changes import sso_attributes
from seatsync.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Row:
    """People in one role, or holders of one thing: its kind in words (`what`), its `name` if any, sorted addresses."""

    what: str
    name: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScopeState:
    """A team or contract before or after a plan: its roles and holders."""

    roles: tuple[Row, ...]
    held: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ScopeChange:
    """A team or contract that a plan has steps for, before and after (None: it does not exist).

    `scope` has its name before the plan; `name` is the one after it.
    """

    scope: Scope
    name: str
    before: ScopeState | None
    after: ScopeState | None

    @property
    def other_roles(self) -> bool:
        """Return True if anybody's role differs."""
        return (self.before.roles if self.before else ()) != (self.after.roles if self.after else ())


@dataclass(frozen=True, slots=True)
class PoolUse:
    """The use of a pool: seats used, its capacity (None: not counted), and the last day of the term, if any."""

    used: int
    seats: int | None
    ends: str | None

    @property
    def over(self) -> int:
        """Number of seats used above the capacity."""
        return 0 if self.seats is None else max(0, self.used - self.seats)


@dataclass(frozen=True, slots=True)
class Pool:
    """The pool of a product, a service or support benefits in a team or contract, before and after a plan."""

    scope: Scope
    product: str
    now: PoolUse
    after: PoolUse


@dataclass(frozen=True, slots=True)
class Preview:
    """Every team and contract with steps before and after a plan, and their pools.

    `approvers` are the identities of those who may approve the plan (None: not needed or not determined).
    `replaced_sso` has the previous SSO configuration by id of the step that replaces it (None: there was none).
    """

    pairs: tuple[ScopeChange, ...]
    pools: tuple[Pool, ...]
    approvers: tuple[str, ...] | None = None
    replaced_sso: tuple[tuple[int, Facts | None], ...] = ()


def preview_of(
    plan: Plan, account: Account, clock: Clock, teams: Collection[str], contracts: Collection[str]
) -> Preview:
    """Return the preview of a plan that was made from this account; the account is not changed.

    `teams` and `contracts` are scopes whose pools are included besides those with steps. Scopes that the actor cannot
    see are left out, and pools without subscriptions where the plan does not know these.
    """
    unseen = {(kind, name) for thing in plan.unseen for kind, name in thing}
    after = account.copy()
    names: dict[str, str] = {}  # of teams: new names by old ones
    replaced_sso: list[tuple[int, Facts | None]] = []
    for planned in plan.steps:
        if planned.step.action == CONFIGURE_SSO.name and planned.step.scope.name in after.teams:
            replaced_sso.append((planned.id, sso_attributes(after.teams[planned.step.scope.name].sso)))
        perform(after, planned.step, clock)  # refused only if an earlier step was left out because of an error
        if planned.step.action in RENAMES_TEAM:
            names[planned.step.scope.name] = planned.step.text("to")
    first = {last: name for name, last in names.items()}
    changed = {_first(planned.step.scope, first) for planned in plan.steps}
    changed = {scope for scope in changed if scope.kind != "account" and (scope.kind, scope.name) not in unseen}
    asked = {_first(Scope("team", name), first) for name in teams} | {Scope("contract", number) for number in contracts}
    asked = {scope for scope in asked if (scope.kind, scope.name) not in unseen}
    pairs = tuple(
        ScopeChange(
            scope, names.get(scope.name, scope.name), _state(account, scope), _state(after, _last(scope, names))
        )
        for scope in sorted(changed)
    )
    pools = chain.from_iterable(
        _pools(scope, account, _last(scope, names), after, clock.day) for scope in sorted(changed | asked)
    )
    sizeless = {_last(Scope("team", row.team), names) for row in plan.unknown if row.fact == "subscriptions"}
    known = (
        each for each in pools if each.scope not in sizeless or after.subscriptions_to(each.scope.name, each.product)
    )
    return Preview(pairs, tuple(known), replaced_sso=tuple(replaced_sso))


def _first(scope: Scope, first: dict[str, str]) -> Scope:
    return Scope("team", first.get(scope.name, scope.name)) if scope.kind == "team" else scope


def _last(scope: Scope, names: dict[str, str]) -> Scope:
    return Scope("team", names.get(scope.name, scope.name)) if scope.kind == "team" else scope


def _state(account: Account, scope: Scope) -> ScopeState | None:
    if scope.kind == "team":
        team = account.teams.get(scope.name)
        return _team_state(account, scope.name, team) if team is not None else None
    contract = account.contracts.get(scope.name)
    return _contract_state(account, contract) if contract is not None else None


def _team_state(account: Account, name: str, team: Team) -> ScopeState:
    roles = [_row(account, "primary admin", "", [team.primary])]
    roles += [
        _row(account, ROLE_TITLES[role], "", [user for user, has in team.admins.items() if has == role])
        for role in MENU_ROLES
    ]
    for key, sub in account.subscriptions_of(name).items():
        roles.append(_row(account, "contract manager", f"subscription {key}", [sub.contract_manager]))
    held = [_row(account, "member", "", team.members)]
    held += [_row(account, ROLE_TITLES["external"], "", team.external)] if team.external else []
    held += [_row(account, "group", group, team.groups[group].members) for group in sorted(team.groups)]
    held += [_row(account, "seat", product, entitled(team, product)) for product in _products(account, name)]
    return ScopeState(tuple(row for row in roles if row.people), tuple(held))


def _contract_state(account: Account, contract: Contract) -> ScopeState:
    roles = (
        _row(account, "contract manager", "", [contract.contract_manager]),
        _row(account, "software coordinator", "", [contract.coordinator]),
    )
    held = [_row(account, "member", "", contract.members)]
    held += [_row(account, "seat", name, contract.seats.get(name, ())) for name in sorted(contract.products)]
    held += [_row(account, "service", name, users) for name, users in sorted(contract.services.items())]
    held += [_row(account, "support", "", contract.support)] if contract.support else []
    return ScopeState(roles, tuple(held))


def _row(account: Account, what: str, name: str, users: Iterable[str]) -> Row:
    """Return a row with the addresses of people as they were first written."""
    return Row(
        what, name, tuple(sorted(account.users[user].email if user in account.users else user for user in users))
    )


def _products(account: Account, team: str) -> list[str]:
    """Return the products that a team has subscriptions to, or holders of."""
    things = account.teams[team]
    found = {sub.product for sub in account.subscriptions_of(team).values()} | set(things.seats)
    return sorted(found.union(*(group.products for group in things.groups.values())))


def _pools(scope: Scope, before: Account, last: Scope, after: Account, day: str) -> Iterator[Pool]:
    now, then = _fills(before, scope, day), _fills(after, last, day)
    nothing = PoolUse(0, 0, None)
    for product in sorted(now.keys() | then.keys()):
        yield Pool(last, product, now.get(product, nothing), then.get(product, nothing))
    if last.kind == "contract":
        yield from _benefits(last, before.contracts.get(scope.name), after.contracts.get(scope.name))


def _fills(account: Account, scope: Scope, day: str) -> dict[str, PoolUse]:
    """Return the use of every pool of products in a scope."""
    if scope.kind == "team":
        if scope.name not in account.teams:
            return {}
        return {
            product: PoolUse(
                used(account, scope.name, product),
                pool(account, scope.name, product, day),
                _end(account.subscriptions_to(scope.name, product), day),
            )
            for product in _products(account, scope.name)
        }
    contract = account.contracts.get(scope.name)
    if contract is None:
        return {}
    return {
        name: PoolUse(len(contract.seats.get(name, ())), product.seats, contract.ends)
        for name, product in contract.products.items()
    }


def _benefits(scope: Scope, before: Contract | None, after: Contract | None) -> Iterator[Pool]:
    """Yield the pools of services and support benefits that anybody has before or after; they are limited too."""
    states = [state for state in (before, after) if state is not None]
    for name in sorted({service for state in states for service in state.services}):
        now, then = (
            PoolUse(len(state.services.get(name, ())) if state else 0, SERVICE_LIMIT, state.ends if state else None)
            for state in (before, after)
        )
        yield Pool(scope, f"service {name}", now, then)
    if any(state.support for state in states):
        now, then = (
            PoolUse(len(state.support), support_limit(state), state.ends) if state else PoolUse(0, 0, None)
            for state in (before, after)
        )
        yield Pool(scope, "support benefits", now, then)


def _end(subscriptions: Collection[Subscription], day: str) -> str | None:
    """Return the day on which the first current term ends; without a current term, the end of the latest one.

    Terms that renew by themselves do not end.
    """
    in_term = [sub for sub in subscriptions if sub.in_term(day)]
    if in_term:
        return min((sub.ends for sub in in_term if not sub.auto_renew), default=None)
    return max((sub.ends for sub in subscriptions), default=None)
