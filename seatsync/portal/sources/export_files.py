"""The files that may be exports, and what their names tell: days, and teams."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from glob import has_magic
from pathlib import Path
from typing import Final
from unicodedata import normalize

from seatsync.finding import Finding, Location
from seatsync.portal.sources.export_tables import day_of, unreadable_source, word
from seatsync.reading.plain_text import shown

_DATED: Final = re.compile(r"(?<!\d)(20\d{2})-?(\d{2})-?(\d{2})(?!\d)")
_NO_NAME: Final = re.compile(r"groups?|exports?|teams?|users?|members?|\d+")
"""The words of a file's name that need not belong to the name of a team."""

_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls"})
_DOWNLOAD: Final = "download the exports of the portal into it, or correct its name"


def export_files(folder: Path, named: str, places: Sequence[str]) -> tuple[list[tuple[Path, str]], list[Finding]]:
    """Return the files that may be exports, with their names in findings.

    `places` are files, folders or patterns in the folder, which may lead out of it; without any, it is the only place,
    and `named` its name. Files in folders of a folder, which may be named after teams, are returned, too.
    """
    if not places:
        return _in_folder(folder, named)
    found: dict[str, Path] = {}
    findings: list[Finding] = []
    for place in places:
        path = folder / place
        if path.is_dir():
            files, problems = _in_folder(path, os.path.normpath(place).replace(os.sep, "/"))
        else:
            files = [(each, _name_of(each, folder)) for each in _matching(folder, place) if not each.is_dir()]
            what = "no file matches it" if has_magic(place) else "there is no such file or folder"
            problems = [] if files else [unreadable_source(f"{shown(place)}: {what}", None, _DOWNLOAD)]
        findings += problems
        found |= {name: path for path, name in files}
    return [(path, name) for name, path in sorted(found.items())], findings


def _matching(folder: Path, place: str) -> list[Path]:
    """Return the files that a place names: one, also if it cannot be read, or those that match a pattern."""
    if os.path.lexists(folder / place):
        return [folder / place]
    anchor = Path(place).anchor
    try:
        return sorted(Path(anchor or folder).glob(place.removeprefix(anchor)))
    except (ValueError, NotImplementedError):  # not a pattern
        return []


def _name_of(path: Path, folder: Path) -> str:
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def _in_folder(folder: Path, named: str) -> tuple[list[tuple[Path, str]], list[Finding]]:
    """Return the files in a folder, and in folders in it."""
    entries, problem = _listed(folder, named)
    for inner in [each for each in entries if each.name[0] != "." and each.is_dir()]:
        more, inner_problem = _listed(inner, f"{named}/{inner.name}")
        entries, problem = entries + more, problem or inner_problem
    if problem is not None:
        return [], [problem]
    within = "" if named == "." else f"{named}/"
    found = [
        (path, f"{within}{path.relative_to(folder).as_posix()}")
        for path in sorted(entries)
        if path.suffix.lower() in _ENDINGS and path.name[0] not in ".~" and not path.is_dir()
    ]
    if not found:
        at = Location(named, 1, 1, 1, 1)
        return [], [unreadable_source("the folder has no CSV or XLSX file", at, _DOWNLOAD)]
    return found, []


def _listed(folder: Path, named: str) -> tuple[list[Path], Finding | None]:
    """Return the entries of a folder, or the finding that it cannot be listed."""
    try:
        return sorted(folder.iterdir()), None
    except OSError as error:
        message = f"the folder cannot be listed ({error.strerror})"
        return [], unreadable_source(message, Location(named, 1, 1, 1, 1), "check the path and its permissions")


def days_in(path: Path) -> list[str]:
    """Return the days in the name of a file, in order."""
    return [day for each in _DATED.findall(path.stem) if (day := day_of("-".join(each))) is not None]


def team_of(places: tuple[str, ...], teams: list[str]) -> str | None:
    """Return the team that the folder or file of an export names, or the only team."""
    named = {team for place in places for team in _named(normalize("NFC", place), teams)}
    possible = sorted(named) or teams
    return possible[0] if len(possible) == 1 else None


def _named(place: str, teams: list[str]) -> list[str]:
    """Return the teams that a folder or file may be named after: exactly, or with words such as `groups` around it."""
    exact = [team for team in teams if team == place] or [team for team in teams if word(team) == word(place)]
    if exact:
        return exact
    words = [word(each) for each in re.split(r"[\W_]+", _DATED.sub(" ", place)) if each]
    first = next((at for at, each in enumerate(words) if not _NO_NAME.fullmatch(each)), len(words))
    last = next((at for at in reversed(range(len(words))) if not _NO_NAME.fullmatch(words[at])), -1)
    parts = {"".join(words[a : b + 1]) for a in range(first + 1) for b in range(max(a, last), len(words))}
    return [team for team in teams if word(team) in parts - {""}]
