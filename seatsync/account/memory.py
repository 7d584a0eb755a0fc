"""Tracked people, those who were once declared: they distinguish people removed from the files from unmanaged ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from seatsync.account.actions.step import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.model import Account, Scope

TrackedPeople: TypeAlias = Mapping[Scope, AbstractSet[str]]
"""By team or contract: everybody who was declared there in an apply and has not left it since."""

SEPARATOR = "\n"
"""Separator of people in a text: no address contains a line break."""


class LazyPeople(Mapping[Scope, AbstractSet[str]]):
    """Tracked people stored as one text for each scope, split on access only: most plans never need them."""

    def __init__(self, texts: Mapping[Scope, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, scope: Scope) -> frozenset[str]:
        return frozenset(self._texts[scope].split(SEPARATOR))

    def __iter__(self) -> Iterator[Scope]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def members_by_scope(account: Account) -> dict[Scope, AbstractSet[str]]:
    """Return the members of every team and contract that has any."""
    scopes: dict[Scope, AbstractSet[str]] = {Scope("team", name): team.members for name, team in account.teams.items()}
    scopes |= {Scope("contract", number): contract.members for number, contract in account.contracts.items()}
    return {scope: frozenset(people) for scope, people in scopes.items() if people}


NO_PEOPLE: TrackedPeople = {}
"""The tracked people of a target that does not track any."""


def with_new_names(tracked: TrackedPeople, steps: Iterable[Step]) -> TrackedPeople:
    """Return tracked people with the renames of teams and people by some steps."""
    for step in steps:
        if step.action in RENAMES_TEAM:
            old, new = step.scope, Scope("team", step.text("to"))
            people = tracked.get(old, frozenset()) | tracked.get(new, frozenset())
            tracked = {**{scope: tracked[scope] for scope in tracked if scope != old}, new: people}
        elif step.action in CHANGES_ADDRESS:
            before, after = identity(step.text("user")) or "", identity(step.text("to")) or ""
            tracked = {scope: _with(people, before, after) for scope, people in tracked.items()}
    return tracked


def _with(people: AbstractSet[str], before: str, after: str) -> AbstractSet[str]:
    return (people - {before}) | {after} if before in people else people
