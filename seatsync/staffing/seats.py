"""Somebody gets a seat, or gives one back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from seatsync.declaration.declared import Days, Declaration, DeclaredTeam
from seatsync.declaration.names import nfc
from seatsync.errors import WrongUsage
from seatsync.finding import Finding, Severity
from seatsync.reading.words import listed
from seatsync.rules.suggestions import nearest
from seatsync.staffing.proposal import (
    Proposal,
    Stopped,
    days_in,
    is_in,
    is_named,
    managed_in,
    person_of,
    places_of,
    roles_of,
    team_of,
)


def assign(declared: Declaration, written: str, product: str, team_name: str | None, days: Days | None) -> Proposal:
    """A direct seat of a product in a team, at all times or for some days; one that is there gets these days.

    Of a seat that is there, the day that `days` leaves open stays as it is. Without a team: the only one that has the
    product or, of several, the only one that the person is in.
    Raises `Stopped` for what is not declared, `WrongUsage` where several teams or several days could be meant.
    """
    user, product = person_of(declared, written), nfc(product)
    team = team_of(declared, team_name) if team_name is not None else _team_with(declared, product, user)
    proposal = Proposal.of(declared)
    mentions = [mention.days for mention in team.by_user.get(product, ()) if mention.user == user]
    held = [*days_in(team.seats.get(product), user), *mentions]
    if days is not None:
        days = _completed(days, held, f"{proposal.shown(user)} has {product} in team {team.name}")
    if held == [days]:
        return proposal
    proposal.take_seat(team, product, user)
    proposal.add(team, ("seats", product), user, days)
    return proposal


def _completed(days: Days, held: list[Days | None], who: str) -> Days:
    """Return the days; the one that they leave open is that of the seat that is there, but no end before the start.

    Raises `WrongUsage` where the seat is there several times, with other days.
    """
    start, end = days
    if start is None:
        return _kept(held, 0, who), end
    kept = _kept(held, 1, who) if end is None else end
    return start, None if end is None and kept is not None and kept < start else kept


def _kept(held: list[Days | None], side: Literal[0, 1], who: str) -> str | None:
    """Return the first (0) or last (1) day of a seat that is there; None where it has none."""
    said = {days[side] for days in held if days is not None}
    if None in held or not said:
        return None
    if len(said) > 1:
        raise WrongUsage(f"{who} for several terms; say both --from and --until")
    (day,) = said
    return day


def unassign(declared: Declaration, written: str, product: str, team_name: str | None) -> Proposal:
    """A direct seat less. Whoever has nothing else in the team for good stays its member, for the days of the seat.

    Without a team: the only one where the person holds the product. Raises `Stopped` and `WrongUsage` as `assign`, also
    where the person holds the product through groups alone.
    """
    user, product = person_of(declared, written), nfc(product)
    team = team_of(declared, team_name) if team_name is not None else _team_where_held(declared, product, user)
    proposal = Proposal.of(declared)
    groups = [name for name, group in team.groups.items() if user in group.members.ids and product in group.products]
    who, through = proposal.shown(user), f"{product} in team {team.name} through {_groups(groups)}"
    held = proposal.take_seat(team, product, user)
    if not held:
        if groups:
            raise WrongUsage(f"{who} holds {through}; `seatsync edit move` takes people from one group to another")
        meant = _meant(product, user, [team])
        raise WrongUsage(f"{who} holds no seat of {product} in team {team.name}{meant}")
    if groups:
        proposal.notes.append(f"{who} still holds {through}")
    elif not _has_more(declared, team, product, user):
        for days in [None] if None in held else dict.fromkeys(held):
            proposal.add(team, ("members",), user, days)
            proposal.notes.append(f"{who} stays a member of team {team.name}{_on(days)}")
    return proposal


def _on(days: Days | None) -> str:
    """Days in words that follow what lasts for them."""
    start, end = days or (None, None)
    return "".join((f" from {start}" if start else "", f" through {end}" if end else ""))


def _groups(names: list[str]) -> str:
    return f"{'group' if len(names) == 1 else 'groups'} {listed(sorted(names))}"


def _has_more(declared: Declaration, team: DeclaredTeam, product: str, user: str) -> bool:
    """Whether something besides a seat makes somebody a member of a team at all times."""
    others = [people for name, people in team.seats.items() if name != product]
    others += [people for _, people, _ in (*roles_of(team), *places_of(team))]
    # A row of a CSV whose product is emptied still says that the person is in the team.
    in_rows = declared.users[user].section is None
    held = (mention for name, mentions in team.by_user.items() if in_rows or name != product for mention in mentions)
    return (
        is_named(team.primary, user)
        or any(None in days_in(people, user) for people in others)
        or any(mention.user == user and mention.days is None for mention in (*held, *team.rows))
        or bool(managed_in(declared, team.name, user))
    )


def _team_with(declared: Declaration, product: str, user: str) -> DeclaredTeam:
    """The team that a seat of a product can only be meant for."""
    names = {sub.team for sub in declared.subscriptions.values() if sub.product == product and sub.team is not None}
    teams = [declared.teams[name] for name in sorted(names) if name in declared.teams]
    if not teams:
        bought = {sub.product for sub in declared.subscriptions.values()}
        meant = nearest(product, bought)
        hint = f"did you mean {meant}?" if meant else "declare a subscription of it first"
        raise Stopped(Finding("SEAT002", Severity.ERROR, f"no team has a subscription to {product}", None, hint))
    own = [team for team in teams if is_in(declared, team, user)]
    return _only(teams if len(teams) == 1 else own, teams, f"have {product}")


def _team_where_held(declared: Declaration, product: str, user: str) -> DeclaredTeam:
    """The only team in which somebody holds a product."""
    found = [team for team in declared.teams.values() if _holds(team, product, user)]
    if not found:
        meant = _meant(product, user, declared.teams.values())
        raise WrongUsage(f"{declared.shown(user)} holds no seat of {product} in any team{meant}")
    return _only(found, found, f"give {declared.shown(user)} {product}")


def _meant(product: str, user: str, teams: Iterable[DeclaredTeam]) -> str:
    """The product with the nearest name among those that somebody holds, as a question; nothing where none is near."""
    held = sorted({name for team in teams for name in (*team.seats, *team.by_user) if _holds(team, name, user)})
    found = nearest(product, held)
    return "" if found is None else f"; did you mean {found}?"


def _holds(team: DeclaredTeam, product: str, user: str) -> bool:
    groups = [group for group in team.groups.values() if product in group.products]
    return (
        bool(days_in(team.seats.get(product), user))
        or any(mention.user == user for mention in team.by_user.get(product, ()))
        or any(user in group.members.ids for group in groups)
    )


def _only(found: list[DeclaredTeam], named: list[DeclaredTeam], what: str) -> DeclaredTeam:
    if len(found) == 1:
        return found[0]
    raise WrongUsage(f"teams {listed([team.name for team in named])} {what}; say which with --team")
