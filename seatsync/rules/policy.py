"""POLICY: checks of the declaration against the project's policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from fnmatch import translate
from itertools import chain
from typing import NamedTuple

from seatsync.account.email import identity
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam
from seatsync.declaration.fields import nfc
from seatsync.declaration.fragment import SECTIONS
from seatsync.declaration.mentions import People
from seatsync.declaration.policy_fields import user_pattern
from seatsync.declaration.pools import Pool, count_entries, groups_by_product
from seatsync.finding import Cause, Finding, Location, Related, Severity
from seatsync.reading.plain_text import listed, shown
from seatsync.reading.tree import Node, YamlList, YamlMap, node_at


def outside_domains(declared: Declaration, day: str) -> Iterator[Finding]:
    """Every person's address is in one of the policy's `email_domains`.

    What: The domain of every declared address equals one of the listed domains; subdomains have to be listed
    themselves. If the policy lists no domains, every domain is allowed.

    Why: A seat of a private address stays with the person when they leave the company.

    Source: the project's policy

    Wrong:
        # policy: {email_domains: [acme.example]}
        users:
          hal@mail.example: {}

    Right:
        # policy: {email_domains: [acme.example, mail.example]}
        users:
          hal@mail.example: {}
    """
    allowed = declared.project.policy.email_domains
    for user, person in declared.users.items() if allowed else ():
        domain = user.rpartition("@")[2]
        if domain not in allowed:
            yield Finding(
                "POLICY001",
                Severity.ERROR,
                f"{person.email} is outside the e-mail domains of the policy: {listed(allowed)}",
                person.at,
                hint="use the person's work address, or add the domain to `policy.email_domains`",
                things=(("user", user),),
                cause=Cause("", f" people are outside the e-mail domains of the policy, {listed(allowed)}", domain),
            )


def too_few_secondaries(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team has at least as many secondary admins as the policy's `min_secondary_admins`.

    What: The entries of `secondary_admins` that are valid on the day are counted. SSO admins do not count.

    Why: Only a secondary admin can take over from the primary admin. Each project decides how many it needs.

    Source: the project's policy

    Wrong:
        # policy: {min_secondary_admins: 2}
        teams:
          design:
            secondary_admins: [cho@acme.example]

    Right:
        # policy: {min_secondary_admins: 2}
        teams:
          design:
            secondary_admins: [ben@acme.example, cho@acme.example]
    """
    wanted = declared.project.policy.min_secondary_admins
    for team in declared.teams.values():
        found = count_entries(team.secondary, day)
        if found < wanted and "secondary_admins" not in team.broken:
            yield Finding(
                "POLICY002",
                Severity.ERROR,
                f"team {team.name} has {found} of the {wanted} secondary admins that the policy requires",
                team.at,
                hint=f"add {wanted - found} more under `secondary_admins`",
                things=(("team", team.name),),
            )


def protected_missing(declared: Declaration, day: str) -> Iterator[Finding]:
    """Every person and team that the policy protects is declared.

    What: Each address under `policy.protected.users` is declared under `users` or in the CSV of people, and each name
    under `policy.protected.teams` is declared under `teams`.

    Why: The list guards these people and teams against careless edits. To remove one on purpose, remove it from both
    places.

    Source: the project's policy

    Wrong:
        # policy: {protected: {teams: [build]}}
        teams: {}

    Right:
        # policy: {protected: {teams: [build]}}
        teams:
          build:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
    """
    if declared.whole("users"):
        for text, at in entries(declared.project.node, "policy", "protected", "users"):
            user = identity(text)
            if user is not None and user not in declared.users:
                yield _missing(text, at, ("user", user))
    if declared.whole("teams"):
        for text, at in entries(declared.project.node, "policy", "protected", "teams"):
            name = nfc(text)
            if name not in declared.teams:
                yield _missing(f"team {text}", at, ("team", name))


def _missing(words: str, at: Location, thing: tuple[str, str]) -> Finding:
    section = f"{thing[0]}s"
    return Finding(
        "POLICY003",
        Severity.ERROR,
        f"{words} is protected, but not declared",
        at,
        hint=f"add it under `{section}`, or remove it from `policy.protected.{section}`",
        things=(thing,),
    )


def declared_and_ignored(declared: Declaration, day: str) -> Iterator[Finding]:
    """Nothing that is declared is also ignored.

    What: No pattern of `policy.ignore` matches a declared person, team or group, or a product of which seats are
    declared. No pattern of `ignore` in a team or contract matches a person, group or product that is named in it. A
    subscription to an ignored product may be declared, and so may the number of its seats in a contract.

    Why: seatsync leaves ignored things alone. No plan would ever carry out their declaration, and every plan would
    report that the account is as declared.

    Source: the project's policy

    Wrong:
        teams:
          design:
            seats: {AutoCAD: [ben@acme.example]}
            ignore: {products: [AutoCAD]}

    Right:
        teams:
          design:
            seats: {AutoCAD: [ben@acme.example]}
            ignore: {products: [Revit]}
    """
    shared = _Patterns.of(declared.project.node.get("policy"), "the policy", "`policy.ignore.{}`")
    for user, person in declared.users.items() if shared.users else ():
        if pattern := _first(shared.users, user):
            yield _finding(person.email, person.at, pattern, ("user", user))
    for team in declared.teams.values():
        if pattern := _first(shared.teams, team.name):
            yield _finding(f"team {team.name}", team.at, pattern, ("team", team.name))
        yield from _in_team(team, shared)
    for contract in declared.contracts.values():
        yield from _in_contract(contract, shared)


class _Pattern(NamedTuple):
    """A compiled pattern, with its text, its place, the owner of the `ignore`, and its key."""

    matches: Callable[[str], object]
    written: str
    at: Location
    by: str
    key: str


class _Patterns(NamedTuple):
    """The patterns of one `ignore`, by what they match."""

    users: tuple[_Pattern, ...]
    teams: tuple[_Pattern, ...]
    groups: tuple[_Pattern, ...]
    products: tuple[_Pattern, ...]

    @classmethod
    def of(cls, node: Node, by: str, key: str) -> _Patterns:
        """Return the patterns of a mapping; `by` and `key` are shown, the key with their kind."""
        if not isinstance(node, YamlMap) or "ignore" not in node:
            return cls((), (), (), ())
        return cls(
            *(
                tuple(
                    _Pattern(re.compile(translate(_normal(kind, text))).match, text, at, by, key.format(kind))
                    for text, at in entries(node, "ignore", kind)
                )
                for kind in cls._fields
            )
        )


def _normal(kind: str, text: str) -> str:
    return user_pattern(text) if kind == "users" else nfc(text)


def _first(patterns: tuple[_Pattern, ...], name: str) -> _Pattern | None:
    return next((pattern for pattern in patterns if pattern.matches(name)), None)


def _in_team(team: DeclaredTeam, shared: _Patterns) -> Iterator[Finding]:
    own, where = _Patterns.of(team.node, f"team {team.name}", "`ignore.{}`"), ("team", team.name)
    for group in team.groups.values() if shared.groups or own.groups else ():
        if pattern := _first(shared.groups + own.groups, group.name):
            yield _finding(f"group {group.name} of team {team.name}", group.at, pattern, where, ("group", group.name))
    if shared.products or own.products:
        groups = groups_by_product(team)
        for product in team.products():
            if pattern := _first(shared.products + own.products, product):
                at = Pool(team, product, (), tuple(groups.get(product, ()))).at
                yield _finding(f"{product} in team {team.name}", at, pattern, where, ("product", product))
    if own.users:
        yield from _people(f"team {team.name}", _named_in_team(team), own, shared, where)


def _in_contract(contract: DeclaredContract, shared: _Patterns) -> Iterator[Finding]:
    own = _Patterns.of(contract.node, f"contract {contract.number}", "`ignore.{}`")
    where = ("contract", contract.number)
    products = shared.products + own.products
    services = node_at(contract.node, "services")
    given = [("product", name, node_at(contract.node, "products", name), "users") for name in contract.users]
    given += [("service", name, services, name) for name in contract.services]
    for kind, name, node, key in given if products else ():
        pattern = _first(products, name)
        if pattern and isinstance(node, YamlMap) and key in node:
            yield _finding(f"{name} in contract {contract.number}", node.key_at(key), pattern, where, (kind, name))
    if own.users:
        yield from _people(f"contract {contract.number}", _named_in_contract(contract), own, shared, where)


_Named = Iterator[tuple[str, str, Location, tuple[Related, ...]]]
"""People that a team or contract names: identity, address as written, place, and their place in a named list."""


def _named_in_team(team: DeclaredTeam) -> _Named:
    singles = () if team.primary is None else (team.primary,)
    yield from ((each.user, each.written, each.at, ()) for each in singles)
    yield from _listed_in(team.lists())
    mentions = chain(team.rows, *team.by_user.values())
    yield from ((each.user, each.written, each.at, ()) for each in mentions)


def _named_in_contract(contract: DeclaredContract) -> _Named:
    roles = (contract.contract_manager, contract.coordinator)
    yield from ((each.user, each.written, each.at, ()) for each in roles if each is not None)
    yield from _listed_in(contract.lists())


def _listed_in(lists: Iterable[People]) -> _Named:
    for people in lists:
        yield from ((user, people.written(i), people.at(i), people.related(i)) for i, user in people.items())


def _people(where: str, named: _Named, own: _Patterns, shared: _Patterns, scope: tuple[str, str]) -> Iterator[Finding]:
    """Yield a finding at the first mention of each person that the team or contract ignores itself."""
    met: set[str] = set()
    for user, written, at, related in named:
        if user in met:
            continue
        met.add(user)
        pattern = _first(own.users, user)
        if pattern is not None and _first(shared.users, user) is None:
            finding = _finding(f"{written} in {where}", at, pattern, scope, ("user", user))
            yield finding._replace(related=(*finding.related, *related))


_MANY = {"user": "people", "team": "teams", "group": "groups", "product": "products", "service": "services"}


def _finding(words: str, at: Location, pattern: _Pattern, *things: tuple[str, str]) -> Finding:
    return Finding(
        "POLICY004",
        Severity.ERROR,
        f"{words} is declared, but {pattern.by} ignores it, so no plan would touch it",
        at,
        hint=f"remove it here, or correct {shown(pattern.written)} in {pattern.key}",
        related=(Related(pattern.at, "ignored by this pattern"),),
        things=things,
        cause=Cause("", f" declared {_MANY[things[-1][0]]} are ignored: {pattern.by} has {shown(pattern.written)}"),
    )


def exempt_missing(declared: Declaration, day: str) -> Iterator[Finding]:
    """Everything that the policy exempts from reclaim is declared.

    What: The `user`, `team`, `group` and `product` of each entry of `policy.reclaim.exempt` that is not over are
    declared; a product is one that is bought or assigned. Addresses are compared like in the account.

    Why: An exemption with a spelling mistake exempts nobody, and the holder is told to give the seat back.

    Source: the project's policy

    Wrong:
        # policy: {reclaim: {exempt: [{user: hall@acme.example, reason: "on leave"}]}}
        users:
          hal@acme.example: {}

    Right:
        # policy: {reclaim: {exempt: [{user: hal@acme.example, reason: "on leave"}]}}
        users:
          hal@acme.example: {}
    """
    if not declared.project.policy.reclaim.exempt or not declared.whole(*SECTIONS):
        return
    known = _names_of(declared)
    node = node_at(declared.project.node, "policy", "reclaim", "exempt")
    for entry in node if isinstance(node, YamlList) else ():
        until = entry.get("until") if isinstance(entry, YamlMap) else None
        if not isinstance(entry, YamlMap) or (isinstance(until, str) and until < day):
            continue
        for kind, names in known.items():
            written = entry.get(kind)
            name = _name_of(kind, written) if isinstance(written, str) else None
            if name is not None and name not in names:
                yield Finding(
                    "POLICY005",
                    Severity.WARNING,
                    f"{kind if kind != 'user' else 'person'} {written} is exempt from reclaim, but not declared",
                    entry.value_at(kind),
                    hint="correct it, or remove the entry from `policy.reclaim.exempt`",
                    things=((kind, name),),
                )


def _names_of(declared: Declaration) -> dict[str, Container[str]]:
    """Return what is declared, by kind. A product is declared where it is bought or assigned."""
    teams = declared.teams.values()
    products = {sub.product for sub in declared.subscriptions.values()}
    products.update(name for team in teams for name in team.products())
    products.update(name for contract in declared.contracts.values() for name in contract.users)
    groups = {name for team in teams for name in team.groups}
    return {"user": declared.users, "group": groups, "product": products, "team": declared.teams}


def _name_of(kind: str, written: str) -> str | None:
    return identity(written) if kind == "user" else nfc(written)


def entries(node: YamlMap, *keys: str) -> Iterator[tuple[str, Location]]:
    """Yield the texts of a list under some keys, with their places."""
    found = node_at(node, *keys)
    if isinstance(found, YamlList):
        for index, item in enumerate(found):
            if isinstance(item, str):
                yield item, found.item_at(index)
