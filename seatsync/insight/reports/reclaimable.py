"""Values of reclaiming: seats that can be reclaimed, those that cannot with the reason, and what was told to whom."""

from typing import Literal, NamedTuple, TypeAlias

from seatsync.insight.reports.seat_entries import NOT_DECLARED, Ways

Why: TypeAlias = Literal["never used", "not used", "default seat", "beside a group"]
"""Why a seat can be reclaimed: a contract manager's default seat is one of SEAT006."""

Against: TypeAlias = Literal[
    "exempt",
    "protected",
    "on leave",
    "back from leave",
    "over",
    "removed",
    "pending",
    "not counted",
    "no subscription",
    "assigned recently",
    "assigned unknown",
    "not reported",
    "unknown",
]
"""Why a seat that is not known to be used is not reclaimed."""

Reason: TypeAlias = tuple[Against, str]
"""A reason, and a day, or a text for it."""

Obstacle: TypeAlias = Literal[
    "", "undeclared team", "undeclared", "not pruned", "declared later", "group", "synced group"
]
"""Why a seat cannot be proposed as a change of the files; empty if it can."""

Stage: TypeAlias = Literal[
    "no notice", "notice due", "told", "reminder due", "reminded", "usage awaited", "proposal due"
]
"""How far a holder was told. Nothing is taken from those with "no notice". "usage awaited": since the notice."""

Cause: TypeAlias = tuple[str, str, str]
"""The subject of a notice: team, product, and the day since which the seat is idle."""


class HeldSeat(NamedTuple):
    """A seat in the account: a person (an identity) holds a product, directly or through groups, in a team or contract.

    `shown` is the address as written.
    """

    team: str
    product: str
    person: str
    shown: str
    direct: bool
    groups: tuple[str, ...] = ()
    is_classic: bool = False


class Candidate(NamedTuple):
    """A seat that can be reclaimed.

    `assigned` is the day since which it is held, None if unknown; `last` the last day of use, "" if it was never used,
    None if unknown. `takes`: its holder loses the product, and the seat is saved; otherwise a group still gives it.
    `known` is the last day of which the use is known. `entry` are the entries to remove; `also` are the other products
    that their groups give, each with its group. `obstacle` and `about`: why it cannot be proposed, and what that is
    about. `told` is the day of the notice.
    """

    seat: HeldSeat
    why: tuple[Why, ...]
    assigned: str | None
    last: str | None
    takes: bool
    known: str | None = None
    entry: Ways = NOT_DECLARED
    also: tuple[tuple[str, str], ...] = ()
    obstacle: Obstacle = ""
    about: str = ""
    stage: Stage = "no notice"
    told: str | None = None

    @property
    def cause(self) -> Cause:
        """The cause of notices about this seat; a seat that was used again since has another."""
        return (self.seat.team, self.seat.product, self.last or self.assigned or "")

    @property
    def key(self) -> tuple[str, str, str]:
        """Team, product and person."""
        return (self.seat.team, self.seat.product, self.seat.person)


class NotEligible(NamedTuple):
    """A seat that is not reclaimed though it is not known to be used. `about` is a day, or a text for the reason."""

    seat: HeldSeat
    against: Against
    about: str
    assigned: str | None
    last: str | None


class Reclaimable(NamedTuple):
    """The judgement of all seats: by team, product and person. `used` and `ignored` count seats that are not listed."""

    day: str
    days: int
    candidates: tuple[Candidate, ...]
    others: tuple[NotEligible, ...]
    used: int
    ignored: int
    unknown: tuple[str, ...] = ()
