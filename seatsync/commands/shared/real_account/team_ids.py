"""Matches the declared teams with those of the signed-in person, and writes their ids into the project file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seatsync.commands.shared.console import Console
from seatsync.declaration.changing.transaction import Changed, replace_files
from seatsync.declaration.declared import Project
from seatsync.declaration.fields import nfc
from seatsync.declaration.files import PROJECT_FILE, Folder
from seatsync.declaration.load import load
from seatsync.declaration.project import read_project
from seatsync.editing.canonical import kept_canonical
from seatsync.editing.changeset import Overlay, edited
from seatsync.editing.operations import EditRefused, SetKey
from seatsync.errors import SeatsyncError
from seatsync.finding import has_errors
from seatsync.reading.plain_text import listed
from seatsync.reporting.escape import quoted, visible
from seatsync.vendor.team_admin import RemoteTeam


@dataclass(frozen=True, slots=True)
class Matching:
    """Declared teams that have one team of the person by name, and those for which it is not clear which one."""

    found: tuple[tuple[str, RemoteTeam], ...]
    open: tuple[str, ...]


def matching(declared: Sequence[str], remote: Sequence[RemoteTeam], taken: frozenset[str]) -> Matching:
    """Match teams by name, without regard to case and blanks; `taken` are ids of teams that are matched already."""
    by_name: dict[str, list[RemoteTeam]] = {}
    for team in remote:
        if team.id not in taken:
            by_name.setdefault(_plain(team.name), []).append(team)
    wanted: dict[str, list[str]] = {}
    for name in declared:
        wanted.setdefault(_plain(name), []).append(name)
    found = []
    for name in declared:
        one = by_name.get(_plain(name), [])
        if len(one) == 1 and len(wanted[_plain(name)]) == 1:
            found.append((name, one[0]))
    done = {name for name, _ in found}
    return Matching(tuple(found), tuple(name for name in declared if name not in done))


def write_team_ids(console: Console, project: Project, remote: Sequence[RemoteTeam], then: str) -> int:
    """Match the declared teams, ask where that is not clear, write the new ids, and return the exit code.

    `then` is the next command. If no team is declared yet, all teams of the person are taken, so that `refresh` can
    show what is in them.
    """
    known = dict(project.portal.team_admin.teams if project.portal and project.portal.team_admin else ())
    loaded = load(project.root)
    declaration = loaded.declaration
    if declaration is None or has_errors(loaded.findings):
        remedy = "see `seatsync validate`, and sign in again to match them"
        console.info(f"the files have errors, so that the teams in them may not be known; {remedy}")
    if declaration is None:
        return 1
    administered = {team.id for team in remote}
    for name, number in known.items():
        if number not in administered:
            console.info(f"team {visible(name)} has the id {visible(number)}, which is none of your teams")
    missing = sorted(name for name in declaration.teams if name not in known)
    if declaration.teams or has_errors(loaded.findings):
        matched = matching(missing, remote, frozenset(known.values()))
        chosen = _chosen(console, matched, remote, frozenset(known.values()))
    else:
        chosen = _all_of_them(console, remote, known)
    if chosen:
        _write(project.root, chosen)
        ids = listed([f"{quoted(name)} is {number}" for name, number in chosen])
        console.output(f"Wrote to {PROJECT_FILE}: {ids}.\n")
    done = {name for name, _ in chosen}
    without = [name for name in missing if name not in done]
    if without:
        console.info(f"without an id: {listed([quoted(name) for name in without])}; you may not administer them")
    if known or chosen:
        console.output(f"Next: {then}\n")
    return 0


def _all_of_them(console: Console, remote: Sequence[RemoteTeam], known: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the ids of all teams of the person, by their names in the portal, for a project that declares none yet.

    Teams with one name are left to the person, who has to give them different ones.
    """
    if not remote:
        console.info("you administer no team, so that its API shows you none")
    new = [team for team in remote if team.id not in known.values()]
    names = Counter([*map(_plain, known), *(_plain(team.name) for team in new)])
    for team in new:
        if names[_plain(team.name)] > 1:
            console.info(
                f"another team is also named {quoted(team.name)}, so {visible(team.id)} is left out; add it to"
                f" `portal.team_admin.teams` under another name"
            )
    return [(team.name, team.id) for team in new if names[_plain(team.name)] == 1]


def _chosen(
    console: Console, matched: Matching, remote: Sequence[RemoteTeam], known: frozenset[str]
) -> list[tuple[str, str]]:
    """Return the ids of teams by name: those found, and on a terminal those that the person chooses."""
    chosen = [(name, team.id) for name, team in matched.found]
    for name in matched.open if console.interactive else ():
        taken = {*known, *(number for _, number in chosen)}
        left = [team for team in remote if team.id not in taken]
        number = _asked(console, name, left) if left else None
        if number is not None:
            chosen.append((name, number))
    return chosen


def _asked(console: Console, name: str, left: Sequence[RemoteTeam]) -> str | None:
    """Ask which of the teams that are left a declared team is; None for none of them."""
    console.info(f"Which of your teams is {quoted(name)}?")
    for number, team in enumerate(left, 1):
        console.info(f"  {number}. {quoted(team.name)} ({team.id})")
    while True:
        answer = console.ask("Number, or nothing for none of them: ")
        if not answer:
            return None
        if answer.isascii() and answer.isdigit() and 1 <= int(answer[:9]) <= len(left):
            return left[int(answer[:9]) - 1].id


def _write(root: Path, chosen: Sequence[tuple[str, str]]) -> None:
    """Write ids into the project file; comments and layout stay. Raises SeatsyncError if that is not possible."""
    folder = Folder(root)
    place = folder.inside(PROJECT_FILE)
    old = folder.content(place)
    operations = [SetKey(("portal", "team_admin", "teams", name), number) for name, number in chosen]
    try:
        new = kept_canonical(PROJECT_FILE, old, edited(old, PROJECT_FILE, operations))
        project, findings = read_project(root, Overlay(folder, {place: new}))
    except EditRefused as problem:
        project, findings, reason = None, [], str(problem)
    else:
        reason = "would have an error"
    used = None if project is None or project.portal is None else project.portal.team_admin
    if used is None or has_errors(findings) or not {(nfc(name), number) for name, number in chosen} <= set(used.teams):
        add = ", ".join(f'{quoted(name)}: "{number}"' for name, number in chosen)
        raise SeatsyncError(f"{PROJECT_FILE} {reason}; add to `portal.team_admin.teams` by hand: {add}")
    replace_files(root, {Path(place): Changed(old, new)}, "login")


def _plain(name: str) -> str:
    return " ".join(nfc(name).casefold().split())
