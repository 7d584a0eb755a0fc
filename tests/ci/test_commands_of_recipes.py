"""The command lines of the recipes, run by bash on a repository, as a job would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ci.recipes import ACTION, CI, ROOT, loaded, steps, workflow
from tests.gits import ENVIRONMENT, commit, git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The quickstart in git, with `seatsync` on the path."""
    here = tmp_path / "repository"
    shutil.copytree(ROOT / "examples" / "quickstart", here, ignore=shutil.ignore_patterns(".seatsync"))
    commit(here, "start")
    program = tmp_path / "bin" / "seatsync"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seatsync "$@"\n')
    program.chmod(0o755)
    return here


def bash(repository: Path, script: str, **more: str) -> int:
    """The exit code of a step."""
    top = repository.parent
    path = f"{top / 'bin'}{os.pathsep}{ENVIRONMENT['PATH']}"
    files = {"GITHUB_OUTPUT": str(top / "output"), "GITHUB_STEP_SUMMARY": str(top / "summary")}
    known = {"PYTHONPATH": str(ROOT), "SEATSYNC_AT": "2026-06-15", "RUNNER_TEMP": str(top)}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    env = {**ENVIRONMENT, "PATH": path, **files, **known, **more}
    return subprocess.run(command, cwd=repository, env=env, capture_output=True, check=False).returncode


def step(recipe: dict[str, Any], name: str) -> str:
    """The script of the only step that is called so."""
    (found,) = [each["run"] for each in steps(recipe) if each.get("name") == name]
    return str(found)


def test_check(repository: Path) -> None:
    team = repository / "teams" / "design.yaml"
    team.write_text(team.read_text(encoding="utf-8").replace("cho@", "ben@"), encoding="utf-8")
    commit(repository, "change")
    assert bash(repository, step(workflow("check"), "Validate")) == 0
    assert bash(repository, step(workflow("check"), "Diff"), BASE="start") == 0
    assert "- member cho@acme.example" in (repository / "diff.txt").read_text(encoding="utf-8")
    assert (repository / "seatsync.sarif").exists()


def test_the_action(repository: Path) -> None:
    validate = step(loaded(ACTION), "Validate")
    assert bash(repository, validate, DIRECTORY=".", STRICT="false") == 0
    assert bash(repository, validate, DIRECTORY="teams", STRICT="true") == 0
    assert bash(repository, validate, DIRECTORY="--version; exit 0", STRICT="false") == 1
    sarif = repository.parent / "seatsync.sarif"
    assert (repository.parent / "output").read_text() == f"sarif={sarif}\n" * 3
    assert sarif.exists()


def test_plan(repository: Path) -> None:
    assert bash(repository, step(workflow("plan"), "Plan"), SEATSYNC_TARGET="file:account.yaml") == 0
    assert (repository / "plan.md").read_text(encoding="utf-8").startswith("<!-- seatsync:plan:acme -->\n")
    assert (repository / "plan.html").exists()


def test_apply_until_nothing_is_to_be_done(repository: Path) -> None:
    assert bash(repository, "seatsync account create --name acme && seatsync account load account.yaml") == 0
    target = {"SEATSYNC_TARGET": "sqlite:///.seatsync/account.db"}
    output, summary = repository.parent / "output", repository.parent / "summary"
    assert bash(repository, step(workflow("apply"), "Plan"), **target) == 0
    assert output.read_text() == "changes=true\n"
    assert "### Plan for account `acme`" in summary.read_text(encoding="utf-8")
    assert bash(repository, step(workflow("apply"), "Apply"), **target) == 0
    assert bash(repository, step(workflow("apply"), "Apply"), **target) == 1
    assert bash(repository, step(workflow("apply"), "Plan"), **target) == 0
    assert output.read_text() == "changes=true\nchanges=false\n"


@pytest.mark.parametrize("code", ["0", "1", "3"])
def test_apply_that_waits_for_people_is_no_failure(code: str, repository: Path) -> None:
    (repository.parent / "bin" / "seatsync").write_text(f"#!/bin/sh\nexit {code}\n")
    assert bash(repository, step(workflow("apply"), "Apply")) == {"0": 0, "1": 1, "3": 0}[code]


def test_a_plan_that_fails_fails_the_job(repository: Path) -> None:
    assert bash(repository, step(workflow("apply"), "Plan"), SEATSYNC_TARGET="file:nothing.yaml") == 1
    assert not (repository.parent / "output").exists()


def test_gitlab(repository: Path) -> None:
    jobs = loaded(CI / "gitlab-ci.yml")
    base = git(repository, "rev-parse", "HEAD").strip()
    for name in ("seatsync validate", "seatsync diff", "seatsync plan"):
        (script,) = jobs[name]["script"]
        assert bash(repository, script, SEATSYNC_TARGET="file:account.yaml", CI_MERGE_REQUEST_DIFF_BASE_SHA=base) == 0
    kept = ["gl-code-quality-report.json", "seatsync.xml", "plan.json", "plan.md", "plan.html"]
    assert [name for name in kept if not (repository / name).exists()] == []
