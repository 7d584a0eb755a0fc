"""Seat pools: the capacity of a team for a product, the seats in use, and the seats left.

A team's pool of a product is the sum of the seats of its subscriptions to that product that are in term. Only
single-user subscriptions count; while one of another offering is in term, the pool is unlimited. A person who holds a
product in several ways uses one seat. Classic contracts are not pooled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the rules use only the limits, and have no account
    from seatsync.account.model import Account, Contract

COUNTED = "single-user"
SERVICE_LIMIT = 3
SUPPORT_PER_SEAT = 6


class Purchased(Protocol):
    """The parts of a subscription that pools depend on, whether it is in the account or declared."""

    @property
    def offering(self) -> str:
        """The offering. Only the seats of `COUNTED` are counted."""

    def in_term(self, day: str) -> bool:
        """Return True if a day is in the term."""

    def seats_on(self, day: str) -> int | None:
        """Return the number of seats on a day."""


def capacity(subscriptions: Iterable[Purchased], day: str) -> int | None:
    """Return the seats of subscriptions to one product on a day, None (unlimited) if one in term is not counted."""
    total = 0
    for sub in subscriptions:
        if sub.in_term(day):
            if sub.offering != COUNTED:
                return None
            total += sub.seats_on(day) or 0
    return total


def pool(account: Account, team: str, product: str, day: str) -> int | None:
    """Return a team's seats of a product on a day, None if they are unlimited."""
    return capacity(account.subscriptions_to(team, product), day)


def used(account: Account, team: str, product: str) -> int:
    """Return the number of seats of a product in use in a team: its holders, each counted once."""
    return len(account.holders(team, product))


def free_seats(account: Account, team: str, product: str, day: str) -> int | None:
    """Return the number of free seats in a team's pool (negative: over-assigned), None if it is unlimited."""
    seats = pool(account, team, product, day)
    return None if seats is None else seats - used(account, team, product)


def subscribed(account: Account, team: str, product: str, day: str) -> bool:
    """Return True if a team has a subscription to a product in term."""
    return any(sub.in_term(day) for sub in account.subscriptions_to(team, product))


def covers(seats: int | None, before: int | None, taken: int) -> bool:
    """Return True if a pool can change from `before` to `seats` without leaving any more holders without a seat."""
    return seats is None or taken <= seats or (before is not None and seats >= before)


def support_limit(contract: Contract) -> int:
    """Return the number of people to whom a contract gives support benefits, by the seats of all its products."""
    return SUPPORT_PER_SEAT * sum(product.seats for product in contract.products.values())
