"""Seats of counted pools: which are free, which were freed by steps, and which steps a newcomer depends on.

Services and support benefits of contracts are counted like seats.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from seatsync.account.entitlements import COUNTED, SERVICE_LIMIT, capacity, support_limit
from seatsync.account.model import Account, Change, Group

Pool: TypeAlias = tuple[str, ...]
"""("team", team, product), ("seat", contract, product), ("service", contract, service) or ("support", contract)."""
Entitled: TypeAlias = tuple[Pool, str]
"""A pool and someone who holds a seat of it."""

_NO_GROUP = Group()
_RELATIONS = {
    "team_seat": "team",
    "contract_seat": "seat",
    "contract_service": "service",
    "contract_support": "support",
}


class Size(NamedTuple):
    """The size of a pool: `counted` seats, or unlimited while there are `uncounted` subscriptions.

    `bought` are the ids of all subscriptions in term; empty for pools of contracts.
    """

    counted: int
    uncounted: frozenset[str] = frozenset()
    bought: frozenset[str] = frozenset()


class PoolSeats:
    """The seats of one pool from the first step that touches it: free ones, and those that steps have freed since.

    `over` is True if the pool was over its limit at first; a seat lost there cannot be taken again.
    """

    def __init__(self, size: Size, used: int) -> None:
        self._count_from(size, used)
        self.over = self.debt > 0 and not size.uncounted
        self._history: set[int] = set()
        self._uncounted: dict[str, tuple[int, ...]] = dict.fromkeys(sorted(size.uncounted), ())
        self.bought: dict[str, tuple[int, ...]] = dict.fromkeys(sorted(size.bought), ())
        self._term_required = False

    def _count_from(self, size: Size, used: int) -> None:
        self.free = max(0, size.counted - used)
        self.debt = max(0, used - size.counted)
        self.paid: list[int] = []
        self.given: list[tuple[int, ...]] = []

    def give(self, steps: tuple[int, ...], count: int = 1) -> None:
        """Add seats freed by steps. A pool over its limit is first brought back to it."""
        self._history.update(steps)
        for _ in range(min(count, self.debt)):
            self.paid.extend(steps)
        owed = min(count, self.debt)
        self.debt -= owed
        self.given.extend([steps] * (count - owed))

    def take(self) -> tuple[int, ...]:
        """Take a seat. Return the steps that have to come before."""
        unlimited = _earliest(self._uncounted)
        if unlimited == ():
            return ()
        if self.free > 0:
            self.free -= 1
            return ()
        if self.given:
            return (*self.paid, *self.given.pop(0))
        return unlimited if unlimited is not None else (*self.paid,)

    def require_term(self) -> tuple[int, ...]:
        """Return the steps that brought a subscription, for a step that takes no seat but needs one in term."""
        self._term_required = True
        return _earliest(self.bought) or ()

    def resize(self, number: int, before: Size, after: Size, used: int) -> set[int]:
        """Resize the pool by a step. Return the earlier steps that this step needs."""
        needs: set[int] = set()
        for mine, now in ((self._uncounted, after.uncounted), (self.bought, after.bought)):
            for key in [*mine]:
                if key not in now:
                    del mine[key]
            mine.update((key, (number,)) for key in sorted(now - mine.keys()))
        if before.uncounted and not after.uncounted:  # every seat taken counts again
            needs |= self._history
            self._count_from(after, used)
        elif after.counted >= before.counted:
            self.give((number,), after.counted - before.counted)
        else:
            needs.update(step for _ in range(before.counted - after.counted) for step in self.take())
        if before.uncounted - after.uncounted and used:
            needs.update(_earliest(self._uncounted) or ())
        if before.bought - after.bought and self._term_required:
            needs.update(_earliest(self.bought) or ())
        return needs


def _earliest(found: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    """Return the steps of the entry available first; None if there is no entry."""
    return min(found.values(), default=None)


def size_of(account: Account, name: Pool, day: str) -> Size:
    """Return the size of a pool."""
    kind, scope, *thing = name
    if kind == "team":
        subs = {key: account.subscriptions[key] for key in account.subscription_ids(scope, thing[0])}
        current = {key: sub for key, sub in subs.items() if sub.in_term(day)}
        uncounted = frozenset(key for key, sub in current.items() if sub.offering != COUNTED)
        counted = capacity([sub for sub in current.values() if sub.offering == COUNTED], day)
        return Size(counted or 0, uncounted, frozenset(current))
    contract = account.contracts[scope]
    if kind == "seat":
        bought = contract.products.get(thing[0])
        return Size(bought.seats if bought is not None else 0)
    return Size(SERVICE_LIMIT if kind == "service" else support_limit(contract))


def holders_in(account: Account, name: Pool) -> Collection[str]:
    """Return the people who hold a seat of a pool."""
    kind, scope, *thing = name
    if kind == "team":
        return account.holders(scope, thing[0])
    contract = account.contracts[scope]
    if kind == "support":
        return contract.support
    return (contract.seats if kind == "seat" else contract.services).get(thing[0], frozenset())


def seats_of(account: Account, name: Pool, day: str) -> PoolSeats:
    """Return the seats of a pool as it is now."""
    return PoolSeats(size_of(account, name, day), len(holders_in(account, name)))


def touched(rows: Iterable[Change], now: Account) -> list[Entitled]:
    """Return the pools and people whose seats the rows may take or free."""
    found: dict[Entitled, None] = {}
    for row in rows:
        if row.table in _RELATIONS:
            found[(_RELATIONS[row.table], *row.key[:-1]), row.key[-1]] = None
        elif row.table in {"group_member", "group_seat"} and row.key[0] in now.teams:
            team, name, third = row.key
            group = now.teams[team].groups.get(name, _NO_GROUP)
            if row.table == "group_member":
                found.update({(("team", team, product), third): None for product in sorted(group.products)})
            else:
                found.update({(("team", team, third), user): None for user in sorted(group.members)})
    return list(found)


def resized(rows: Iterable[Change]) -> set[Pool]:
    """Return the pools whose size the rows may change."""
    found: set[Pool] = set()
    for row in rows:
        if row.table == "subscription":
            sides = [values for values in (row.old, row.new) if values is not None and values[0] is not None]
            found.update(("team", str(values[0]), str(values[1])) for values in sides)
        elif row.table == "contract_product":
            found.update({("seat", *row.key), ("support", row.key[0])})
    return found
