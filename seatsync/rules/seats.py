"""SEAT: assigned seats against the pools of subscriptions, and the ways in which one seat is written.

At most one of them is reported for a product of a team: the first of SEAT002, SEAT003, SEAT001, SEAT004.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from seatsync.clock import lasts, later
from seatsync.declaration.declared import Declaration, DeclaredGroup, DeclaredSubscription, DeclaredTeam
from seatsync.declaration.mentions import People
from seatsync.declaration.pools import Pool, groups_by_product, pools, seats
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.rules.references import nearest


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
            key = "from_renewal" if all(sub.number_changed(day) for sub in pool.in_term(day)) else "seats"
            yield Finding(
                "SEAT001",
                Severity.ERROR,
                f"team {pool.team.name} assigns {seats(needed)} of {pool.product}, but its pool holds {room} on {day}",
                pool.at,
                hint=f"take {seats(needed - room)} back, or have the contract manager buy more and raise `{key}`",
                source="S4",
                related=tuple(
                    Related(sub.at, f"{sub.id}: {seats(sub.seats_on(day) or 0)}") for sub in pool.in_term(day)
                ),
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
    of a term is part of it. A subscription with `auto_renew: true` does not end: from the day after `ends` it counts as
    renewed, again and again.

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
    than the pool holds. A subscription with `auto_renew: true` does not end, but from its renewal on it has the number
    of `from_renewal`, if that is given.

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
            current = pool.in_term(day)
            ending = [sub for sub in current if not sub.in_term(when)]
            fewer = [sub for sub in current if sub.in_term(when) and _seats(sub, when) < _seats(sub, day)]
            yield Finding(
                "SEAT004",
                Severity.WARNING,
                f"team {pool.team.name} assigns {seats(needed)} of {pool.product} on {when}, but will have {room}",
                pool.at,
                hint=_renewal_hint(when, ending, fewer),
                source="S4",
                related=(
                    *(Related(sub.at, _term(sub, day)) for sub in ending),
                    *(Related(sub.at, _renewal(sub)) for sub in fewer),
                ),
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


def _seats(sub: DeclaredSubscription, day: str) -> int:
    return sub.seats_on(day) or 0


def _renewal(sub: DeclaredSubscription) -> str:
    return f"{sub.id} renews on {later(sub.ends, 1)} with {seats(sub.from_renewal or 0)}"


def _renewal_hint(when: str, ending: list[DeclaredSubscription], fewer: list[DeclaredSubscription]) -> str:
    ways = [f"renew {' and '.join(sub.id for sub in ending)} before {when}"] if ending else []
    ways += [f"raise `from_renewal` of {' and '.join(sub.id for sub in fewer)}"] if fewer else []
    if ways:
        return f"{', '.join(ways)}, or end seats with the term (`until`)"
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


class _Grant(NamedTuple):
    """A place that gives a person a seat, and how: by product, by user or through a group."""

    at: Location
    how: str
    related: tuple[Related, ...] = ()


_Grants: TypeAlias = dict[str, list[_Grant]]
"""Grants by person, direct ones first."""


def declared_twice(declared: Declaration, day: str) -> Iterator[Finding]:
    """A seat is declared once: not directly and through a group, not by user and by product, not twice in one list.

    What: A person gets a product of a team by product, by user, or as a member of a group. The finding is placed at the
    direct entry and lists the others. Two groups may assign the same product, and entries may follow one another in
    time.

    Why: The person uses one seat however often it is declared. Removing one of the entries does not free the seat,
    which surprises the reader.

    Source: S3

    Wrong:
        teams:
          design:
            groups: {cad: {members: [ben@acme.example], products: [AutoCAD]}}
            seats: {AutoCAD: [ben@acme.example]}

    Right:
        teams:
          design:
            groups: {cad: {members: [ben@acme.example], products: [AutoCAD]}}
    """
    for team in declared.teams.values():
        bringing = groups_by_product(team)
        for product in team.products():
            groups = [group for group in bringing.get(product, ()) if group.gives_on(product, day)]
            twice = _declared(declared, _twice(team, product, groups, day))
            for user, grants in _grants(team, product, groups, twice, day).items():
                yield _double(declared, grants, ("team", team.name), product, user)
    for contract in declared.contracts.values():
        for product, people in contract.users.items():
            twice = _declared(declared, _repeated(_present(people, day)))
            for user, grants in _in_list(people, twice, day).items():
                yield _double(declared, grants, ("contract", contract.number), product, user)


def manager_holds(declared: Declaration, day: str) -> Iterator[Finding]:
    """A contract manager does not hold a seat of their own purchase without using the product.

    What: The person is contract manager of a subscription or contract and holds a seat of its product directly, not
    through a group.

    Why: The vendor assigns the first seat of a product to its buyer. Buyers often do not use the product, so the seat
    can be freed.

    Source: S3

    Wrong:
        teams:
          design:
            seats: {AutoCAD: [ana@acme.example]}

    Right:
        teams:
          design:
            seats: {AutoCAD: [ben@acme.example]}
    """
    for (scope, product), managers in _managed(declared).items():
        if scope[0] == "team":
            held = _direct(declared.teams[scope[1]], product, managers, day)
        else:
            held = _in_list(declared.contracts[scope[1]].users[product], managers, day)
        for user, grants in held.items():
            yield Finding(
                "SEAT006",
                Severity.INFO,
                f"{declared.shown(user)} is contract manager of {product} in {' '.join(scope)} and holds a seat of it",
                grants[0].at,
                hint="if they do not use the product, remove the entry to free the seat",
                source="S3",
                related=grants[0].related,
                things=(scope, ("product", product), ("user", user)),
            )


def _managed(declared: Declaration) -> dict[tuple[tuple[str, str], str], set[str]]:
    """Return the declared contract managers by (team or contract, product)."""
    found: dict[tuple[tuple[str, str], str], set[str]] = {}
    for sub in declared.subscriptions.values():
        if sub.team in declared.teams and sub.contract_manager is not None:
            found.setdefault((("team", str(sub.team)), sub.product), set()).add(sub.contract_manager.user)
    for contract in declared.contracts.values():
        if contract.contract_manager is not None:
            for product in contract.users:
                found[("contract", contract.number), product] = {contract.contract_manager.user}
    return {key: _declared(declared, managers) for key, managers in found.items()}


def _declared(declared: Declaration, users: set[str]) -> set[str]:
    """Return the declared people among the users; REF001 reports the others."""
    return {user for user in users if user in declared.users}


def _double(declared: Declaration, grants: list[_Grant], scope: tuple[str, str], product: str, user: str) -> Finding:
    """Return the finding for a seat with several grants, direct ones first.

    It is placed at the first grant, or at the second if the first two are of one kind.
    """
    at = grants[1] if grants[0].how == grants[1].how else grants[0]
    counted = Counter(grant.how for grant in grants)
    how = " and ".join(kind if times == 1 else f"{kind} ({times} times)" for kind, times in counted.items())
    return Finding(
        "SEAT005",
        Severity.WARNING,
        f"{declared.shown(user)} gets {product} in {' '.join(scope)} more than once: {how}",
        at.at,
        hint="keep one of the entries; the person uses one seat either way",
        source="S3",
        related=(
            *at.related,
            *(
                related
                for grant in grants
                if grant is not at
                for related in (Related(grant.at, grant.how), *grant.related)
            ),
        ),
        things=(scope, ("product", product), ("user", user)),
    )


def _twice(team: DeclaredTeam, product: str, groups: list[DeclaredGroup], day: str) -> set[str]:
    """Return the people who hold a seat directly and are granted the product another time."""
    people = team.seats.get(product)
    direct = _present(people, day) if people is not None else []
    direct += [mention.user for mention in team.by_user.get(product, ()) if lasts(mention.days, day)]
    found = _repeated(direct)
    for group in groups if direct else ():
        found |= group.members.on(day).intersection(direct)
    return found


def _repeated(users: list[str]) -> set[str]:
    if len(set(users)) == len(users):
        return set()
    return {user for user, times in Counter(users).items() if times > 1}


def _present(people: People, day: str) -> list[str]:
    """Return the people of the entries that hold on a day, repeated as often as they are listed."""
    if not people.days and "" not in people.ids:
        return list(people.ids)
    return [user for _, user in people.distinct(day)]


def _grants(team: DeclaredTeam, product: str, groups: list[DeclaredGroup], users: set[str], day: str) -> _Grants:
    """Return all grants of a product to some people: under `seats`, by user, then through groups."""
    if not users:
        return {}
    found = _direct(team, product, users, day)
    for group in groups:
        for user, grants in _in_list(group.members, users, day).items():
            found[user].append(grants[0]._replace(how=f"through group {group.name}"))
    return found


def _direct(team: DeclaredTeam, product: str, users: set[str], day: str) -> _Grants:
    people = team.seats.get(product)
    found = {} if people is None else _in_list(people, users, day)
    for mention in team.by_user.get(product, ()):
        if mention.user in users and lasts(mention.days, day):
            found.setdefault(mention.user, []).append(_Grant(mention.at, "by user"))
    return found


def _in_list(people: People, users: set[str], day: str) -> _Grants:
    found: _Grants = {}
    if users.isdisjoint(people.ids):
        return found
    for index, user in people.distinct(day):
        if user in users:
            found.setdefault(user, []).append(_Grant(people.at(index), "by product", people.related(index)))
    return found
