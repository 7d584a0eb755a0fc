"""The command lines of the recipes for a project with `portal:`, run by bash: from a refresh to a confirmed case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ci import env_file
from tests.ci.recipes import workflow
from tests.ci.test_commands_of_recipes import bash, event, kept, outputs, program, step
from tests.ci.test_portal_recipes import GITLAB
from tests.commands.running import replace_in, write
from tests.commands.test_ci_portal import BOUGHT, DONE, FILES, USERS
from tests.gits import commit


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a project with a portal in git, with `seatsync` on the path, and exports beside it."""
    here = tmp_path / "repository"
    write(here, FILES)
    write(tmp_path / "exports", {"users-2026-06-14.csv": USERS, "subscriptions-2026-06-14.csv": BOUGHT})
    commit(here, "start")
    program(tmp_path)
    return here


def on_the_machine(repository: Path, **more: str) -> dict[str, str]:
    """Return the variables of a trusted job on the machine with the mirror."""
    top = repository.parent
    (top / "machine").mkdir(exist_ok=True)
    mirror = f"sqlite:///{top / 'machine' / 'mirror.db'}"
    places = {"SEATSYNC_TARGET": mirror, "EXPORTS": str(top / "exports"), "EXPORTED": ""}
    return {**places, "CI": "true", "SEATSYNC_AT": "2026-06-15", **more}


def propose(repository: Path) -> None:
    replace_in(repository / "want.yaml", "[ana@acme.example, cho", "[ana@acme.example, ben@acme.example, cho")
    commit(repository, "change")


def status(repository: Path, **told: str) -> list[str]:
    """Return the ids of the open cases."""
    assert bash(repository, "seatsync status --output json=../status.json", **told) == 0
    return [
        each["case"] for each in json.loads((repository.parent / "status.json").read_text(encoding="utf-8"))["cases"]
    ]


def test_github(repository: Path) -> None:
    told = on_the_machine(repository, **event(repository, "push"))
    assert bash(repository, step(workflow("plan", "portal"), "Plan"), **told) == 1  # there is no copy yet
    refresh = step(workflow("refresh", "portal"), "Refresh")
    assert bash(repository, refresh, **told) == 0
    assert bash(repository, step(workflow("refresh", "portal"), "Copy the mirror for pull requests"), **told) == 0
    propose(repository)
    proposal = {
        **told,
        **event(repository, "pull_request"),
        "SEATSYNC_TARGET": f"sqlite:///{repository.parent}/mirror.db",
    }
    assert bash(repository, step(workflow("plan", "portal"), "Plan"), **proposal) == 0
    assert outputs(repository)["verdict"] == "changes"
    apply = workflow("apply", "portal")
    assert bash(repository, step(apply, "Plan"), **told) == 0
    assert outputs(repository)["has-new-steps"] == "true"
    assert bash(repository, step(apply, "Apply"), **{**told, "SEATSYNC_INTENT": outputs(repository)["intent"]}) == 0
    assert (repository / outputs(repository)["run"] / "CHECKLIST.html").is_file()
    assert bash(repository, refresh, **{**told, "SEATSYNC_AT": "2026-06-18"}) == 0
    assert outputs(repository)["open-cases"] == "1"
    write(repository.parent / "exports", {"users.csv": DONE})
    assert bash(repository, refresh, **{**told, "SEATSYNC_AT": "2026-06-18", "EXPORTED": "2026-06-17"}) == 0
    assert (outputs(repository)["closed-cases"], outputs(repository)["open-cases"]) == ("1", "0")


@pytest.mark.parametrize("what", ["confirm", "withdraw"])
def test_confirm(repository: Path, what: str) -> None:
    told = on_the_machine(repository, **event(repository, "push"), GITHUB_ACTOR="ana", GITHUB_RUN_ID="12")
    assert bash(repository, step(workflow("refresh", "portal"), "Refresh"), **told) == 0
    propose(repository)
    assert bash(repository, "seatsync apply --auto-approve --run-dir ../run", **told) == 3
    assert status(repository, **told) == ["CASE-1"]
    script = step(workflow("confirm", "portal"), "Confirm")
    for cases in ("", "--all", "CASE-1; touch ../hacked", "*", "$(touch ../hacked)"):
        assert bash(repository, script, **{**told, "WHAT": what, "CASES": cases, "WHY": "seen"}) != 0
    assert status(repository, **told) == ["CASE-1"]
    assert not (repository.parent / "hacked").exists()
    assert bash(repository, script, **{**told, "WHAT": what, "CASES": "CASE-1", "WHY": "--target x"}) == 0
    assert status(repository, **told) == []
    assert bash(repository, "seatsync account log | grep -F -- '--target x (ana, run 12)'", **told) == 0


def test_gitlab(repository: Path) -> None:
    known = {"GITLAB_CI": "true", "CI_PROJECT_DIR": str(repository), "CI_DEFAULT_BRANCH": "main"}
    told = on_the_machine(repository, **known, CI_PIPELINE_SOURCE="schedule", CI_COMMIT_BRANCH="main")
    (refresh,), (apply,) = (GITLAB[f"seatsync {name}"]["script"] for name in ("refresh", "apply"))
    assert bash(repository, refresh, **told) == 0
    propose(repository)
    proposal = {**told, "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_BRANCH": ""}
    assert bash(repository, GITLAB["seatsync plan"]["script"][0], **proposal) == 0
    assert bash(repository, refresh, **proposal) == 1
    assert bash(repository, apply, **proposal) == 1
    told["CI_PIPELINE_SOURCE"] = "push"
    assert bash(repository, refresh, **told) == 0
    handed_on = dict(env_file.gitlab((repository / "seatsync-ci" / "outputs.env").read_text(encoding="utf-8")))
    assert handed_on["SEATSYNC_HAS_NEW_STEPS"] == "true"
    assert bash(repository, apply, **{**handed_on, **told}) == 3
    assert "runs" in kept(repository)
    assert status(repository, **told) == ["CASE-1"]
    confirm = "\n".join(GITLAB["seatsync confirm"]["script"])
    told |= {"GITLAB_USER_LOGIN": "ana", "CI_JOB_ID": "12", "CASES": "CASE-1", "WHY": "seen on the screen"}
    assert bash(repository, confirm, **told) == 0
    assert status(repository, **told) == []
