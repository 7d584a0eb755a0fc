"""Who may use what: a team's pool of a product, who draws on it, and the room that is left.

A team's seats are pooled: the pool of a product is the sum of the seats of the team's subscriptions to it that are in
term. Only single-user subscriptions count; while one of another offering is in term, the product is not counted there.
A person who holds a product in several ways uses one seat. A classic contract does not pool: each counts alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the rules ask for the limits alone, and have no account
    from seatsync.account.model import Account, Contract

COUNTED = "single-user"
SERVICE_LIMIT = 3
SUPPORT_PER_SEAT = 6


class Purchased(Protocol):
    """What is asked of a subscription, in the account or declared."""

    @property
    def offering(self) -> str:
        """Whether its seats are counted: those of `COUNTED` are."""

    @property
    def seats(self) -> int | None:
        """How many seats were bought."""

    def in_term(self, day: str) -> bool:
        """Whether a day lies in its term."""


def capacity(subscriptions: Iterable[Purchased], day: str) -> int | None:
    """The seats that some subscriptions to one product give on a day; None where one in term is not counted."""
    total = 0
    for sub in subscriptions:
        if sub.in_term(day):
            if sub.offering != COUNTED:
                return None
            total += sub.seats or 0
    return total


def pool(account: Account, team: str, product: str, day: str) -> int | None:
    """A team's seats of a product on a day; None where they are not counted."""
    return capacity(account.bought(team, product), day)


def used(account: Account, team: str, product: str) -> int:
    """The seats of a product that a team uses: its holders, each counted once."""
    return len(account.holders(team, product))


def room(account: Account, team: str, product: str, day: str) -> int | None:
    """How many more people a team's pool of a product admits (negative: too many hold it already); None: any number."""
    seats = pool(account, team, product, day)
    return None if seats is None else seats - used(account, team, product)


def subscribed(account: Account, team: str, product: str, day: str) -> bool:
    """Whether a team has a subscription to a product that is in term."""
    return any(sub.in_term(day) for sub in account.bought(team, product))


def covers(seats: int | None, before: int | None, taken: int) -> bool:
    """Whether a pool may become `seats`, having been `before`: nobody who is covered loses that, and no lack grows."""
    return seats is None or taken <= seats or (before is not None and seats >= before)


def support_limit(contract: Contract) -> int:
    """How many people a contract gives support benefits to, for the seats of all its products."""
    return SUPPORT_PER_SEAT * sum(product.seats for product in contract.products.values())
