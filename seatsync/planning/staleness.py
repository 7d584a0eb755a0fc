"""Stale plans: the changes of an account since a plan was made, and whether the plan still holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seatsync.account.access import performers
from seatsync.account.email import identity
from seatsync.account.engine import attempt
from seatsync.account.model import Account
from seatsync.account.past import HistoryEntry
from seatsync.account.refusal import Refused
from seatsync.clock import Clock
from seatsync.errors import PlanRefused
from seatsync.planning.footprint import Footprint
from seatsync.planning.plan import Plan, PlannedStep


class StalePlan(PlanRefused):
    """PLAN001 with its reasons: the changes since the plan was made, and the serials of the conflicting ones.

    `changes` is empty if the target keeps no journal.
    """

    def __init__(self, problem: str, remedy: str, moved: Moved | None = None) -> None:
        super().__init__("PLAN001", problem, remedy)
        self.changes: tuple[HistoryEntry, ...] = moved.changes if moved is not None else ()
        self.in_the_way: frozenset[int] = moved.in_the_way if moved is not None else frozenset()


@dataclass(frozen=True, slots=True)
class Moved:
    """Changes of an account since a plan was made, and the serials of those that touch the plan.

    `broken` is the first step that would no longer go as planned, with the reason.
    """

    changes: tuple[HistoryEntry, ...]
    in_the_way: frozenset[int]
    broken: tuple[PlannedStep, str] | None

    @property
    def harmless(self) -> bool:
        """Return True if the plan can be carried out as it was approved."""
        return not self.in_the_way and self.broken is None


def moved_on(plan: Plan, account: Account, changes: Sequence[HistoryEntry], clock: Clock) -> Moved:
    """Compare a plan with the present `account` and all `changes` since the plan's serial."""
    mine, broken = _replayed(plan, account, clock)
    touching = set()
    for entry in changes:
        theirs = Footprint()
        theirs.add_rows(entry.rows)
        if mine.meets(theirs):
            touching.add(entry.serial)
    return Moved(tuple(changes), frozenset(touching), broken)


def _replayed(plan: Plan, account: Account, clock: Clock) -> tuple[Footprint, tuple[PlannedStep, str] | None]:
    """Return the footprint of a plan, and its first step that would no longer go as planned."""
    now, footprint, broken = account.copy(), Footprint(), None
    for planned in plan.steps:
        footprint.add_step(planned.step, now)
        rows = attempt(now, planned.step, clock)
        if isinstance(rows, Refused):
            broken = broken or (planned, rows.message.removesuffix("."))
            continue
        if broken is None and _able(planned) != set(performers(now, planned.step)):
            broken = (planned, "other people may perform it now")
        footprint.add_rows(rows)
        now.change(rows)
    return footprint, broken


def _able(planned: PlannedStep) -> set[str | None]:
    return {identity(written) for written in planned.performers}
