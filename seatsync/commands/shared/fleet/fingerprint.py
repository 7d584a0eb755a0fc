"""Fingerprints of accounts: equal if nothing changed that a run could depend on."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Final

from seatsync import __version__
from seatsync.account.history import canonical
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.plan_inputs import resolve_target
from seatsync.targets.target import KnowsPosition, open_target

_OWN_FOLDERS: Final = frozenset(("runs",))
_SQLITE: Final = b"SQLite format 3\0"
_BESIDE: Final = ("-wal", "-shm", "-journal")


def configuration_of(folder: Path) -> str:
    """Return a digest of the names and bytes of all files below a folder, except for stores and hidden ones.

    Raises OSError for a file that cannot be read.
    """
    digest = sha256()
    for path in sorted(_files(folder, "")):
        data = (folder / path).read_bytes()
        if not data.startswith(_SQLITE):
            digest.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    return digest.hexdigest()


def _files(folder: Path, prefix: str) -> list[str]:
    """Return the paths of all files below a folder."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith(_BESIDE):
                continue
            if entry.is_file():
                found.append(prefix + entry.name)
            elif entry.is_dir(follow_symlinks=False) and entry.name not in _OWN_FOLDERS:
                found += _files(folder / entry.name, f"{prefix}{entry.name}/")
    return found


def fingerprint(configuration: str, target: str | None, serial: int | None, day: str) -> str:
    """Return the fingerprint of a configuration, the target and serial of its account (None without one), and a day."""
    return sha256(canonical([__version__, configuration, target, serial, day]).encode()).hexdigest()


def position_of(console: Console, target: str | None) -> tuple[int | None, str]:
    """Return the serial and the time zone of the account of the console's folder. Raises `TargetProblem`."""
    opened = open_target(resolve_target(console, target), console.folder, console.environment)
    if isinstance(opened, KnowsPosition):
        return opened.position()
    account = opened.read().account
    return account.serial, account.timezone
