"""A new repository on disk: all of its files or none of them, and never over an existing one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seatsync.commands.answer import write_file
from seatsync.errors import FileProblem


def write_repository(folder: Path, files: Mapping[str, str]) -> None:
    """Write files, by their paths relative to the folder, in the order given."""
    for name in files:
        if (folder / name).exists() or (folder / name).is_symlink():
            raise FileProblem(str(folder / name), "is there already, and is never overwritten", "choose another folder")
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"the folder cannot be made ({(error.strerror or 'unknown reason').lower()})"
            raise FileProblem(str(path.parent), problem) from error
        write_file(path, text)
