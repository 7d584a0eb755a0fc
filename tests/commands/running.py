"""Runs command lines in this process; defines the repository that most tests start from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seatsync import cli
from tests.documents import check_if_document

DAY = "2026-11-21"
ROOT = Path(__file__).parents[2]

FILES = {
    "seatsync.yaml": """\
version: 1
account: acme
target: sqlite:///account.db
include: [users.yaml, teams/*.yaml, subscriptions.yaml]
policy: {max_removals: 50%}
""",
    "users.yaml": """\
users:
  ana@acme.example: {first_name: Ana, last_name: Silva}
  ben@acme.example: {first_name: Ben, last_name: Ode}
  cho@acme.example: {}
""",
    "teams/design.yaml": """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    seats:
      AutoCAD: [ben@acme.example, cho@acme.example]
""",
    "subscriptions.yaml": """\
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
""",
}


class Run:
    """Runs command lines and captures their output. Printed documents must match their schemas."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        code = cli.main(arguments)
        self.out, self.err = self._capfd.readouterr()
        check_if_document(self.out)
        return code

    @property
    def said(self) -> tuple[str, str]:
        """Standard output and standard error of the last run."""
        return self.out, self.err


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files by name."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def replace_in(path: Path, old: str, new: str) -> None:
    """Replace text in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def loaded_by(*arguments: str) -> tuple[list[str], set[str]]:
    """Run a command in a new process; return our imported modules, and the names of all imported packages."""
    code = """
import sys
from seatsync.cli import main
main()
print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, check=True
    )
    names = done.stderr.split()
    ours = sorted(name for name in names if name.partition(".")[0] == "seatsync")
    return ours, {name.partition(".")[0] for name in names}
