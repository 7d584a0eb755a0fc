"""Folders of files that a command writes whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from seatsync.errors import FileProblem


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files to a new folder beside, and put it in the place of the old one, if any. Raises FileProblem."""
    mark = os.urandom(4).hex()
    new, old = (folder.with_name(f".{folder.name[:50]}.{kind}.{mark}") for kind in ("new", "old"))
    try:
        new.mkdir(parents=True)
        for name, content in files.items():
            with (new / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(str(folder), f"cannot be written ({(words or 'not a path').lower()})") from error
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
