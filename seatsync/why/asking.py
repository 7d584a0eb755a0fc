"""Builds the answer for one person from the files and the account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seatsync.account.model import Account, Scope, User
from seatsync.declaration.declared import Declaration
from seatsync.why.answer import (
    ENTITLEMENTS,
    SUPPORT,
    Answer,
    Assignment,
    ConsultedAccount,
    Entitlement,
    Entry,
    Holding,
    Kind,
)
from seatsync.why.in_account import absent, assignments_of
from seatsync.why.in_files import by_default, mentions_of


@dataclass(frozen=True, slots=True)
class Sources:
    """The declaration, the account (None: not available, for the reason `problem`), and the day."""

    declared: Declaration
    account: Account | None
    problem: str
    day: str

    def people(self) -> list[str]:
        """Return the identities of all declared or actual people."""
        return list(dict.fromkeys((*self.declared.users, *(self.account.users if self.account is not None else ()))))

    def person(self, identity: str) -> str:
        """Return the person with this identity as a former address, or else the identity itself."""
        for user, declared_user in self.declared.users.items():
            if any(mention.user == identity for mention in declared_user.previous):
                return user
        return identity

    def products(self) -> list[str]:
        """Return the names of all declared or actual products, services and benefits."""
        names: dict[str, None] = {}
        for team in self.declared.teams.values():
            names.update(dict.fromkeys(team.products()))
        for terms in self.declared.contracts.values():
            names.update(dict.fromkeys((*terms.users, *terms.services, SUPPORT)))
        names.update(dict.fromkeys(sub.product for sub in self.declared.subscriptions.values()))
        if self.account is not None:
            names.update(dict.fromkeys(sub.product for sub in self.account.subscriptions.values()))
            for team_now in self.account.teams.values():
                names.update(dict.fromkeys(team_now.seats))
                for group in team_now.groups.values():
                    names.update(dict.fromkeys(sorted(group.products)))
            for contract in self.account.contracts.values():
                names.update(dict.fromkeys((*contract.products, *contract.services, SUPPORT)))
        return list(names)


def explain(sources: Sources, user: str, product: str | None) -> Answer | None:
    """Return the answer about a person (an identity) and a product; None if the person is unknown."""
    declared, account = sources.declared, sources.account
    declared_user = declared.users.get(user)
    now, actual = _actual(sources, user)
    mentioned = mentions_of(declared, user)
    mentioned.update(by_default(declared, user, absent(account, declared)))
    if declared_user is None and now is None and not mentioned and not actual:
        return None
    holdings = _side_by_side(mentioned, actual, known=account is not None)
    wanted = [each for each in holdings if product is None or each.assignment.name == product]
    return Answer(
        declared_user.email if declared_user is not None else now.email if now is not None else user,
        _full_name(
            declared_user.first_name if declared_user else None, declared_user.last_name if declared_user else None, now
        ),
        sources.day,
        product,
        declared_user.at if declared_user is not None else None,
        _entitlements([each for each in wanted if each.assignment.kind in ENTITLEMENTS], sources),
        tuple(_explicit(holdings)) if product is None else (),
        ConsultedAccount(account.name, account.serial, now)
        if account is not None
        else ConsultedAccount(problem=sources.problem),
    )


def _actual(sources: Sources, user: str) -> tuple[User | None, list[Assignment]]:
    """Return the person in the account, by this or a former address, with the assignments there."""
    account = sources.account
    if account is None:
        return None, []
    declared_user = sources.declared.users.get(user)
    addresses = [user, *(mention.user for mention in (declared_user.previous if declared_user is not None else ()))]
    known = next((address for address in addresses if address in account.users), user)
    return account.users.get(known), assignments_of(account, known, sources.declared)


def _side_by_side(
    mentioned: dict[Assignment, list[Entry]], actual: Iterable[Assignment], *, known: bool
) -> list[Holding]:
    has = set(actual)
    found = [
        Holding(assignment, tuple(entries), assignment in has if known else None)
        for assignment, entries in mentioned.items()
    ]
    return found + [Holding(assignment, (), actual=True) for assignment in actual if assignment not in mentioned]


def _entitlements(holdings: Iterable[Holding], sources: Sources) -> tuple[Entitlement, ...]:
    things: dict[tuple[Scope, Kind, str], list[Holding]] = {}
    for holding in holdings:
        things.setdefault((holding.assignment.scope, holding.assignment.kind, holding.assignment.name), []).append(
            holding
        )
    found = []
    for (scope, kind, name), ways in things.items():
        paid = scope.kind != "team" or _subscribed(sources, scope.name, name)
        entitled = paid and any(way.on(sources.day) for way in ways)
        found.append(Entitlement(scope, kind, name, entitled, paid, tuple(ways)))
    return tuple(found)


def _subscribed(sources: Sources, team: str, product: str) -> bool:
    """Return True if a subscription in term, declared or else in the account, gives a team a product."""
    day, declared = sources.day, sources.declared.subscriptions
    if any(sub.team == team and sub.product == product and sub.in_term(day) for sub in declared.values()):
        return True
    bought = sources.account.subscriptions_to(team, product) if sources.account is not None else ()
    return any(sub.in_term(day) for sub in bought)


def _explicit(holdings: Iterable[Holding]) -> Iterable[Holding]:
    """Yield roles and memberships, but no membership implied by something else in the scope."""
    holdings = list(holdings)
    more = {
        holding.assignment.scope
        for holding in holdings
        if holding.assignment != Assignment(holding.assignment.scope, "member", "")
    }
    for holding in holdings:
        implied = holding.assignment.kind == "member" and not holding.entries and holding.assignment.scope in more
        if holding.assignment.kind not in ENTITLEMENTS and (not implied or holding.assignment.group is not None):
            yield holding


def _full_name(first: str | None, last: str | None, now: User | None) -> str:
    """Return the declared name, completed from the account."""
    names = (
        first if first is not None or now is None else now.first_name,
        last if last is not None or now is None else now.last_name,
    )
    return " ".join(name for name in names if name)
