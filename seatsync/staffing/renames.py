"""Rename a team or a group in all files. The old name is kept, so that the plan renames the thing in the account."""

from __future__ import annotations

from typing import Final

from seatsync.declaration.declared import Declaration, DeclaredGroup, DeclaredTeam
from seatsync.declaration.fields import nfc
from seatsync.editing.occurrences import Symbol, is_of, occurrences, source_files
from seatsync.editing.operations import Path
from seatsync.editing.schema_nodes import SymbolKind
from seatsync.errors import WrongUsage
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.plain_text import listed
from seatsync.staffing.proposal import Proposal, ProposalError, declared_team, not_declared

MAX_NAME_LENGTH: Final = 256


def name_problem(name: str) -> str | None:
    """Return what is wrong with a name for a team or group, None if nothing is."""
    if not name.strip():
        return "a name must not be empty"
    if len(name) > MAX_NAME_LENGTH:
        return f"a name must have at most {MAX_NAME_LENGTH} characters, not {len(name)}"
    if not name.isprintable():
        return "a name must not contain line breaks, tabs or other control characters"
    return None


def former_names(thing: DeclaredTeam | DeclaredGroup, new: str) -> tuple[str, ...] | str:
    """Return the value of `renamed_from` of a team or group that gets a new name: its old names, newest first."""
    former = (thing.name, *(old for old in thing.renamed_from if old != new))
    return former if len(former) > 1 else thing.name


def rename_team(declared: Declaration, old: str, new: str) -> Proposal:
    """Propose a new name for a team. Raises `ProposalError` for a name that is not declared, or is taken."""
    _check(new)
    old, new = nfc(old), nfc(new)
    if old not in declared.teams and new in declared.teams and old in declared.teams[new].renamed_from:
        return Proposal.of(declared)
    team = declared_team(declared, old)
    if new in declared.teams and new != old:
        raise _taken(f"team {new}", declared.teams[new].at)
    return _rename(declared, team, Symbol(SymbolKind.TEAM, old), new, ("teams", new))


def rename_group(declared: Declaration, old: str, new: str, team_name: str | None) -> Proposal:
    """Propose a new name for a group of a team. Without `team_name` it is the only team with such a group.

    Raises `ProposalError` for names that are not declared, or are taken, and `WrongUsage` if the team is ambiguous.
    """
    _check(new)
    old, new = nfc(old), nfc(new)
    team = _team_with(declared, old, new) if team_name is None else declared_team(declared, team_name)
    if old not in team.groups and new in team.groups and old in team.groups[new].renamed_from:
        return Proposal.of(declared)
    if old not in team.groups:
        raise not_declared("group", old, team.groups, f"of team {team.name}")
    if new in team.groups and new != old:
        raise _taken(f"group {new} of team {team.name}", team.groups[new].at)
    path = ("teams", team.name, "groups", new)
    return _rename(declared, team.groups[old], Symbol(SymbolKind.GROUP, old, team.name), new, path)


def _check(name: str) -> None:
    problem = name_problem(name)
    if problem is not None:
        raise WrongUsage(f"{problem}; choose another one")


def _taken(what: str, at: Location) -> ProposalError:
    return ProposalError(
        Finding("REF002", Severity.ERROR, f"{what} is declared already", at, "choose a name that is free")
    )


def _team_with(declared: Declaration, old: str, new: str) -> DeclaredTeam:
    """Return the only team that has a group, or in which it was renamed before."""
    found = [team for team in declared.teams.values() if old in team.groups]
    found = found or [team for team in declared.teams.values() if new in team.groups]
    if len(found) == 1:
        return found[0]
    if not found:
        raise not_declared("group", old, {group for team in declared.teams.values() for group in team.groups})
    raise WrongUsage(f"teams {listed([team.name for team in found])} have group {old}; choose one with --team")


def _rename(
    declared: Declaration, thing: DeclaredTeam | DeclaredGroup, symbol: Symbol, new: str, path: Path
) -> Proposal:
    """Rename every mention, and keep the old name. `path` is that of the team or group under its new name."""
    proposal = Proposal.of(declared)
    if new == symbol.name:
        return proposal
    for found in occurrences(source_files(declared), symbol.kind):
        if is_of(found, symbol):
            proposal.changes.rename(found.at, new)
    within = {} if symbol.within is None else {"team": symbol.within}
    proposal.changes.edit_rows({**within, str(symbol.kind): symbol.name}, {str(symbol.kind): new})
    proposal.changes.set(None, thing.at.file, (*path, "renamed_from"), former_names(thing, new))
    proposal.notes += [
        f"rule {rule.code} names {symbol.kind} {symbol.name}: change it if it means this one"
        for rule in declared.project.rules
        if any(f"{quote}{symbol.name}{quote}" in rule.must for quote in "'\"")
    ]
    return proposal
