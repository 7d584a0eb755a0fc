"""The file in which it is kept: `.seatsync/cache/converged` of the repository. It may be deleted at any time."""

from __future__ import annotations

import os
import time
from pathlib import Path

from seatsync.declaration.including import OWN_FOLDER

_NAME = "converged"
_LARGEST = 1 << 27  # bytes


def read(root: Path) -> str | None:
    """What is kept for a repository, if anything."""
    try:
        with _file(root).open("rb") as file:
            return file.read(_LARGEST).decode("ascii")
    except (OSError, ValueError):
        return None


def write(root: Path, text: str) -> None:
    """Keep a text in place of the last one. Where that cannot be done, nothing is kept, and nobody needs to know."""
    file = _file(root)
    beside = file.with_name(f"{_NAME}.{os.getpid()}.{time.time_ns()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.path.realpath(file.parent) != str(Path(os.path.realpath(root), OWN_FOLDER, "cache")):
            return  # a link to somewhere else
        _ignore(file.parent)
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(text.encode("ascii"))
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
    except OSError:
        pass


def _ignore(folder: Path) -> None:
    """Keep the folder out of version control, whatever the repository says."""
    ignored = folder / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n", encoding="ascii")


def _file(root: Path) -> Path:
    return root / OWN_FOLDER / "cache" / _NAME
