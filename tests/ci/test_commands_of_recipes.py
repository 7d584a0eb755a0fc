"""The command lines of the recipes, run by bash on a repository as in a job."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ci import env_file
from tests.ci.recipes import ACTION, CI, ROOT, loaded, steps, workflow
from tests.gits import ENVIRONMENT, commit, git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return the quickstart example in git, with `seatsync` on the path."""
    here = tmp_path / "repository"
    shutil.copytree(ROOT / "examples" / "quickstart", here, ignore=shutil.ignore_patterns(".seatsync"))
    commit(here, "start")
    program(tmp_path)
    return here


def program(top: Path) -> None:
    """Put `seatsync` on the path of `bash`."""
    file = top / "bin" / "seatsync"
    file.parent.mkdir()
    file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seatsync "$@"\n')
    file.chmod(0o755)


def bash(repository: Path, script: str, **more: str) -> int:
    """Run a step, and return its exit code."""
    top = repository.parent
    path = f"{top / 'bin'}{os.pathsep}{ENVIRONMENT['PATH']}"
    files = {"GITHUB_OUTPUT": str(top / "output"), "GITHUB_STEP_SUMMARY": str(top / "summary")}
    known = {"PYTHONPATH": str(ROOT), "SEATSYNC_AT": "2026-06-15", "RUNNER_TEMP": str(top)}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    env = {**ENVIRONMENT, "PATH": path, **files, **known, **more}
    return subprocess.run(command, cwd=repository, env=env, capture_output=True, check=False).returncode


def step(recipe: dict[str, Any], name: str) -> str:
    """Return the script of the only step of this name."""
    (found,) = [each["run"] for each in steps(recipe) if each.get("name") == name]
    return str(found)


def event(repository: Path, name: str) -> dict[str, str]:
    """Return the environment of a job for an event on `main`."""
    file = repository.parent / "event.json"
    base = git(repository, "rev-parse", "start").strip()
    document = {"repository": {"default_branch": "main"}, "pull_request": {"base": {"sha": base}}}
    file.write_text(json.dumps(document), encoding="utf-8")
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(file),
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_REF_NAME": "main",
        "GITHUB_WORKSPACE": str(repository),
    }


def outputs(repository: Path) -> dict[str, str]:
    """Return the outputs of a step, the last of each name."""
    return dict(env_file.github((repository.parent / "output").read_text(encoding="utf-8")))


def kept(repository: Path) -> list[str]:
    """Return the names of the files that the job wrote."""
    return sorted(path.name for path in (repository / "seatsync-ci").iterdir())


def change(repository: Path) -> None:
    """Add a line to a file, and commit it."""
    team = repository / "teams" / "design.yaml"
    team.write_text(team.read_text(encoding="utf-8").replace("cho@", "ben@"), encoding="utf-8")
    commit(repository, "change")


def test_check(repository: Path) -> None:
    change(repository)
    assert bash(repository, step(workflow("check"), "Check"), **event(repository, "pull_request")) == 0
    assert "- member cho@acme.example" in (repository / "seatsync-ci" / "diff.txt").read_text(encoding="utf-8")
    assert kept(repository) == ["diff.md", "diff.txt", "findings.sarif"]
    assert bash(repository, step(workflow("check"), "Check"), **event(repository, "push")) == 0
    assert kept(repository) == ["findings.sarif"]


def test_the_action(repository: Path) -> None:
    change(repository)
    script, told = step(loaded(ACTION), "Check"), event(repository, "pull_request")
    assert bash(repository, script, DIRECTORY=".", STRICT="false", **told) == 0
    assert bash(repository, script, DIRECTORY="teams", STRICT="true", **told) == 0
    sarif = repository.parent / "seatsync-ci" / "findings.sarif"
    found = outputs(repository)
    assert (found["sarif"], found["verdict"], found["has-changes"]) == (str(sarif), "sound", "true")
    assert sarif.exists()
    assert bash(repository, script, DIRECTORY="--version; exit 0", STRICT="false", **told) == 1


def test_plan(repository: Path) -> None:
    told = event(repository, "pull_request")
    assert bash(repository, step(workflow("plan"), "Plan"), SEATSYNC_TARGET="file:account.yaml", **told) == 0
    plan = repository / "seatsync-ci" / "plan.md"
    assert plan.read_text(encoding="utf-8").startswith("<!-- seatsync:plan:acme -->\n")
    assert kept(repository) == ["findings.sarif", "plan.html", "plan.json", "plan.md"]
    assert bash(repository, step(workflow("plan"), "Plan"), SEATSYNC_TARGET="", **told) == 1


def test_apply_until_nothing_is_to_be_done(repository: Path) -> None:
    assert bash(repository, "seatsync account create --name acme && seatsync account load account.yaml") == 0
    told = {"SEATSYNC_TARGET": "sqlite:///.seatsync/account.db", **event(repository, "push")}
    summary = repository.parent / "summary"
    assert bash(repository, step(workflow("apply"), "Plan"), **told) == 0
    assert outputs(repository)["has-changes"] == "true"
    assert "### Plan for account `acme`" in summary.read_text(encoding="utf-8")
    intent = outputs(repository)["intent"]
    assert bash(repository, step(workflow("apply"), "Apply"), SEATSYNC_INTENT="", **told) == 1
    assert bash(repository, step(workflow("apply"), "Apply"), SEATSYNC_INTENT=intent, **told) == 0
    assert bash(repository, step(workflow("apply"), "Apply"), SEATSYNC_INTENT=intent, **told) == 1
    assert bash(repository, step(workflow("apply"), "Plan"), **told) == 0
    assert outputs(repository)["has-changes"] == "false"


def test_a_plan_that_fails_fails_the_job(repository: Path) -> None:
    told = event(repository, "push")
    assert bash(repository, step(workflow("apply"), "Plan"), SEATSYNC_TARGET="file:nothing.yaml", **told) == 1
    assert outputs(repository)["verdict"] == "failed"


def test_gitlab(repository: Path) -> None:
    base = git(repository, "rev-parse", "HEAD").strip()
    change(repository)
    jobs = loaded(CI / "gitlab-ci.yml")
    told = {"GITLAB_CI": "true", "CI_PROJECT_DIR": str(repository), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    proposal = {**told, "CI_PIPELINE_SOURCE": "merge_request_event"}
    reports: list[str] = []
    for name in ("seatsync check", "seatsync plan"):
        (script,) = jobs[name]["script"]
        assert bash(repository, script, SEATSYNC_TARGET="file:account.yaml", **proposal) == 0
        reports += jobs[name]["artifacts"]["reports"].values()
        assert [file for file in reports if not (repository / file).exists()] == []
    assert bash(repository, "seatsync account create --name acme && seatsync account load account.yaml") == 0
    branch = {**told, "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
    branch["SEATSYNC_TARGET"] = "sqlite:///.seatsync/account.db"
    assert bash(repository, jobs["seatsync apply"]["script"][0], **proposal) == 1
    assert bash(repository, jobs["seatsync plan"]["script"][0], **branch) == 0
    handed_on = dict(env_file.gitlab((repository / "seatsync-ci" / "outputs.env").read_text(encoding="utf-8")))
    assert bash(repository, jobs["seatsync apply"]["script"][0], **{**handed_on, **branch}) == 0
