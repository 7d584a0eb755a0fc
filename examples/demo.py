"""The main job on an embedded account, for `make demo`: every command, and what it prints.

Works in the folder `.demo` at the top of the repository (or in one that is named), which is made anew and kept.
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
    """A command, what it shows, and what must stand in what it prints."""

    why: str
    command: tuple[str, ...]
    expected: str


ACTS = (
    Act("Check the files. No account is needed for that.", ("validate",), "Nothing wrong"),
    Act("Make an embedded account, a file of its own.", ("account", "create", "--name", "acme"), "Made account acme"),
    Act("Fill it: this is how the account is now.", ("account", "load", "account.yaml"), "Loaded account.yaml"),
    Act("What is to be done to make it as declared?", ("plan",), "Plan: "),
    Act("Do it.", ("apply", "--auto-approve"), "Apply: "),
    Act("And again: the account is as declared.", ("plan", "--detailed-exitcode"), "Nothing to change"),
    Act("What the account sent to whom.", ("account", "mail"), "role"),
    Act("Whether anybody altered its log.", ("account", "verify"), "Holds"),
)


def main(folder: Path) -> int:
    """Play all acts in a folder; 1 at the first that does not go as it should."""
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
        f"\nThe repository and its account stay in {folder.name}/; the story is examples/quickstart/README.md.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO))
