"""The files that may be exports: those in a folder, and those that the `exports` of a portal name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from glob import has_magic
from pathlib import Path
from typing import Final

from seatsync.finding import Finding, Location
from seatsync.portal.sources.export_tables import unreadable_source
from seatsync.reading.plain_text import shown

_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls"})
_DOWNLOAD: Final = "download the users, groups and subscriptions exports of the portal into it"


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
    found = [
        (path, f"{named}/{path.relative_to(folder).as_posix()}")
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
