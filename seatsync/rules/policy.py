"""POLICY001 to POLICY004: what the project file lays down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from typing import NamedTuple
from unicodedata import normalize

from seatsync.account.email import identity
from seatsync.declaration.declared import Declaration
from seatsync.declaration.policy import user_pattern
from seatsync.declaration.pools import count_entries
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.tree import YamlList, YamlMap
from seatsync.reading.words import listed, shown


def outside_domains(declared: Declaration, day: str) -> Iterator[Finding]:
    """Every person's address is in one of the policy's `email_domains`.

    What: What stands after the `@` of a declared address is one of the domains listed, exactly: a domain does not bring
    its subdomains. A policy that lists no domains allows all of them.

    Why: A seat given to a private address stays with the person when they leave the company.

    Source: the policy

    Wrong:
        # policy: {email_domains: [acme.example]}
        users:
          ana@acme.example: {first_name: Ana, last_name: Silva}
          ben@mail.example: {first_name: Ben, last_name: Otto}

    Right:
        # policy: {email_domains: [acme.example, mail.example]}
        users:
          ana@acme.example: {first_name: Ana, last_name: Silva}
          ben@mail.example: {first_name: Ben, last_name: Otto}
    """
    allowed = declared.project.policy.email_domains
    for user, person in declared.users.items() if allowed else ():
        if user.rpartition("@")[2] not in allowed:
            yield Finding(
                "POLICY001",
                Severity.ERROR,
                f"{person.email} is outside the e-mail domains of the policy: {listed(allowed)}",
                person.at,
                hint="use the person's address at work, or add the domain to `policy.email_domains`",
                things=(("user", user),),
            )


def too_few_secondaries(declared: Declaration, day: str) -> Iterator[Finding]:
    """A team has as many secondary admins as the policy's `min_secondary_admins` asks for.

    What: The entries of `secondary_admins` that hold on the day are counted. SSO admins are not.

    Why: A secondary admin is the only one who can take over from the primary. How many are wanted is the project's
    own decision.

    Source: the policy

    Wrong:
        # policy: {min_secondary_admins: 2}
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]

    Right:
        # policy: {min_secondary_admins: 2}
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example, cho@acme.example]
    """
    wanted = declared.project.policy.min_secondary_admins
    for team in declared.teams.values():
        found = count_entries(team.secondary, day)
        if found < wanted and "secondary_admins" not in team.broken:
            yield Finding(
                "POLICY002",
                Severity.ERROR,
                f"team {team.name} has {found} of the {wanted} secondary admins that the policy asks for",
                team.at,
                hint=f"name {wanted - found} more under `secondary_admins`",
                things=(("team", team.name),),
            )


def protected_missing(declared: Declaration, day: str) -> Iterator[Finding]:
    """Every person and team that the policy protects is declared.

    What: Each address under `policy.protected.users` stands under `users`, or in the CSV of people, and each name under
    `policy.protected.teams` stands under `teams`.

    Why: The list is there so that a careless edit cannot remove these. Whoever really goes, goes from both places.

    Source: the policy

    Wrong:
        # policy: {protected: {users: [ana@acme.example], teams: [design]}}
        users:
          ana@acme.example: {first_name: Ana, last_name: Silva}
          ben@acme.example: {first_name: Ben, last_name: Otto}
        teams:
          drafting:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]

    Right:
        # policy: {protected: {users: [ana@acme.example], teams: [design]}}
        users:
          ana@acme.example: {first_name: Ana, last_name: Silva}
          ben@acme.example: {first_name: Ben, last_name: Otto}
        teams:
          design:
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
        hint=f"put it back under `{section}`, or take it off `policy.protected.{section}`",
        things=(thing,),
    )


def declared_and_ignored(declared: Declaration, day: str) -> Iterator[Finding]:
    """Nobody and nothing that is declared is ignored.

    What: No pattern of `policy.ignore.users` matches a declared address, and no pattern of `policy.ignore.teams` a
    declared team.

    Why: What is ignored is left alone: no plan would ever do what the declaration asks for, and each would say that the
    account is as declared.

    Source: the policy

    Wrong:
        # policy: {ignore: {teams: ["sand*"]}}
        teams:
          sandbox:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]

    Right:
        # policy: {ignore: {teams: ["sand*"]}}
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
    """
    people = [_Pattern.of(user_pattern(text), text, at) for text, at in _entries(declared, "ignore", "users")]
    teams = [_Pattern.of(normalize("NFC", text), text, at) for text, at in _entries(declared, "ignore", "teams")]
    for user, person in declared.users.items() if people else ():
        pattern = next((pattern for pattern in people if pattern.fits(user)), None)
        if pattern is not None:
            yield _ignored(person.email, person.at, pattern, ("user", user))
    for team in declared.teams.values() if teams else ():
        pattern = next((pattern for pattern in teams if pattern.fits(team.name)), None)
        if pattern is not None:
            yield _ignored(f"team {team.name}", team.at, pattern, ("team", team.name))


class _Pattern(NamedTuple):
    """A pattern of `policy.ignore`: what it fits, how it is written, and where."""

    fits: Callable[[str], object]
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
        hint=f"take it out here, or mend {shown(pattern.written)} in `policy.ignore.{thing[0]}s`",
        related=(Related(pattern.at, "ignored by this pattern"),),
        things=(thing,),
    )


def _entries(declared: Declaration, side: str, section: str) -> Iterator[tuple[str, Location]]:
    """Yield the entries of one list of `protected` or `ignore`, with their places in the project file."""
    node: object = declared.project.node
    for key in ("policy", side, section):
        node = node.get(key) if isinstance(node, YamlMap) else None
    if isinstance(node, YamlList):
        for index, item in enumerate(node):
            if isinstance(item, str):
                yield item, node.item_at(index)
