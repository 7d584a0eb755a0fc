"""The files of a folder, with what was read of each remembered: its stamp and the digest of its content."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from pathlib import Path

from seatsync.converged.kept import Stamp
from seatsync.declaration.files import Folder

_FRESH = 2_000_000_000
"""Nanoseconds in which a file may change again without its times showing it, on the coarsest file systems."""


class Watched(Folder):
    """A folder. `stamps` and `digests` are by real path; a file that was too fresh when it was read has no stamp."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.began = time.time_ns()
        self.stamps: dict[str, Stamp | None] = {}
        self.digests: dict[str, str] = {}

    def content(self, path: str) -> bytes:
        """The bytes of a file."""
        stamp = stamp_of(path)
        now = time.time_ns()
        data = Folder.content(self, path)
        self.stamps[path] = stamp if stamp is not None and before(stamp, now) else None
        self.digests[path] = digest_of(data)
        return data


def stamp_of(path: str) -> Stamp | None:
    """The stamp of a file now; None where there is none."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - no path object for each of many files
    except (OSError, ValueError):
        return None
    return Stamp(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


def before(stamp: Stamp, moment: int) -> bool:
    """Whether a file was left alone well before a moment: whatever happens to it from then on changes its stamp."""
    return max(stamp.modified, stamp.changed) + _FRESH <= moment


def digest_of(data: bytes) -> str:
    """The digest of a content, as hexadecimal text."""
    return sha256(data).hexdigest()
