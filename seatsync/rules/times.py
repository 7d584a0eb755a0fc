"""TIME001 and TIME002: entries that are over, and terms that are too long to be meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from seatsync.declaration.declared import (
    Days,
    Declaration,
    DeclaredContract,
    DeclaredSubscription,
    DeclaredTeam,
    Mention,
    People,
)
from seatsync.declaration.fields import NEVER
from seatsync.declaration.names import nfc
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.tree import YamlList, YamlMap

_LONGEST = 20
"""Years of the longest term that is no slip."""


def entry_over(declared: Declaration, day: str) -> Iterator[Finding]:
    """No dated entry is over.

    What: The `until` of a role, seat, place in a group or membership is today or later. An entry that is over counts
    as if it were not there.

    Why: An entry that is over can be deleted. Now and then the year is wrong, and somebody would lose a seat that was
    meant to last.

    Source: the configuration's own

    Wrong:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            members: [cho@acme.example, {user: dee@acme.example, until: 2025-12-31}]

    Right:
        teams:
          design:
            primary_admin: ana@acme.example
            secondary_admins: [ben@acme.example]
            members: [cho@acme.example, {user: dee@acme.example, until: 2026-12-31}]
    """
    for people, where, things in _lists(declared):
        for index, days in people.days.items():
            item = people.node[index]
            if people.ids[index] and isinstance(item, YamlMap) and _is_over(days, day):
                user = ("user", people.ids[index])
                yield _over(people.written(index), where, item.value_at("until"), days, (*things, user))
    for team in declared.teams.values():
        for product, mentions in team.by_user.items():
            for mention in mentions:
                at = _until(declared, mention, team.name) if _is_over(mention.days, day) else None
                if at is not None and mention.days is not None:
                    things = (("team", team.name), ("product", product), ("user", mention.user))
                    yield _over(mention.written, f"{product} in team {team.name}", at, mention.days, things)


class _Dated(NamedTuple):
    """A list of people, where it stands in words, and the things that it is about."""

    people: People
    where: str
    things: tuple[tuple[str, str], ...]


def _lists(declared: Declaration) -> Iterator[_Dated]:
    for team in declared.teams.values():
        yield from _of_team(team)
    for contract in declared.contracts.values():
        yield from _of_contract(contract)


def _of_team(team: DeclaredTeam) -> Iterator[_Dated]:
    own, where = ("team", team.name), f"team {team.name}"
    yield _Dated(team.secondary, f"the secondary admins of {where}", (own,))
    yield _Dated(team.sso_admins, f"the SSO admins of {where}", (own,))
    for name, group in team.groups.items():
        yield _Dated(group.members, f"group {name} of {where}", (own, ("group", name)))
    for product, people in team.seats.items():
        yield _Dated(people, f"{product} in {where}", (own, ("product", product)))
    yield _Dated(team.members, f"the members of {where}", (own,))


def _of_contract(contract: DeclaredContract) -> Iterator[_Dated]:
    own, where = ("contract", contract.number), f"contract {contract.number}"
    for name, people in [*contract.users.items(), *contract.services.items()]:
        yield _Dated(people, f"{name} in {where}", (own, ("product", name)))
    yield _Dated(contract.support, f"support in {where}", (own,))
    yield _Dated(contract.members, f"the members of {where}", (own,))


def _is_over(days: Days | None, day: str) -> bool:
    return days is not None and days != NEVER and days[1] is not None and days[1] < day


def _over(written: str, where: str, at: Location, days: Days, things: tuple[tuple[str, str], ...]) -> Finding:
    message = f"the entry of {written} for {where} ended on {days[1]}"
    return Finding("TIME001", Severity.INFO, message, at, "take it out, or mend its year", things=things)


def _until(declared: Declaration, mention: Mention, team: str) -> Location | None:
    """Return where the `until` of a seat stands that is declared by user."""
    person = declared.users.get(mention.user)
    node: object = None if person is None or person.section is None else person.section[person.email]
    for key in ("seats", team):
        node = node.get(_written(node, key)) if isinstance(node, YamlMap) else None
    for item in node if isinstance(node, YamlList) else ():
        if isinstance(item, YamlMap) and "product" in item and item.value_at("product") == mention.at:
            return item.value_at("until")
    return None


def _written(node: YamlMap, name: str) -> str:
    return next((key for key in node if nfc(key) == name), name)


def term_too_long(declared: Declaration, day: str) -> Iterator[Finding]:
    """A term has at most 20 years.

    What: A subscription or contract does not end more than 20 years after it began.

    Why: Nobody buys for so long. Mostly a digit of the year is wrong, and nobody would be warned when the term is over.

    Source: the configuration's own

    Wrong:
        teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2062-12-31}

    Right:
        teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
        subscriptions:
          "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                    contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
    """
    things: list[DeclaredSubscription | DeclaredContract] = [*declared.subscriptions.values()]
    things += declared.contracts.values()
    for thing in things:
        starts, ends = thing.starts, thing.ends
        if starts is None or ends is None or thing.broken & {"starts", "ends"} or not _too_long(starts, ends):
            continue
        kind, name = _named(thing)
        yield Finding(
            "TIME002",
            Severity.WARNING,
            f"the term of {kind} {name} lasts more than {_LONGEST} years, from {starts} to {ends}",
            thing.node.value_at("ends"),
            hint="mend the year",
            things=((kind, name),),
        )


def _named(thing: DeclaredSubscription | DeclaredContract) -> tuple[str, str]:
    return ("subscription", thing.id) if isinstance(thing, DeclaredSubscription) else ("contract", thing.number)


def _too_long(starts: str, ends: str) -> bool:
    """Return True if a term lasts beyond the day before its twentieth return. Both are ISO text."""
    return (int(ends[:4]) - _LONGEST, ends[4:]) >= (int(starts[:4]), starts[4:])
