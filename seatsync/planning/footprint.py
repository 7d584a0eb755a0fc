"""Footprints of steps: the scopes, people and subscriptions that they read or write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from seatsync.account.actions.step import Facts, Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.model import TABLES, Account, Change, Scope

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
