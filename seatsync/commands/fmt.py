"""`seatsync fmt`: write the YAML files of a repository in canonical form. Needs no account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, Outputs
from seatsync.commands.shared.repository import Repository, excerpts, show_findings
from seatsync.declaration.changing.transaction import Changed, finish_change, replace_files
from seatsync.declaration.files import PROJECT_FILE, Folder, Included, Unreadable, include_error, is_csv
from seatsync.declaration.load import included_by
from seatsync.declaration.project import find_root, read_project
from seatsync.editing.canonical import Kind, NotFormatted, formatted
from seatsync.errors import FileProblem, FleetNotFound, ProjectNotFound
from seatsync.finding import Finding, Location, has_errors, in_order
from seatsync.fleet.reading import FLEET_FILE, find_fleet
from seatsync.reporting.diff_report import unified
from seatsync.reporting.escape import number_of, visible


@dataclass(frozen=True, slots=True)
class Formatted:
    """A YAML file of a repository: its name, its real path, and its bytes before and after."""

    name: str
    real: str
    old: bytes
    new: bytes

    @property
    def changes(self) -> bool:
        """True if it is not in canonical form yet."""
        return self.old != self.new


@options.command
@options.directory
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 and list the files that would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def run(console: Console, *, directory: str | None, check: bool, diff: bool) -> int:
    """Format the YAML files, keeping comments; needs no account.

    Rewrites the repository's YAML files in canonical order and style: all of them, or none if one has errors. The
    declaration stays the same, and comments stay with the lines they belong to. Outside of a project, formats the
    nearest fleet.yaml.

    Examples:
      seatsync fmt
      seatsync fmt --check
      seatsync fmt --diff
    """
    folder = console.directory(directory)
    try:
        root = find_root(folder)
    except ProjectNotFound:
        root = _fleet_folder(folder)
        files, findings = _format_fleet(root)
    else:
        if not (check or diff):
            finish_change(root, console.info)
        files, findings = format_files(root)
    if has_errors(findings):
        show_findings(Repository(root, None, tuple(findings), (), excerpts(root, findings)), Outputs("text"), console)
        return 1
    changed = [file for file in files if file.changes]
    if diff:
        console.output(
            "".join(line for file in changed for line in unified(file.name, file.old, file.new, console.paint))
        )
    elif check and changed:
        console.output("".join(f"{visible(file.name)}\n" for file in changed))
    if check and changed:
        console.info(
            f"{_not_canonical(len(changed))}; run `seatsync fmt` to format {'it' if len(changed) == 1 else 'them'}"
        )
        return 1
    if diff:
        return 0
    replace_files(root, {Path(file.real): Changed(file.old, file.new) for file in changed}, "fmt")
    console.output("".join(f"formatted {visible(file.name)}\n" for file in changed))
    console.output(_total(len(changed), len(files) - len(changed)))
    return 0


def format_files(root: Path) -> tuple[list[Formatted], list[Finding]]:
    """Return every YAML file of a repository with its canonical form, and the findings of unreadable files.

    Raises `FileProblem` for a file in an unsupported layout.
    """
    project, findings = read_project(root)
    folder = Folder(root)
    if project is None:
        return [], findings
    included, wrong = included_by(project, folder)
    own = Included(PROJECT_FILE, folder.inside(PROJECT_FILE), Location(PROJECT_FILE, 1, 1, 1, 1))
    wanted = included if has_errors(findings) else [own, *included]
    findings = [*findings, *wrong]
    files = []
    for file in wanted:
        if is_csv(file.name):
            continue
        result = _formatted(file, folder, "project" if file.name == PROJECT_FILE else "fragment")
        if isinstance(result, Formatted):
            files.append(result)
        else:
            findings += result
    return files, in_order(findings)


def _fleet_folder(folder: Path) -> Path:
    """Return the folder of the nearest fleet. Raises `ProjectNotFound` if there is none, as there is no project."""
    try:
        return find_fleet(folder).parent
    except FleetNotFound:
        raise ProjectNotFound(str(folder)) from None


def _format_fleet(root: Path) -> tuple[list[Formatted], list[Finding]]:
    """Return the file of a fleet with its canonical form, or its errors."""
    folder = Folder(root)
    own = Included(FLEET_FILE, f"{folder.top}/{FLEET_FILE}", Location(FLEET_FILE, 1, 1, 1, 1))
    result = _formatted(own, folder, "fleet")
    return ([result], []) if isinstance(result, Formatted) else ([], result)


def _formatted(file: Included, folder: Folder, kind: Kind) -> Formatted | list[Finding]:
    try:
        old = folder.content(file.real)
        new = formatted(old, file.name, kind)
    except Unreadable as problem:
        return [include_error(file.name, str(problem), file.entry)]
    except NotFormatted as problem:
        raise FileProblem(file.name, str(problem), "lay it out another way, or leave it as it is") from problem
    return new if isinstance(new, list) else Formatted(file.name, file.real, old, new)


def _total(changed: int, same: int) -> str:
    if not changed:
        return f"{number_of(same, 'file')} in canonical form; nothing to do.\n"
    rest = f", {same} left as {'it was' if same == 1 else 'they were'}" if same else ""
    return f"{number_of(changed, 'file')} formatted{rest}.\n"


def _not_canonical(count: int) -> str:
    return f"{number_of(count, 'file')} {'is' if count == 1 else 'are'} not in canonical form"
