"""Schedule of a forecast: terms, entries with `from` and `until`, and invitations that begin, end or fall due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seatsync.account.actions.user_actions import RESEND_AFTER
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.clock import Clock, later
from seatsync.declaration.declared import (
    Days,
    Declaration,
    DeclaredContract,
    DeclaredSubscription,
    DeclaredTeam,
    People,
)
from seatsync.finding import Location
from seatsync.planning.forecast import DatedChange, Kind, Window

_ORDER = {"account": 0, "team": 1, "contract": 2}


def scheduled_changes(declared: Declaration, window: Window) -> list[DatedChange]:
    """Return every term and entry that begins or ends in the window: by day, then scope, in the order of the files."""
    found = [change for entry in _entries(declared, window) for change in entry.changes(window)]
    return by_day(found)


def by_day(found: list[DatedChange]) -> list[DatedChange]:
    """Sort changes by day and scope, otherwise in their given order."""
    return sorted(found, key=lambda change: (change.day, _ORDER[change.scope.kind], change.scope.name))


def invitations(declared: Declaration, account: Account, clock: Clock, window: Window) -> Iterator[DatedChange]:
    """Yield the pending invitations of declared people that fall due; overdue ones are dated today."""
    scopes = set(_governed(declared, window))
    renamed = {mention.user: user for user, entry in declared.moved() for mention in entry.previous}
    for user, person in account.users.items():
        entry = declared.users.get(user) or declared.users.get(renamed.get(user, ""))
        if person.status != "pending" or entry is None or declared.project.policy.ignores_user(user):
            continue
        if person.invitations >= declared.project.policy.max_invitations:
            continue
        if not account.scopes_of(user) & scopes:
            continue
        invited = None if person.invited_at is None else clock.day_of(person.invited_at)
        day = window.at if invited is None else max(window.at, later(invited, RESEND_AFTER))
        if day <= window.until:
            yield DatedChange(day, "due", "invitation", WHOLE_ACCOUNT, entry.at, entry.email, invited=invited)


def _governed(declared: Declaration, window: Window) -> Iterator[Scope]:
    """Yield the scopes of the account whose people are declared."""
    for name, team in declared.teams.items():
        if window.shows_team(name) and not declared.project.policy.ignores_team(name):
            yield Scope("team", name)
            yield from (Scope("team", old) for old in team.renamed_from)
    if not window.teams:
        yield from (Scope("contract", number) for number in declared.contracts)


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

    def changes(self, window: Window) -> Iterator[DatedChange]:
        """Yield its beginning, and its end on the day after, if they are in the window."""
        first, last = self.days
        if first is not None and window.holds(first):
            yield self._change(first, begins=True)
        if last is not None and window.holds(later(last, 1)) and later(last, 1) > last:
            yield self._change(later(last, 1), begins=False)

    def _change(self, day: str, *, begins: bool) -> DatedChange:
        sub = self.subscription
        return DatedChange(
            day,
            "begins" if begins else "ends",
            self.kind,
            self.scope,
            self.where if isinstance(self.where, Location) else self.where[0].at(self.where[1]),
            self.user,
            self.thing,
            self.days[1],
            None if sub is None else sub.product,
            None if sub is None else sub.seats,
            None if sub is None else sub.tokens,
        )


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
    yield from _of_list(declared, team.secondary, "secondary_admin", scope)
    yield from _of_list(declared, team.sso_admins, "sso_admin", scope)
    for product, people in team.seats.items():
        yield from _of_list(declared, people, "seat", scope, product)
    for product, mentions in team.by_user.items():
        for mention in mentions:
            if mention.days is not None:
                yield _Entry("seat", scope, mention.days, mention.at, declared.shown(mention.user), product)
    for group in team.groups.values():
        yield from _of_list(declared, group.members, "group_member", scope, group.name)
    yield from _of_list(declared, team.members, "member", scope)


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
