"""Separates changes made by seatsync's own runs from those of others, since the last complete apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from seatsync.account.model import Account
from seatsync.drift.facts import Changed, compared, thing_of
from seatsync.drift.sides import SinceApply


def changed_since(account: Account, since: SinceApply, named: Callable[[Account], Account]) -> Changed:
    """Return the changes that led to `account`; `named` applies the renames of git to a state."""
    found = Changed()
    for own, before, after in _runs(account, since):
        now = named(after)
        facts = compared(named(before), now, now)
        if own:
            found.left.update({fact.key: fact.portal for fact in facts})
        else:
            found.touched.update(fact.key for fact in facts)
            found.touched.update(thing_of(fact.key) for fact in facts)
    return found


def _runs(account: Account, since: SinceApply) -> Iterator[tuple[bool, Account, Account]]:
    """Yield each run as (made by seatsync, account before, account after)."""
    now = account.copy()
    for entry in reversed(since.entries):
        now.undo(entry.rows)
    for (_, own), entries in groupby(since.entries, key=lambda entry: (entry.run, entry.serial in since.own)):
        before = now.copy()
        for entry in entries:
            now.change(entry.rows)
        yield own, before, now.copy()
