"""The recipes against the schemas of GitHub's and GitLab's files that check-jsonschema includes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.recipes import ACTION, CI, PORTAL, ROOT, WORKFLOWS
from tests.node_packages import MINUTES


def held_against(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """Return the output of check-jsonschema on files; vendored schemas need no network."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=MINUTES)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", [*PORTAL, *WORKFLOWS]),
        ("github-actions", [ACTION]),
        ("gitlab-ci", [CI / "gitlab-ci.yml", CI / "portal" / "gitlab-ci.yml", CI / "requests" / "gitlab-ci.yml"]),
        ("github-issue-forms", [CI / "requests" / "seat-request.yml"]),
    ],
)
def test_a_recipe_has_the_shape_that_its_reader_wants(schema: str, files: list[Path]) -> None:
    done = held_against(schema, *files)
    assert (done.returncode, done.stdout) == (0, "ok -- validation done\n")


def test_a_wrong_key_is_noticed(tmp_path: Path) -> None:
    bad = tmp_path / "gitlab-ci.yml"
    text = (CI / "gitlab-ci.yml").read_text(encoding="utf-8")
    bad.write_text(text.replace("when: manual", "when: sometimes"), encoding="utf-8")
    assert held_against("gitlab-ci", bad).returncode == 1


def test_pre_commit_takes_the_list_of_hooks() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    assert subprocess.run(command, capture_output=True, check=False, timeout=MINUTES).returncode == 0
