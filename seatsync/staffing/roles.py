"""Promote a person to a role in a team."""

from __future__ import annotations

from shlex import quote

from seatsync.account.facets import ROLE_TITLES
from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.errors import WrongUsage
from seatsync.reading.words import listed
from seatsync.staffing.proposal import (
    Proposal,
    admin_lists,
    days_in,
    declared_person,
    declared_team,
    is_in_team,
    is_named,
)

ROLES = ("primary", "secondary", "sso")

_LISTS = {"secondary": "secondary_admins", "sso": "sso_admins"}


def promote(declared: Declaration, person: str, role: str, team_name: str | None) -> Proposal:
    """Propose a role of `ROLES` in a team, in place of any other. A former primary admin becomes secondary admin.

    A role for some days becomes permanent. Without `team_name` it is the only team of the person. A primary admin
    cannot get another role before somebody else is primary (ROLE001). Raises `ProposalError` for names that are not
    declared, `WrongUsage` if the team is ambiguous.
    """
    user = declared_person(declared, person)
    team = declared_team(declared, team_name) if team_name is not None else _only_team(declared, user)
    proposal = Proposal.of(declared)
    if role == "primary":
        _make_primary(proposal, team, user)
    elif is_named(team.primary, user) and team.primary is not None:
        message = f"{proposal.shown(user)} is primary admin of team {team.name}"
        hint = "make somebody else primary admin first: `seatsync edit promote SOMEBODY primary`"
        proposal.block("ROLE001", message, team.primary.at, hint)
    else:
        _make_admin(proposal, team, role, user)
    return proposal


def _make_primary(proposal: Proposal, team: DeclaredTeam, user: str) -> None:
    if is_named(team.primary, user):
        return
    for label, people, path in admin_lists(team):
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
    for label, people, path in admin_lists(team):
        if label == ROLE_TITLES[role] and None in days_in(people, user):
            return
        proposal.remove(f"{label} of team {team.name}", team, people, path, user)
    proposal.add(team, (_LISTS[role],), user)


def _only_team(declared: Declaration, user: str) -> DeclaredTeam:
    found = [team for team in declared.teams.values() if is_in_team(declared, team, user)]
    if len(found) == 1:
        return found[0]
    where = f"in the teams {listed(sorted(team.name for team in found))}" if found else "in no team"
    raise WrongUsage(f"{declared.shown(user)} is {where}; choose one with --team")
