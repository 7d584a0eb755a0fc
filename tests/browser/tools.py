"""Tools for the tests of pages: Chromium, Node and a few packages, installed if possible.

Without a source for them (no network, no permissions, no Node) these tests are skipped with the reason.
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
    """Return the observations of `look.mjs` on the pages."""
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
    """Return the browser; Debian's package is installed if there is none and permissions allow."""
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
