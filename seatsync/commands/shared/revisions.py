"""Base and head of `diff`: a repository's files at a git revision or in the working tree, with findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seatsync.commands.shared.console import Console
from seatsync.commands.shared.repository import lines_in
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import PROJECT_FILE, Files, Folder, is_there
from seatsync.declaration.load import Loaded, load
from seatsync.declaration.revision import revision
from seatsync.errors import FileProblem, ProjectNotFound
from seatsync.finding import Finding, has_errors
from seatsync.reading.git_objects import Contents, Git
from seatsync.reporting.escape import visible
from seatsync.reporting.findings.findings_text import LineOf
from seatsync.rules import check


@dataclass(frozen=True, slots=True)
class Revision:
    """A git revision or the working tree, as read. `loaded` is None without a project file.

    `below`: the project folder relative to the top of the repository (`""`, `"config/"`).
    """

    name: str
    loaded: Loaded | None
    line_of: LineOf
    below: str

    @property
    def declaration(self) -> Declaration | None:
        """The declaration, as far as it can be read."""
        return None if self.loaded is None else self.loaded.declaration

    @property
    def readable(self) -> bool:
        """True if the declaration is complete: no errors of YAML, SCHEMA or REF002."""
        return self.loaded is None or not has_errors(self.loaded.findings)

    def findings(self, day: str) -> tuple[Finding, ...]:
        """Return its findings on a day."""
        if self.loaded is None:
            return ()
        declaration = self.loaded.declaration
        if declaration is None:
            return tuple(self.loaded.findings)
        return check(declaration, day, self.loaded.findings).findings


@contextmanager
def base_and_head(
    console: Console, base: str, head: str | None, working_tree: str
) -> Iterator[tuple[Revision, Revision]]:
    """Yield base and head of the project of the working folder; source lines are available until the end."""
    git = Git(console.folder, console.environment)
    above = git.above()
    trees = [git.tree(name) for name in (base, *([] if head is None else [head]))]
    projects = [f"{below}{PROJECT_FILE}" for below in above]
    # The nearest folder with a project file in base or head: the project may have been added or removed.
    there = {name for tree in trees for name in git.listing(tree, projects)}
    here = console.folder.resolve()
    folders = dict(zip(above, (here, *here.parents), strict=False))
    if head is None:
        there |= {f"{below}{PROJECT_FILE}" for below, folder in folders.items() if is_there(folder / PROJECT_FILE)}
    below = next((below for below in above if f"{below}{PROJECT_FILE}" in there), None)
    if below is None:
        raise ProjectNotFound(str(console.folder))
    with git.contents() as contents:
        revisions = [
            _read_revision(console, name, folders[below], _files(git, tree, below, contents), below)
            for name, tree in zip((base, head or ""), trees, strict=False)
        ]
        if head is None:
            revisions.append(_read_revision(console, working_tree, folders[below], Folder(folders[below]), below))
        yield revisions[0], revisions[1]


def new_findings(base: tuple[Finding, ...], head: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings of the head that the base does not have, at any line; duplicates are counted."""
    known = Counter(_identity(finding) for finding in base)
    new = []
    for finding in head:
        known[_identity(finding)] -= 1
        if known[_identity(finding)] < 0:
            new.append(finding)
    return tuple(new)


def _identity(finding: Finding) -> tuple[object, ...]:
    """Return the identity of a finding across revisions: its things, or else its file."""
    file = finding.location.file if finding.location is not None and not finding.things else ""
    return (finding.code, finding.message, finding.things, file)


def _files(git: Git, tree: str, below: str, contents: Contents) -> Files:
    names = [below.rstrip("/")] if below else []
    return revision(git.listing(tree, names), below, contents)


def _read_revision(console: Console, name: str, root: Path, files: Files, below: str) -> Revision:
    with console.phase("read", f"reading the files at {visible(name)}") as work:
        try:
            loaded = load(root, files=files, progress=work.reached)
        except ProjectNotFound:
            loaded = None
        except FileProblem as problem:
            raise FileProblem(f"at {name}", str(problem)) from problem
    return Revision(name, loaded, lines_in(files, () if loaded is None else loaded.findings), below)
