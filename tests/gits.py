"""Real git repositories for tests, isolated from the user's settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ana Silva",
    "GIT_AUTHOR_EMAIL": "ana@acme.example",
    "GIT_AUTHOR_DATE": "2026-06-01T12:00:00Z",
    "GIT_COMMITTER_NAME": "Ana Silva",
    "GIT_COMMITTER_EMAIL": "ana@acme.example",
    "GIT_COMMITTER_DATE": "2026-06-01T12:00:00Z",
}
"""The author, committer and dates of every commit."""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, and return its output."""
    done = subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, check=True)
    return done.stdout.decode()


def commit(folder: Path, name: str) -> None:
    """Commit everything in a folder under a name; create the repository first if there is none."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", f"--message={name}")
    git(folder, "tag", name)
