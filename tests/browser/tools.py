"""What the tests of pages need beside Python: Chromium, Node and a few packages, installed where they can be.

A machine that has no source for them (no network, no rights, no Node) skips these tests and says so.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.node_packages import MINUTES, install, last, one_at_a_time, run

_HERE = Path(__file__).parent
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def look(jobs: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What the browser saw of the pages, by `look.mjs`."""
    with one_at_a_time(_HERE):
        chromium = _chromium()
        install(_HERE)
    file = folder / "jobs.json"
    file.write_text(json.dumps({"chromium": chromium, **jobs}), encoding="utf-8")
    done = run(_HERE, ["node", "look.mjs", str(file)], 10 * MINUTES)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _chromium() -> str:
    """The browser; Debian's own is installed where there is none and we may."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
            done = run(_HERE, command, 10 * MINUTES, {"DEBIAN_FRONTEND": "noninteractive"})
            if done.returncode != 0:
                pytest.skip(f"no Chromium, and `{' '.join(command)}` fails: {last(done.stderr)}")
        found = shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium here, and no rights to install it (Debian and Ubuntu: apt install chromium)")
    return found
