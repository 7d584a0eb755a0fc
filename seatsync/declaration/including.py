"""What the project file includes: patterns to files of the repository, each once, in the order of the patterns."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from seatsync.declaration.files import Unreadable, inside
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.words import shown

PROJECT_FILE = "seatsync.yaml"
OWN_FOLDER = ".seatsync"
_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Included:
    """A file to read: its name relative to the root, its real path, and the include entry that asks for it."""

    name: str
    real: str
    entry: Location


def included(root: Path, patterns: list[tuple[str, Location]]) -> tuple[list[Included], list[Finding]]:
    """The files that patterns name, each once, and what is wrong with the patterns.

    A pattern without wildcards names one file, which must be there. A wildcard may match nothing; it matches no hidden
    file or folder, and `**` does not follow links to folders. The project file is passed over.
    """
    found: dict[str, Included] = {}
    findings = []
    own = os.path.realpath(root / PROJECT_FILE)
    for pattern, entry in patterns:
        for name in _names(root, pattern):
            try:
                real = inside(root, name)
            except Unreadable as problem:
                findings.append(refused(_printable(name), str(problem), entry))
                continue
            if real != own:
                found.setdefault(real, Included(_printable(name), real, entry))
    return list(found.values()), findings


def refused(name: str, problem: str, entry: Location) -> Finding:
    """The finding, at an include entry, for a file that is not read."""
    return Finding("SCHEMA001", Severity.ERROR, f"included file {shown(name)} {problem}", entry)


def _printable(name: str) -> str:
    """A file's name as text that can be written anywhere, whatever bytes the file system has."""
    return _NO_CHARACTER.sub("\ufffd", name)


def _names(root: Path, pattern: str) -> list[str]:
    """The names that a pattern stands for, sorted. One without wildcards, or that climbs, stands for itself."""
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    if not _MAGIC.search(pattern) or pattern.startswith("/") or ".." in parts:
        return [pattern]
    if parts[-1] == "**":
        parts.append("*")
    return sorted(set(_matches(root, parts)))


def _matches(root: Path, parts: list[str]) -> Iterator[str]:
    """What matches a pattern with wildcards. A loop over folders still to look into, each once for each rest."""
    waiting = [("", os.path.realpath(root), 0)]
    seen = set()
    while waiting:
        folder, real, depth = waiting.pop()
        if (real, depth) in seen:
            continue
        seen.add((real, depth))
        if parts[depth] == "**":
            waiting.append((folder, real, depth + 1))
            waiting.extend((f"{folder}{name}/", f"{real}/{name}", depth) for name in _folders(real))
            continue
        for name in _fitting(real, parts[depth]):
            there = f"{real}/{name}"
            is_folder = os.path.isdir(there)  # noqa: PTH112 - no path object for each of many files
            if depth == len(parts) - 1:
                if not is_folder:
                    yield folder + name
            elif _leads_outside(root, folder + name, there):
                yield folder + name
            elif is_folder:
                waiting.append((f"{folder}{name}/", _real(there), depth + 1))


def _folders(folder: str) -> list[str]:
    """The folders in a folder that `**` goes into."""
    entries = _entries(folder)
    return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")]


def _fitting(folder: str, part: str) -> list[str]:
    """The names in a folder that one part of a pattern fits."""
    if not _MAGIC.search(part):
        return [part] if part != OWN_FOLDER and os.path.lexists(f"{folder}/{part}") else []
    fits = re.compile(translate(part)).match
    hidden = part.startswith(".")
    names = (entry.name for entry in _entries(folder))
    return [name for name in names if fits(name) and (hidden or not name.startswith("."))]


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What stands in a folder, but never seatsync's own; nothing where it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.name != OWN_FOLDER]
    except OSError:
        return []


def _leads_outside(root: Path, name: str, there: str) -> bool:
    """Whether a name in a folder of the repository is a link out of it."""
    if not os.path.islink(there):  # noqa: PTH114 - likewise
        return False
    try:
        inside(root, name)
    except Unreadable:
        return True
    return False


def _real(folder: str) -> str:
    """The real path of a folder that stands in a real path."""
    return os.path.realpath(folder) if os.path.islink(folder) else folder  # noqa: PTH114 - likewise
