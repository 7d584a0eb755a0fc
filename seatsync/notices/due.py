"""The notices that are due: what there is to tell, less what was told, one mail for each person and kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from seatsync.account.actions.effects import shown
from seatsync.account.history import HistoryEntry, canonical
from seatsync.account.mails import full_name
from seatsync.account.model import Account
from seatsync.account.sent_notices import Notice
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.project_values import Policy
from seatsync.insight.reports.reclaimable import Reclaimable
from seatsync.planning.plan import Plan
from seatsync.targets.sql.records import StoredMail
from seatsync.targets.target import State

Kind: TypeAlias = Literal[
    "invitation",
    "reminder",
    "order",
    "welcome",
    "role",
    "advance",
    "renewal",
    "reclaim",
    "reclaim-reminder",
    "cases",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
BY_VENDOR: Final = frozenset[Kind](("invitation", "order", "welcome", "role"))
"""The kinds that the vendor sends about the real account. They are sent about a mirror only if they are named."""

_LISTS: Final[Mapping[Kind, str]] = {
    "advance": "changes",
    "renewal": "terms",
    "reclaim": "seats",
    "reclaim-reminder": "seats",
    "cases": "cases",
}
"""The kinds whose mail tells several things, and the name of their list among the facts."""

_MOST = 50
"""Things that one mail lists."""
_ID = 16  # hexadecimal digits

Cause: TypeAlias = tuple[str, ...]
"""What a notice is about: nobody is told the same cause of a kind twice."""


class Situation(NamedTuple):
    """Everything that notices follow from.

    `told` are the notices so far, `outbox` the mails of an embedded account; a mirror has none. `before` is a plan that
    is to be announced, `seats` the judgement of all seats, None if nobody judged them. `named` are the kinds that were
    asked for, empty for all; `since` is the first day of what happened that is still told.
    """

    state: State
    clock: Clock
    told: tuple[Notice, ...] = ()
    declared: Declaration | None = None
    outbox: tuple[StoredMail, ...] = ()
    journal: Callable[[int], list[HistoryEntry]] | None = None
    before: Plan | None = None
    seats: Reclaimable | None = None
    named: frozenset[Kind] = frozenset()
    since: str = ""
    renewal_days: int = 30

    @property
    def account(self) -> Account:
        """The account."""
        return self.state.account

    @property
    def policy(self) -> Policy:
        """The policy of the project; outside of one, which ignores nobody, the default."""
        return Policy() if self.declared is None else self.declared.project.policy

    @property
    def is_mirror(self) -> bool:
        """True if the account is the real one, which sends mails itself."""
        return self.state.mirror is not None

    def wants(self, kind: Kind) -> bool:
        """Return True if a kind is to be sent."""
        if self.named:
            return kind in self.named
        if self.before is not None:
            return kind == "advance"
        return not (self.is_mirror and kind in BY_VENDOR)


class Item(NamedTuple):
    """One thing to tell one person (an identity). One mail tells only things with the same `common` facts."""

    kind: Kind
    to: str
    cause: Cause
    facts: Mapping[str, object]
    common: Mapping[str, object] = {}


class Due(NamedTuple):
    """A notice that is due: a mail to one person. `facts` are what its template shows, as JSON."""

    id: str
    kind: Kind
    to: str
    name: str
    language: str | None
    causes: tuple[Cause, ...]
    facts: str

    @property
    def parsed(self) -> dict[str, Any]:
        """The parsed facts."""
        found: dict[str, Any] = json.loads(self.facts)
        return found


def as_due(found: Iterable[Item], situation: Situation) -> tuple[Due, ...]:
    """Return the mails that tell what was not told yet, by kind and then in the order of what is found.

    Nobody whom the policy ignores gets a notice.
    """
    told, ignores = _settled(situation.told), situation.policy.ignore.user
    mails: dict[tuple[Kind, str, Cause | None, str], list[Item]] = {}
    for item in found:
        if (item.kind, item.to, item.cause) in told or ignores(item.to):
            continue
        told.add((item.kind, item.to, item.cause))
        alone = None if item.kind in _LISTS else item.cause
        mails.setdefault((item.kind, item.to, alone, canonical(item.common)), []).append(item)
    invited = {to for kind, to, *_ in mails if kind == "invitation"}  # which tells all that a reminder would
    needed = [key for key in mails if key[0] != "reminder" or key[1] not in invited]
    ordered = sorted(needed, key=lambda key: KINDS.index(key[0]))
    return tuple(due for key in ordered for due in _mails(mails[key], situation))


def _settled(told: Iterable[Notice]) -> set[tuple[str, str, Cause]]:
    """Return what is not told again by itself: everything but what the server only put off."""
    return {(each.kind, each.recipient, cause) for each in told if each.state != "deferred" for cause in each.causes}


def put_off(told: Sequence[Notice]) -> Iterator[Notice]:
    """Yield the notices that the server put off and that no later one replaced."""
    settled = _settled(told)
    for each in told:
        if each.state == "deferred" and not all((each.kind, each.recipient, cause) in settled for cause in each.causes):
            yield each


def _mails(items: list[Item], situation: Situation) -> Iterator[Due]:
    """Yield the mails of the items of one kind for one person."""
    first = items[0]
    listed = _LISTS.get(first.kind)
    name, language = recipient(situation, first.to)
    head = {"account": situation.account.name, "person": {"address": first.to, "name": name}}
    if listed is None:
        yield _due(first, name, language, (first.cause,), {**first.facts, **head})  # by the name of today
    elif first.kind == "cases":  # one mail, however many: it names the first ones
        causes = tuple(item.cause for item in items)
        facts = {listed: [item.facts for item in items[:_MOST]], "more": max(0, len(items) - _MOST)}
        yield _due(first, name, language, causes, {**head, **first.common, **facts})
    else:
        for start in range(0, len(items), _MOST):
            part = items[start : start + _MOST]
            causes = tuple(item.cause for item in part)
            facts = {listed: [item.facts for item in part], **_counts(part)}
            yield _due(first, name, language, causes, {**head, **first.common, **facts})


def _counts(items: Sequence[Item]) -> dict[str, int]:
    """Return how many of the terms of a notice end, and how many renew themselves."""
    renewing = sum(item.facts.get("renews") is not None for item in items)
    return {"renewing": renewing, "ending": len(items) - renewing} if items[0].kind == "renewal" else {}


def _due(item: Item, name: str, language: str | None, causes: tuple[Cause, ...], facts: Mapping[str, object]) -> Due:
    number = sha256(canonical([item.kind, item.to, [list(cause) for cause in causes]]).encode()).hexdigest()[:_ID]
    return Due(number, item.kind, item.to, name, language, causes, canonical(facts))


def recipient(situation: Situation, user: str) -> tuple[str, str | None]:
    """Return name and language of a person."""
    entry = None if situation.declared is None else situation.declared.users.get(user)
    person = situation.account.users.get(user)
    language = None if entry is None else entry.language
    if person is not None and (person.first_name or person.last_name):
        return full_name(person.email, person.first_name, person.last_name), language
    if entry is not None:
        return full_name(entry.email, entry.first_name or "", entry.last_name or ""), language
    return shown(situation.account, user), language
