"""The files of docs/deploy: systemd accepts the units, and they run commands that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from seatsync.cli.groups import FLEET

DEPLOY = Path(__file__).parents[2] / "docs/deploy"
PROGRAM = "/opt/seatsync/bin/seatsync"
UNITS = sorted(path for path in DEPLOY.iterdir() if path.suffix in {".service", ".timer"})


def findings(folder: Path, change: tuple[str, str] = ("", "")) -> str:
    """Return what systemd says about the units, with a program that exists here in place of ours."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, shutil.which("true") or "/bin/true")
        (folder / unit.name).write_text(text.replace(*change) if change[0] else text, encoding="utf-8")
    words = ["systemd-analyze", "verify", *(str(folder / unit.name) for unit in UNITS)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    assert findings(tmp_path) == ""
    assert "ProtectSystems" in findings(tmp_path, ("ProtectSystem=", "ProtectSystems="))


def test_the_commands_exist() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in UNITS)
    started = re.findall(rf"^ExecStart={PROGRAM} fleet (\w+)", text, re.MULTILINE)
    assert started == ["apply", "worker"]
    entry, words = re.findall(
        r"^(?:ENTRYPOINT|CMD) \[(.*)\]$", (DEPLOY / "Containerfile").read_text("utf-8"), re.MULTILINE
    )
    assert shlex.split(f"{entry}, {words}".replace(",", " "))[:3] == ["seatsync", "fleet", "worker"]
    assert {*started, "worker"} <= set(FLEET)
