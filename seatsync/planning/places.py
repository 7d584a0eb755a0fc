"""The places of a counted pool: who takes which, and which steps have to come before."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

from seatsync.account.entitlements import SERVICE_LIMIT, pool, support_limit
from seatsync.account.model import Account, Change, Group

Pool: TypeAlias = tuple[str, ...]
"""("team", team, product), ("seat", contract, product), ("service", contract, service) or ("support", contract)."""
Entitled: TypeAlias = tuple[Pool, str]
"""Someone who holds a place in a pool."""

_NO_GROUP = Group()
_RELATIONS = {
    "team_seat": "team",
    "contract_seat": "seat",
    "contract_service": "service",
    "contract_support": "support",
}


class Places:
    """The places of one pool, from the first step that touches it: free ones, and those that steps gave since.

    `over` says whether it was over its limit at first: whoever loses such a place does not get it back.
    """

    def __init__(self, free: int | None, debt: int) -> None:
        self.free = free
        self.debt = debt
        self.over = debt > 0
        self.paid: list[int] = []
        self.given: list[tuple[int, ...]] = []

    def give(self, steps: tuple[int, ...], count: int = 1) -> None:
        """Steps made room; a pool that is over its limit is first brought back to it."""
        for _ in range(min(count, self.debt)):
            self.paid.extend(steps)
        owed = min(count, self.debt)
        self.debt -= owed
        self.given.extend([steps] * (count - owed))

    def take(self) -> tuple[int, ...]:
        """Take a place: the steps that must come before."""
        if self.free is None:
            return ()
        if self.free > 0:
            self.free -= 1
            return ()
        steps = self.given.pop(0) if self.given else ()
        return (*self.paid, *steps)


def size_of(account: Account, name: Pool, day: str) -> int | None:
    """How many people a pool admits; None where they are not counted."""
    kind, scope, *thing = name
    if kind == "team":
        return pool(account, scope, thing[0], day)
    contract = account.contracts[scope]
    if kind == "seat":
        bought = contract.products.get(thing[0])
        return bought.seats if bought is not None else 0
    return SERVICE_LIMIT if kind == "service" else support_limit(contract)


def holders_in(account: Account, name: Pool) -> Collection[str]:
    """Who holds a place in a pool."""
    kind, scope, *thing = name
    if kind == "team":
        return account.holders(scope, thing[0])
    contract = account.contracts[scope]
    if kind == "support":
        return contract.support
    return (contract.seats if kind == "seat" else contract.services).get(thing[0], frozenset())


def places_of(account: Account, name: Pool, day: str) -> Places:
    """The free places of a pool, or how many it has too many."""
    size = size_of(account, name, day)
    if size is None:
        return Places(None, 0)
    used = len(holders_in(account, name))
    return Places(max(0, size - used), max(0, used - size))


def touched(rows: Iterable[Change], now: Account) -> list[Entitled]:
    """Whose places in which pools the rows may take or free."""
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
    """The pools whose size the rows may change."""
    found: set[Pool] = set()
    for row in rows:
        if row.table == "subscription":
            sides = [values for values in (row.old, row.new) if values is not None and values[0] is not None]
            found.update(("team", str(values[0]), str(values[1])) for values in sides)
        elif row.table == "contract_product":
            found.update({("seat", *row.key), ("support", row.key[0])})
    return found
