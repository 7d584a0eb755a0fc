"""What the project file includes: patterns to files of the repository, each once, in the order of the patterns."""

import re
from collections.abc import Iterator
from fnmatch import translate
from typing import NamedTuple, TypeAlias

from seatsync.declaration.files import Files, Kind, Unreadable, must_stay_below
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.words import shown

PROJECT_FILE = "seatsync.yaml"
OWN_FOLDER = ".seatsync"
_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_MAGIC = re.compile(r"[*?\[]")

_Match: TypeAlias = tuple[str, str | None]
"""A name, and its real path where that is known already."""


class Included(NamedTuple):
    """A file to read: its name relative to the root, its real path, and the include entry that asks for it."""

    name: str
    real: str
    entry: Location


def included(files: Files, patterns: list[tuple[str, Location]]) -> tuple[list[Included], list[Finding]]:
    """The files that patterns name, each once, and what is wrong with the patterns.

    A pattern without wildcards names one file, which must be there. A wildcard may match nothing; it matches no hidden
    file or folder, and `**` does not follow links to folders. The project file is passed over.
    """
    found: dict[str, Included] = {}
    findings = []
    folders: dict[str, str] = {}
    own = files.real(f"{files.top}/{PROJECT_FILE}")
    for pattern, entry in patterns:
        for name, known in _names(files, pattern):
            try:
                real = known or _real(files, name, folders)
            except Unreadable as problem:
                findings.append(refused(_printable(name), str(problem), entry))
                continue
            if real != own:
                found.setdefault(real, Included(_printable(name), real, entry))
    return list(found.values()), findings


def _real(files: Files, name: str, folders: dict[str, str]) -> str:
    """The real path of a name. `folders` remembers those of folders: following links takes long for each of many files.

    Raises `Unreadable` where it leads outside.
    """
    folder, _, last = name.rpartition("/")
    must_stay_below(name)
    if last in {"", "."} or "\0" in name:
        return files.inside(name)
    if folder not in folders:
        folders[folder] = files.inside(folder)
    there = f"{folders[folder]}/{last}"
    return files.inside(name) if files.is_link(there) else there


def refused(name: str, problem: str, entry: Location) -> Finding:
    """The finding, at an include entry, for a file that is not read."""
    return Finding("SCHEMA001", Severity.ERROR, f"included file {shown(name)} {problem}", entry)


def _printable(name: str) -> str:
    """A file's name as text that can be written anywhere, whatever bytes the file system has."""
    return _NO_CHARACTER.sub("\ufffd", name)


def _names(files: Files, pattern: str) -> list[_Match]:
    """The names that a pattern stands for, sorted. One without wildcards, or that climbs, stands for itself."""
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    if not _MAGIC.search(pattern) or pattern.startswith("/") or ".." in parts:
        return [(pattern, None)]
    if parts[-1] == "**":
        parts.append("*")
    return sorted(dict(_matches(files, parts)).items())


def _matches(files: Files, parts: list[str]) -> Iterator[_Match]:
    """What matches a pattern with wildcards. A loop over folders still to look into, each once for each rest."""
    waiting = [("", files.top, 0)]
    seen = set()
    while waiting:
        folder, real, depth = waiting.pop()
        if (real, depth) in seen:
            continue
        seen.add((real, depth))
        if parts[depth] == "**":
            waiting.append((folder, real, depth + 1))
            waiting.extend((f"{folder}{name}/", f"{real}/{name}", depth) for name in _folders(files, real))
            continue
        for name, kind in _fitting(files, real, parts[depth]):
            there = f"{real}/{name}"
            is_folder = files.is_folder(there) if kind == "link" else kind == "folder"
            if depth == len(parts) - 1:
                if not is_folder:
                    yield folder + name, there if kind == "file" else None
            elif kind == "link" and _leads_outside(files, folder + name):
                yield folder + name, None
            elif is_folder:
                waiting.append((f"{folder}{name}/", files.real(there) if kind == "link" else there, depth + 1))


def _folders(files: Files, folder: str) -> list[str]:
    """The folders in a folder that `**` goes into."""
    return [name for name, kind in _entries(files, folder) if kind == "folder" and not name.startswith(".")]


def _fitting(files: Files, folder: str, part: str) -> list[tuple[str, Kind]]:
    """What in a folder one part of a pattern fits."""
    if not _MAGIC.search(part):
        there = f"{folder}/{part}"
        kind: Kind = "link" if files.is_link(there) else "folder" if files.is_folder(there) else "file"
        return [(part, kind)] if part != OWN_FOLDER and files.exists(there) else []
    fits = re.compile(translate(part)).match
    hidden = part.startswith(".")
    return [entry for entry in _entries(files, folder) if fits(entry[0]) and (hidden or not entry[0].startswith("."))]


def _entries(files: Files, folder: str) -> list[tuple[str, Kind]]:
    """What stands in a folder, but never seatsync's own."""
    return [entry for entry in files.names(folder) if entry[0] != OWN_FOLDER]


def _leads_outside(files: Files, name: str) -> bool:
    """Whether a link in a folder of the repository leads out of it."""
    try:
        files.inside(name)
    except Unreadable:
        return True
    return False
