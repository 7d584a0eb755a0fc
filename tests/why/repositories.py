"""Folders with a reproducible history: commits of one author at given times."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str, moment: str = "2026-05-02T09:00:00+0000") -> str:
    """Run git without user settings."""
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_DATE": moment,
        "GIT_COMMITTER_DATE": moment,
        "GIT_AUTHOR_NAME": "Ana Silva",
        "GIT_AUTHOR_EMAIL": "ana@acme.example",
        "GIT_COMMITTER_NAME": "Ana Silva",
        "GIT_COMMITTER_EMAIL": "ana@acme.example",
    }
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit(folder: Path, summary: str, moment: str = "2026-05-02T09:00:00+0000") -> str:
    """Commit every YAML file in a folder; return the hash of the commit."""
    if not (folder / ".git").exists():
        git(folder, "init", "-q")
    git(folder, "add", ":(glob)**/*.yaml")
    git(folder, "commit", "-q", "-m", summary, moment=moment)
    return git(folder, "rev-parse", "HEAD")
