"""Wind a team down: free what it has, move its subscriptions away, and remove it, as a change of the files."""

from __future__ import annotations

from shlex import quote

from seatsync.declaration.declared import ROLE_LISTS, Declaration, DeclaredSubscription, DeclaredTeam
from seatsync.declaration.fields import nfc
from seatsync.declaration.files import PROJECT_FILE
from seatsync.errors import WrongUsage
from seatsync.finding import Location
from seatsync.reading.people_csv import TEAM_COLUMNS
from seatsync.reading.plain_text import listed
from seatsync.reading.tree import YamlList, YamlMap, node_at
from seatsync.staffing.moves import move_things
from seatsync.staffing.proposal import Proposal, declared_team, is_gone, people_of

_ADMINS = ("secondary", "sso")
_KEYS_OF_PEOPLE = ("seats", "groups", "members")
_IN_PORTAL = (("portal", "directory_sync"), ("portal", "team_admin", "teams"))


def wind_down(declared: Declaration, name: str, to: str | None, *, with_people: bool = False) -> Proposal:
    """Propose to free the seats, groups and members of a team. Its subscriptions go to the team `to`.

    With `with_people`, all people move there too, with their seats and their places in groups of the same name.

    The team is removed too, with its admins, if it has no subscriptions then and the policy prunes teams. Otherwise it
    keeps its admins, who have to act until then. A protected team blocks the change (GUARD004). A team that is not
    declared is gone already. Raises `ProposalError` if another has nearly the same name, or `to` is not declared,
    and `WrongUsage` if both are the same team.
    """
    successor = None if to is None else declared_team(declared, to)
    proposal = Proposal.of(declared)
    if is_gone(name, declared.teams):
        proposal.notes.append(f"team {name} is not declared")
        return proposal
    team = declared_team(declared, name)
    if successor is not None and successor.name == team.name:
        raise WrongUsage(f"the subscriptions of {team.name} cannot go to {team.name}; name another team with --to")
    if team.name in declared.project.policy.protected_teams:
        hint = "take it out of `policy.protected`, and apply that first"
        proposal.block("GUARD004", f"team {team.name} is protected", _protection(declared, team.name), hint)
        return proposal
    if with_people and successor is None:
        raise WrongUsage("name the team that the people go to with --to")
    subs = [sub for sub in declared.subscriptions.values() if sub.team == team.name]
    if successor is not None:
        _hand_over(proposal, team, successor, subs, people_of(declared, team) if with_people else [])
    waiting = subs if successor is None else []
    prunes = "teams" in declared.project.policy.prune
    is_removed = prunes and not waiting
    _free_people(proposal, team, is_removed=is_removed)
    if is_removed:
        _remove(proposal, team)
    else:
        _empty(proposal, team)
        proposal.notes += _what_waits(team, waiting, prunes=prunes)
        proposal.notes += _what_stays(team, declared.policy_of(team).prune)
    if not with_people:
        take_out = "take them out of the files with `seatsync edit offboard`"
        proposal.notes.append(f"people who are in no other team leave the account; {take_out}")
    return proposal


def _hand_over(
    proposal: Proposal, team: DeclaredTeam, successor: DeclaredTeam, subs: list[DeclaredSubscription], people: list[str]
) -> None:
    """Move subscriptions and people to another team."""
    for sub in subs:
        proposal.changes.set(None, sub.node.file, ("subscriptions", sub.id, "team"), successor.name)
    for user in people:
        move_things(proposal, team, successor, user)


def _protection(declared: Declaration, name: str) -> Location | None:
    """Return the place of a team in the list of protected ones."""
    node = node_at(declared.project.node, "policy", "protected", "teams")
    if not isinstance(node, YamlList):
        return None
    return next((node.item_at(index) for index, text in enumerate(node) if nfc(str(text)) == name), None)


def _free_people(proposal: Proposal, team: DeclaredTeam, *, is_removed: bool) -> None:
    """Remove what the people of a team declare themselves: seats by user, and rows of a CSV.

    Rows of admins keep the role, unless the team is removed too.
    """
    declared, changes = proposal.declared, proposal.changes
    users = dict.fromkeys(mention.user for mention in team.in_rows())
    in_rows = False
    freed = ("", "member", "external", *(_ADMINS if is_removed else ()))
    for user in users:
        person = declared.users[user]
        if person.section is None:
            in_rows = True
            for role in freed:
                changes.edit_rows({"team": team.name, "role": role}, dict.fromkeys(TEAM_COLUMNS, ""), person.at)
            continue
        node = person.section[person.email]
        seats = node.get("seats") if isinstance(node, YamlMap) else None
        last = isinstance(seats, YamlMap) and len(seats) == 1
        path = ("users", person.email, "seats")
        changes.remove(proposal.shown(user), person.section.file, path if last else (*path, team.name))
    for role in freed if in_rows else ():
        changes.remove_rows({"team": team.name, "role": role})
    for role in _ADMINS if in_rows and not is_removed else ():
        changes.edit_rows({"team": team.name, "role": role}, {"product": "", "group": ""})


def _remove(proposal: Proposal, team: DeclaredTeam) -> None:
    """Remove a team, and what the project file says about it."""
    label = f"team {team.name}"
    proposal.changes.remove(label, team.node.file, ("teams", team.name))
    for path in _IN_PORTAL:
        node = node_at(proposal.declared.project.node, *path)
        if isinstance(node, YamlMap) and any(nfc(key) == team.name for key in node):
            proposal.changes.remove(label, PROJECT_FILE, (*path, team.name))


def _empty(proposal: Proposal, team: DeclaredTeam) -> None:
    """Remove what a team has, except its admins. Without the key, external users would stay."""
    path, file = ("teams", team.name), team.node.file
    for key in _KEYS_OF_PEOPLE:
        if key in team.node:
            proposal.changes.remove(f"team {team.name}", file, (*path, key))
    key = ROLE_LISTS["external"]
    if team.external is not None and (team.external.node or (team.external.ids and key not in team.node)):
        proposal.changes.set(None, file, (*path, key), ())


def _what_stays(team: DeclaredTeam, prune: frozenset[str]) -> list[str]:
    """Return what a plan does not free, because the policy lacks its kind."""
    kept = [kind for kind in ("seats", "groups") if kind not in prune]
    kept += [] if prune & {"leavers", "members"} else ["members"]
    return [f"`prune` lacks {listed(kept)}, so those of team {team.name} stay in the account"] if kept else []


def _what_waits(team: DeclaredTeam, waiting: list[DeclaredSubscription], *, prunes: bool) -> list[str]:
    """Return what keeps a team, and what to do then."""
    again, stays = f"seatsync edit wind-down {quote(team.name)}", f"team {team.name} stays with its admins"
    if not waiting:
        return [f"{stays}: to have it deleted, add `teams` to `policy.prune`, and run `{again}` again"]
    subs = listed([f"{sub.id} ({sub.product}, through {sub.ends}{_renews(sub)})" for sub in waiting])
    let_end = "let them end, and then remove them from the files"
    further = [] if prunes else [f"to have team {team.name} deleted then, add `teams` to `policy.prune`"]
    return [f"{stays}, as it has subscriptions: {subs}", f"move them with `{again} --to OTHER`, or {let_end}", *further]


def _renews(sub: DeclaredSubscription) -> str:
    return ", renewed automatically" if sub.auto_renew else ""
