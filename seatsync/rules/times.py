"""TIME: entries that have ended, and terms that are implausibly long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from seatsync.account.attributes import ROLE_TITLES
from seatsync.clock import NEVER, Days
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredSubscription, DeclaredTeam
from seatsync.declaration.mentions import People
from seatsync.finding import Cause, Finding, Location, Severity

_LONGEST = 20
"""The longest plausible term, in years."""


def entry_over(declared: Declaration, day: str) -> Iterator[Finding]:
    """A dated entry has not ended.

    What: The `until` of a role, a seat, a place in a group, a product of a group, a group or a membership is today or
    later. An entry that has ended has no effect. Of a group that has ended, the entries in it are not reported.

    Why: An ended entry can be deleted, unless its year is wrong and somebody is about to lose a seat.

    Source: seatsync

    Wrong:
        teams:
          design:
            seats: {AutoCAD: [{user: ben@acme.example, until: 2025-12-31}]}

    Right:
        teams:
          design:
            seats: {AutoCAD: [{user: ben@acme.example, until: 2026-12-31}]}
    """
    places: set[Location | None] = set()
    for finding in _entries_over(declared, day):
        if finding.location not in places:  # a row of a CSV may give several things
            places.add(finding.location)
            yield finding


def _entries_over(declared: Declaration, day: str) -> Iterator[Finding]:
    """Yield what has ended, each thing by itself."""
    for dated in _lists(declared, day):
        yield from _over_in(dated, day)
    for team in declared.teams.values():
        yield from _groups_over(team, day)
        for row in team.rows:
            if row.until is not None and row.days is not None and _is_over(row.days, day):
                things = (("team", team.name), ("user", row.user))
                yield _over(row.written, f"the members of team {team.name}", row.until, row.days, things)
        for product, mentions in team.by_user.items():
            for mention in mentions:
                if mention.until is not None and mention.days is not None and _is_over(mention.days, day):
                    held = (("team", team.name), ("product", product), ("user", mention.user))
                    yield _over(mention.written, f"{product} in team {team.name}", mention.until, mention.days, held)


def _over_in(dated: _Dated, day: str) -> Iterator[Finding]:
    """Yield the entries of a list that have ended, but not those of the lists that it mentions."""
    people, where, things = dated
    for mention in people.lists:
        until = people.until(mention.item)
        if until is not None and mention.days is not None and _is_over(mention.days, day):
            yield _over(f"list {mention.name}", where, until, mention.days, (*things, ("list", mention.name)))
    for index, days in people.days.items():
        until = people.until(index)
        if people.ids[index] and until is not None and _is_over(days, day):
            yield _over(people.written(index), where, until, days, (*things, ("user", people.ids[index])))


class _Dated(NamedTuple):
    """A list of people, its name in messages, and the things its findings are about."""

    people: People
    where: str
    things: tuple[tuple[str, str], ...]


def _groups_over(team: DeclaredTeam, day: str) -> Iterator[Finding]:
    """Yield the findings for groups that have ended, and for ended products of other groups."""
    for name, group in team.groups.items():
        where, things = f"group {name} of team {team.name}", (("team", team.name), ("group", name))
        if group.days is not None and _is_over(group.days, day):
            message = f"{where} ended on {group.days[1]}"
            hint = "remove the group, or correct its year"
            yield Finding("TIME001", Severity.INFO, message, group.node.value_at("until"), hint, things=things)
            continue
        for index, days in group.products.days.items():
            product, until = group.products.names[index], group.products.until(index)
            if product and until is not None and _is_over(days, day):
                yield _over(product, where, until, days, (*things, ("product", product)))


def _lists(declared: Declaration, day: str) -> Iterator[_Dated]:
    for name, named in declared.lists.items():
        yield _Dated(named.members, f"list {name}", (("list", name),))
    for team in declared.teams.values():
        yield from _of_team(team, day)
    for contract in declared.contracts.values():
        yield from _of_contract(contract)


def _of_team(team: DeclaredTeam, day: str) -> Iterator[_Dated]:
    own, where = ("team", team.name), f"team {team.name}"
    for role, people in team.role_lists():
        yield _Dated(people, f"the {ROLE_TITLES[role]}s of {where}", (own,))
    for name, group in team.groups.items():
        if not _is_over(group.days, day):
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
    cause = Cause("", f" entries ended on {days[1]}", where)
    hint = "remove the entry, or correct its year"
    return Finding("TIME001", Severity.INFO, message, at, hint, things=things, cause=cause)


def term_too_long(declared: Declaration, day: str) -> Iterator[Finding]:
    """A term lasts at most 20 years.

    What: A subscription or contract ends at most 20 years after it starts.

    Why: Nobody buys for longer. Usually a digit of the year is wrong, and nobody would be warned of the real end.

    Source: seatsync

    Wrong:
        subscriptions:
          "574-1": {ends: 2062-12-31}

    Right:
        subscriptions:
          "574-1": {ends: 2026-12-31}
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
            hint="correct the year",
            things=((kind, name),),
        )


def _named(thing: DeclaredSubscription | DeclaredContract) -> tuple[str, str]:
    return ("subscription", thing.id) if isinstance(thing, DeclaredSubscription) else ("contract", thing.number)


def _too_long(starts: str, ends: str) -> bool:
    """Return True if a term, given as ISO dates, lasts more than 20 years."""
    return (int(ends[:4]) - _LONGEST, ends[4:]) >= (int(starts[:4]), starts[4:])
