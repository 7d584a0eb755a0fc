"""`seatsync codeowners`: who reviews which file, written where the git host looks for it. Needs no account."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import click

from seatsync.account.model import Account
from seatsync.commands import options
from seatsync.commands.answer import Outputs, write_file
from seatsync.commands.console import Console
from seatsync.commands.repository import below_top, git_top, read_repository
from seatsync.commands.validate import show_findings
from seatsync.declaration.as_account import as_account
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import Folder, Unreadable, content
from seatsync.declaration.load import included_by
from seatsync.declaration.transaction import Changed, replace_files
from seatsync.errors import FileProblem, WrongUsage
from seatsync.finding import has_errors
from seatsync.ownership.owners import owners_by_file, owners_of_project
from seatsync.ownership.pattern import include_pattern, is_glob, is_owner, unwritable
from seatsync.ownership.section import BadMarkers, section_lines, with_section, without_section
from seatsync.reading.utf8 import MAX_BYTES
from seatsync.reading.words import shown
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where GitHub and GitLab look."""
LARGEST = 3_000_000
"""Bytes; GitHub does not read a larger file."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A project in its git repository: the repository's real top, the project's folder from there, and its files."""

    top: Path
    below: str
    files: Mapping[str, str]
    """Real paths, by name as the declaration has it."""

    def path(self, real: str) -> str:
        """A real path as seen from the top."""
        return Path(real).relative_to(self.top).as_posix()


@options.command
@options.directory
@options.day
@click.option("--output", metavar="FILE", help="Write this file, not the one where the git host looks.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where the file is out of date.")
def run(console: Console, *, directory: str | None, day: str | None, output: str | None, check: bool) -> int:
    """Write CODEOWNERS from who may perform steps; needs no account.

    Writes who reviews which file where GitHub and GitLab look for it: a section between two marks, with every other
    line of the file left as it is. Needs no account, no network and no credentials.
    """
    repository = read_repository(console, directory, day)
    declared = repository.declaration
    if declared is None or has_errors(repository.findings):
        show_findings(repository, Outputs("text"), console)
        return 1
    tree = _tree(declared, repository.root)
    place = _place(tree.top) if output is None else console.path(output)
    old = _present(place)
    account = as_account(declared, console.clock(day, declared.project.timezone or "UTC"))
    try:
        owned = _owned(declared, account, tree, _own_path(tree, place, old), console)
        new = with_section(old, tree.below, owned)
    except BadMarkers as problem:
        raise FileProblem(_shown(place, console), str(problem), "mend or delete them") from problem
    _conclude(repository.root, place, Changed(old, new), len(owned), console, check=check)
    return 0


def _conclude(root: Path, place: Path, file: Changed, lines: int, console: Console, *, check: bool) -> None:
    """Write what is new, or complain of it; one line says what became of it."""
    name, contents = _shown(place, console), number_of(lines, "line")
    if file.old == file.new:
        console.answer(f"{visible(name)} is up to date: {contents}.\n")
        return
    if check:
        line = _first_difference(file.old, file.new)
        raise FileProblem(
            name, f"is out of date, from line {line} on", "`seatsync codeowners` writes it as the roles are now"
        )
    if len(file.new) > LARGEST:
        console.say(f"{name} has more than 3 MB, which GitHub does not read")
    if place.is_file():
        replace_files(root, {Path(os.path.realpath(place)): file}, "codeowners")
    else:
        write_file(place, file.new.decode())
    console.answer(f"Wrote {visible(name)}: {contents}.\n")


def _first_difference(old: bytes, new: bytes) -> int:
    """The first line, from 1, in which they differ."""
    pairs = zip_longest(old.splitlines(keepends=True), new.splitlines(keepends=True))
    return next(number for number, (one, other) in enumerate(pairs, 1) if one != other)


def _tree(declared: Declaration, root: Path) -> Tree:
    real = root.resolve()
    below = below_top(real)
    _must_be_writable(below)
    files, _ = included_by(declared.project, Folder(root))
    return Tree(git_top(real) or real, below, {file.name: file.real for file in files})


def _place(top: Path) -> Path:
    """The file that the git host reads; where there is none, the one to make."""
    for name in PLACES:
        if os.path.lexists(top / name):
            return top / name
    return top / PLACES[0 if (top / ".github").is_dir() else 1]


def _present(place: Path) -> bytes:
    """What the file has now: nothing where there is none, or where it is no file but a pipe or the like."""
    try:
        found = content(os.path.realpath(place))
    except Unreadable as problem:
        because = problem.__cause__
        if isinstance(because, FileNotFoundError) or (because is None and not place.is_dir()):
            return b""
        raise FileProblem(str(place), str(problem), "--output takes another one") from problem
    if len(found) > MAX_BYTES:
        raise FileProblem(str(place), "is too large", "--output takes another one")
    return found


def _own_path(tree: Tree, place: Path, old: bytes) -> str | None:
    """The file itself from the top, where it lies there and has no rules besides ours: other rules are not our affair.

    Raises `BadMarkers`.
    """
    foreign = (line.strip() for line in without_section(old, tree.below).splitlines())
    real = Path(os.path.realpath(place))
    if any(line and not line.startswith(b"#") for line in foreign) or not real.is_relative_to(tree.top):
        return None
    return tree.path(str(real))


def _owned(declared: Declaration, account: Account, tree: Tree, own: str | None, console: Console) -> list[str]:
    """The lines of our section. Raises `WrongUsage` where nobody can own anything."""
    with console.phase("owners", "finding the owners"):
        bosses, owners = owners_of_project(account), owners_by_file(declared, account)
    _tell_left_out(bosses.union(*owners.values()), declared, console)
    fallback = _addresses(bosses, declared)
    if not fallback:
        raise WrongUsage("nobody can own these files; declare a team, subscription or contract with its people first")
    files = {path: set(fallback) for path in (f"{tree.below}seatsync.yaml", own) if path is not None}
    for name, real in tree.files.items():
        people = _addresses(owners.get(name, ()), declared) or fallback
        for path in (tree.path(real), tree.below + os.path.normpath(name)):  # a link, and what it leads to
            files.setdefault(path, set()).update(people)
    entries = [entry for entry in declared.project.include if is_glob(entry)]
    for path in (*sorted(files), *entries):
        _must_be_writable(path)
    return section_lines([include_pattern(tree.below, entry) for entry in entries], files, fallback)


def _must_be_writable(path: str) -> None:
    if unwritable(path):
        raise WrongUsage(f"{shown(path)}: CODEOWNERS has no way to write this name; choose another one")


def _addresses(people: Iterable[str], declared: Declaration) -> set[str]:
    """The addresses of people as declared, but those that cannot stand in the file."""
    return {address for address in map(declared.shown, people) if is_owner(address)}


def _tell_left_out(people: Iterable[str], declared: Declaration, console: Console) -> None:
    for address in sorted(map(declared.shown, people)):
        if not is_owner(address):
            console.say(f"{address} cannot stand in CODEOWNERS, and is left out")


def _shown(place: Path, console: Console) -> str:
    """The file as seen from the folder of the run."""
    return os.path.relpath(place.parent.resolve() / place.name, console.folder.resolve())
