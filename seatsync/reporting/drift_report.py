"""The result of `drift` as a value."""

from __future__ import annotations

from dataclasses import dataclass

from seatsync.drift.adopt import Adopted
from seatsync.drift.three_way import Drift


@dataclass(frozen=True, slots=True)
class DriftReport:
    """The drift of an account, and the changes adopted into the files (None if not requested)."""

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
        """Number of facts that count as drift; agreed and waiting facts do not."""
        return sum(fact.status not in {"agreed", "waiting"} for fact in self.drift.facts)
