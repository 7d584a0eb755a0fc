"""Move people between groups and teams, and promote them, as changes of the files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from shlex import quote

from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.email import identity
from seatsync.clock import Days
from seatsync.declaration.declared import ROLE_LISTS, Declaration, DeclaredTeam
from seatsync.declaration.fields import nfc
from seatsync.errors import WrongUsage
from seatsync.reading.plain_text import listed
from seatsync.staffing.proposal import (
    Proposal,
    admin_lists,
    days_in,
    days_in_yaml,
    declared_team,
    external_lists,
    for_people,
    is_in_team,
    is_named,
    managed_subscriptions,
    member_lists,
    not_declared,
    only_team,
)
from seatsync.staffing.team_entries import is_covered

ROLES = ("primary", "secondary", "sso")


def promote(declared: Declaration, people: tuple[str, ...], role: str, team_name: str | None) -> Proposal:
    """Propose a role of `ROLES` in a team for each of some people, in place of any other.

    A former primary admin becomes secondary admin. A role for some days becomes permanent. Without `team_name` it is
    the only team of the person. A primary admin cannot get another role before somebody else is primary (ROLE001).
    Names that are not declared block it. Raises `WrongUsage` if the team is ambiguous, or for several primary admins.
    """
    if role == "primary" and len({identity(person) for person in people}) > 1:
        raise WrongUsage("a team has one primary admin; name one person")
    return for_people(declared, people, lambda proposal, user: _promote(proposal, user, role, team_name))


def _promote(proposal: Proposal, user: str, role: str, team_name: str | None) -> None:
    declared = proposal.declared
    team = declared_team(declared, team_name) if team_name is not None else only_team(declared, user)
    if role == "primary":
        _make_primary(proposal, team, user)
    elif is_named(team.primary, user) and team.primary is not None:
        message = f"{proposal.shown(user)} is primary admin of team {team.name}"
        hint = "make somebody else primary admin first: `seatsync edit promote SOMEBODY primary`"
        proposal.block("ROLE001", message, team.primary.at, hint)
    else:
        _make_admin(proposal, team, role, user)


def _make_primary(proposal: Proposal, team: DeclaredTeam, user: str) -> None:
    if is_named(team.primary, user):
        return
    for label, people, path in (*admin_lists(team), *external_lists(team)):
        proposal.remove(f"{label} of team {team.name}", team, people, path, user)
    proposal.changes.set(None, team.node.file, ("teams", team.name, "primary_admin"), proposal.shown(user))
    former = team.primary
    if former is None:
        proposal.notes.append(
            f"team {team.name} declared no primary admin; to keep the one in the account as an admin, run"
            f" `seatsync edit promote THEM secondary --team {quote(team.name)}`"
        )
    elif not any(None in days_in(people, former.user) for _, people, _ in admin_lists(team)):
        for label, people, path in admin_lists(team):
            proposal.remove(f"{label} of team {team.name}", team, people, path, former.user)
        proposal.add(team, ("secondary_admins",), former.user)
        proposal.notes.append(f"{proposal.shown(former.user)} becomes secondary admin of team {team.name}")


def _make_admin(proposal: Proposal, team: DeclaredTeam, role: str, user: str) -> None:
    for label, people, path in (*admin_lists(team), *external_lists(team)):
        if label == ROLE_TITLES[role] and None in days_in(people, user):
            return
        proposal.remove(f"{label} of team {team.name}", team, people, path, user)
    key = next(key for name, key in ROLE_LISTS.items() if name == role)
    proposal.add(team, (key,), user)


def move(declared: Declaration, people: tuple[str, ...], old: str, new: str, team_name: str | None) -> Proposal:
    """Propose to move some people from one group to another, or from one team to another.

    With `team_name`, `old` and `new` are groups of it. Otherwise they are teams if both are declared as teams, else
    groups of the only team that has both. Between teams, seats (with their days), the membership and memberships of
    groups with the same name are moved; secondary and SSO admin roles end; a primary admin blocks the move (STEP004).
    Names that are not declared block it. Raises `WrongUsage` if the names are ambiguous. Who is already there, and no
    more here, is left alone.
    """
    old, new = nfc(old), nfc(new)
    if old == new:
        raise WrongUsage(f"cannot move from {old} to {new}; name another target")
    return for_people(declared, people, lambda proposal, user: _move(proposal, user, old, new, team_name))


def _move(proposal: Proposal, user: str, old: str, new: str, team_name: str | None) -> None:
    declared = proposal.declared
    if team_name is None and old in declared.teams and new in declared.teams:
        _between_teams(proposal, declared.teams[old], declared.teams[new], user)
    else:
        team = declared_team(declared, team_name) if team_name is not None else _team_with_groups(declared, old, new)
        _between_groups(proposal, team, old, new, user)


def _team_with_groups(declared: Declaration, old: str, new: str) -> DeclaredTeam:
    found = [team for team in declared.teams.values() if {old, new} <= team.groups.keys()]
    if len(found) == 1:
        return found[0]
    if found:
        names = listed([team.name for team in found])
        raise WrongUsage(f"teams {names} have groups {old} and {new}; choose one with --team")
    for name in (old, new):
        known = {*declared.teams, *(group for team in declared.teams.values() for group in team.groups)}
        if name not in known:
            raise not_declared("team or group", name, known)
    raise WrongUsage(f"{old} and {new} are neither two teams nor two groups of one team")


def _between_groups(proposal: Proposal, team: DeclaredTeam, old: str, new: str, user: str) -> None:
    for name in (old, new):
        if name not in team.groups:
            raise not_declared("group", name, team.groups, f"of team {team.name}")
    people, there = team.groups[old].members, days_in(team.groups[new].members, user)
    if user not in people.ids:
        if there:
            return
        raise WrongUsage(f"{proposal.shown(user)} is not in group {old} of team {team.name}")
    for row in people.rows:
        if row.user == user:
            proposal.changes.set_cell(row.at, "group", "" if is_covered(row.days, there) else new)
    proposal.changes.remove_items(f"group {old}", people, ("teams", team.name, "groups", old, "members"), user)
    for each in days_in_yaml(people, user):
        if not is_covered(each, there):
            proposal.add(team, ("groups", new, "members"), user, each)


def _between_teams(proposal: Proposal, old: DeclaredTeam, new: DeclaredTeam, user: str) -> None:
    declared, who = proposal.declared, proposal.shown(user)
    if not is_in_team(declared, old, user):
        if is_in_team(declared, new, user):
            return
        raise WrongUsage(f"{who} is not in team {old.name}")
    if is_named(old.primary, user) and old.primary is not None:
        hint = f"hand the role over first: `seatsync edit promote SOMEBODY primary --team {old.name}`"
        proposal.block("STEP004", f"{who} is primary admin of team {old.name}", old.primary.at, hint)
    move_things(proposal, old, new, user)
    subs = managed_subscriptions(declared, old.name, user)
    if subs:
        proposal.notes.append(f"{who} stays in team {old.name} as contract manager of {listed(subs)}")


def move_things(proposal: Proposal, old: DeclaredTeam, new: DeclaredTeam, user: str) -> None:
    """Move the seats, memberships and CSV rows of a person to another team, where roles of admins end."""
    moved = [*_move_memberships(proposal, old, new, user), *_move_seats(proposal, old, new, user)]
    rows = _days_in_rows(proposal, old, user)
    if rows:
        proposal.changes.edit_rows({"email": user, "team": old.name}, {"team": new.name})
    if not is_in_team(proposal.declared, new, user):
        for days in _days_in_team(old, user):
            if not is_covered(days, [*moved, *rows]):
                proposal.add(new, ("members",), user, days)


def _days_in_rows(proposal: Proposal, team: DeclaredTeam, user: str) -> list[Days | None]:
    """Return the days of the CSV rows of a person in a team; they go to another team with all that they give."""
    if proposal.declared.users[user].section is not None:
        return []
    return [mention.days for mention in team.in_rows() if mention.user == user]


def _days_in_team(team: DeclaredTeam, user: str) -> list[Days | None]:
    """Return the days of the membership of a person in a team, groups included; all days replace all others."""
    lists = [*team.seats.values(), *(people for _, people, _ in (*admin_lists(team), *member_lists(team)))]
    days = [each for people in lists for each in days_in(people, user)]
    days += [mention.days for mention in chain(*team.by_user.values()) if mention.user == user]
    return [None] if None in days or not days else list(dict.fromkeys(days))


def _move_memberships(proposal: Proposal, old: DeclaredTeam, new: DeclaredTeam, user: str) -> Iterator[Days | None]:
    """End roles, move memberships of the team and of groups that the new team has too, and yield their new days."""
    for label, people, path in admin_lists(old):
        if proposal.remove(f"{label} of team {old.name}", old, people, path, user):
            proposal.notes.append(f"{proposal.shown(user)} is no longer {label} of team {old.name}")
    there = {label: (people, path) for label, people, path in member_lists(new)}
    for label, people, path in member_lists(old):
        if label in there:
            proposal.changes.remove_items(f"{label} of team {old.name}", people, ("teams", old.name, *path), user)
        elif proposal.remove(f"{label} of team {old.name}", old, people, path, user):
            proposal.notes.append(_not_there(new, label, proposal.shown(user)))
        if label in there and label != "member":
            has = days_in(there[label][0], user)
            for days in days_in_yaml(people, user):
                if not is_covered(days, has):
                    proposal.add(new, there[label][1], user, days)
                    yield days


def _not_there(new: DeclaredTeam, label: str, who: str) -> str:
    if label == ROLE_TITLES["external"]:
        return f"team {new.name} declares no external users, so {who} becomes a regular member of it"
    return f"team {new.name} has no {label}, so {who} is not added to it"


def _move_seats(proposal: Proposal, old: DeclaredTeam, new: DeclaredTeam, user: str) -> Iterator[Days | None]:
    """Move direct seats, and yield the days of those that the person did not have in the new team."""
    for product in dict.fromkeys((*old.seats, *old.by_user)):
        has = [*days_in(new.seats.get(product), user)]
        has += [mention.days for mention in new.by_user.get(product, ()) if mention.user == user]
        held = days_in(old.seats.get(product), user)
        if proposal.declared.users[user].section is None and not has:
            proposal.changes.remove_items(product, old.seats.get(product), ("teams", old.name, "seats", product), user)
        else:
            held = proposal.remove_seat(old, product, user)
        for days in held:
            if not is_covered(days, has):
                proposal.add(new, ("seats", product), user, days)
                yield days
