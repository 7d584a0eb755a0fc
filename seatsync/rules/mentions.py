"""SEAT005 and SEAT006: the ways in which one seat is written, and seats that a contract manager holds."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from seatsync.declaration.declared import Declaration, DeclaredGroup, DeclaredTeam, People, lasts
from seatsync.declaration.pools import groups_by_product
from seatsync.finding import Finding, Location, Related, Severity


class _Way(NamedTuple):
    """One place that gives a person a seat, and how."""

    at: Location
    how: str


_Ways: TypeAlias = dict[str, list[_Way]]
"""The ways by person, the direct ones first."""


def declared_twice(declared: Declaration, day: str) -> Iterator[Finding]:
    """A seat is declared once: not directly and through a group, not by user and by product, not twice in one list.

    What: A person may get a product of a team by product, by user, or as a member of a group. The finding stands at the
    direct mention and names the others. Two groups that bring the same product are fine, and so are entries whose
    days do not meet.

    Why: The person uses one seat however often it is written. But who takes the seat away in one place will wonder
    why it is still there.

    Source: S3

    Wrong:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            groups: {cad: {members: [ben@acme.example], products: [AutoCAD]}}
            seats: {AutoCAD: [ben@acme.example]}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}

    Right:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            groups: {cad: {members: [ben@acme.example], products: [AutoCAD]}}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2045-12-31}
    """
    for team in declared.teams.values():
        bringing = groups_by_product(team)
        for product in team.products():
            groups = bringing.get(product, [])
            twice = _declared(declared, _twice(team, product, groups, day))
            for user, ways in _ways(team, product, groups, twice, day).items():
                yield _double(declared, ways, ("team", team.name), product, user)
    for contract in declared.contracts.values():
        for product, people in contract.users.items():
            twice = _declared(declared, _repeated(_present(people, day)))
            for user, ways in _in_list(people, twice, day).items():
                yield _double(declared, ways, ("contract", contract.number), product, user)


def manager_holds(declared: Declaration, day: str) -> Iterator[Finding]:
    """A contract manager holds a seat of what they manage; it can be freed if they do not use the product.

    What: The person is contract manager of a subscription or contract and holds a seat of its product directly, not
    through a group.

    Why: The vendor gives whoever buys a product the first seat of it. Buyers often do not draw.

    Source: S3

    Wrong:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            seats: {AutoCAD: [ana@acme.example]}
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
    for (scope, product), managers in _managed(declared).items():
        if scope[0] == "team":
            held = _direct(declared.teams[scope[1]], product, managers, day)
        else:
            held = _in_list(declared.contracts[scope[1]].users[product], managers, day)
        for user, ways in held.items():
            yield Finding(
                "SEAT006",
                Severity.INFO,
                f"{declared.shown(user)} is contract manager of {product} in {' '.join(scope)} and holds a seat of it",
                ways[0].at,
                hint="if they do not use the product, take the seat back and somebody else can have it",
                source="S3",
                things=(scope, ("product", product), ("user", user)),
            )


def _managed(declared: Declaration) -> dict[tuple[tuple[str, str], str], set[str]]:
    """The contract managers by scope and product, where they and the scope are declared."""
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
    """Those who are declared; the others are REF001's business."""
    return {user for user in users if user in declared.users}


def _double(declared: Declaration, ways: list[_Way], scope: tuple[str, str], product: str, user: str) -> Finding:
    """The finding of a seat with several ways, the direct ones first: at the later of two of the first kind."""
    at = ways[1] if ways[0].how == ways[1].how else ways[0]
    counted = Counter(way.how for way in ways)
    how = " and ".join(kind if times == 1 else f"{kind} ({times} times)" for kind, times in counted.items())
    return Finding(
        "SEAT005",
        Severity.WARNING,
        f"{declared.shown(user)} gets {product} in {' '.join(scope)} more than once: {how}",
        at.at,
        hint="keep one of the entries; the person uses one seat either way",
        source="S3",
        related=tuple(Related(way.at, way.how) for way in ways if way is not at),
        things=(scope, ("product", product), ("user", user)),
    )


def _twice(team: DeclaredTeam, product: str, groups: list[DeclaredGroup], day: str) -> set[str]:
    """Who has a direct seat and gets the product in another way too."""
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
    """The persons of the entries that hold on a day, as often as they stand there."""
    if not people.days and "" not in people.ids:
        return list(people.ids)
    return [user for index, user in people.items() if lasts(people.days.get(index), day)]


def _ways(team: DeclaredTeam, product: str, groups: list[DeclaredGroup], users: set[str], day: str) -> _Ways:
    """Every way in which some persons get a product: under `seats`, by user, then through groups."""
    if not users:
        return {}
    found = _direct(team, product, users, day)
    for group in groups:
        for user, ways in _in_list(group.members, users, day).items():
            found[user].append(_Way(ways[0].at, f"through group {group.name}"))
    return found


def _direct(team: DeclaredTeam, product: str, users: set[str], day: str) -> _Ways:
    people = team.seats.get(product)
    found = {} if people is None else _in_list(people, users, day)
    for mention in team.by_user.get(product, ()):
        if mention.user in users and lasts(mention.days, day):
            found.setdefault(mention.user, []).append(_Way(mention.at, "by user"))
    return found


def _in_list(people: People, users: set[str], day: str) -> _Ways:
    found: _Ways = {}
    if users.isdisjoint(people.ids):
        return found
    for index, user in enumerate(people.ids):
        if user in users and lasts(people.days.get(index), day):
            found.setdefault(user, []).append(_Way(people.at(index), "by product"))
    return found
