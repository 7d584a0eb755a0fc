"""What begins, ends or falls due on the days of a window: terms, entries with `from` and `until`, invitations."""

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
from seatsync.planning.forecast import Kind, Turn, Window

_ORDER = {"account": 0, "team": 1, "contract": 2}


def turns(declared: Declaration, window: Window) -> list[Turn]:
    """Every term and entry that begins or ends in the window: by day, then team by team, in the order of the files."""
    found = [turn for entry in _entries(declared, window) for turn in entry.turns(window)]
    return in_order(found)


def in_order(found: list[Turn]) -> list[Turn]:
    """Turns by day and scope; what is alike in both stays as it stood."""
    return sorted(found, key=lambda turn: (turn.day, _ORDER[turn.scope.kind], turn.scope.name))


def invitations(declared: Declaration, account: Account, clock: Clock, window: Window) -> Iterator[Turn]:
    """The pending invitations of declared people that fall due; those that are due already, today."""
    scopes = set(_governed(declared, window))
    renamed = {mention.user: user for user, said in declared.moved() for mention in said.previous}
    for user, person in account.users.items():
        said = declared.users.get(user) or declared.users.get(renamed.get(user, ""))
        if person.status != "pending" or said is None or declared.project.policy.ignores_user(user):
            continue
        if person.invitations >= declared.project.policy.max_invitations:
            continue
        if not account.scopes_of(user) & scopes:
            continue
        invited = None if person.invited_at is None else clock.day_of(person.invited_at)
        day = window.at if invited is None else max(window.at, later(invited, RESEND_AFTER))
        if day <= window.until:
            yield Turn(day, "due", "invitation", WHOLE_ACCOUNT, said.at, said.email, invited=invited)


def _governed(declared: Declaration, window: Window) -> Iterator[Scope]:
    """The scopes of the account whose people the declaration speaks of."""
    for name, team in declared.teams.items():
        if window.shows_team(name) and not declared.project.policy.ignores_team(name):
            yield Scope("team", name)
            yield from (Scope("team", old) for old in team.renamed_from)
    if not window.teams:
        yield from (Scope("contract", number) for number in declared.contracts)


@dataclass(frozen=True, slots=True)
class _Entry:
    """Something with days. Its place is looked up when it turns within the window."""

    kind: Kind
    scope: Scope
    days: Days
    where: Location | tuple[People, int]
    user: str | None = None
    thing: str | None = None
    subscription: DeclaredSubscription | None = None

    def turns(self, window: Window) -> Iterator[Turn]:
        """The days of the window on which it begins or has just ended."""
        first, last = self.days
        if first is not None and window.holds(first):
            yield self._turn(first, begins=True)
        if last is not None and window.holds(later(last, 1)) and later(last, 1) > last:
            yield self._turn(later(last, 1), begins=False)

    def _turn(self, day: str, *, begins: bool) -> Turn:
        sub = self.subscription
        return Turn(
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
