"""SEAT005 and SEAT006: seats declared more than once, and seats held by contract managers."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from seatsync.declaration.declared import Declaration, DeclaredGroup, DeclaredTeam, People, lasts
from seatsync.declaration.pools import groups_by_product
from seatsync.finding import Finding, Location, Related, Severity


class _Grant(NamedTuple):
    """A place that gives a person a seat, and how: by product, by user or through a group."""

    at: Location
    how: str


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
            groups = bringing.get(product, [])
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
        related=tuple(Related(grant.at, grant.how) for grant in grants if grant is not at),
        things=(scope, ("product", product), ("user", user)),
    )


def _twice(team: DeclaredTeam, product: str, groups: list[DeclaredGroup], day: str) -> set[str]:
    """Return the people who hold a seat directly and are granted the product once more."""
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
    return [user for index, user in people.items() if lasts(people.days.get(index), day)]


def _grants(team: DeclaredTeam, product: str, groups: list[DeclaredGroup], users: set[str], day: str) -> _Grants:
    """Return all grants of a product to some people: under `seats`, by user, then through groups."""
    if not users:
        return {}
    found = _direct(team, product, users, day)
    for group in groups:
        for user, grants in _in_list(group.members, users, day).items():
            found[user].append(_Grant(grants[0].at, f"through group {group.name}"))
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
    for index, user in enumerate(people.ids):
        if user in users and lasts(people.days.get(index), day):
            found.setdefault(user, []).append(_Grant(people.at(index), "by product"))
    return found
