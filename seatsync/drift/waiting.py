"""What an apply left waiting for people: told by what the account has gone through since, where a journal says that."""

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
from seatsync.drift.sides import Run, Since, with_renames
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import PlannedStep

Waits: TypeAlias = Callable[[PlannedStep], bool]
"""Whether a step, when its plan is applied, waits for somebody."""

PURCHASES = frozenset({"subscription", "contract", "product"})
"""What facts of purchases are about."""


def differing(one: Account, other: Account) -> set[Key]:
    """What is not the same in two states."""
    return {fact.key for fact in compared(one, other, other)}


def waiting_now(said: Declaration, run: Run) -> set[Key]:
    """What a plan for a declaration would leave waiting: open cases, purchases still to be made, and what needs these.

    All that can be known where the target keeps no journal.
    """
    around = _around(said, run, _waits_now)
    return differing(around.without, around.whole)


def asked_people(since: Since) -> bool:
    """Whether a case was open after the apply, or something was settled by people since.

    Where not, only a purchase that is still to be made can have been left waiting.
    """
    return bool(since.cases) or any(map(_by_people, since.entries))


def waiting_since(said: Declaration, run: Run, renames: list[Rename], since: Since) -> set[Key]:
    """What the last apply left waiting and nobody has changed since, also where a form or a purchase is settled now.

    The account of the run is as it is, without the renames. What differed after the apply and waited for nobody is not
    among it: a change that was passed over then.
    """
    then = run.account.copy()
    for entry in reversed(since.entries):
        then.undo(entry.rows)
    settled = then.copy()
    for entry in since.entries:
        if _by_people(entry):
            perform(settled, entry.step, run.clock)  # refused where it needs what was changed otherwise: it stays open

    def named(account: Account) -> Run:
        return with_renames(replace(run, account=account, cases=since.cases), renames)

    before = _around(said, named(then), _waited)
    passed_over = differing(before.start, before.without)
    by_people = any(map(_by_people, since.entries))
    after = _around(said, named(settled), _waited) if by_people else before
    unfinished = set(_unfinished(before.start, after))
    others = [entry for entry in since.entries if not _by_people(entry)]
    if others and unfinished:
        unfinished -= differing(after.start, named(run.account).account)
        for one, other in _back_and_forth(run.account, since.entries, others):
            unfinished -= differing(named(one).account, named(other).account)
    return unfinished - passed_over


@dataclass(frozen=True, slots=True)
class _Around:
    """An account, as a plan would leave it without the steps that wait, and with them."""

    start: Account
    without: Account
    whole: Account


def _around(said: Declaration, run: Run, waits: Waits) -> _Around:
    cases = {same(case.step): case.id for case in run.cases}
    request = Request(
        run.account, "", run.clock, lambda _: "account", "", "{}", None, run.teams, (), cases, tracked=run.tracked
    )
    without, whole = run.account.copy(), run.account.copy()
    waiting: set[int] = set()
    for planned in make_plan(said, request).steps:
        perform(whole, planned.step, run.clock)
        if waits(planned) or not waiting.isdisjoint(planned.needs):
            waiting.add(planned.id)
        else:
            perform(without, planned.step, run.clock)
    return _Around(run.account, without, whole)


def _by_people(entry: HistoryEntry) -> bool:
    """Whether an entry is a form, request or purchase that was settled, and not a change in the portal."""
    action = ACTIONS.get(entry.step.action)
    return action is not None and action.channel != "self-service"


def _unfinished(then: Account, after: _Around) -> Iterator[Key]:
    """What is still to be done. What was bought since, and not too little of it, is not what was asked for."""
    bought = {_thing(key) for key in differing(then, after.start) if key[1] in PURCHASES}
    for fact in compared(after.start, after.whole, after.whole):
        key = fact.key
        if _thing(key) not in bought or _less(fact.applied, fact.portal):
            yield key


def _thing(key: Key) -> tuple[str, Of]:
    """What a fact of a purchase is about, without the name of the fact; a subscription wherever it is."""
    scope, what, of = key
    where = (("contract", scope.name),) if scope.kind == "contract" else ()
    return what, (*where, *(pair for pair in of if pair[0] != "fact"))


def _back_and_forth(
    now: Account, entries: Iterable[HistoryEntry], others: Iterable[HistoryEntry]
) -> Iterator[tuple[Account, Account]]:
    """The account before and after each of some entries that changed something which is as before by now."""
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
    """Whether a step waited for people when it was applied: a form only where the performer had to be asked."""
    return planned.case is not None or planned.channel in {"support", "purchase"}


def _waits_now(planned: PlannedStep) -> bool:
    step = planned.step
    if planned.channel != "purchase":
        return planned.case is not None
    now, wanted = step.get("now"), step.get("wanted")
    if not isinstance(now, Facts) or not isinstance(wanted, Facts):
        return True
    return any(_less(now.get(name), wanted.get(name)) for name in ("seats", "tokens", "ends"))


def _less(have: object, wish: object) -> bool:
    """Whether the account has fewer seats or tokens, or an earlier end."""
    if isinstance(have, int) and isinstance(wish, int):
        return have < wish
    return isinstance(have, str) and isinstance(wish, str) and have < wish
