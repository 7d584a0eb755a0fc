"""The contact of a worker with the store of its fleet, by which it knows whether others could reach it, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_BUSY: Final = 5.0
"""Seconds for which a busy machine may keep a worker from reaching a store that is there."""


@dataclass(slots=True)
class Contact:
    """Times are seconds of a monotonic clock. `since`: the beginning of the contact. `last`: its last proof."""

    lease: float
    since: float
    last: float

    def prove(self, now: float) -> bool:
        """Note that the store was reached; return True if it has been within reach for a whole lease.

        After a gap in which the leases of others may have ended because they could not renew them, they have the time
        of a lease to do so.
        """
        if now - self.last > max(self.lease / 2, _BUSY):
            self.since = now
        self.last = now
        return now - self.since >= self.lease
