"""The `.gitignore` of a repository with a mirror: what git must not keep, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from seatsync.commands.shared.console import Console
from seatsync.declaration.files import OWN_FOLDER
from seatsync.reading.plain_text import listed

IGNORED = ".gitignore"


def with_git_ignored(
    console: Console, folder: Path, files: Mapping[str, str], exports: Iterable[str]
) -> dict[str, str]:
    """Return files with a `.gitignore`; if the folder has one, say what to add to it."""
    found = _ignored(exports)
    place = folder / IGNORED
    if place.exists():
        try:
            lines = place.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            console.info(f"{place} cannot be read ({error.strerror}); git must not keep {listed([*found])}")
            return dict(files)
        if missing := [each for each in found if each not in lines]:
            console.info(f"{place} already exists; add {listed(missing)} to it")
        return dict(files)
    return {IGNORED: "".join(f"# {why}\n{name}\n" for name, why in found.items()), **files}


def _ignored(exports: Iterable[str]) -> dict[str, str]:
    """Return what git must not keep, each with the reason. `exports` are patterns of files or folders.

    Exports in the project folder are ignored, too: they have more personal data than the files, and change every week.
    """
    found = {f"{OWN_FOLDER}/": "the mirror: what is known about the account", "runs/": "what people have to do"}
    for pattern in exports:
        if not pattern.startswith("../") and not Path(pattern).is_absolute():
            found[f"/{pattern}"] = "exports have personal data, such as usage"
    return found
