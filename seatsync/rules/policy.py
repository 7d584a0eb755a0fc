"""POLICY: checks of the declaration against the project's policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from fnmatch import translate
from typing import NamedTuple
from unicodedata import normalize

from seatsync.account.email import identity
from seatsync.declaration.declared import Declaration
from seatsync.declaration.pools import count_entries
from seatsync.declaration.project import user_pattern
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.plain_text import listed, shown
from seatsync.reading.tree import Node, YamlList, YamlMap


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
        if user.rpartition("@")[2] not in allowed:
            yield Finding(
                "POLICY001",
                Severity.ERROR,
                f"{person.email} is outside the e-mail domains of the policy: {listed(allowed)}",
                person.at,
                hint="use the person's work address, or add the domain to `policy.email_domains`",
                things=(("user", user),),
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
        for text, at in _entries(declared, "protected", "users"):
            user = identity(text)
            if user is not None and user not in declared.users:
                yield _missing(text, at, ("user", user))
    if declared.whole("teams"):
        for text, at in _entries(declared, "protected", "teams"):
            name = normalize("NFC", text)
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
    """A declared person or team is not ignored by the policy.

    What: No pattern of `policy.ignore.users` matches a declared address, and no pattern of `policy.ignore.teams`
    matches a declared team.

    Why: seatsync leaves ignored people and teams alone. No plan would ever carry out their declaration, and every plan
    would report that the account is as declared.

    Source: the project's policy

    Wrong:
        # policy: {ignore: {teams: ["sand*"]}}
        teams:
          sandbox:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]

    Right:
        # policy: {ignore: {teams: ["test*"]}}
        teams:
          sandbox:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
    """
    people = [_Pattern.of(user_pattern(text), text, at) for text, at in _entries(declared, "ignore", "users")]
    teams = [_Pattern.of(normalize("NFC", text), text, at) for text, at in _entries(declared, "ignore", "teams")]
    for user, person in declared.users.items() if people else ():
        pattern = next((pattern for pattern in people if pattern.matches(user)), None)
        if pattern is not None:
            yield _ignored(person.email, person.at, pattern, ("user", user))
    for team in declared.teams.values() if teams else ():
        pattern = next((pattern for pattern in teams if pattern.matches(team.name)), None)
        if pattern is not None:
            yield _ignored(f"team {team.name}", team.at, pattern, ("team", team.name))


class _Pattern(NamedTuple):
    """A compiled pattern of `policy.ignore`, with its text and place."""

    matches: Callable[[str], object]
    written: str
    at: Location

    @classmethod
    def of(cls, pattern: str, written: str, at: Location) -> _Pattern:
        return cls(re.compile(translate(pattern)).match, written, at)


def _ignored(words: str, at: Location, pattern: _Pattern, thing: tuple[str, str]) -> Finding:
    return Finding(
        "POLICY004",
        Severity.ERROR,
        f"{words} is declared, but the policy ignores it, so no plan would touch it",
        at,
        hint=f"remove it here, or correct {shown(pattern.written)} in `policy.ignore.{thing[0]}s`",
        related=(Related(pattern.at, "ignored by this pattern"),),
        things=(thing,),
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
    if not declared.project.policy.reclaim.exempt or not declared.whole(
        "users", "lists", "teams", "subscriptions", "contracts"
    ):
        return
    known = _names_of(declared)
    node = below(declared.project.node, "policy", "reclaim", "exempt")
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
    return identity(written) if kind == "user" else normalize("NFC", written)


def below(node: Node, *keys: str) -> Node:
    """Return what is under some keys, None if there is nothing."""
    for key in keys:
        node = node.get(key) if isinstance(node, YamlMap) else None
    return node


def _entries(declared: Declaration, field: str, section: str) -> Iterator[tuple[str, Location]]:
    """Yield the entries of one list of `protected` or `ignore`, with their places in the project file."""
    node = below(declared.project.node, "policy", field, section)
    if isinstance(node, YamlList):
        for index, item in enumerate(node):
            if isinstance(item, str):
                yield item, node.item_at(index)
