"""Packages of npm that check our output, installed from the `package-lock.json` of a folder if possible.

Without a source for them (no network, no Node) their tests are skipped with the reason.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

MINUTES = 60.0
_UNREACHABLE = (
    "ENOTFOUND",
    "ECONNREFUSED",
    "ECONNRESET",
    "EAI_AGAIN",
    "ETIMEDOUT",
    "ENETUNREACH",
    "ERR_SOCKET_TIMEOUT",
)


def install(folder: Path) -> None:
    """Install the packages of `package-lock.json` into an ignored folder, again if the file has changed."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no Node and npm here")
    stamp = folder / "node_modules" / ".made-from"
    wanted = sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    done = run(folder, ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], 5 * MINUTES)
    if done.returncode != 0:
        if any(word in done.stderr for word in _UNREACHABLE):
            pytest.skip(f"npm reaches no source of packages: {last(done.stderr)}")
        pytest.fail(f"npm ci: {done.stderr}")
    stamp.write_text(wanted)


def run(
    folder: Path, command: list[str], seconds: float, more: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Return the output of a command in a folder; a timeout is a failure. `more` is added to the environment."""
    try:
        return subprocess.run(
            command,
            check=False,
            cwd=folder,
            env={**os.environ, **(more or {})},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"ETIMEDOUT: no end after {seconds:.0f} seconds")


def last(text: str) -> str:
    """Return the last line, usually the reason of a failure."""
    return (text.strip().splitlines() or ["no word why"])[-1]


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Lock a folder, so that parallel runs do not install twice."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
