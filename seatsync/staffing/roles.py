"""Somebody gets a role in a team."""

from __future__ import annotations

from shlex import quote

from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.errors import WrongUsage
from seatsync.reading.words import listed
from seatsync.staffing.proposal import Proposal, days_in, is_in, is_named, person_of, roles_of, team_of

ROLES = ("primary", "secondary", "sso")

_LISTS = {"secondary": "secondary_admins", "sso": "sso_admins"}
_WORDS = {"secondary": "secondary admin", "sso": "SSO admin"}


def promote(declared: Declaration, written: str, role: str, team_name: str | None) -> Proposal:
    """A role of `ROLES` in a team, in place of another one. A former primary admin stays as secondary admin.

    A role for some days becomes one for good. Without a team: the only one that the person is in. Who is primary admin
    cannot get another role: first somebody else must be primary (ROLE001). Raises `Stopped` for what is not declared,
    `WrongUsage` where it is not clear which team is meant.
    """
    user = person_of(declared, written)
    team = team_of(declared, team_name) if team_name is not None else _only_team(declared, user)
    proposal = Proposal.of(declared)
    if role == "primary":
        _make_primary(proposal, team, user)
    elif is_named(team.primary, user) and team.primary is not None:
        message = f"{proposal.shown(user)} is primary admin of team {team.name}"
        hint = "a team has exactly one: `seatsync edit promote SOMEBODY primary` makes somebody else of it first"
        proposal.obstacle("ROLE001", message, team.primary.at, hint)
    else:
        _make_admin(proposal, team, role, user)
    return proposal


def _make_primary(proposal: Proposal, team: DeclaredTeam, user: str) -> None:
    if is_named(team.primary, user):
        return
    for what, people, path in roles_of(team):
        proposal.take(f"{what} of team {team.name}", team, people, path, user)
    proposal.files.set(None, team.node.file, ("teams", team.name, "primary_admin"), proposal.shown(user))
    former = team.primary
    if former is None:
        proposal.notes.append(
            f"team {team.name} named no primary admin; whoever is it in the account keeps an admin role only by"
            f" `seatsync edit promote THEM secondary --team {quote(team.name)}`"
        )
    elif not any(None in days_in(people, former.user) for _, people, _ in roles_of(team)):
        for what, people, path in roles_of(team):
            proposal.take(f"{what} of team {team.name}", team, people, path, former.user)
        proposal.add(team, ("secondary_admins",), former.user)
        proposal.notes.append(f"{proposal.shown(former.user)} stays as secondary admin of team {team.name}")


def _make_admin(proposal: Proposal, team: DeclaredTeam, role: str, user: str) -> None:
    for what, people, path in roles_of(team):
        if what == _WORDS[role] and None in days_in(people, user):
            return
        proposal.take(f"{what} of team {team.name}", team, people, path, user)
    proposal.add(team, (_LISTS[role],), user)


def _only_team(declared: Declaration, user: str) -> DeclaredTeam:
    found = [team for team in declared.teams.values() if is_in(declared, team, user)]
    if len(found) == 1:
        return found[0]
    where = f"in the teams {listed(sorted(team.name for team in found))}" if found else "in no team"
    raise WrongUsage(f"{declared.shown(user)} is {where}; say which with --team")
