"""Changed files put in the places of the old ones: all of them, or none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from seatsync.errors import FileProblem


@dataclass(frozen=True, slots=True)
class Changed:
    """A file as it was when it was read, and as it is to be."""

    old: bytes
    new: bytes


def replace_files(files: Mapping[Path, Changed]) -> None:
    """Replace files; each appears whole, with the permissions it had.

    Raises `FileProblem` where one cannot be written, or is not as it was read any more: then all are as they were.
    """
    place = Path()
    try:
        with ExitStack() as leftovers, ExitStack() as undoing:
            waiting = []
            for place, changed in files.items():
                waiting.append((place, changed.old, _beside(place, changed.new, leftovers)))
            for place, old, temporary in waiting:
                _must_be(place, old)
                former = _beside(place, old, leftovers)
                temporary.replace(place)
                undoing.callback(former.replace, place)
            undoing.pop_all()
    except OSError as error:
        words = (error.strerror or type(error).__name__).lower()
        raise FileProblem(str(place), f"cannot be written ({words})", "nothing was written") from error


def _beside(place: Path, content: bytes, leftovers: ExitStack) -> Path:
    """A finished file next to a place, with its owner, as far as that can be given, and its permissions."""
    temporary = place.with_name(f".{place.name[:50]}.{secrets.token_hex(4)}")
    leftovers.callback(temporary.unlink, missing_ok=True)
    with temporary.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    former = place.stat()
    if os.name == "posix":
        with suppress(PermissionError):  # only root gives files away; for all others the file is theirs now
            os.chown(temporary, former.st_uid, former.st_gid)
    temporary.chmod(former.st_mode & 0o7777)
    return temporary


def _must_be(place: Path, old: bytes) -> None:
    if place.read_bytes() != old:
        raise FileProblem(str(place), "was changed by somebody else meanwhile", "nothing was written; try again")
