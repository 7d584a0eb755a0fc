"""The hooks as run by pre-commit: installed from a clone, in an environment of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

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


class Hooks(NamedTuple):
    """Return a clone of seatsync, and the home of pre-commit, which installs the hooks from it once."""

    clone: Path
    home: Path


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Hooks:
    """Commit the files of a clone of seatsync."""
    here = tmp_path_factory.mktemp("clone")
    for name in _SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, here / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, here / name)
    commit(here, "shipped")
    return Hooks(here, tmp_path_factory.mktemp("home"))


@pytest.mark.slow
def test_hook_prints_the_output_of_validate(hooks: Hooks, tmp_path: Path) -> None:
    done = run(hooks, example("mistakes", tmp_path), "seatsync-validate")
    assert done.returncode == 1, done.stdout
    assert "- exit code: 1\n" in done.stdout
    assert "error REF001" in done.stdout


@pytest.mark.slow
def test_the_hook_formats_files_and_is_content_when_they_are(hooks: Hooks, tmp_path: Path) -> None:
    repository = example("handover", tmp_path)
    place = repository / "teams" / "design.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace(": [ben", ":   [ben"), encoding="utf-8")
    git(repository, "add", "--all")
    done = run(hooks, repository, "seatsync-fmt")
    assert done.returncode == 1, done.stdout
    assert "formatted teams/design.yaml\n" in done.stdout
    assert "- files were modified by this hook" in done.stdout
    git(repository, "add", "--all")
    done = run(hooks, repository, "seatsync-fmt")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_walk_through_shows_the_output_of_the_hooks(hooks: Hooks, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "pull-request.md").read_text(encoding="utf-8")
    repository = example("handover", tmp_path)
    (repository / "teams" / "design.yaml").write_text(_FORMATTED, encoding="utf-8")
    git(repository, "add", "--all")
    for hook in ("seatsync-fmt", "seatsync-validate"):
        done = run(hooks, repository, hook)
        assert done.stdout.splitlines()[-1] in page.splitlines()


def example(name: str, folder: Path) -> Path:
    """Return an example as a git repository."""
    shutil.copytree(ROOT / "examples" / name, folder / name)
    git(folder, "init", "--quiet", name)
    git(folder / name, "add", "--all")
    return folder / name


def run(hooks: Hooks, repository: Path, hook: str) -> subprocess.CompletedProcess[str]:
    """Run one hook with `pre-commit run`; skip the test if pip has no source of packages."""
    revision = git(hooks.clone, "rev-parse", "HEAD").strip()
    config = f"repos:\n- repo: {hooks.clone}\n  rev: {revision}\n  hooks: [{{id: {hook}}}]\n"
    (repository / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "pre_commit", "run", hook, "--all-files"]
    own = {"PRE_COMMIT_HOME": str(hooks.home), "SEATSYNC_AT": "2026-06-15", "PIP_RETRIES": "0", "PIP_TIMEOUT": "10"}
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
