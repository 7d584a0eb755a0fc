"""Forecast: terms, entries and invitations that begin, end or fall due, and the shortages that follow.

Days are in the account's time zone; first and last days are inclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from typing import Literal, TypeAlias

from seatsync.account.actions.user_actions import RESEND_AFTER
from seatsync.account.attributes import MenuRole
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.clock import Clock, Days, later, renewed_terms
from seatsync.declaration.declared import (
    Declaration,
    DeclaredContract,
    DeclaredGroup,
    DeclaredSubscription,
    DeclaredTeam,
)
from seatsync.declaration.mentions import People
from seatsync.declaration.pools import Pool, boundaries_after, count_entries, pools
from seatsync.declaration.project_values import Ignore
from seatsync.finding import Location
from seatsync.insight.open_cases import OpenCase

Kind: TypeAlias = Literal[
    "subscription",
    "contract",
    "secondary_admin",
    "sso_admin",
    "external_user",
    "seat",
    "group",
    "group_product",
    "group_member",
    "member",
    "service",
    "support",
    "invitation",
]


ROLE_KINDS: dict[MenuRole, Kind] = {"secondary": "secondary_admin", "sso": "sso_admin", "external": "external_user"}
"""The kinds of changes in the role menu of a team."""


@dataclass(frozen=True, slots=True)
class Window:
    """The period of a forecast: after `at` (today), up to and including `until`; limited to `teams` (empty: all)."""

    at: str
    until: str
    teams: tuple[str, ...] = ()

    def holds(self, day: str) -> bool:
        """Return True if a day is in the period."""
        return self.at < day <= self.until

    def shows_team(self, name: str) -> bool:
        """Return True if the forecast includes a team."""
        return not self.teams or name in self.teams


@dataclass(frozen=True, slots=True)
class DatedChange:
    """A scheduled change: something begins on a day, has ended the day before, renews by itself, or falls due.

    `last` is the last day of something that ends, or that begins with a known end. `thing` is the name of the product,
    group, service or subscription; `product` is that of a group or subscription. `seats` and `tokens` are set for
    subscriptions, `before` if a renewal changes the number of seats or tokens.
    """

    day: str
    change: Literal["begins", "ends", "renews", "due"]
    kind: Kind
    scope: Scope
    at: Location
    user: str | None = None
    thing: str | None = None
    last: str | None = None
    product: str | None = None
    seats: int | None = None
    tokens: int | None = None
    before: int | None = None
    invited: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """A subscription whose term ends before a shortage begins, and its last day."""

    subscription: str
    last: str


@dataclass(frozen=True, slots=True)
class Reduction:
    """A subscription that renews with fewer seats: the first day of the new term, and the seats until and from then."""

    subscription: str
    day: str
    before: int
    seats: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """Days on which a team assigns more seats of a product than its pool holds.

    `last` is None if nothing declared ends it. `holders` are all people entitled then, in the order of the files;
    which of them would lose their seats is undetermined, unless the pool is empty.
    """

    team: str
    product: str
    first: str
    last: str | None
    seats: int
    holders: tuple[str, ...]
    ended: tuple[Ending, ...]
    at: Location
    reduced: tuple[Reduction, ...] = ()

    @property
    def missing(self) -> int:
        """Number of seats missing."""
        return len(self.holders) - self.seats


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which a team has too few secondary admins. `last` is None if nothing declared ends it."""

    team: str
    first: str
    last: str | None
    admins: int
    wanted: int
    at: Location


@dataclass(frozen=True, slots=True)
class Forecast:
    """A whole forecast; everything is sorted by day."""

    account: str
    window: Window
    changes: tuple[DatedChange, ...]
    shortages: tuple[Shortage, ...]
    gaps: tuple[Gap, ...]
    cases: tuple[OpenCase, ...] = ()

    @property
    def short(self) -> bool:
        """Return True if seats or admins run short."""
        return bool(self.shortages or self.gaps)


def shortages(declared: Declaration, window: Window) -> list[Shortage]:
    """Return every period that begins in the window, or on its first day, in which a pool is too small."""
    found = (
        short for pool in pools(declared) if window.shows_team(pool.team.name) for short in _of(declared, pool, window)
    )
    return sorted(found, key=lambda short: (short.first, short.team, short.product))


def gaps(declared: Declaration, window: Window) -> list[Gap]:
    """Return every period that begins in the window in which a team has too few secondary admins.

    Those missing today already are reported by ROLE003 and POLICY002.
    """
    wanted = max(1, declared.project.policy.min_secondary_admins)
    found = (
        gap
        for team in declared.teams.values()
        if window.shows_team(team.name) and team.secondary.days
        for gap in _lacking(team, wanted, window)
    )
    return sorted(found, key=lambda gap: (gap.first, gap.team))


def _of(declared: Declaration, pool: Pool, window: Window) -> list[Shortage]:
    use = pool.use(declared)
    spans = [(declared.shown(user), begins, ends) for user, begins, ends in pool.spans(declared)]
    found: list[Shortage] = []
    for first, last in _stretches(window, pool.boundaries_after(window.at)):
        room = pool.capacity(first)
        if room is None or use.on(first) <= room:
            continue
        holders = tuple(dict.fromkeys([shown for shown, begins, ends in spans if begins <= first <= ends]))
        before = found[-1] if found else None
        if before is not None and before.last == later(first, -1) and (before.seats, before.holders) == (room, holders):
            found[-1] = replace(before, last=last)
            continue
        ended, reduced = _ended(pool, window.at, first), _reduced(pool, window.at, first)
        found.append(Shortage(pool.team.name, pool.product, first, last, room, holders, ended, pool.at, reduced))
    return [short for short in found if short.first <= window.until]


def _ended(pool: Pool, today: str, day: str) -> tuple[Ending, ...]:
    """Return the terms that end from today until before a day."""
    return tuple(
        Ending(sub.id, sub.ends) for sub in pool.subscriptions if today <= sub.ends < day and not sub.auto_renew
    )


def _reduced(pool: Pool, today: str, day: str) -> tuple[Reduction, ...]:
    """Return the renewals with fewer seats from tomorrow until a day."""
    return tuple(
        Reduction(sub.id, later(sub.ends, 1), before, seats)
        for sub in pool.subscriptions
        if today <= sub.ends < day
        and (before := sub.seats_on(sub.ends) or 0) > (seats := sub.seats_on(later(sub.ends, 1)) or 0)
    )


def _lacking(team: DeclaredTeam, wanted: int, window: Window) -> Iterator[Gap]:
    found: list[Gap] = []
    for first, last in _stretches(window, boundaries_after(window.at, team.secondary.days.values())):
        admins = count_entries(team.secondary, first)
        if admins >= wanted:
            continue
        before = found[-1] if found else None
        if before is not None and before.last == later(first, -1) and before.admins == admins:
            found[-1] = replace(before, last=last)
        else:
            found.append(Gap(team.name, first, last, admins, wanted, team.at))
    yield from (gap for gap in found if window.holds(gap.first))


def _stretches(window: Window, boundaries: list[str]) -> Iterator[tuple[str, str | None]]:
    """Yield the periods from today on between days of change: first and last day; the last period has no end.

    Periods after the window are included, because a shortage may last into them.
    """
    starts = [window.at, *boundaries]
    yield from ((first, later(after, -1)) for first, after in pairwise(starts))
    yield starts[-1], None


_ORDER = {"account": 0, "team": 1, "contract": 2}


def scheduled_changes(declared: Declaration, window: Window) -> list[DatedChange]:
    """Return every term and entry that begins or ends in the window: by day, then scope, in the order of the files."""
    found = [change for entry in _entries(declared, window) for change in entry.changes(window)]
    return by_day(found)


def by_day(found: list[DatedChange]) -> list[DatedChange]:
    """Sort changes by day and scope, otherwise in their given order."""
    return sorted(found, key=lambda change: (change.day, _ORDER[change.scope.kind], change.scope.name))


def invitations(
    declared: Declaration, account: Account, clock: Clock, window: Window, undated: frozenset[str] = frozenset()
) -> Iterator[DatedChange]:
    """Yield the pending invitations of declared people that fall due; overdue ones are dated today.

    `undated` are people of whom it is not known when they were invited.
    """
    scopes = dict(_governed(declared, window))
    renamed = {mention.user: user for user, entry in declared.moved() for mention in entry.previous}
    for user, person in account.users.items():
        entry = declared.users.get(user) or declared.users.get(renamed.get(user, ""))
        if person.status != "pending" or user in undated or entry is None:
            continue
        if person.invitations >= declared.project.policy.max_invitations:
            continue
        if not any(scope in scopes and not scopes[scope].user(user) for scope in account.scopes_of(user)):
            continue
        invited = None if person.invited_at is None else clock.day_of(person.invited_at)
        day = window.at if invited is None else max(window.at, later(invited, RESEND_AFTER))
        if day <= window.until:
            yield DatedChange(day, "due", "invitation", WHOLE_ACCOUNT, entry.at, entry.email, invited=invited)


def _governed(declared: Declaration, window: Window) -> Iterator[tuple[Scope, Ignore]]:
    """Yield the scopes of the account whose people are declared, with what they ignore."""
    for name, team in declared.teams.items():
        if window.shows_team(name) and not declared.project.policy.ignore.team(name):
            ignore = declared.policy_of(team).ignore
            yield from ((Scope("team", each), ignore) for each in (name, *team.renamed_from))
    if not window.teams:
        for number, contract in declared.contracts.items():
            yield Scope("contract", number), declared.policy_of(contract).ignore


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry with days. Its place is looked up only if it changes within the window."""

    kind: Kind
    scope: Scope
    days: Days
    where: Location | tuple[People, int]
    user: str | None = None
    thing: str | None = None
    subscription: DeclaredSubscription | None = None
    product: str | None = None

    def changes(self, window: Window) -> Iterator[DatedChange]:
        """Yield its beginning, and its end on the day after, if they are in the window."""
        first, last = self.days
        if first is not None and window.holds(first):
            yield self._change(first, "begins", last)
        if self.subscription is not None and self.subscription.auto_renew:
            yield from self._renewals(self.subscription, window)
        elif last is not None and window.holds(later(last, 1)) and later(last, 1) > last:
            yield self._change(later(last, 1), "ends", last)

    def _renewals(self, sub: DeclaredSubscription, window: Window) -> Iterator[DatedChange]:
        terms = renewed_terms(sub.starts, sub.ends, window.at)
        for first, last in takewhile(lambda term: term[0] <= window.until, terms):
            if first > sub.ends and window.holds(first):
                yield self._change(first, "renews", last)

    def _change(self, day: str, change: Literal["begins", "ends", "renews"], last: str | None) -> DatedChange:
        place = self.where if isinstance(self.where, Location) else self.where[0].at(self.where[1])
        found = DatedChange(day, change, self.kind, self.scope, place, self.user, self.thing, last, self.product)
        sub = self.subscription
        if sub is None:
            return found
        seats, tokens = sub.seats_on(day), sub.tokens_on(day)
        found = replace(found, product=sub.product, seats=seats, tokens=tokens)
        if change == "renews" and day == later(sub.ends, 1) and (seats, tokens) != (sub.seats, sub.tokens):
            return replace(found, before=sub.seats if sub.tokens is None else sub.tokens)
        return found


def _entries(declared: Declaration, window: Window) -> Iterator[_Entry]:
    for sub in declared.subscriptions.values():
        if not window.teams or sub.team in window.teams:
            yield _subscription(sub)
    for team in declared.teams.values():
        if window.shows_team(team.name):
            yield from _of_team(declared, team)
    if not window.teams:
        for contract in declared.contracts.values():
            yield from _of_contract(declared, contract)


def _subscription(sub: DeclaredSubscription) -> _Entry:
    scope = WHOLE_ACCOUNT if sub.team is None else Scope("team", sub.team)
    return _Entry("subscription", scope, (sub.starts, sub.ends), sub.at, thing=sub.id, subscription=sub)


def _of_team(declared: Declaration, team: DeclaredTeam) -> Iterator[_Entry]:
    scope = Scope("team", team.name)
    for role, listed in team.role_lists():
        yield from _of_list(declared, listed, ROLE_KINDS[role], scope)
    for product, people in team.seats.items():
        yield from _of_list(declared, people, "seat", scope, product)
    for product, mentions in team.by_user.items():
        for mention in mentions:
            if mention.days is not None:
                yield _Entry("seat", scope, mention.days, mention.at, declared.shown(mention.user), product)
    for group in team.groups.values():
        yield from _of_group(group, scope)
        yield from _of_list(declared, group.members, "group_member", scope, group.name)
    yield from _of_list(declared, team.members, "member", scope)
    for row in team.rows:
        if row.days is not None:
            yield _Entry("member", scope, row.days, row.at, declared.shown(row.user))


def _of_group(group: DeclaredGroup, scope: Scope) -> Iterator[_Entry]:
    if group.days is not None:
        yield _Entry("group", scope, group.days, group.at, thing=group.name)
    for index, days in group.products.days.items():
        product = group.products.names[index]
        yield _Entry("group_product", scope, days, group.products.at(index), thing=group.name, product=product)


def _of_contract(declared: Declaration, contract: DeclaredContract) -> Iterator[_Entry]:
    scope = Scope("contract", contract.number)
    yield _Entry("contract", scope, (contract.starts, contract.ends), contract.at)
    for product, people in contract.users.items():
        yield from _of_list(declared, people, "seat", scope, product)
    for service, people in contract.services.items():
        yield from _of_list(declared, people, "service", scope, service)
    yield from _of_list(declared, contract.support, "support", scope)
    yield from _of_list(declared, contract.members, "member", scope)


def _of_list(
    declared: Declaration, people: People, kind: Kind, scope: Scope, thing: str | None = None
) -> Iterator[_Entry]:
    for index, days in people.days.items():
        user = declared.shown(people.ids[index])
        yield _Entry(kind, scope, days, (people, index), user, thing)
