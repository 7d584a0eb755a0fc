"""Extend what people have for some days, as changes of the files."""

from __future__ import annotations

from seatsync.declaration.declared import Declaration
from seatsync.declaration.fields import nfc
from seatsync.errors import WrongUsage
from seatsync.reading.plain_text import listed
from seatsync.rules.references import nearest
from seatsync.staffing.proposal import Proposal, declared_team, for_people
from seatsync.staffing.team_entries import Entry, Thing, entries, set_days


def extend(
    declared: Declaration, people: tuple[str, ...], what: str | None, team_name: str | None, until: str, day: str
) -> Proposal:
    """Propose a later last day for what each of some people has: a product, a place in a group, or everything.

    The entry that grants it gets the day: for a product without a direct seat, the places in the groups that give it.
    Of several entries for one thing it is the last. Everything is what is not over on `day`, or else what ended last.
    Nothing ends earlier. Names that are not declared block it. Raises `WrongUsage` for what a person does not have.
    """
    return for_people(declared, people, lambda proposal, user: _extend(proposal, user, what, team_name, (until, day)))


def _extend(proposal: Proposal, user: str, what: str | None, team_name: str | None, days: tuple[str, str]) -> None:
    declared, (until, day) = proposal.declared, days
    teams = [*declared.teams.values()] if team_name is None else [declared_team(declared, team_name)]
    there = [entry for team in teams for entry in entries(declared, team, user)]
    if what is None:
        chosen = _unfinished(there, day)
        numbers = [] if team_name is not None else _in_contracts(declared, user)
        proposal.notes += [_not_extended(proposal.shown(user), number) for number in dict.fromkeys(numbers)]
        if not chosen and not numbers:
            where = "any team" if team_name is None else f"team {nfc(team_name)}"
            raise WrongUsage(f"{proposal.shown(user)} has nothing in {where} that ends")
    else:
        chosen = _granting(proposal, user, there, nfc(what))
    for entry in chosen:
        if entry.until is None or entry.until > until:
            end = "has no last day" if entry.until is None else f"ends on {entry.until}, which is later"
            who = proposal.shown(user)
            proposal.notes.append(f"{who}: {entry.thing} in team {entry.team.name} {end}; it is left as it is")
    _note_ends_of_groups(proposal, chosen, what, until)
    later = [entry for entry in chosen if entry.until is not None and entry.until < until]
    set_days(proposal, [(entry, (entry.days[0] if entry.days else None, until)) for entry in later])


def _last_of_each(there: list[Entry]) -> list[Entry]:
    """Return the entry for each thing that ends last."""
    last: dict[tuple[str, Thing], Entry] = {}
    for entry in sorted(there, key=lambda entry: (entry.until is None, entry.until or "")):
        last[entry.team.name, entry.thing] = entry
    return list(last.values())


def _unfinished(there: list[Entry], day: str) -> list[Entry]:
    """Return the last entries of things that end and are not over or, if all are, those that were over last."""
    dated = [entry for entry in _last_of_each(there) if entry.until is not None]
    last = max((entry.until or "" for entry in dated), default="")
    return [entry for entry in dated if (entry.until or "") >= min(day, last)]


def _granting(proposal: Proposal, user: str, there: list[Entry], what: str) -> list[Entry]:
    """Return the entries that grant a product or the place in a group. Raises `WrongUsage` if there are none."""
    last = _last_of_each(there)
    found = [entry for entry in last if entry.thing == Thing("seat", what)]
    found = found or [entry for entry in last if entry.thing == Thing("group", what)]
    found = found or [entry for entry in last if entry.given(what)]
    teams = sorted({entry.team.name for entry in found})
    if len(teams) > 1:
        raise WrongUsage(f"teams {listed(teams)} give {proposal.shown(user)} {what}; choose one with --team")
    if found:
        return found
    products = {sub.product for sub in proposal.declared.subscriptions.values()}
    known = {entry.thing.name for entry in last} | {
        name for name in products if any(entry.given(name) for entry in last)
    }
    for contract in proposal.declared.contracts.values():
        if what in contract.users and user in contract.users[what].ids:
            raise WrongUsage(_not_extended(proposal.shown(user), contract.number))
    meant = nearest(what, sorted(known))
    suggestion = "" if meant is None else f"; did you mean {meant}?"
    raise WrongUsage(f"{proposal.shown(user)} has no {what}{suggestion}")


def _in_contracts(declared: Declaration, user: str) -> list[str]:
    """Return the contracts in which a person has something that ends."""
    return [
        number
        for number, contract in declared.contracts.items()
        for people in contract.lists()
        if any(people.ids[index] == user and days[1] is not None for index, days in people.days.items())
    ]


def _not_extended(who: str, number: str) -> str:
    return (
        f"what {who} has in contract {number} is not extended; for a seat, run"
        f" `seatsync edit assign {who} PRODUCT --contract {number} --until DATE`"
    )


def _note_ends_of_groups(proposal: Proposal, chosen: list[Entry], what: str | None, until: str) -> None:
    """Add a note for each group that ends before a day, or does not give a product until then."""
    for entry in chosen:
        if entry.thing.kind != "group":
            continue
        group = entry.team.groups[entry.thing.name]
        given = [days for product, days in group.given() if product == nfc(what or "")] or [group.days]
        ends = [days[1] for days in given if days is not None and days[1] is not None]
        if len(ends) == len(given) and max(ends) < until:
            which = f"{entry.thing} of team {entry.team.name} ({group.at.file}:{group.at.line})"
            proposal.notes.append(f"{which} itself ends on {max(ends)}, for all its members")
