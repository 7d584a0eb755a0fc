"""SEAT001 to SEAT004: what a team assigns, against the pools of its subscriptions.

For one product only the first that fits speaks: SEAT002, SEAT003, SEAT001, SEAT004.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.declaration.declared import Declaration, DeclaredSubscription
from seatsync.declaration.pools import Pool, pools, seats
from seatsync.finding import Finding, Related, Severity
from seatsync.rules.suggestions import nearest


def more_than_the_pool(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team assigns no more seats of a product than its pool holds on the day.

    What: The seats of all subscriptions of the team to the product that are in term are added up. Everybody who
    holds the product, directly or through groups, uses one of them. Only single-user subscriptions are counted;
    where a multi-user or Flex subscription is in term, there is no limit to keep.

    Why: The account refuses the seat that is one too many, and somebody stands there without software.

    Source: S4

    Wrong:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            seats: {AutoCAD: [ben@acme.example, cho@acme.example]}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}

    Right:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            seats: {AutoCAD: [ben@acme.example]}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
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

    What: For every product under a team's `seats`, in a group's `products` or in a person's `seats` there is an entry
    under `subscriptions` with this team and exactly this product name.

    Why: A seat comes out of a subscription. Mostly the name is misspelt, or the subscription is another team's.

    Source: S4

    Wrong:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            seats: {AutoCad: [ben@acme.example]}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}

    Right:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            seats: {AutoCAD: [ben@acme.example]}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
    """
    for pool in pools(declared):
        if not pool.subscriptions and pool.assigned(day):
            hint, instead = _instead(declared, pool)
            yield Finding(
                "SEAT002",
                Severity.ERROR,
                f"team {pool.team.name} assigns {pool.product}, but has no subscription to it",
                pool.at,
                hint=hint,
                source="S4",
                things=pool.things,
                instead=instead,
            )


def out_of_term(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team assigns a product only while a subscription to it is in term.

    What: At least one subscription of the team to the product has begun, and has not ended, on the day. The last day
    of a term still counts.

    Why: When the term is over nobody can use the product, whatever the account says. Renew the subscription, or take
    the seats back.

    Source: S4

    Wrong:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            seats: {AutoCAD: [ben@acme.example]}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2020-01-01, ends: 2020-12-31}

    Right:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            seats: {AutoCAD: [ben@acme.example]}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
    """
    for pool in pools(declared):
        if pool.subscriptions and not pool.in_term(day) and pool.assigned(day):
            terms = "; ".join(_term(sub, day) for sub in pool.subscriptions)
            over = any(sub.ends < day for sub in pool.subscriptions)
            to_come = "correct its term, or let the seats begin with it (`from`)"
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
    """A pool stays large enough for the next days, as many as `expiry_notice` says.

    What: Every day from tomorrow to `expiry_notice` days ahead (30 unless the policy says otherwise) is looked at: the
    terms that end and begin until then, and the entries with `from` and `until`. The warning names the first day on
    which more is assigned than there is.

    Why: A renewal takes its time. This is the moment to begin with it.

    Source: S4

    Wrong:
        # at: 2026-06-15
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            seats: {AutoCAD: [ben@acme.example]}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2020-01-01, ends: 2026-06-30}

    Right:
        # at: 2026-06-15
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            seats: {AutoCAD: [{user: ben@acme.example, until: 2026-06-30}]}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2020-01-01, ends: 2026-06-30}
    """
    for pool in pools(declared):
        boundaries = pool.boundaries_within(day, declared.project.policy.expiry_notice)
        short = _first_shortfall(declared, pool, day, boundaries) if boundaries else None
        if short is not None:
            when, needed, room = short
            ending = [sub for sub in pool.in_term(day) if sub.ends < when]
            yield Finding(
                "SEAT004",
                Severity.WARNING,
                f"on {when} team {pool.team.name} will have {seats(room)} of {pool.product}, but assign {needed}",
                pool.at,
                hint=_before(when, ending),
                source="S4",
                related=tuple(Related(sub.at, _term(sub, day)) for sub in ending),
                things=pool.things,
            )


def _first_shortfall(declared: Declaration, pool: Pool, today: str, days: list[str]) -> tuple[str, int, int] | None:
    """The first of some days with too few seats, and what is needed and there on it; None where SEAT001 to 3 speak."""
    if not pool.in_term(today) and pool.assigned(today):
        return None
    use = pool.use(declared)
    for day in (today, *days):
        room = pool.capacity(day)
        needed = use.on(day)
        if room is not None and needed > room:
            return None if day == today else (day, needed, room)
    return None


def _term(sub: DeclaredSubscription, day: str) -> str:
    if sub.ends < day:
        return f"{sub.id} ended on {sub.ends}"
    return f"{sub.id} begins on {sub.starts}" if day < sub.starts else f"{sub.id} ends on {sub.ends}"


def _before(when: str, ending: list[DeclaredSubscription]) -> str:
    if ending:
        return f"renew {' and '.join(sub.id for sub in ending)} before {when}, or let seats end with the term (`until`)"
    return f"have seats bought before {when}, or let other seats end by then (`until`)"


def _instead(declared: Declaration, pool: Pool) -> tuple[str, str]:
    """What may have been meant by a product that the team has no subscription to: as a hint, and the product."""
    subscriptions = declared.subscriptions.values()
    own = dict.fromkeys(sub.product for sub in subscriptions if sub.team == pool.team.name)
    meant = nearest(pool.product, own)
    if meant is not None:
        return f"did you mean {meant}?", meant
    for sub in subscriptions:
        if sub.product == pool.product:
            owner = "no team" if sub.team is None else f"team {sub.team}"
            return f"subscription {sub.id} to it belongs to {owner}; give it to this team, or declare another", ""
    return "declare a subscription of this team to it, or correct the name", ""
