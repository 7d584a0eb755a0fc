"""Expansion of the `include` patterns of the project file to files of the repository."""

import re
from collections.abc import Iterator
from fnmatch import translate
from typing import NamedTuple

from seatsync.declaration.files import Files, Kind, Unreadable, must_stay_below
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.words import shown

PROJECT_FILE = "seatsync.yaml"
OWN_FOLDER = ".seatsync"
OTHER_ENDING = {"yaml": "yml", "yml": "yaml"}
_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_WILDCARD = re.compile(r"[*?\[]")


class _Match(NamedTuple):
    """A match of a pattern: its name, and its real path if known.

    `problem` is set for a folder that cannot be listed.
    """

    name: str
    real: str | None = None
    problem: str = ""


class Included(NamedTuple):
    """A file to read: its name relative to the root, its real path, and the location of its `include` entry."""

    name: str
    real: str
    entry: Location


def included(files: Files, patterns: list[tuple[str, Location]]) -> tuple[list[Included], list[Finding]]:
    """Return the files that patterns match, without duplicates and in the order of the patterns, and the findings.

    A pattern without wildcards names one file, which must exist. A pattern with wildcards does not match hidden files
    and folders, and `**` does not follow links; without any match it is a warning (FILE001). A folder that cannot be
    listed is an error, never empty. The project file is skipped.
    """
    found: dict[str, Included] = {}
    findings = []
    folders: dict[str, str] = {}
    own = files.real(f"{files.top}/{PROJECT_FILE}")
    for pattern, entry in patterns:
        matches = _names(files, pattern)
        if not matches:
            findings.append(_matches_nothing(files, pattern, entry))
        for match in matches:
            if match.problem:
                findings.append(include_error(printable(match.name or "."), match.problem, entry, "folder"))
                continue
            try:
                real = match.real or _real(files, match.name, folders)
            except Unreadable as problem:
                findings.append(include_error(printable(match.name), str(problem), entry))
                continue
            if real != own:
                found.setdefault(real, Included(printable(match.name), real, entry))
    return list(found.values()), findings


def _matches_nothing(files: Files, pattern: str, entry: Location) -> Finding:
    """Return the finding for a pattern without a match; suggests the other YAML extension if that matches."""
    stem, dot, ending = pattern.rpartition(".")
    other = f"{stem}{dot}{OTHER_ENDING.get(ending, '')}"
    suggestion = other if ending in OTHER_ENDING and _names(files, other) else ""
    hint = (
        f"did you mean {shown(suggestion)}?"
        if suggestion
        else "correct it, or remove it until there are files to include"
    )
    message = f"pattern {shown(pattern)} matches nothing"
    return Finding("FILE001", Severity.WARNING, message, entry, hint=hint, replacement=suggestion)


def _real(files: Files, name: str, folders: dict[str, str]) -> str:
    """Return the real path of a name. `folders` caches the real paths of folders, as resolving links is slow.

    Raises `Unreadable` if it is outside the repository.
    """
    folder, _, last = name.rpartition("/")
    must_stay_below(name)
    if last in {"", "."} or "\0" in name:
        return files.inside(name)
    if folder not in folders:
        folders[folder] = files.inside(folder)
    there = f"{folders[folder]}/{last}"
    return files.inside(name) if files.kind(there) == "link" else there


def include_error(name: str, problem: str, entry: Location, what: str = "file") -> Finding:
    """Return the finding at an `include` entry for a file that cannot be read or a folder that cannot be listed."""
    return Finding("SCHEMA001", Severity.ERROR, f"included {what} {shown(name)} {problem}", entry)


def printable(name: str) -> str:
    """Return the name of a file as valid Unicode, with undecodable bytes replaced."""
    return _NO_CHARACTER.sub("\ufffd", name)


def _names(files: Files, pattern: str) -> list[_Match]:
    """Return the matches of a pattern, sorted by name. A pattern without wildcards, or with `..`, matches itself."""
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    if not _WILDCARD.search(pattern) or pattern.startswith("/") or ".." in parts:
        return [_Match(pattern)]
    if parts[-1] == "**":
        parts.append("*")
    matches = {match.name: match for match in _matches(files, parts)}
    return [matches[name] for name in sorted(matches)]


def _matches(files: Files, parts: list[str]) -> Iterator[_Match]:
    """Yield the matches of a pattern with wildcards.

    Visits each folder once for each remaining part of the pattern. A folder with several names, through links, is
    visited by the first name in sorted order, so that the result does not depend on the order of the listing.
    """
    waiting = [("", files.top, 0)]
    seen = set()
    while waiting:
        folder, real, depth = waiting.pop()
        if (real, depth) in seen:
            continue
        seen.add((real, depth))
        try:
            if parts[depth] == "**":
                waiting.append((folder, real, depth + 1))
                below_it = sorted(_folders(files, real), reverse=True)  # the last is visited first
                waiting.extend((f"{folder}{name}/", f"{real}/{name}", depth) for name in below_it)
                continue
            matching = sorted(_matching(files, real, parts[depth]), reverse=True)
        except Unreadable as problem:
            yield _Match(folder.rstrip("/"), problem=str(problem))
            continue
        for name, kind in matching:
            there = f"{real}/{name}"
            if depth == len(parts) - 1:
                if not _is_folder(files, there, kind):
                    yield _Match(folder + name, there if kind == "file" else None)
                continue
            try:
                below = _folder_to_visit(files, folder + name, there, kind)
            except Unreadable as problem:
                yield _Match(folder + name, problem=str(problem))
                continue
            if below is not None:
                waiting.append((f"{folder}{name}/", below, depth + 1))


def _is_folder(files: Files, there: str, kind: Kind) -> bool:
    """Return True for a folder and a link to one. A broken link counts as a file, and reading it fails."""
    try:
        return files.is_folder(there) if kind == "link" else kind == "folder"
    except Unreadable:
        return False


def _folder_to_visit(files: Files, name: str, there: str, kind: Kind) -> str | None:
    """Return the real path of a folder to visit, None for a file.

    Raises `Unreadable` for a link that is broken or leads outside.
    """
    if kind == "link":
        real = files.inside(name)
        return real if files.is_folder(there) else None
    return there if kind == "folder" else None


def _folders(files: Files, folder: str) -> list[str]:
    """Return the subfolders that `**` descends into."""
    return [name for name, kind in entries(files, folder) if kind == "folder" and not name.startswith(".")]


def _matching(files: Files, folder: str, part: str) -> list[tuple[str, Kind]]:
    """Return the entries of a folder that match one part of a pattern."""
    if not _WILDCARD.search(part):
        kind = files.kind(f"{folder}/{part}") if part != OWN_FOLDER else None
        return [] if kind is None else [(part, kind)]
    fits = re.compile(translate(part)).match
    hidden = part.startswith(".")
    return [entry for entry in entries(files, folder) if fits(entry[0]) and (hidden or not entry[0].startswith("."))]


def entries(files: Files, folder: str) -> list[tuple[str, Kind]]:
    """List a folder without `.seatsync`. Raises `Unreadable`."""
    return [entry for entry in files.names(folder) if entry[0] != OWN_FOLDER]
