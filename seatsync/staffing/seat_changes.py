"""Assign and unassign seats of teams and contracts, as changes of the files."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from seatsync.clock import Days
from seatsync.declaration.declared import Declaration, DeclaredContract, DeclaredTeam
from seatsync.declaration.fields import nfc
from seatsync.errors import WrongUsage
from seatsync.finding import Finding, Severity
from seatsync.reading.plain_text import listed
from seatsync.rules.references import nearest
from seatsync.staffing.proposal import (
    Proposal,
    ProposalError,
    admin_lists,
    days_in,
    declared_team,
    for_people,
    is_in_team,
    is_named,
    leads,
    list_entry,
    member_lists,
    not_declared,
)
from seatsync.staffing.team_entries import Thing, covers, entries, is_covered, remove, set_days


def assign(
    declared: Declaration, people: tuple[str, ...], product: str, team_name: str | None, days: Days | None
) -> Proposal:
    """Propose a direct seat of a product in a team for each of some people, permanent or for some days.

    An existing seat gets the new days; a day that `days` leaves open is kept. Without `team_name` it is the only team
    with the product or, of several, the only one of the person.
    Names that are not declared block it. Raises `WrongUsage` if the team or the days are ambiguous.
    """
    return for_people(declared, people, lambda proposal, user: _assign(proposal, user, nfc(product), team_name, days))


def _assign(proposal: Proposal, user: str, product: str, team_name: str | None, days: Days | None) -> None:
    declared = proposal.declared
    team = declared_team(declared, team_name) if team_name is not None else _team_with(declared, product, user)
    seats = [entry for entry in entries(declared, team, user) if entry.thing == Thing("seat", product)]
    held = [entry.days for entry in seats]
    if days is not None:
        days = _with_open_days_filled(days, held, f"{proposal.shown(user)} has {product} in team {team.name}")
    if held == [days]:
        return
    for entry in seats:
        if entry.through is not None and not covers(days, entry.days):
            proposal.changes.skip(proposal.shown(user), f"holds {product} {entry.through_what}")
    own = [entry for entry in seats if entry.through is None]
    set_days(proposal, [(entry, days) for entry in own[:1]])
    for entry in own[1:]:
        remove(proposal, entry)
    if not own:
        proposal.add(team, ("seats", product), user, days)


def _with_open_days_filled(days: Days, held: list[Days | None], who: str) -> Days:
    """Return the days, with an open one taken from the existing seat, but no end before the start.

    Raises `WrongUsage` if the seat exists several times with different days.
    """
    start, end = days
    if start is None:
        return _current_day(held, 0, who), end
    current = _current_day(held, 1, who) if end is None else end
    return start, None if end is None and current is not None and current < start else current


def _current_day(held: list[Days | None], side: Literal[0, 1], who: str) -> str | None:
    """Return the first (0) or last (1) day of an existing seat; None if it has none."""
    existing = {days[side] for days in held if days is not None}
    if None in held or not existing:
        return None
    if len(existing) > 1:
        raise WrongUsage(f"{who} for several terms; give both --from and --until")
    (day,) = existing
    return day


def unassign(declared: Declaration, people: tuple[str, ...], product: str, team_name: str | None) -> Proposal:
    """Propose to remove a direct seat of each of some people.

    A person without anything permanent in the team stays its member on those days. Without `team_name` it is the only
    team in which the person holds the product. Names that are not declared block it. Raises `WrongUsage` like `assign`,
    and if a person holds the product through groups only; who holds none is left alone, with a note.
    """
    return for_people(declared, people, lambda proposal, user: _unassign(proposal, user, nfc(product), team_name))


def _unassign(proposal: Proposal, user: str, product: str, team_name: str | None) -> None:
    declared = proposal.declared
    teams = [declared_team(declared, team_name)] if team_name is not None else list(declared.teams.values())
    holding = [team for team in teams if _holds(team, product, user)]
    if not holding:
        proposal.notes.append(_no_seat(proposal, user, product, team_name))
        return
    team = _single_team(holding, holding, f"give {declared.shown(user)} {product}")
    groups = [name for name, group in team.groups.items() if user in group.members.ids and product in group.products]
    who, through = proposal.shown(user), f"{product} in team {team.name} through {_groups(groups)}"
    there = entries(declared, team, user)
    remaining = [entry for entry in there if entry.thing != Thing("seat", product) or entry.row is not None]
    held = proposal.remove_seat(team, product, user)
    if not held:
        raise WrongUsage(f"{who} holds {through}; change their group with `seatsync edit move`")
    if groups:
        proposal.notes.append(f"{who} still holds {through}")
    for days in _lost_days(held):
        if not leads(team, declared, user) and not is_covered(days, (entry.lasting for entry in remaining)):
            proposal.add(team, ("members",), user, days)
            proposal.notes.append(f"{who} stays a member of team {team.name}{_on(days)}")


def _no_seat(proposal: Proposal, user: str, product: str, team_name: str | None) -> str:
    """Return the sentence that a person holds no seat. Raises `WrongUsage` if no team has such a product."""
    declared = proposal.declared
    where = "any team" if team_name is None else f"team {nfc(team_name)}"
    sentence = f"{proposal.shown(user)} holds no seat of {product} in {where}"
    teams = [team for team in declared.teams.values() if team_name is None or team.name == nfc(team_name)]
    names = {team.name for team in teams}
    if any(sub.product == product and sub.team in names for sub in declared.subscriptions.values()):
        return sentence
    held = sorted({name for team in teams for name in (*team.seats, *team.by_user) if _holds(team, name, user)})
    meant = nearest(product, held)
    raise WrongUsage(sentence if meant is None else f"{sentence}; did you mean {meant}?")


def _lost_days(held: list[Days | None]) -> list[Days | None]:
    """Return the days of removed seats, each once; all days replace all others."""
    return [None] if None in held else list(dict.fromkeys(held))


def _on(days: Days | None) -> str:
    """Return days as the end of a sentence."""
    start, end = days or (None, None)
    return "".join((f" from {start}" if start else "", f" through {end}" if end else ""))


def _groups(names: list[str]) -> str:
    return f"{'group' if len(names) == 1 else 'groups'} {listed(sorted(names))}"


def remains_member(
    declared: Declaration, team: DeclaredTeam, user: str, products: Collection[str], groups: Collection[str] = ()
) -> bool:
    """Return True if a person is a permanent member of a team without direct seats of products, and outside groups."""
    dated = (name for name, group in team.groups.items() if group.days is not None)
    gone = {("groups", name, "members") for name in (*groups, *dated)}
    others = [people for name, people in team.seats.items() if name not in products]
    others += [people for _, people, path in (*admin_lists(team), *member_lists(team)) if path not in gone]
    # A CSV row with an emptied product or group still makes the person a member.
    in_rows = declared.users[user].section is None
    held = [
        mention for name, mentions in team.by_user.items() if in_rows or name not in products for mention in mentions
    ]
    held += [mention for name in groups if in_rows for mention in team.groups[name].members.rows]
    return (
        leads(team, declared, user)
        or any(None in days_in(people, user) for people in others)
        or any(mention.user == user and mention.days is None for mention in (*held, *team.rows))
    )


def _team_with(declared: Declaration, product: str, user: str) -> DeclaredTeam:
    """Return the only team that a seat of a product can be in."""
    names = {sub.team for sub in declared.subscriptions.values() if sub.product == product and sub.team is not None}
    teams = [declared.teams[name] for name in sorted(names) if name in declared.teams]
    if not teams:
        bought = {sub.product for sub in declared.subscriptions.values()}
        meant = nearest(product, sorted(bought))
        hint = f"did you mean {meant}?" if meant else "declare a subscription to it first"
        raise ProposalError(Finding("SEAT002", Severity.ERROR, f"no team has a subscription to {product}", None, hint))
    own = [team for team in teams if is_in_team(declared, team, user)]
    return _single_team(teams if len(teams) == 1 else own, teams, f"have {product}")


def _holds(team: DeclaredTeam, product: str, user: str) -> bool:
    groups = [group for group in team.groups.values() if product in group.products]
    return (
        bool(days_in(team.seats.get(product), user))
        or any(mention.user == user for mention in team.by_user.get(product, ()))
        or any(user in group.members.ids for group in groups)
    )


def _single_team(found: list[DeclaredTeam], named: list[DeclaredTeam], condition: str) -> DeclaredTeam:
    if len(found) == 1:
        return found[0]
    raise WrongUsage(f"teams {listed([team.name for team in named])} {condition}; choose one with --team")


def assign_in_contract(
    declared: Declaration, people: tuple[str, ...], product: str, number: str, days: Days | None
) -> Proposal:
    """Propose a seat of a product in a contract for each of some people, permanent or for some days, like `assign`."""
    return for_people(
        declared, people, lambda proposal, user: _assign_in_contract(proposal, user, nfc(product), number, days)
    )


def _assign_in_contract(proposal: Proposal, user: str, product: str, number: str, days: Days | None) -> None:
    contract, who = _contract(proposal.declared, number, product), proposal.shown(user)
    people, where = contract.users.get(product), f"{product} in contract {contract.number}"
    held = days_in(people, user)
    if days is not None:
        days = _with_open_days_filled(days, held, f"{who} has {where}")
    if held != [days]:
        path = ("contracts", contract.number, "products", product, "users")
        proposal.changes.remove_items(where, people, path, user)
        proposal.changes.add_item(None, contract.node.file, path, list_entry(who, days))


def unassign_in_contract(declared: Declaration, people: tuple[str, ...], product: str, number: str) -> Proposal:
    """Propose to remove a seat in a contract of each of some people.

    A person without anything else in the contract stays its member. Names that are not declared block it; a person
    without the seat is left alone, with a note.
    """
    return for_people(
        declared, people, lambda proposal, user: _unassign_in_contract(proposal, user, nfc(product), number)
    )


def _unassign_in_contract(proposal: Proposal, user: str, product: str, number: str) -> None:
    contract, who = _contract(proposal.declared, number, product), proposal.shown(user)
    held = days_in(contract.users.get(product), user)
    if not held:
        proposal.notes.append(f"{who} holds no seat of {product} in contract {contract.number}")
        return
    path = ("contracts", contract.number)
    there = (*path, "products", product, "users")
    proposal.changes.remove_person(f"{product} of contract {contract.number}", contract.users[product], there, user)
    for days in _lost_days(held) if not _remains_in_contract(contract, product, user) else ():
        proposal.changes.add_item(None, contract.node.file, (*path, "members"), list_entry(who, days))
        proposal.notes.append(f"{who} stays a member of contract {contract.number}{_on(days)}")


def _contract(declared: Declaration, number: str, product: str) -> DeclaredContract:
    """Return a contract that has a product. Raises `ProposalError` if either is not declared."""
    if nfc(number) not in declared.contracts:
        raise not_declared("contract", number, declared.contracts)
    contract = declared.contracts[nfc(number)]
    if product not in contract.products:
        raise not_declared(f"contract {contract.number}: product", product, contract.products)
    return contract


def _remains_in_contract(contract: DeclaredContract, product: str, user: str) -> bool:
    others = [people for name, people in contract.users.items() if name != product]
    lists = (*others, *contract.services.values(), contract.support, contract.members)
    managing = is_named(contract.contract_manager, user) or is_named(contract.coordinator, user)
    return managing or any(None in days_in(people, user) for people in lists)
