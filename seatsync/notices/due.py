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
from seatsync.planning.difference.exclusions import Authority
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


class IdleSeat(NamedTuple):
    """A seat to be reclaimed whose holder is to be told. `cause` names it and since when it is idle.

    `told` is the day of the first notice, if this is the reminder. `last` is the day of the last use, if any.
    """

    person: str
    team: str
    product: str
    cause: Cause
    last: str | None
    assigned: str | None
    told: str | None = None


class Situation(NamedTuple):
    """Everything that notices follow from.

    `told` are the notices so far, `outbox` the mails of an embedded account; a mirror has none. `before` is a plan that
    is to be announced. `named` are the kinds that were asked for, empty for all; `since` is the first day of what
    happened that is still told.
    """

    state: State
    clock: Clock
    told: tuple[Notice, ...] = ()
    declared: Declaration | None = None
    outbox: tuple[StoredMail, ...] = ()
    journal: Callable[[int], list[HistoryEntry]] | None = None
    before: Plan | None = None
    idle: tuple[IdleSeat, ...] = ()
    idle_days: int = 90
    named: frozenset[Kind] = frozenset()
    since: str = ""
    renewal_days: int = 30

    @property
    def account(self) -> Account:
        """The account."""
        return self.state.account

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
    """One thing to tell one person (an identity). `common` are facts about the whole mail."""

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
    told = {(each.kind, each.to, cause) for each in _settled(situation.told) for cause in each.causes}
    ignores = _ignored(situation.declared)
    mails: dict[tuple[Kind, str, Cause | None], list[Item]] = {}
    for item in found:
        if (item.kind, item.to, item.cause) in told or ignores(item.to):
            continue
        told.add((item.kind, item.to, item.cause))
        alone = None if item.kind in _LISTS else item.cause
        mails.setdefault((item.kind, item.to, alone), []).append(item)
    for to in [to for kind, to, _ in mails if kind == "invitation"]:  # which says all that a reminder would
        for key in [key for key in mails if key[:2] == ("reminder", to)]:
            del mails[key]
    ordered = sorted(mails.items(), key=lambda entry: KINDS.index(entry[0][0]))
    return tuple(due for (_, _, _), items in ordered for due in _mails(items, situation))


class _Settled(NamedTuple):
    kind: str
    to: str
    causes: tuple[Cause, ...]


def _settled(told: Iterable[Notice]) -> Iterator[_Settled]:
    """Yield what need not be told again by itself: everything but what the server only put off."""
    return (_Settled(each.kind, each.recipient, each.causes) for each in told if each.state != "deferred")


def put_off(told: Sequence[Notice]) -> Iterator[Notice]:
    """Yield the notices that the server put off and that no later one replaced."""
    settled = {(each.kind, each.to, cause) for each in _settled(told) for cause in each.causes}
    for each in told:
        if each.state == "deferred" and not all((each.kind, each.recipient, cause) in settled for cause in each.causes):
            yield each


def _ignored(declared: Declaration | None) -> Callable[[str], bool]:
    if declared is None:
        return lambda _: False
    return Authority(declared.project.policy, None, frozenset(), frozenset(), None).ignores_user


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
