"""Demonstrate one change on an embedded account, for `make demo`: every command with its output.

The demo runs in `.demo` at the top of the repository, or in the folder given; the folder is recreated first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
DAY = "2026-06-15"


@dataclass(frozen=True, slots=True)
class Act:
    """A command with its caption and a text that its output must contain."""

    why: str
    command: tuple[str, ...]
    expected: str


ACTS = (
    Act("Check the files; this needs no account.", ("validate",), "Nothing wrong"),
    Act("Create an embedded account in a local file.", ("account", "create", "--name", "acme"), "Created account acme"),
    Act("Load the present state of the account.", ("account", "load", "account.yaml"), "Loaded account.yaml"),
    Act("Show the steps that make the account match the files.", ("plan",), "Plan: "),
    Act("Apply them.", ("apply", "--auto-approve"), "Apply: "),
    Act("Plan again: the account matches the files.", ("plan", "--detailed-exitcode"), "Nothing to change"),
    Act("List the mails that the account sent.", ("account", "mail"), "role"),
    Act("Verify that nobody altered the log.", ("account", "verify"), "Valid"),
)


def main(folder: Path) -> int:
    """Run all acts in a folder; return 1 at the first unexpected output or failure."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "examples" / "quickstart", folder, ignore=shutil.ignore_patterns(".seatsync"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEATSYNC_")}
    path = os.pathsep.join([str(ROOT), *filter(None, [kept.get("PYTHONPATH")])])
    environment = {**kept, "PYTHONPATH": path, "SEATSYNC_AT": DAY, "PYTHONIOENCODING": "utf-8"}
    for act in ACTS:
        sys.stdout.write(f"\n# {act.why}\n$ seatsync {' '.join(act.command)}\n")
        sys.stdout.flush()
        done = subprocess.run(
            [sys.executable, "-m", "seatsync", *act.command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        sys.stdout.write(done.stdout)
        if done.returncode != 0 or act.expected not in done.stdout:
            sys.stderr.write(f"demo: exit code {done.returncode}, and {act.expected!r} was expected\n")
            return 1
    sys.stdout.write(
        f"\nThe repository and its account stay in {folder.name}/. The walk-through is examples/quickstart/README.md.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO))
