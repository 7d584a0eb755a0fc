"""`seatsync codeowners`: the reviewers of each file, in the CODEOWNERS file. Needs no account."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import click

from seatsync.account.model import Account
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, Outputs, write_file
from seatsync.commands.shared.repository import below_top, git_top, read_repository, show_findings
from seatsync.declaration.changing.transaction import Changed, replace_files
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import Folder, Unreadable, content
from seatsync.declaration.load import included_by
from seatsync.declaration.states import as_account
from seatsync.errors import FileProblem, WrongUsage
from seatsync.finding import has_errors
from seatsync.insight.codeowners import (
    BadMarkers,
    include_pattern,
    is_glob,
    is_owner,
    owners_by_file,
    owners_of_project,
    section_lines,
    unwritable,
    with_section,
    without_section,
)
from seatsync.reading.plain_text import MAX_BYTES, shown
from seatsync.reporting.escape import number_of, visible

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Locations read by GitHub or GitLab, in order of preference."""
LARGEST = 3_000_000
"""Limit in bytes; GitHub ignores a larger file."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A project in its git repository: the repository's real top, the project's folder below it, and its files."""

    top: Path
    below: str
    files: Mapping[str, str]
    """Real paths by declared name."""

    def path(self, real: str) -> str:
        """Return a real path relative to the top."""
        return Path(real).relative_to(self.top).as_posix()


@options.command
@options.directory
@options.day
@click.option("--output", metavar="FILE", help="Write FILE instead of the one that the git host reads.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the file is out of date.")
def run(console: Console, *, directory: str | None, day: str | None, output: str | None, check: bool) -> int:
    """Write CODEOWNERS from the declared roles; needs no account.

    Makes the people who may perform the steps of a file its reviewers, in the CODEOWNERS file that GitHub or GitLab
    reads. Replaces the section between its two markers and keeps every other line. Needs no account, no network and no
    credentials.

    Examples:
      seatsync codeowners
      seatsync codeowners --check
    """
    repository = read_repository(console, directory, day)
    declared = repository.declaration
    if declared is None or has_errors(repository.findings):
        show_findings(repository, Outputs("text"), console)
        return 1
    tree = _tree(declared, repository.root)
    path = _default_path(tree.top) if output is None else console.path(output)
    old = _present(path)
    account = as_account(declared, console.clock(day, declared.project.timezone or "UTC"))
    try:
        owned = _owned(declared, account, tree, _own_path(tree, path, old), console)
        new = with_section(old, tree.below, owned)
    except BadMarkers as problem:
        raise FileProblem(_shown(path, console), str(problem), "fix or delete them") from problem
    _conclude(repository.root, path, Changed(old, new), len(owned), console, check=check)
    return 0


def _conclude(root: Path, path: Path, file: Changed, lines: int, console: Console, *, check: bool) -> None:
    """Write the file and report it; with `check`, raise `FileProblem` if it is out of date."""
    name, contents = _shown(path, console), number_of(lines, "line")
    if file.old == file.new:
        console.output(f"{visible(name)} is up to date: {contents}.\n")
        return
    if check:
        line = _first_difference(file.old, file.new)
        raise FileProblem(name, f"is out of date, from line {line} on", "update it with `seatsync codeowners`")
    if len(file.new) > LARGEST:
        console.info(f"{name} is larger than 3 MB, so GitHub ignores it")
    if path.is_file():
        replace_files(root, {Path(os.path.realpath(path)): file}, "codeowners")
    else:
        write_file(path, file.new.decode())
    console.output(f"Wrote {visible(name)}: {contents}.\n")


def _first_difference(old: bytes, new: bytes) -> int:
    """Return the number of the first differing line, from 1."""
    pairs = zip_longest(old.splitlines(keepends=True), new.splitlines(keepends=True))
    return next(number for number, (one, other) in enumerate(pairs, 1) if one != other)


def _tree(declared: Declaration, root: Path) -> Tree:
    real = root.resolve()
    below = below_top(real)
    _must_be_writable(below)
    files, _ = included_by(declared.project, Folder(root))
    return Tree(git_top(real) or real, below, {file.name: file.real for file in files})


def _default_path(top: Path) -> Path:
    """Return the file that the git host reads, or the one to create."""
    for name in PLACES:
        if os.path.lexists(top / name):
            return top / name
    return top / PLACES[0 if (top / ".github").is_dir() else 1]


def _present(path: Path) -> bytes:
    """Return the present contents; empty if there is no file, or a pipe or device."""
    try:
        found = content(os.path.realpath(path))
    except Unreadable as problem:
        because = problem.__cause__
        if isinstance(because, FileNotFoundError) or (because is None and not path.is_dir()):
            return b""
        raise FileProblem(str(path), str(problem), "choose another file with --output") from problem
    if len(found) > MAX_BYTES:
        raise FileProblem(str(path), "is too large", "choose another file with --output")
    return found


def _own_path(tree: Tree, path: Path, old: bytes) -> str | None:
    """Return the file's own path below the top; None if it is elsewhere or has rules outside our section.

    Raises `BadMarkers`.
    """
    foreign = (line.strip() for line in without_section(old, tree.below).splitlines())
    real = Path(os.path.realpath(path))
    if any(line and not line.startswith(b"#") for line in foreign) or not real.is_relative_to(tree.top):
        return None
    return tree.path(str(real))


def _owned(declared: Declaration, account: Account, tree: Tree, own: str | None, console: Console) -> list[str]:
    """Return the lines of our section. Raises `WrongUsage` if there is no possible owner."""
    with console.phase("owners", "finding the owners"):
        bosses, owners = owners_of_project(account), owners_by_file(declared, account)
    _report_left_out(bosses.union(*owners.values()), declared, console)
    fallback = _addresses(bosses, declared)
    if not fallback:
        raise WrongUsage("nobody can own these files; declare a team, subscription or contract with its people first")
    files = {path: set(fallback) for path in (f"{tree.below}seatsync.yaml", own) if path is not None}
    for name, real in tree.files.items():
        people = _addresses(owners.get(name, ()), declared) or fallback
        for path in (tree.path(real), tree.below + os.path.normpath(name)):  # a link and its target
            files.setdefault(path, set()).update(people)
    entries = [entry for entry in declared.project.include if is_glob(entry)]
    for path in (*sorted(files), *entries):
        _must_be_writable(path)
    return section_lines([include_pattern(tree.below, entry) for entry in entries], files, fallback)


def _must_be_writable(path: str) -> None:
    if unwritable(path):
        raise WrongUsage(f"{shown(path)}: this name cannot be written in CODEOWNERS; choose another one")


def _addresses(people: Iterable[str], declared: Declaration) -> set[str]:
    """Return the declared addresses that can be written in the file."""
    return {address for address in map(declared.shown, people) if is_owner(address)}


def _report_left_out(people: Iterable[str], declared: Declaration, console: Console) -> None:
    for address in sorted(map(declared.shown, people)):
        if not is_owner(address):
            console.info(f"{address} cannot be written in CODEOWNERS and is left out")


def _shown(path: Path, console: Console) -> str:
    """Return the file relative to the working folder."""
    return os.path.relpath(path.parent.resolve() / path.name, console.folder.resolve())
