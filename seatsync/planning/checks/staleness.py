"""Staleness of a saved plan: the part of an account that it depends on, compared with the account as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from seatsync.account.access import performers
from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Facts, Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.engine import attempt
from seatsync.account.history import HistoryEntry
from seatsync.account.model import TABLES, Account, Change, Scope
from seatsync.clock import Clock
from seatsync.errors import PlanRefused
from seatsync.planning.plan import Plan, PlannedStep

PERSONS = frozenset({"id", "user", "primary_admin", "contract_manager", "coordinator"})
"""Columns that hold people; in the table `subscription`, `id` is the subscription itself."""
_ARGUMENTS = ("user", "primary_admin")


@dataclass(slots=True)
class Footprint:
    """Scopes, people (identities) and subscriptions (ids). A scope includes its roles, seats and pools."""

    scopes: set[Scope] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    subscriptions: set[str] = field(default_factory=set)

    def meets(self, other: Footprint) -> bool:
        """Return True if the two have anything in common."""
        return not (
            self.scopes.isdisjoint(other.scopes)
            and self.people.isdisjoint(other.people)
            and self.subscriptions.isdisjoint(other.subscriptions)
        )

    def add_step(self, step: Step, account: Account) -> None:
        """Add everything a step names.

        For steps on a person, add the scopes of that person too: the roles there decide who may perform the step.
        """
        if step.scope.kind != "account":
            self.scopes.add(step.scope)
        origin = step.get("from")
        if isinstance(origin, str):
            self.scopes.add(Scope("team", origin))
        if step.action in RENAMES_TEAM:
            self.scopes.add(Scope("team", step.text("to")))
        key = step.get("subscription")
        if isinstance(key, str):
            self.subscriptions.add(key)
        named = [step.get(name) for name in _ARGUMENTS]
        named += [step.get("to")] if step.action in CHANGES_ADDRESS else []
        wanted = step.get("wanted")
        if isinstance(wanted, Facts):
            named.append(wanted.get("contract_manager"))
        for written in named:
            user = identity(written) if isinstance(written, str) else None
            if user is not None:
                self.people.add(user)
                if step.scope.kind == "account":
                    self.scopes |= account.scopes_of(user)

    def add_rows(self, rows: Iterable[Change]) -> None:
        """Add everything that rows change."""
        for row in rows:
            keys, columns = TABLES[row.table]
            if row.table == "subscription":
                self.subscriptions.add(row.key[0])
                places = {values[0] for values in (row.old, row.new) if values is not None} - {None}
                self.scopes |= {Scope("team", str(place)) for place in places}
            elif row.table != "user":
                self.scopes.add(Scope("contract" if row.table.startswith("contract") else "team", row.key[0]))
            if row.table != "subscription":
                self.people.update(value for name, value in zip(keys, row.key, strict=True) if name in PERSONS)
            self.people.update(_changed_people(row, columns))


def _changed_people(row: Change, columns: tuple[str, ...]) -> Iterable[str]:
    """Yield the people that a row begins or ceases to name."""
    if row.old == () or row.new == ():
        return
    blank = (None,) * len(columns)
    for name, old, new in zip(columns, row.old or blank, row.new or blank, strict=True):
        if name in PERSONS and old != new:
            yield from (str(value) for value in (old, new) if value is not None)


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
