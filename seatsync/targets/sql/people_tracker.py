"""The declared people that a session keeps track of: who leaves, moves to another team or gets another address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Literal

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.email import identity
from seatsync.account.history import SEPARATOR, LazyPeople, TrackedPeople
from seatsync.account.model import Change, Scope
from seatsync.targets.sql.sqlite import Database
from seatsync.targets.sql.tables import Sums, write_row

_MEMBERS: dict[str, Literal["team", "contract"]] = {"team_member": "team", "contract_member": "contract"}


class PeopleTracker:
    """The tracked people during a session. `write` stores the changes."""

    def __init__(self, texts: Mapping[Scope, str]) -> None:
        self._texts = dict(texts)
        self._touched: dict[Scope, set[str]] = {}

    def as_people(self) -> TrackedPeople:
        """Return a snapshot that later changes do not affect."""
        if not self._touched:
            return LazyPeople(self._texts)
        now = {scope: SEPARATOR.join(sorted(people)) for scope, people in self._touched.items()}
        return LazyPeople({scope: text for scope, text in (self._texts | now).items() if text})

    def add(self, declared: TrackedPeople) -> dict[Scope, AbstractSet[str]]:
        """Track people, and return those who were not tracked there before."""
        new: dict[Scope, AbstractSet[str]] = {}
        for scope, people in declared.items():
            added = people - self._people(scope) if scope in self._texts or scope in self._touched else people
            if added:
                self._people(scope).update(added)
                new[scope] = added
        return new

    def follow(self, step: Step, rows: Iterable[Change]) -> None:
        """Apply a step: people who leave are no longer tracked there, renamed teams and people still are."""
        if step.action in RENAMES_TEAM:
            old, new = step.scope, Scope("team", step.text("to"))
            self._people(new).update(self._people(old))
            self._people(old).clear()
        elif step.action in CHANGES_ADDRESS:
            self._rename(identity(step.text("user")) or "", identity(step.text("to")) or "")
        else:
            for row in rows:
                if row.table in _MEMBERS:
                    self._member(Scope(_MEMBERS[row.table], row.key[0]), row, step.action)

    def write(self, database: Database, sums: Sums) -> None:
        """Store the rows that changed."""
        for scope in sorted(self._touched):
            people = self._touched[scope]
            before, after = self._texts.get(scope, ""), SEPARATOR.join(sorted(people))
            if before != after:
                write_row(database, scope, before, after, sums)
                self._texts[scope] = after
                if not after:
                    del self._texts[scope]

    def _member(self, scope: Scope, row: Change, action: str) -> None:
        user = row.key[1]
        if row.new is None and (scope in self._texts or scope in self._touched):
            self._people(scope).discard(user)
        elif row.new is not None and action == LOAD_ACCOUNT.name:
            self._people(scope).add(user)

    def _rename(self, before: str, after: str) -> None:
        for scope in sorted({*self._texts, *self._touched}):
            known = self._touched.get(scope)
            if before in (known if known is not None else self._texts[scope]) and before in self._people(scope):
                self._people(scope).remove(before)
                self._people(scope).add(after)

    def _people(self, scope: Scope) -> set[str]:
        """Return the mutable set of the people of a scope."""
        if scope not in self._touched:
            text = self._texts.get(scope)
            self._touched[scope] = set(text.split(SEPARATOR)) if text else set()
        return self._touched[scope]
