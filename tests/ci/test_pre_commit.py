"""The hooks, as pre-commit runs them in a repository: installed from a clone, in an environment of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.recipes import ROOT
from tests.gits import ENVIRONMENT, commit, git
from tests.node_packages import MINUTES, last

_SHIPPED = ("seatsync", "schemas", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
_UNREACHABLE = ("NewConnectionError", "Could not find a version", "No matching distribution", "ReadTimeoutError")

_FORMATTED = """\
teams:
  design:
    primary_admin: cho@acme.example
    secondary_admins: [ben@acme.example]
    seats:
      Revit: [cho@acme.example, dee@acme.example]
    members: [cho@acme.example]
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of seatsync has, committed."""
    here = tmp_path_factory.mktemp("clone")
    for name in _SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, here / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, here / name)
    commit(here, "shipped")
    return here


@pytest.mark.slow
def test_the_hook_says_what_validate_says(clone: Path, tmp_path: Path) -> None:
    done = try_repo(clone, example("mistakes", tmp_path), tmp_path / "kept", "seatsync-validate")
    assert done.returncode == 1, done.stdout
    assert "- exit code: 1\n" in done.stdout
    assert "error REF001" in done.stdout


@pytest.mark.slow
def test_the_hook_formats_files_and_is_content_when_they_are(clone: Path, tmp_path: Path) -> None:
    repository = example("handover", tmp_path)
    place = repository / "teams" / "design.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace(": [ben", ":   [ben"), encoding="utf-8")
    git(repository, "add", "--all")
    done = try_repo(clone, repository, tmp_path / "kept", "seatsync-fmt")
    assert done.returncode == 1, done.stdout
    assert "formatted teams/design.yaml\n" in done.stdout
    assert "- files were modified by this hook" in done.stdout
    git(repository, "add", "--all")
    done = try_repo(clone, repository, tmp_path / "kept", "seatsync-fmt")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_walk_through_shows_what_the_hooks_say(clone: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "pull-request.md").read_text(encoding="utf-8")
    repository = example("handover", tmp_path)
    (repository / "teams" / "design.yaml").write_text(_FORMATTED, encoding="utf-8")
    git(repository, "add", "--all")
    for hook in ("seatsync-fmt", "seatsync-validate"):
        done = try_repo(clone, repository, tmp_path / "kept", hook)
        assert done.stdout.splitlines()[-1] in page.splitlines()


def example(name: str, folder: Path) -> Path:
    """An example as a git repository."""
    shutil.copytree(ROOT / "examples" / name, folder / name)
    git(folder, "init", "--quiet", name)
    git(folder / name, "add", "--all")
    return folder / name


def try_repo(clone: Path, repository: Path, kept: Path, hook: str) -> subprocess.CompletedProcess[str]:
    """`pre-commit try-repo`; skips where pip has no source of packages."""
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(clone), hook, "--all-files"]
    own = {"PRE_COMMIT_HOME": str(kept), "SEATSYNC_AT": "2026-06-15", "PIP_RETRIES": "0", "PIP_TIMEOUT": "10"}
    env = {**os.environ, **ENVIRONMENT, **own}
    env.pop("PYTHONPATH", None)
    try:
        done = subprocess.run(
            command, cwd=repository, env=env, capture_output=True, text=True, check=False, timeout=3 * MINUTES
        )
    except subprocess.TimeoutExpired:
        pytest.skip("pip has not installed the hook in three minutes")
    if any(word in done.stdout for word in _UNREACHABLE):
        pytest.skip(f"pip reaches no source of packages: {last(done.stdout)}")
    return done
