"""A project whose file declares nothing yet: what its target shows is written beside it, and the file is completed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seatsync.commands.shared.console import Console
from seatsync.commands.shared.new_repository import NewRepository, with_git_ignored
from seatsync.declaration.changing.transaction import Changed, replace_files
from seatsync.declaration.declared import Project
from seatsync.declaration.files import PROJECT_FILE, Folder
from seatsync.declaration.project import read_project
from seatsync.declaration.writing.write import written_repository
from seatsync.errors import ProjectNotFound
from seatsync.finding import has_errors
from seatsync.targets.sql.sqlite import file_of


@dataclass(frozen=True, slots=True)
class OwnProject:
    """A project that declares nothing yet, its target, and the content of its file."""

    project: Project
    target: str
    file: Path
    content: bytes

    @property
    def changes_by_api(self) -> bool:
        """True if an API carries out some of the steps."""
        portal = self.project.portal
        return portal is not None and portal.team_admin is not None and portal.team_admin.write

    @contextmanager
    def written(self, console: Console, new: NewRepository) -> Iterator[Sequence[str]]:
        """Write a repository around the project file, and complete that; yield the names of new files.

        Nothing is overwritten. If that or the body fails, nothing stays. Raises FileProblem.
        """
        root = self.project.root
        files = {name: text for name, text in new.files.items() if name != PROJECT_FILE}
        portal = self.project.portal
        files = with_git_ignored(console, root, files, self.target, () if portal is None else portal.exports)
        with written_repository(root, files):
            yield sorted(files)
            change = Changed(self.content, new.files[PROJECT_FILE].encode())
            replace_files(root, {self.file: change}, "import")


def own_project(folder: Path, source: str, base: Path) -> OwnProject | None:
    """Return the project in a folder, if it declares nothing and its target is the source; None for any other.

    `source` is relative to `base`. Raises FileProblem if the file cannot be read.
    """
    try:
        project, findings = read_project(folder)
    except ProjectNotFound:
        return None
    if project is None or has_errors(findings) or project.include:
        return None
    urls = [url for _, url in project.targets] or [project.target or ""]
    url = next((each for each in urls if _is_one_file(file_of(source, base), file_of(each, folder))), None)
    if url is None:
        return None
    place = Folder(folder)
    file = place.inside(PROJECT_FILE)
    return OwnProject(project, url, Path(file), place.content(file))


def _is_one_file(one: Path | None, other: Path | None) -> bool:
    return one is not None and other is not None and os.path.realpath(one) == os.path.realpath(other)
