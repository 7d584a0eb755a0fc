"""The recipes of a project with `portal:`: who reaches the mirror, the exports, and the copy for pull requests."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from seatsync import __version__
from tests.ci.recipes import CI, PORTAL, loaded, scripted, steps, workflow
from tests.ci.test_gitlab_and_container import DEFAULT_BRANCH, MERGE_REQUEST, OWN

GITLAB = loaded(CI / "portal" / "gitlab-ci.yml")
PLAN = workflow("plan", "portal")
ON_THE_DISK = "/var/lib/seatsync/"
TRUSTED_EVENTS = {"push", "schedule", "workflow_dispatch"}


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = loaded(path)["jobs"]
    return found


def test_only_trusted_events_reach_the_machine_with_the_mirror() -> None:
    on_the_machine = [path for path in PORTAL if "group: seatsync-mirror" in path.read_text(encoding="utf-8")]
    assert [path.stem for path in on_the_machine] == ["seatsync-apply", "seatsync-confirm", "seatsync-refresh"]
    for path in on_the_machine:
        assert set(loaded(path)["on"]) <= TRUSTED_EVENTS
        assert loaded(path)["on"].get("push", {"branches": ["main"]}) == {"branches": ["main"]}
        assert {str(job["runs-on"]) for job in jobs(path).values()} == {"{'group': 'seatsync-mirror'}"}


def test_pull_requests_have_a_machine_of_github_and_no_path_of_the_other() -> None:
    assert set(PLAN["on"]) == {"pull_request"}
    assert {job["runs-on"] for job in PLAN["jobs"].values()} == {"ubuntu-24.04"}
    text = (CI / "portal" / "seatsync-plan.yml").read_text(encoding="utf-8")
    assert ON_THE_DISK not in text
    assert "secrets." not in text
    assert PLAN["jobs"]["plan"]["if"] == "${{ github.event.pull_request.head.repo.full_name == github.repository }}"
    assert PLAN["name"] == workflow("plan")["name"]  # the one that the comment workflow listens to


def test_mirror_and_exports_are_outside_of_the_checkout() -> None:
    for path in PORTAL:
        env = loaded(path)["env"]
        where = {env.get("SEATSYNC_TARGET", "").removeprefix("sqlite:///"), env.get("EXPORTS", "")} - {""}
        assert {name for name in where if not name.startswith(ON_THE_DISK)} == set()
    commands = [step["run"] for path in PORTAL for step in steps(loaded(path)) if "--refresh" in step.get("run", "")]
    commands += [step["run"] for step in steps(workflow("apply", "portal")) if "ci apply" in step.get("run", "")]
    assert len(commands) == 3
    assert [each for each in commands if '--exports "$EXPORTS"' not in each] == []


def signing_in(recipe: object) -> set[str]:
    """Return the parts of a recipe's data that could give a job a sign-in or a secret."""
    return set(re.findall(r"SEATSYNC_(?:TOKEN_FILE|ACCESS_TOKEN|CLIENT_SECRET)|secrets\.\w+", str(recipe)))


def test_no_job_of_a_proposal_has_a_sign_in() -> None:
    """On GitHub, not even trusted workflows name one: what they could read, a changed workflow could, too."""
    assert {path.stem: signing_in(loaded(path)) for path in PORTAL} == {path.stem: set() for path in PORTAL}
    assert {name for name, part in GITLAB.items() if signing_in(part)} == {".trusted"}
    assert GITLAB[".trusted"]["variables"]["SEATSYNC_TOKEN_FILE"].startswith(ON_THE_DISK)
    assert signing_in({"env": {"SEATSYNC_CLIENT_SECRET": "${{ secrets.APP }}"}}) == {
        "SEATSYNC_CLIENT_SECRET",
        "secrets.APP",
    }


@pytest.mark.parametrize(("exports", "options"), [("", ""), ("/x y", "--exports|/x y|")], ids=["by API", "exports"])
def test_without_exports_the_trusted_jobs_name_none(exports: str, options: str) -> None:
    found = [step["run"] for path in PORTAL for step in steps(loaded(path)) if "EXPORTS" in step.get("run", "")]
    found += [line for name in ("seatsync refresh", "seatsync apply") for line in GITLAB[name]["script"]]
    commands = {each.removeprefix("seatsync ") for each in found}
    assert len(found) == 5
    for command in commands:
        script = f"printf '%s|' {command}"
        env = {"EXPORTS": exports, "EXPORTED": ""}
        done = subprocess.run(["bash", "-euc", script], env=env, capture_output=True, text=True, check=True)
        start = "ci|apply|--rebase|" if " apply " in command else "ci|plan|--refresh|"
        assert done.stdout == start + options


def test_one_at_a_time_and_none_is_stopped() -> None:
    for name in ("apply", "refresh", "confirm"):
        assert workflow(name, "portal")["concurrency"] == {"group": f"seatsync-{name}", "cancel-in-progress": False}
    trusted = GITLAB[".trusted"]
    assert (trusted["resource_group"], trusted["interruptible"]) == ("seatsync-mirror", False)


def test_the_checklist_is_an_artifact_of_the_job_that_applies() -> None:
    apply = workflow("apply", "portal")["jobs"]["apply"]
    kept = {step["with"]["name"]: step["with"] for step in apply["steps"] if "upload" in step.get("uses", "")}
    assert kept["seatsync-run"]["path"] == "${{ steps.apply.outputs.run }}"
    assert GITLAB["seatsync apply"]["artifacts"]["paths"] == ["seatsync-ci"]
    names = [name for name, job in GITLAB.items() if name.startswith("seatsync ") and "artifacts" in job]
    assert {name: GITLAB[name]["artifacts"].get("access") for name in names} == {
        "seatsync check": None,
        "seatsync plan": "developer",
        "seatsync refresh": "developer",
        "seatsync apply": "developer",
    }


def test_every_job_that_changes_the_mirror_leaves_a_copy_for_pull_requests() -> None:
    copies = {
        (path.stem, name)
        for path in PORTAL
        for name, job in jobs(path).items()
        for step in job["steps"]
        if "upload-artifact" in step.get("uses", "") and step["with"]["name"] == "seatsync-mirror"
    }
    assert copies == {("seatsync-apply", "apply"), ("seatsync-confirm", "confirm"), ("seatsync-refresh", "refresh")}
    assert [line.split()[-1] for line in GITLAB[".trusted"]["after_script"]][-1] == "/var/lib/seatsync-copy/mirror.db"


def test_what_is_approved_is_what_is_applied() -> None:
    made = workflow("apply", "portal")["jobs"]
    assert made["apply"]["environment"] == "seatsync-apply"
    assert made["apply"]["if"] == "${{ needs.plan.outputs.has-new-steps == 'true' }}"
    assert made["plan"]["outputs"]["intent"] == "${{ steps.plan.outputs.intent }}"
    (step,) = [step for step in made["apply"]["steps"] if step.get("name") == "Apply"]
    assert step["env"] == {"SEATSYNC_INTENT": "${{ needs.plan.outputs.intent }}"}
    assert workflow("confirm", "portal")["jobs"]["confirm"]["environment"] == "seatsync-apply"


def test_they_install_this_version_with_its_reader_of_workbooks() -> None:
    packages = {path.stem: loaded(path)["env"]["SEATSYNC_PACKAGE"] for path in PORTAL}
    assert packages == {
        "seatsync-plan": f"${{{{ vars.SEATSYNC_PACKAGE || 'seatsync=={__version__}' }}}}",
        **dict.fromkeys(
            ("seatsync-apply", "seatsync-confirm", "seatsync-refresh"),
            f"${{{{ vars.SEATSYNC_PACKAGE || 'seatsync[xlsx]=={__version__}' }}}}",
        ),
    }
    assert GITLAB["variables"]["SEATSYNC_PACKAGE"] == f"seatsync[xlsx]=={__version__}"


def test_gitlab_gives_merge_requests_another_runner_and_a_copy() -> None:
    plan = GITLAB["seatsync plan"]
    assert plan["rules"] == [{"if": OWN}]
    assert plan["tags"] == ["seatsync-read"]
    assert plan["variables"] == {"SEATSYNC_TARGET": "sqlite:////var/lib/seatsync-copy/mirror.db"}
    assert GITLAB["seatsync check"]["rules"] == [{"if": MERGE_REQUEST}, {"if": DEFAULT_BRANCH}]
    trusted = [name for name, job in GITLAB.items() if isinstance(job, dict) and job.get("extends") == ".trusted"]
    assert trusted == ["seatsync refresh", "seatsync apply", "seatsync confirm"]
    for name in trusted:
        for rule in GITLAB[name]["rules"]:
            assert rule["if"].split(" && ")[0] == DEFAULT_BRANCH
    assert [name for name, job in GITLAB.items() if "tags" in job] == ["seatsync plan", ".trusted"]


HOME = {"id": 7, "default_branch": "main"}


def copy(run: int, *, at: str, branch: str = "main", repository: int = 7, expired: bool = False) -> dict[str, Any]:
    """Return an artifact as GitHub's API describes it."""
    of = {"id": run, "head_branch": branch, "head_repository_id": repository, "repository_id": 7}
    return {"name": "seatsync-mirror", "created_at": at, "expired": expired, "workflow_run": of}


def found(folder: Path, artifacts: list[dict[str, Any]]) -> list[Any]:
    (script,) = [step["with"]["script"] for step in steps(PLAN) if step.get("id") == "copy"]
    listed, *done = scripted(folder, {"script": script, "payload": {"repository": HOME}, "artifacts": artifacts})
    assert listed == ["artifacts", {"owner": "acme", "repo": "seats", "name": "seatsync-mirror", "per_page": 100}]
    return done


def test_the_newest_copy_of_a_trusted_job_is_read(tmp_path: Path) -> None:
    artifacts = [
        copy(1, at="2026-06-14T05:17:00Z"),
        copy(2, at="2026-06-16T05:17:00Z"),
        copy(3, at="2026-06-15T05:17:00Z"),
        copy(4, at="2026-06-17T05:17:00Z", branch="hand-over"),
        copy(5, at="2026-06-17T05:17:00Z", repository=8),
        copy(6, at="2026-06-17T05:17:00Z", expired=True),
        {**copy(7, at="2026-06-17T05:17:00Z"), "workflow_run": None},
    ]
    assert found(tmp_path, artifacts) == [["output", {"run": 2}]]


@pytest.mark.parametrize(
    "artifacts", [[], [copy(5, at="2026-06-17T05:17:00Z", repository=8)]], ids=["none", "a fork's"]
)
def test_without_a_copy_the_plan_says_so(tmp_path: Path, artifacts: list[dict[str, Any]]) -> None:
    assert found(tmp_path, artifacts) == [["notice", "No trusted job has left a copy of the mirror yet."]]
    download = next(step for step in steps(PLAN) if step.get("name") == "Download it")
    assert download["if"] == "${{ steps.copy.outputs.run != '' }}"
