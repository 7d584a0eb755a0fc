"""Detection of YAML and CSV files that no pattern of `include` matches (FILE001)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from seatsync.declaration.files import Files, Unreadable
from seatsync.declaration.including import OTHER_ENDING, PROJECT_FILE, Included, printable
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.words import shown

_ENDINGS = (".yaml", ".yml", ".csv")
_NOT_READ = frozenset({"schemas", "notices", "exports", "runs"})
"""Folders next to the project file that contain no configuration."""

_SNAPSHOT = re.compile(rb"^\{?[ \t]*[\"']?account[\"']?[ \t]*:", re.MULTILINE)
"""A top-level key that snapshots have and fragments do not."""


def unmatched(
    files: Files, read: Collection[Included], include: Collection[str], unread: Collection[str], at: Location
) -> Iterator[Finding]:
    """Yield a warning for every YAML or CSV file below the top that is not in `read`.

    Skips hidden files, snapshots, paths that match a pattern of `unread`, folders without configuration and folders
    with a project file of their own; does not follow links. A folder that cannot be listed is a warning too, located
    at `at` in the project file.
    """
    known = {file.real for file in read} | {files.real(f"{files.top}/{PROJECT_FILE}")}
    links: list[str] = []
    waiting = [("", files.top)]
    while waiting:
        folder, real = waiting.pop()
        try:
            listed = files.names(real)
        except Unreadable as problem:
            yield _unlisted(folder, problem, at)
            continue
        if folder and any(name == PROJECT_FILE for name, _ in listed):
            continue
        for name, kind in sorted(listed):
            path, there = f"{folder}{name}", f"{real}/{name}"
            if name.startswith(".") or any(names(pattern, path) for pattern in unread):
                continue
            if kind == "folder" and path not in _NOT_READ:
                waiting.append((f"{path}/", there))
            elif kind == "file" and _may_declare(files, name, there, known):
                known.add(there)
                yield _unread(path, include)
            elif kind == "link" and name.lower().endswith(_ENDINGS):
                links.append(path)
    yield from (_unread(path, include) for path in links if _is_other_file(files, path, known))


def _may_declare(files: Files, name: str, there: str, known: Collection[str]) -> bool:
    """Return True for a configuration file that is not known. An unreadable file counts as one."""
    if not name.lower().endswith(_ENDINGS) or there in known:
        return False
    try:
        return name.lower().endswith(".csv") or _SNAPSHOT.search(files.content(there)) is None
    except Unreadable:
        return True


def _is_other_file(files: Files, path: str, known: Collection[str]) -> bool:
    """Return True if a link leads to a configuration file that is not known. A broken link counts as one."""
    try:
        real = files.inside(path)
        return not files.is_folder(f"{files.top}/{path}") and _may_declare(files, path, real, known)
    except Unreadable:
        return True


def names(pattern: str, path: str) -> bool:
    """Return True if a pattern matches a path relative to the top, or a folder above it."""
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    reached = [True] + [False] * len(parts)
    for name in [*path.split("/"), None]:
        for index, part in enumerate(parts):
            reached[index + 1] |= reached[index] and part == "**"
        if name is None or reached[-1]:
            break
        steps = [reached[index] and part != "**" and fnmatchcase(name, part) for index, part in enumerate(parts)]
        stays = [reached[index] and part == "**" for index, part in enumerate(parts)]
        reached = [a or b for a, b in zip([*stays, False], [False, *steps], strict=True)]
    return reached[-1]


def _unread(path: str, include: Collection[str]) -> Finding:
    stem, _, ending = path.rpartition(".")
    other = f"{stem}.{OTHER_ENDING.get(ending, ending)}"
    hint = "add it to `include`, or name it in `policy.unread`"
    if other != path and any(names(pattern, other) for pattern in include):
        hint = f"rename it to {shown(printable(other))}, or {hint}"
    message = "no pattern of `include` matches this file, so it is not read"
    return Finding("FILE001", Severity.WARNING, message, Location(printable(path), 1, 1, 1, 1), hint)


def _unlisted(folder: str, problem: Unreadable, at: Location) -> Finding:
    name = shown(printable(folder.rstrip("/") or "."))
    message = f"folder {name} {problem}, so files in it that `include` misses are not noticed"
    hint = "change its permissions, or name it in `policy.unread`"
    return Finding("FILE001", Severity.WARNING, message, at, hint)
