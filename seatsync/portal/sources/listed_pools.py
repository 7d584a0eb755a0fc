"""The pools of seats that the Team Admin API lists, beside the subscriptions that exports show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from seatsync.account.entitlements import pool as subscribed_seats
from seatsync.account.model import Account
from seatsync.finding import Finding, Severity
from seatsync.reading.plain_text import shown

PREFIX: Final = "team-admin:"
"""The beginning of the names of sources that are teams in the Team Admin API."""


class Pool(NamedTuple):
    """The seats of a product in a team as the API listed them, at the instant `seen` (`2026-06-15T12:00:00Z`).

    Several pools of one product are added up. What is null in any of them is None, never 0; the days are in UTC.
    """

    id: str
    total: int | None
    assigned: int | None
    unlimited: bool
    starts: str | None
    ends: str | None
    seen: str

    def is_current(self, day: str) -> bool:
        """Return True if its numbers are of a day: it has begun by then, and not ended."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or self.ends >= day)


def added_up(one: Pool, two: Pool) -> Pool:
    """Return two pools of one product as one: numbers are added, and the days are the first and the last."""
    return one._replace(
        total=None if one.total is None or two.total is None else one.total + two.total,
        assigned=None if one.assigned is None or two.assigned is None else one.assigned + two.assigned,
        unlimited=one.unlimited or two.unlimited,
        starts=None if one.starts is None or two.starts is None else min(one.starts, two.starts),
        ends=None if one.ends is None or two.ends is None else max(one.ends, two.ends),
    )


def differing_pools(account: Account, team: str, pools: Mapping[str, Pool], day: str) -> Iterator[Finding]:
    """Yield a SOURCE009 for each pool that has not as many seats as the subscriptions of a team to its product."""
    for product, pool in sorted(pools.items()):
        known = subscribed_seats(account, team, product, day)
        if pool.total is None or pool.unlimited or known is None or pool.total == known or not pool.is_current(day):
            continue
        message = (
            f"the API shows {pool.total} seats of {shown(product)} in team {shown(team)}, but the known subscriptions"
            f" have {known}"
        )
        hint = "download the subscriptions export, and refresh again"
        yield Finding("SOURCE009", Severity.WARNING, message, None, hint, things=(("team", team), ("product", product)))
