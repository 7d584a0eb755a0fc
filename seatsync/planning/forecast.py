"""What the calendar will do to a declaration: the values of a forecast, as `turns.py` and `shortages.py` fill them.

Days are those of the account. Whatever holds "from" a day holds on it; the `last` day of something still counts.
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
    """The days that are looked at: after `at`, which is today, up to and including `until`; of which teams (() all)."""

    at: str
    until: str
    teams: tuple[str, ...] = ()

    def holds(self, day: str) -> bool:
        """Whether a day is yet to come, and near enough."""
        return self.at < day <= self.until

    def shows_team(self, name: str) -> bool:
        """Whether a team was asked for."""
        return not self.teams or name in self.teams


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that begins on a day, has ended the day before, or falls due.

    `last` is the last day of what ends, or of what begins with an end in sight. `thing` is the name of the product,
    group, service or subscription; `product`, `seats` and `tokens` are those of a subscription.
    """

    day: str
    turn: Literal["begins", "ends", "due"]
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
    """A subscription whose term is over before a shortage begins, and its last day."""

    subscription: str
    last: str


@dataclass(frozen=True, slots=True)
class Shortage:
    """Days on which a team assigns more seats of a product than its pool holds.

    `last` None: nothing declared ends it. `holders` are all who are entitled then, in the order of the files; which of
    them would be without a seat cannot be said, unless the pool is empty.
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
        """How many seats there are too few."""
        return len(self.holders) - self.seats


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which a team has fewer secondary admins than it should. `last` None: nothing declared ends it."""

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
    turns: tuple[Turn, ...]
    shortages: tuple[Shortage, ...]
    gaps: tuple[Gap, ...]

    @property
    def short(self) -> bool:
        """Whether anything runs short: seats, or admins."""
        return bool(self.shortages or self.gaps)
