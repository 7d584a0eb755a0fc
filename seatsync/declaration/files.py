"""The files of a repository as bytes: what the project file includes, and regular files inside the repository only."""

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from fnmatch import translate
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeAlias

from seatsync.errors import FileProblem
from seatsync.finding import Finding, Location, Severity
from seatsync.reading.plain_text import MAX_BYTES, shown

# O_NONBLOCK: opening a FIFO must not wait for a writer. O_NOFOLLOW: the path is resolved, so a link is a race.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)

Kind: TypeAlias = Literal["folder", "link", "file"]
"""Kind of a directory entry; `file` is everything other than a folder or link."""

OVER_A_LINK = "points outside the repository through a symbolic link"
LEADS_NOWHERE = "is a broken symbolic link"


class Unreadable(Exception):
    """A file that cannot be read. `str()` is the reason, phrased to follow the name of the file."""


class Files(Protocol):
    """Source of the files of a repository. Parameters called path are real paths, names are relative to the top."""

    @property
    def top(self) -> str:
        """The real path of the repository."""

    def inside(self, name: str) -> str:
        """Return the real path of a name. Raises `Unreadable` if it is outside the repository."""

    def content(self, path: str) -> bytes:
        """Return the bytes of a regular file, at most `MAX_BYTES + 1`. Raises `Unreadable`."""

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """List a folder: the name and kind of each entry. Raises `Unreadable` if it cannot be listed."""

    def kind(self, path: str) -> Kind | None:
        """Return the kind of the entry at a path, None if there is none. Raises `Unreadable` if access fails."""

    def is_folder(self, link: str) -> bool:
        """Return True if a link leads to a folder. Raises `Unreadable` if it is broken or cannot be followed."""

    def real(self, path: str) -> str:
        """Return a path with all links resolved."""


class Folder:
    """Implementation of `Files` for a folder of the file system."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def top(self) -> str:
        """The real path of the folder."""
        return os.path.realpath(self.root)

    def inside(self, name: str) -> str:
        """Return the real path of a name in the folder."""
        return inside(self.root, name)

    def content(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return content(path)

    def names(self, folder: str) -> list[tuple[str, Kind]]:
        """List a folder."""
        try:
            with os.scandir(folder) as entries:
                return [(entry.name, _kind(entry)) for entry in entries]
        except (OSError, ValueError) as error:
            raise Unreadable(_reason(error, "cannot be listed")) from error

    def kind(self, path: str) -> Kind | None:
        """Return the kind of the entry at a path, None if there is none."""
        try:
            mode = os.lstat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise Unreadable(_reason(error)) from error
        return "link" if stat.S_ISLNK(mode) else "folder" if stat.S_ISDIR(mode) else "file"

    def is_folder(self, link: str) -> bool:
        """Return True if a link leads to a folder."""
        try:
            return stat.S_ISDIR(os.stat(link).st_mode)  # noqa: PTH116 - no path object for each of many files
        except FileNotFoundError as error:
            raise Unreadable(LEADS_NOWHERE) from error
        except (OSError, ValueError) as error:
            raise Unreadable(_reason(error)) from error

    def real(self, path: str) -> str:
        """Return a path with all links resolved."""
        return os.path.realpath(path)


def _kind(entry: os.DirEntry[str]) -> Kind:
    """Return the kind of a directory entry, without a system call."""
    if entry.is_symlink():
        return "link"
    return "folder" if entry.is_dir(follow_symlinks=False) else "file"


def inside(root: Path, relative: str) -> str:
    """Return the real path of a file of a repository.

    Raises `Unreadable` for a path that is absolute, contains `..`, or leads outside through a symbolic link.
    """
    must_stay_below(relative)
    try:
        top, real = os.path.realpath(root), os.path.realpath(root / relative)
    except (OSError, ValueError) as error:
        raise Unreadable("is not a valid path on this system") from error
    if real != top and not real.startswith(top.rstrip("/") + "/"):
        raise Unreadable(OVER_A_LINK)
    return real


def is_there(path: Path) -> bool:
    """Return True if anything exists at a path, also a broken link.

    Raises `FileProblem` if access fails: an inaccessible path does not count as absent.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise FileProblem(str(path), _reason(error)) from error
    return True


def must_stay_below(name: str) -> None:
    """Raise `Unreadable` for a name that is absolute or contains `..`."""
    if name.startswith("/") or ".." in name.split("/"):
        raise Unreadable("is outside the repository; use a path below the project file, without `..`")


def content(path: str | Path) -> bytes:
    """Return the bytes of a regular file, at most `MAX_BYTES + 1`. Raises `Unreadable`."""
    try:
        handle = os.open(path, _FLAGS)
    except FileNotFoundError as error:
        raise Unreadable("does not exist") from error
    except (OSError, ValueError) as error:
        raise Unreadable(_reason(error)) from error
    try:
        facts = os.fstat(handle)
        _refuse_other_kinds(facts.st_mode)
        with os.fdopen(handle, "rb", closefd=False) as file:
            text = file.read(min(facts.st_size, MAX_BYTES) + 1)  # allocating MAX_BYTES for every file is slow
            return text if len(text) <= facts.st_size else text + file.read(MAX_BYTES + 1 - len(text))
    except OSError as error:
        raise Unreadable(_reason(error)) from error
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Flush the entries of a folder to disk."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems do not support fsync of folders
            raise
    finally:
        os.close(handle)


def _refuse_other_kinds(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise Unreadable("is a folder, not a file")
    if not stat.S_ISREG(mode):
        raise Unreadable("is not a regular file")


def _reason(error: OSError | ValueError, cannot: str = "cannot be read") -> str:
    words = error.strerror if isinstance(error, OSError) else None
    return f"{cannot} ({words.lower()})" if words else "is not a valid path on this system"


# Files that the project includes

PROJECT_FILE = "seatsync.yaml"
OWN_FOLDER = ".seatsync"
OTHER_ENDING = {"yaml": "yml", "yml": "yaml"}
_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_WILDCARD = re.compile(r"[*?\[]")
_ITSELF = ""  # the part of a pattern that matches the folder itself


class Match(NamedTuple):
    """A match of a pattern: its name, and its real path if known.

    `problem` is set for a folder that cannot be listed or read.
    """

    name: str
    real: str | None = None
    problem: str = ""


class Included(NamedTuple):
    """A file to read: its name relative to the root, its real path, and the location of its `include` entry."""

    name: str
    real: str
    entry: Location


def is_csv(file: str) -> bool:
    """Return True if a file is a CSV of people."""
    return file.lower().endswith(".csv")


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


def _names(files: Files, pattern: str) -> list[Match]:
    """Return the matches of a pattern, sorted by name. A pattern without wildcards, or with `..`, matches itself."""
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    if not _WILDCARD.search(pattern) or pattern.startswith("/") or ".." in parts:
        return [Match(pattern)]
    if parts[-1] == "**":
        parts.append("*")
    matches = {match.name: match for match in _matches(files, parts)}
    return [matches[name] for name in sorted(matches)]


def folders(files: Files, pattern: str) -> list[Match]:
    """Return the folders that a pattern with wildcards matches, sorted by name.

    A folder that cannot be listed, a broken link, and a link that leads outside have a problem.
    """
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    return sorted({match.name: match for match in _matches(files, [*parts, _ITSELF])}.values())


def _matches(files: Files, parts: list[str]) -> Iterator[Match]:
    """Yield the matches of a pattern with wildcards: files, or folders if `_ITSELF` is the last part.

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
        if parts[depth] == _ITSELF:
            yield Match(folder.rstrip("/"), real)
            continue
        try:
            if parts[depth] == "**":
                waiting.append((folder, real, depth + 1))
                below_it = sorted(_folders(files, real), reverse=True)  # the last is visited first
                waiting.extend((f"{folder}{name}/", f"{real}/{name}", depth) for name in below_it)
                continue
            matching = sorted(_matching(files, real, parts[depth]), reverse=True)
        except Unreadable as problem:
            yield Match(folder.rstrip("/"), problem=str(problem))
            continue
        for name, kind in matching:
            there = f"{real}/{name}"
            if depth == len(parts) - 1:
                yield from _file(files, folder + name, there, kind)
                continue
            try:
                below = _folder_to_visit(files, folder + name, there, kind)
            except Unreadable as problem:
                yield Match(folder + name, problem=str(problem))
                continue
            if below is not None:
                waiting.append((f"{folder}{name}/", below, depth + 1))


def _file(files: Files, name: str, there: str, kind: Kind) -> Iterator[Match]:
    """Yield the match of an entry that is no folder."""
    if not _is_folder(files, there, kind):
        yield Match(name, there if kind == "file" else None)


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
