"""Somebody moves from one group of a team to another, or from one team to another."""

from __future__ import annotations

from itertools import chain

from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.declaration.names import nfc
from seatsync.editing.changeset import csv_not_edited
from seatsync.editing.operations import AddItem
from seatsync.errors import WrongUsage
from seatsync.reading.words import listed
from seatsync.staffing.proposal import (
    Proposal,
    dated,
    days_in,
    is_in,
    is_named,
    managed_in,
    not_declared,
    person_of,
    places_of,
    roles_of,
    team_of,
)


def move(declared: Declaration, written: str, old: str, new: str, team_name: str | None) -> Proposal:
    """A person's place in a group goes to another group of the team; or all they have in a team to another team.

    With `team_name` both are groups of it. Else they are teams, where both are declared as such, or the groups of the
    only team that has both. Between teams go seats (with their days), membership, and places in groups of the same
    name; roles of secondary and SSO admins end, and a primary admin stands in the way (STEP004).
    Raises `Stopped` for what is not declared, `WrongUsage` where it is not clear what is meant.
    """
    user = person_of(declared, written)
    old, new = nfc(old), nfc(new)
    if old == new:
        raise WrongUsage(f"{old} is {new} already")
    if team_name is None and old in declared.teams and new in declared.teams:
        return _between_teams(declared, declared.teams[old], declared.teams[new], user)
    team = team_of(declared, team_name) if team_name is not None else _team_with_groups(declared, old, new)
    return _between_groups(declared, team, old, new, user)


def _team_with_groups(declared: Declaration, old: str, new: str) -> DeclaredTeam:
    found = [team for team in declared.teams.values() if {old, new} <= team.groups.keys()]
    if len(found) == 1:
        return found[0]
    if found:
        names = listed([team.name for team in found])
        raise WrongUsage(f"teams {names} have groups {old} and {new}; say which with --team")
    for name in (old, new):
        known = {*declared.teams, *(group for team in declared.teams.values() for group in team.groups)}
        if name not in known:
            raise not_declared("team or group", name, known)
    raise WrongUsage(f"{old} and {new} are neither two teams nor two groups of one team")


def _between_groups(declared: Declaration, team: DeclaredTeam, old: str, new: str, user: str) -> Proposal:
    proposal = Proposal.of(declared)
    for name in (old, new):
        if name not in team.groups:
            raise not_declared(f"group of team {team.name},", name, team.groups)
    days = days_in(team.groups[old].members, user)
    if not days:
        raise WrongUsage(f"{proposal.shown(user)} is not in group {old} of team {team.name}")
    proposal.take(f"group {old}", team, team.groups[old].members, ("groups", old, "members"), user)
    there = days_in(team.groups[new].members, user)
    for each in days:
        if each not in there:
            proposal.add(team, ("groups", new, "members"), user, each)
    return proposal


def _between_teams(declared: Declaration, old: DeclaredTeam, new: DeclaredTeam, user: str) -> Proposal:
    proposal = Proposal.of(declared)
    who = proposal.shown(user)
    if not is_in(declared, old, user):
        raise WrongUsage(f"{who} is not in team {old.name}")
    if is_named(old.primary, user) and old.primary is not None:
        hint = f"`seatsync edit promote SOMEBODY primary --team {old.name}` hands that over first"
        proposal.obstacle("STEP004", f"{who} is primary admin of team {old.name}", old.primary.at, hint)
    rows = [mention for mention in (*old.rows, *chain(*old.by_user.values())) if mention.user == user]
    if rows and declared.users[user].section is None:
        proposal.files.skip(who, csv_not_edited(rows[0].at.file))
    _places(proposal, old, new, user)
    _seats(proposal, old, new, user)
    subs = managed_in(declared, old.name, user)
    if subs:
        proposal.notes.append(f"{who} stays in team {old.name} as contract manager of {listed(subs)}")
    if not is_in(declared, new, user):
        _membership(proposal, old, new, user)
    return proposal


def _membership(proposal: Proposal, old: DeclaredTeam, new: DeclaredTeam, user: str) -> None:
    """Membership goes along, for the days of whatever made it, unless what else goes along says as much."""
    lists = [*old.seats.values(), *(people for _, people, _ in (*roles_of(old), *places_of(old)))]
    days = [each for people in lists for each in days_in(people, user)]
    days += [mention.days for mention in chain(*old.by_user.values()) if mention.user == user]
    gets = [edit.operation.item for edit in proposal.files.edits if isinstance(edit.operation, AddItem)]
    for each in [None] if None in days or not days else dict.fromkeys(days):
        if dated(proposal.shown(user), each) not in gets:
            proposal.add(new, ("members",), user, each)


def _places(proposal: Proposal, old: DeclaredTeam, new: DeclaredTeam, user: str) -> None:
    """Roles end; places in groups and the list of members go along, where the new team has the like."""
    for what, people, path in roles_of(old):
        if proposal.take(f"{what} of team {old.name}", old, people, path, user):
            proposal.notes.append(f"{proposal.shown(user)} is no longer {what} of team {old.name}")
    there = {what: (people, path) for what, people, path in places_of(new)}
    for what, people, path in places_of(old):
        if not proposal.take(f"{what} of team {old.name}", old, people, path, user) or what == "member":
            continue
        if what not in there:
            proposal.notes.append(f"team {new.name} has no {what}, so {proposal.shown(user)} is in none there")
        else:
            has = days_in(there[what][0], user)
            for days in days_in(people, user):
                if days not in has and None not in has:
                    proposal.add(new, there[what][1], user, days)


def _seats(proposal: Proposal, old: DeclaredTeam, new: DeclaredTeam, user: str) -> None:
    """Direct seats go along, with their days."""
    for product in dict.fromkeys((*old.seats, *old.by_user)):
        held = proposal.take_seat(old, product, user)
        has = [*days_in(new.seats.get(product), user)]
        has += [mention.days for mention in new.by_user.get(product, ()) if mention.user == user]
        for days in held:
            if days not in has:
                proposal.add(new, ("seats", product), user, days)
