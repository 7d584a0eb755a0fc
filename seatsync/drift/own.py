"""Who changed what since the last whole apply: what seatsync's own runs left behind, and what others touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from seatsync.account.model import Account
from seatsync.drift.facts import Changed, compared, thing_of
from seatsync.drift.sides import Since


def changed_since(account: Account, since: Since, named: Callable[[Account], Account]) -> Changed:
    """Return who changed what, where `account` is as it is now; `named` puts a state under the names that git has."""
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


def _runs(account: Account, since: Since) -> Iterator[tuple[bool, Account, Account]]:
    """Yield the account before and after the changes of each run, and whether they are seatsync's own."""
    now = account.copy()
    for entry in reversed(since.entries):
        now.undo(entry.rows)
    for (_, own), entries in groupby(since.entries, key=lambda entry: (entry.run, entry.serial in since.own)):
        before = now.copy()
        for entry in entries:
            now.change(entry.rows)
        yield own, before, now.copy()
