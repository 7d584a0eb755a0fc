"""Other tools to compare with, in a temporary environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WANTED = ("octodns==1.22.0", "check-jsonschema==0.39.0", "deepdiff==9.1.0", "PyYAML==6.0.3")

DEEPDIFF = """\
import sys, time, yaml
from deepdiff import DeepDiff
now, goal = (yaml.load(open(name, "rb"), yaml.CSafeLoader) for name in sys.argv[1:])
since = time.process_time()
found = DeepDiff(now, goal)
seconds = time.process_time() - since
assert found
print(seconds)
"""
"""A program that prints the CPU seconds of a DeepDiff of two documents, without reading them, in its cheapest mode."""


def install(folder: Path) -> Path | None:
    """Install the tools; return the folder of their programs, or None if that failed (no network, no wheel)."""
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, check=False)
    python = folder / "bin" / "python"
    if made.returncode != 0:
        return None
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *WANTED]
    installed = subprocess.run(command, capture_output=True, check=False)
    return python.parent if installed.returncode == 0 else None
