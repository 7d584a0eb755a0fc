"""What the tests of pages need beside Python: Chromium, Node and a few packages, installed where they can be.

A machine that has no source for them (no network, no rights, no Node) skips these tests and says so.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).parent
_MODULES = _HERE / "node_modules"
_STAMP = _MODULES / ".made-from"
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_MINUTES = 60.0
_UNREACHABLE = (
    "ENOTFOUND",
    "ECONNREFUSED",
    "ECONNRESET",
    "EAI_AGAIN",
    "ETIMEDOUT",
    "ENETUNREACH",
    "ERR_SOCKET_TIMEOUT",
)


def look(jobs: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What the browser saw of the pages, by `look.mjs`."""
    with _one_at_a_time():
        chromium = _chromium()
        _packages()
    file = folder / "jobs.json"
    file.write_text(json.dumps({"chromium": chromium, **jobs}), encoding="utf-8")
    done = _run(["node", "look.mjs", str(file)], 10 * _MINUTES)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _chromium() -> str:
    """The browser; Debian's own is installed where there is none and we may."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
            done = _run(command, 10 * _MINUTES, {"DEBIAN_FRONTEND": "noninteractive"})
            if done.returncode != 0:
                pytest.skip(f"no Chromium, and `{' '.join(command)}` fails: {_last(done.stderr)}")
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium here, and no rights to install it (Debian and Ubuntu: apt install chromium)")
    return found


def _packages() -> None:
    """The packages that `package-lock.json` lists, in an ignored folder; made again when the list has changed."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no Node and npm here")
    wanted = sha256((_HERE / "package-lock.json").read_bytes()).hexdigest()
    if _STAMP.exists() and _STAMP.read_text() == wanted:
        return
    done = _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], 5 * _MINUTES)
    if done.returncode != 0:
        if any(word in done.stderr for word in _UNREACHABLE):
            pytest.skip(f"npm reaches no source of packages: {_last(done.stderr)}")
        pytest.fail(f"npm ci: {done.stderr}")
    _STAMP.write_text(wanted)


def _run(command: list[str], seconds: float, more: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            check=False,
            cwd=_HERE,
            env={**os.environ, **(more or {})},
            capture_output=True,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"ETIMEDOUT: no end after {seconds:.0f} seconds")


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["no word why"])[-1]


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two runs side by side install nothing twice."""
    with (_HERE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
