"""Values of a forecast: scheduled changes of a declaration, and the shortages they lead to.

Days are in the account's time zone; first and last days are inclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from seatsync.account.model import Scope
from seatsync.finding import Location

Kind: TypeAlias = Literal[
    "subscription",
    "contract",
    "secondary_admin",
    "sso_admin",
    "seat",
    "group_member",
    "member",
    "service",
    "support",
    "invitation",
]


@dataclass(frozen=True, slots=True)
class Window:
    """The period of a forecast: after `at` (today), up to and including `until`; limited to `teams` (empty: all)."""

    at: str
    until: str
    teams: tuple[str, ...] = ()

    def holds(self, day: str) -> bool:
        """Return True if a day is in the period."""
        return self.at < day <= self.until

    def shows_team(self, name: str) -> bool:
        """Return True if the forecast includes a team."""
        return not self.teams or name in self.teams


@dataclass(frozen=True, slots=True)
class DatedChange:
    """A scheduled change: something begins on a day, has ended the day before, or falls due.

    `last` is the last day of something that ends, or that begins with a known end. `thing` is the name of the product,
    group, service or subscription; `product`, `seats` and `tokens` are set for subscriptions.
    """

    day: str
    change: Literal["begins", "ends", "due"]
    kind: Kind
    scope: Scope
    at: Location
    user: str | None = None
    thing: str | None = None
    last: str | None = None
    product: str | None = None
    seats: int | None = None
    tokens: int | None = None
    invited: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """A subscription whose term ends before a shortage begins, and its last day."""

    subscription: str
    last: str


@dataclass(frozen=True, slots=True)
class Shortage:
    """Days on which a team assigns more seats of a product than its pool holds.

    `last` is None if nothing declared ends it. `holders` are all people entitled then, in the order of the files;
    which of them would lose their seats is undetermined, unless the pool is empty.
    """

    team: str
    product: str
    first: str
    last: str | None
    seats: int
    holders: tuple[str, ...]
    ended: tuple[Ending, ...]
    at: Location

    @property
    def missing(self) -> int:
        """Number of seats missing."""
        return len(self.holders) - self.seats


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which a team has too few secondary admins. `last` is None if nothing declared ends it."""

    team: str
    first: str
    last: str | None
    admins: int
    wanted: int
    at: Location


@dataclass(frozen=True, slots=True)
class Forecast:
    """A whole forecast; everything is sorted by day."""

    account: str
    window: Window
    changes: tuple[DatedChange, ...]
    shortages: tuple[Shortage, ...]
    gaps: tuple[Gap, ...]

    @property
    def short(self) -> bool:
        """Return True if seats or admins run short."""
        return bool(self.shortages or self.gaps)
