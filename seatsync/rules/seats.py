"""SEAT001 to SEAT004: assigned seats compared with the pools of a team's subscriptions.

At most one of them is reported for a product of a team: the first of SEAT002, SEAT003, SEAT001, SEAT004.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.declaration.declared import Declaration, DeclaredSubscription
from seatsync.declaration.pools import Pool, pools, seats
from seatsync.finding import Finding, Related, Severity
from seatsync.rules.suggestions import nearest


def more_than_the_pool(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team assigns no more seats of a product than its pool holds on the day.

    What: The pool is the sum of the seats of the team's single-user subscriptions to the product that are in term. Each
    person who holds the product, directly or through groups, uses one seat. While a multi-user or Flex subscription is
    in term there is no limit.

    Why: The account refuses seats beyond the pool, and somebody is left without software.

    Source: S4

    Wrong:
        teams:
          design:
            seats: {AutoCAD: [ben@acme.example, cho@acme.example]}

    Right:
        teams:
          design:
            seats: {AutoCAD: [ben@acme.example]}
    """
    for pool in pools(declared):
        room = pool.capacity(day) if pool.in_term(day) else None
        needed = 0 if room is None or room >= pool.entries() else pool.holders(declared, day)
        if room is not None and needed > room:
            yield Finding(
                "SEAT001",
                Severity.ERROR,
                f"team {pool.team.name} assigns {seats(needed)} of {pool.product}, but its pool holds {room} on {day}",
                pool.at,
                hint=f"take {seats(needed - room)} back, or have the contract manager buy more and raise `seats`",
                source="S4",
                related=tuple(Related(sub.at, f"{sub.id}: {seats(sub.seats or 0)}") for sub in pool.in_term(day)),
                things=pool.things,
            )


def without_subscription(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team assigns only products for which a subscription of the team is declared.

    What: Every product in a team's `seats`, in a group's `products` or in a person's `seats` has an entry under
    `subscriptions` with this team and exactly this product name.

    Why: Seats come from subscriptions. Usually the name is misspelt, or the subscription belongs to another team.

    Source: S4

    Wrong:
        teams:
          design:
            seats: {AutoCad: [ben@acme.example]}

    Right:
        teams:
          design:
            seats: {AutoCAD: [ben@acme.example]}
    """
    for pool in pools(declared):
        if not pool.subscriptions and pool.assigned(day):
            hint, instead = _suggestion(declared, pool)
            yield Finding(
                "SEAT002",
                Severity.ERROR,
                f"team {pool.team.name} assigns {pool.product}, but has no subscription to it",
                pool.at,
                hint=hint,
                source="S4",
                things=pool.things,
                replacement=instead,
            )


def out_of_term(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team assigns a product only while a subscription to it is in term.

    What: On the day, at least one subscription of the team to the product has started and has not ended. The last day
    of a term is part of it.

    Why: Nobody can use the product outside the term, even if the account still shows their seats.

    Source: S4

    Wrong:
        teams:
          design:
            seats: {AutoCAD: [ben@acme.example]}
        subscriptions:
          "574-1": {starts: 2020-01-01, ends: 2020-12-31}

    Right:
        teams:
          design:
            seats: {AutoCAD: [ben@acme.example]}
        subscriptions:
          "574-1": {starts: 2020-01-01, ends: 2026-12-31}
    """
    for pool in pools(declared):
        if pool.subscriptions and not pool.in_term(day) and pool.assigned(day):
            terms = "; ".join(_term(sub, day) for sub in pool.subscriptions)
            over = any(sub.ends < day for sub in pool.subscriptions)
            to_come = "correct its term, or start the seats with it (`from`)"
            yield Finding(
                "SEAT003",
                Severity.ERROR,
                f"team {pool.team.name} assigns {pool.product}, but no subscription to it is in term on {day}: {terms}",
                pool.at,
                hint="renew the subscription and correct its term, or take the seats back" if over else to_come,
                source="S4",
                related=tuple(Related(sub.at, _term(sub, day)) for sub in pool.subscriptions),
                things=pool.things,
            )


def soon_too_small(declared: Declaration, day: str) -> Iterator[Finding]:
    """A pool stays large enough for the number of days set by `expiry_notice`.

    What: Every day from tomorrow to `expiry_notice` days ahead (30 by default) is checked. Terms that start or end by
    then count, and so do entries with `from` and `until`. The warning names the first day with more seats assigned
    than the pool holds.

    Why: Renewals take time, so this is the time to start one.

    Source: S4

    Wrong:
        teams:
          design:
            seats: {AutoCAD: [ben@acme.example]}
        subscriptions:
          "574-1": {ends: 2026-06-30}

    Right:
        teams:
          design:
            seats: {AutoCAD: [{user: ben@acme.example, until: 2026-06-30}]}
        subscriptions:
          "574-1": {ends: 2026-06-30}
    """
    for pool in pools(declared):
        boundaries = pool.boundaries_within(day, declared.project.policy.expiry_notice)
        short = _first_shortfall(declared, pool, boundaries) if boundaries else None
        if short is not None:
            when, needed, room = short
            ending = [sub for sub in pool.in_term(day) if sub.ends < when]
            yield Finding(
                "SEAT004",
                Severity.WARNING,
                f"team {pool.team.name} assigns {seats(needed)} of {pool.product} on {when}, but will have {room}",
                pool.at,
                hint=_renewal_hint(when, ending),
                source="S4",
                related=tuple(Related(sub.at, _term(sub, day)) for sub in ending),
                things=pool.things,
            )


def _first_shortfall(declared: Declaration, pool: Pool, days: list[str]) -> tuple[str, int, int] | None:
    """Return the first day with too few seats, the seats needed and the seats available, or None."""
    use = pool.use(declared)
    for day in days:
        room = pool.capacity(day)
        needed = use.on(day)
        if room is not None and needed > room:
            return day, needed, room
    return None


def _term(sub: DeclaredSubscription, day: str) -> str:
    if sub.ends < day:
        return f"{sub.id} ended on {sub.ends}"
    return f"{sub.id} begins on {sub.starts}" if day < sub.starts else f"{sub.id} ends on {sub.ends}"


def _renewal_hint(when: str, ending: list[DeclaredSubscription]) -> str:
    if ending:
        return f"renew {' and '.join(sub.id for sub in ending)} before {when}, or end seats with the term (`until`)"
    return f"have the contract manager buy seats before {when}, or end other seats by then (`until`)"


def _suggestion(declared: Declaration, pool: Pool) -> tuple[str, str]:
    """Return a hint for a product without a subscription, and the product to write instead ("" if unknown)."""
    subscriptions = declared.subscriptions.values()
    own = dict.fromkeys(sub.product for sub in subscriptions if sub.team == pool.team.name)
    suggestion = nearest(pool.product, own)
    if suggestion is not None:
        return f"did you mean {suggestion}?", suggestion
    for sub in subscriptions:
        if sub.product == pool.product:
            owner = "no team" if sub.team is None else f"team {sub.team}"
            return f"subscription {sub.id} to it belongs to {owner}; move it to this team, or declare another", ""
    return "declare a subscription to it for this team, or correct the name", ""
