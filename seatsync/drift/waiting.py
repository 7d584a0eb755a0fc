"""Finds facts that an apply left waiting for people, from the journal since then if there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from seatsync.account.actions.step import Facts
from seatsync.account.actions.table import ACTIONS
from seatsync.account.engine import perform
from seatsync.account.model import Account, Change
from seatsync.account.past import HistoryEntry
from seatsync.account.step_text import same
from seatsync.declaration.comparing_renames import Rename
from seatsync.declaration.declared import Declaration
from seatsync.drift.facts import Key, Of, compared
from seatsync.drift.sides import Comparison, SinceApply, with_renames
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import PlannedStep

Waits: TypeAlias = Callable[[PlannedStep], bool]
"""Predicate: True if a step of an applied plan waits for a person."""

PURCHASES = frozenset({"subscription", "contract", "product"})
"""Kinds of facts about purchases."""


def differing(one: Account, other: Account) -> set[Key]:
    """Return the keys of the facts that differ between two states."""
    return {fact.key for fact in compared(one, other, other)}


def waiting_now(declared: Declaration, run: Comparison) -> set[Key]:
    """Return the facts that a new plan would leave waiting: open cases, missing purchases, and their dependents.

    Used for targets without a journal.
    """
    projected = _projected(declared, run, _waits_now)
    return differing(projected.without, projected.whole)


def asked_people(since: SinceApply) -> bool:
    """Return True if a case was open after the apply, or was settled since.

    If not, only a missing purchase can have been left waiting.
    """
    return bool(since.cases) or any(map(_by_people, since.entries))


def waiting_since(declared: Declaration, run: Comparison, renames: list[Rename], since: SinceApply) -> set[Key]:
    """Return the facts that the last apply left waiting and that are unchanged since, including settled ones.

    The account of the run has no renames applied. Excludes facts that differed after the apply without waiting for a
    person: changes that the apply ignored.
    """
    then = run.account.copy()
    for entry in reversed(since.entries):
        then.undo(entry.rows)
    settled = then.copy()
    for entry in since.entries:
        if _by_people(entry):
            perform(settled, entry.step, run.clock)  # if refused, because of another change, it stays open

    def named(account: Account) -> Comparison:
        return with_renames(replace(run, account=account, cases=since.cases), renames)

    before = _projected(declared, named(then), _waited)
    passed_over = differing(before.start, before.without)
    by_people = any(map(_by_people, since.entries))
    after = _projected(declared, named(settled), _waited) if by_people else before
    unfinished = set(_unfinished(before.start, after))
    others = [entry for entry in since.entries if not _by_people(entry)]
    if others and unfinished:
        unfinished -= differing(after.start, named(run.account).account)
        for one, other in _back_and_forth(run.account, since.entries, others):
            unfinished -= differing(named(one).account, named(other).account)
    return unfinished - passed_over


@dataclass(frozen=True, slots=True)
class _Projection:
    """An account, with the result of a plan without and with its waiting steps."""

    start: Account
    without: Account
    whole: Account


def _projected(declared: Declaration, run: Comparison, waits: Waits) -> _Projection:
    cases = {same(case.step): case.id for case in run.cases}
    request = Request(
        run.account, "", run.clock, lambda _: "account", "", "{}", None, run.teams, (), cases, tracked=run.tracked
    )
    without, whole = run.account.copy(), run.account.copy()
    waiting: set[int] = set()
    for planned in make_plan(declared, request).steps:
        perform(whole, planned.step, run.clock)
        if waits(planned) or not waiting.isdisjoint(planned.needs):
            waiting.add(planned.id)
        else:
            perform(without, planned.step, run.clock)
    return _Projection(run.account, without, whole)


def _by_people(entry: HistoryEntry) -> bool:
    """Return True if an entry is a settled form, request or purchase, not a change in the portal."""
    action = ACTIONS.get(entry.step.action)
    return action is not None and action.channel != "self-service"


def _unfinished(then: Account, after: _Projection) -> Iterator[Key]:
    """Yield the facts still to be done, except purchases made since in at least the required amount."""
    bought = {_thing(key) for key in differing(then, after.start) if key[1] in PURCHASES}
    for fact in compared(after.start, after.whole, after.whole):
        key = fact.key
        if _thing(key) not in bought or _less(fact.applied, fact.portal):
            yield key


def _thing(key: Key) -> tuple[str, Of]:
    """Return the purchase of a fact, without the fact's name; a subscription without its team."""
    scope, what, of = key
    where = (("contract", scope.name),) if scope.kind == "contract" else ()
    return what, (*where, *(pair for pair in of if pair[0] != "fact"))


def _back_and_forth(
    now: Account, entries: Iterable[HistoryEntry], others: Iterable[HistoryEntry]
) -> Iterator[tuple[Account, Account]]:
    """Yield the account before and after each entry of `others` that was reverted since."""
    first: dict[object, Change] = {}
    last: dict[object, Change] = {}
    for entry in others:
        for row in entry.rows:
            first.setdefault((row.table, row.key), row)
            last[row.table, row.key] = row
    again = {key for key, row in first.items() if row.old == last[key].new}
    serials = {entry.serial for entry in others if any((row.table, row.key) in again for row in entry.rows)}
    after = now
    for entry in reversed(tuple(entries)):
        before = after.copy()
        before.undo(entry.rows)
        if entry.serial in serials:
            yield before, after
        after = before


def _waited(planned: PlannedStep) -> bool:
    """Return True if a step waited for people when applied; a form only if it became a case."""
    return planned.case is not None or planned.channel in {"support", "purchase"}


def _waits_now(planned: PlannedStep) -> bool:
    step = planned.step
    if planned.channel != "purchase":
        return planned.case is not None
    now, wanted = step.get("now"), step.get("wanted")
    if not isinstance(now, Facts) or not isinstance(wanted, Facts):
        return True
    return any(_less(now.get(name), wanted.get(name)) for name in ("seats", "tokens", "ends"))


def _less(have: object, wanted: object) -> bool:
    """Return True if the account has fewer seats or tokens, or an earlier end, than wanted."""
    if isinstance(have, int) and isinstance(wanted, int):
        return have < wanted
    return isinstance(have, str) and isinstance(wanted, str) and have < wanted
