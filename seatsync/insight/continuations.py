"""Declared terms as they go on in the account: a later end, a renewal by itself, a subscription that follows."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

from seatsync.account.model import Account, Subscription
from seatsync.declaration.declared import Declaration, DeclaredSubscription


def continued(declared: Declaration, account: Account) -> Declaration:
    """Return a declaration whose pools last as long as in the account, for forecasts of shortages only.

    Other undeclared subscriptions do not count: their seats may be those of people who are not declared.
    """
    found = copy(declared)
    found.subscriptions = {key: _longer(sub, account) for key, sub in declared.subscriptions.items()}
    for sub in declared.subscriptions.values():
        for key, after in _following(sub, declared, account):
            found.subscriptions.setdefault(
                key,
                sub._replace(
                    id=key,
                    offering=after.offering,
                    seats=after.seats,
                    tokens=after.tokens,
                    starts=after.starts,
                    ends=after.ends,
                    auto_renew=after.auto_renew,
                    from_renewal=None,
                ),
            )
    return found


def _longer(sub: DeclaredSubscription, account: Account) -> DeclaredSubscription:
    known = account.subscriptions.get(sub.id)
    if known is None or sub.auto_renew:
        return sub
    return sub._replace(ends=max(sub.ends, known.ends), auto_renew=known.auto_renew)


def _following(
    sub: DeclaredSubscription, declared: Declaration, account: Account
) -> Iterator[tuple[str, Subscription]]:
    """Yield the undeclared subscriptions to the same product that begin in its team after the declared end."""
    team = declared.teams.get(sub.team or "")
    names = set() if team is None else {team.name, *team.renamed_from}
    for name in sorted(names):
        for key in account.subscription_ids(name, sub.product):
            other = account.subscriptions[key]
            if other.starts > sub.ends and key not in declared.subscriptions:
                yield key, other
