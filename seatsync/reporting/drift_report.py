"""What `drift` has to tell, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from seatsync.drift.adopt import Adopted
from seatsync.drift.three_way import Drift


@dataclass(frozen=True, slots=True)
class DriftReport:
    """The drift of an account, and what was written back (None where that was not asked for)."""

    account: str
    lineage: str | None
    serial: int | None
    target: str
    actor: str | None
    teams: tuple[str, ...]
    at: str
    drift: Drift
    adopted: Adopted | None = None

    @property
    def changes(self) -> int:
        """How many facts count as drift: not what agrees, and not what waits."""
        return sum(fact.status not in {"agreed", "waiting"} for fact in self.drift.facts)
