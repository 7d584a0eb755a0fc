"""The needs of each step: the earlier steps whose facts it reads, whose room it uses or whose rights it depends on.

Needs are derived from the rows that steps change:
- *facts*: the step reads something that an earlier step established (a member, a group, a role, an address);
- *seats*: in a counted pool every newcomer takes one seat. Seats that were free at the start are taken first; after
  those, a seat that an earlier step freed or bought, and the step depends on that one;
- *continuity*: the last way in which someone held a product is removed only after the step that gave a new one.

Together with the dependencies on the right to perform a step (class `Rights`), they make any order that respects them
legal, not only the order that was found.

A fact is a tuple of words: ("scope", kind, name) exists; ("member", kind, scope, person); ("group", team, name);
("role", team, person) as last changed; ("address", person) as it is now; ("known", person) in the account, by an
invitation; ("bought", subscription); ("subscription", id) as last moved or transferred; ("contract roles", number) as
last changed; ("contract product", number, name).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import TypeAlias

from seatsync.account.actions.seat_actions import ASSIGN_SEAT
from seatsync.account.actions.spec import ActionSpec, Facts, Step
from seatsync.account.actions.table import ACTIONS, LEAVES_TEAM
from seatsync.account.email import identity
from seatsync.account.model import Account, Change
from seatsync.planning.ordering.scarcity import Entitled, Pool, PoolSeats, Size, holders_in, seats_of

Fact: TypeAlias = tuple[str, ...]

_WHEN_NEW: dict[str, Fact] = {
    "team": ("scope", "team"),
    "contract": ("scope", "contract"),
    "team_member": ("member", "team"),
    "contract_member": ("member", "contract"),
    "team_group": ("group",),
    "subscription": ("bought",),
    "contract_product": ("contract product",),
}
"""The fact that a new row of a table establishes, without the row's key."""


def reads(step: Step, now: Account) -> Iterator[Fact]:
    """Yield the facts that the precondition of a step reads."""
    scope, spec = step.scope, ACTIONS[step.action]
    yield ("scope", scope.kind, scope.name)
    yield from _of_person(step, spec)
    group, product = step.get("group"), step.get("product")
    if isinstance(group, str):
        yield ("group", scope.name, group)
    if isinstance(product, str) and scope.kind == "contract":
        yield ("contract product", scope.name, product)
    if scope.kind == "contract" and "contract roles" in spec.reads:
        yield ("contract roles", scope.name)
    key = step.get("subscription")
    if isinstance(key, str):
        yield ("bought", key)
        yield from _of_subscription(step, spec, key, now)
    buyer = _buyer(step)
    if buyer is not None:
        yield from (("address", buyer), ("known", buyer))


def makes(step: Step, rows: tuple[Change, ...]) -> Iterator[Fact]:
    """Yield the facts that a step establishes, for later steps to need."""
    spec = ACTIONS[step.action]
    for row in rows:
        if row.table in _WHEN_NEW and row.old is None:
            yield (*_WHEN_NEW[row.table], *row.key)
        elif row.table == "user" and row.old is None:
            yield ("known" if "known" in spec.makes else "address", row.key[0])
        elif row.table == "user" and row.new is None:
            yield ("known", row.key[0])  # who leaves the account and buys something later leaves first
        elif row.table == "team_admin":
            yield ("role", *row.key)
        elif row.table == "subscription" and changes_hands(row):
            yield ("subscription", row.key[0])
    if spec.renames == "person":
        yield ("address", identity(step.text("to")) or "")
    if step.scope.kind == "contract" and "contract roles" in spec.makes:
        yield ("contract roles", step.scope.name)


def changes_hands(row: Change) -> bool:
    """Return True if the row of a subscription gets another team or contract manager."""
    return row.old is not None and row.new is not None and (row.old[0], row.old[6]) != (row.new[0], row.new[6])


def _of_person(step: Step, spec: ActionSpec) -> Iterator[Fact]:
    written = step.get(spec.person)
    if not isinstance(written, str):
        return
    user = identity(written) or ""
    yield ("address", user)
    if step.scope.kind == "account":
        yield ("known", user)
    if "member" in spec.reads:
        yield ("member", step.scope.kind, step.scope.name, user)
    if "role" in spec.reads:
        yield ("role", step.scope.name, user)


def _of_subscription(step: Step, spec: ActionSpec, key: str, now: Account) -> Iterator[Fact]:
    yield ("subscription", key)
    if spec.joins and key in now.subscriptions:
        manager = now.subscriptions[key].contract_manager
        yield ("member", step.scope.kind, step.scope.name, manager)
        yield ("member", "team", str(step.get("from")), manager)


def _buyer(step: Step) -> str | None:
    """Return the contract manager named by the purchase of something new."""
    wanted = step.get("wanted")
    manager = wanted.get("contract_manager") if isinstance(wanted, Facts) else None
    return identity(manager) if isinstance(manager, str) else None


class Needs:
    """The dependencies of a growing sequence of steps, numbered from 1."""

    def __init__(self, now: Account, day: str, base: Account | None = None, goal: Account | None = None) -> None:
        self.now = now
        self.day = day
        self.base = base
        self.goal = goal
        subscriptions = () if base is None else base.subscriptions.values()
        self._unplaced = {sub.contract_manager for sub in subscriptions if sub.team is None}
        self._facts: dict[Fact, int] = {}
        self._rows: dict[tuple[str, tuple[str, ...]], int] = {}
        self._releases: dict[Fact, list[int]] = {}
        self._in_scope: dict[Fact, list[int]] = {}
        self._pools: dict[Pool, PoolSeats] = {}
        self._taken: dict[Entitled, tuple[int, ...]] = {}
        self._losses: dict[Entitled, list[int]] = {}
        # Steps that gave another way to people who lose a seat of an overfull pool and could not get it back.
        self._regained: dict[Entitled, list[int]] = {}
        # Products given to a group without a subscription in term, which its members at that moment allow.
        self._given_to_members: dict[tuple[str, str], list[int]] = {}

    def continuing(self, team: str, product: str, user: str) -> bool:
        """Return True if someone is entitled before and after the plan."""
        if self.base is None or self.goal is None:
            return False
        return user in self.base.holders(team, product) and user in self.goal.holders(team, product)

    def with_goal(self, now: Account, base: Account, goal: Account) -> Needs:
        """Return the needs of steps from `base` to `goal`. Pools are counted again; facts and rows stay recorded."""
        needs = Needs(now, self.day, base, goal)
        record = (self._facts, self._rows, self._releases, self._in_scope)
        needs._facts, needs._rows, needs._releases, needs._in_scope = deepcopy(record)
        needs._given_to_members = deepcopy(self._given_to_members)
        return needs

    def open_pools(self, pools: Iterable[Pool]) -> None:
        """Record the state of pools before the first step that touches them."""
        for name in pools:
            if name not in self._pools:
                self._pools[name] = seats_of(self.now, name, self.day)

    def before(self, step: Step, rows: tuple[Change, ...]) -> set[int]:
        """Return the needs of a step that follow from the facts it reads. Call it before the step is carried out."""
        facts = self._facts
        needs = {facts[fact] for fact in reads(step, self.now) if fact in facts} if facts else set[int]()
        spec = ACTIONS[step.action]
        if spec.renames is None:
            needs.update(self.givers((row.table, row.key) for row in rows if row.new is None))
        if spec.departs == "person":
            user = identity(step.text("user")) or ""
            needs.update(self._releases.get((step.scope.kind, step.scope.name, user), ()))
            needs.update(self._releases.get(("account", "", user), ()))
            needs.update(self._stay(user, step))
        if spec.departs == "everybody":
            needs.update(self._in_scope.get((step.scope.kind, step.scope.name), ()))
            for user in sorted(self.now.teams[step.scope.name].members):
                needs.update(self._releases.get(("account", "", user), ()))
                needs.update(self._stay(user, step))
        return needs

    def after(
        self, number: int, step: Step, rows: tuple[Change, ...], gained: list[Entitled], lost: list[Entitled]
    ) -> set[int]:
        """Return the needs that follow from seats, and record the step. Call it after the step is carried out."""
        needs: set[int] = set()
        for row in rows:
            needs.update(self._sources(row))
            if row.table == "group_member" and row.new is None:
                needs.update(self._given_to_members.get((row.key[0], row.key[1]), ()))
        for entitled in lost:
            self._pools[entitled[0]].give(tuple(sorted({*self._losses.pop(entitled, ()), number})))
        for entitled in gained:
            taken = self._taken[entitled] = self._pools[entitled[0]].take()
            needs.update(taken)
        if step.action == ASSIGN_SEAT.name and step.scope.kind == "team" and step.get("group") is not None:
            needs.update(self._subscription_in_term(step))
            if not self._pools["team", step.scope.name, step.text("product")].bought:
                self._given_to_members.setdefault((step.scope.name, step.text("group")), []).append(number)
        for row in rows:
            self._record(number, row)
        self._facts.update(dict.fromkeys(makes(step, rows), number))
        self._in_scope.setdefault((step.scope.kind, step.scope.name), []).append(number)
        if step.action in LEAVES_TEAM:
            self._in_scope.setdefault(("team", step.text("from")), []).append(number)
        needs.discard(number)
        return needs

    def resized(self, number: int, name: Pool, before: Size, after: Size) -> set[int]:
        """Return the needs of a step that has just changed the size of a pool."""
        return self._pools[name].resize(number, before, after, len(holders_in(self.now, name)))

    def _subscription_in_term(self, step: Step) -> Iterable[int]:
        """Return the steps that a group's product needs in an order in which the group has no members yet.

        The product needs a subscription in term. Without one it can only be given to members who all hold it already,
        so the group needs a member.
        """
        team, group, product = step.scope.name, step.text("group"), step.text("product")
        seats = self._pools["team", team, product]
        if seats.bought:
            return seats.require_term()
        members = self.now.teams[team].groups[group].members
        joined = [self.givers((("group_member", (team, group, user)),)) for user in sorted(members)]
        return min(joined, key=sorted, default=()) if all(joined) else ()

    def _stay(self, user: str, step: Step) -> Iterator[int]:
        """Yield the invitation that has to precede a departure, for people who stay in the account.

        This includes managers of a subscription in no team until it is transferred.
        """
        if self.base is None or self.goal is None or not (user in self.goal.users or user in self._unplaced):
            return
        others = self.now.scopes_of(user) - {step.scope}
        invited = [self._facts.get(("member", scope.kind, scope.name, user)) for scope in sorted(others)]
        known = [number for number in invited if number is not None]
        if known and len(known) == len(invited):
            yield min(known)

    def _sources(self, row: Change) -> Iterator[int]:
        """Yield the steps that a gain or loss of one source of entitlement needs."""
        if row.table not in {"team_seat", "group_member", "group_seat"} or self.base is None:
            return
        for product, user in _entitlements(row, self.now, self.base):
            team = row.key[0]
            if row.new is None:
                if self.continuing(team, product, user):
                    yield from self._remaining_source(team, product, user)
                else:
                    yield from self._regained.get((("team", team, product), user), ())
            else:
                yield from self._taken.get((("team", team, product), user), ())
        if row.new is not None and row.table != "team_seat":
            yield from self._losses_first(row)

    def _remaining_source(self, team: str, product: str, user: str) -> Iterable[int]:
        """Return the steps that gave someone a remaining source of a product, if all remaining ones come from steps."""
        found: list[set[int]] = []
        for rows in self._sources_of(team, product, user):
            steps = self.givers(rows)
            if not steps:
                return ()
            found.append(steps)
        return min(found, key=lambda steps: (len(steps), sorted(steps)), default=())

    def _sources_of(self, team: str, product: str, user: str) -> Iterator[tuple[tuple[str, tuple[str, ...]], ...]]:
        """Yield the rows of each way in which someone holds a product now."""
        things = self.now.teams[team]
        if user in things.seats.get(product, ()):
            yield (("team_seat", (team, product, user)),)
        for name, group in things.groups.items():
            if product in group.products and user in group.members:
                yield (("group_member", (team, name, user)), ("group_seat", (team, name, product)))

    def givers(self, rows: Iterable[tuple[str, tuple[str, ...]]]) -> set[int]:
        """Return the steps that last changed some rows."""
        return {self._rows[row] for row in rows if row in self._rows}

    def _losses_first(self, row: Change) -> Iterator[int]:
        """Yield the losses that have to precede a group's gain, so that nobody temporarily gets access."""
        team, name, _ = row.key
        base = self.base.teams[team].groups.get(name) if self.base is not None and team in self.base.teams else None
        group = self.now.teams[team].groups[name]
        if base is None:
            return
        if row.table == "group_seat":
            product = row.key[2]
            for user in sorted(base.members - group.members):
                if not self.continuing(team, product, user):
                    yield from sorted(self.givers((("group_member", (team, name, user)),)))
        else:
            user = row.key[2]
            for product in sorted(base.products - group.products):
                if not self.continuing(team, product, user):
                    yield from sorted(self.givers((("group_seat", (team, name, product)),)))

    def _record(self, number: int, row: Change) -> None:
        self._rows[row.table, row.key] = number
        if row.table in {"team_seat", "group_member", "group_seat"} and self.base is not None:
            for product, user in _entitlements(row, self.now, self.base):
                name = ("team", row.key[0], product)
                if row.new is None:
                    self._losses.setdefault((name, user), []).append(number)
                elif name in self._pools and self._pools[name].over:
                    self._regained.setdefault((name, user), []).append(number)
        for released in _released(row):
            self._releases.setdefault(released, []).append(number)


def _released(row: Change) -> Iterator[Fact]:
    """Yield the people who cease to manage something in a scope, and may therefore leave it."""
    if row.old is None or row.new is None:
        return
    if row.table == "subscription" and changes_hands(row):
        yield ("team" if row.old[0] is not None else "account", str(row.old[0] or ""), str(row.old[6]))
    if row.table == "contract":
        yield from (("contract", row.key[0], str(row.old[i])) for i in (0, 1) if row.old[i] != row.new[i])


def _entitlements(row: Change, now: Account, base: Account) -> Iterator[tuple[str, str]]:
    """Yield the products and people whose entitlement a row of a team may change, as pairs."""
    if row.table == "team_seat":
        yield row.key[1], row.key[2]
        return
    team, name, third = row.key
    groups = [
        side.teams[team].groups[name] for side in (now, base) if team in side.teams and name in side.teams[team].groups
    ]
    if row.table == "group_member":
        yield from ((product, third) for product in sorted({p for group in groups for p in group.products}))
    else:
        yield from ((third, user) for user in sorted({u for group in groups for u in group.members}))
