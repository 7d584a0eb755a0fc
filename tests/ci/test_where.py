"""Detection of the build server from its environment, by variables that a change cannot set."""

from __future__ import annotations

from typing import Any

import pytest

from seatsync.ci import BuildContext, Event, detect_build

SHA = "a" * 40
GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main"}
GITLAB = {"GITLAB_CI": "true", "CI_DEFAULT_BRANCH": "main"}
EVENT: dict[str, Any] = {"repository": {"default_branch": "main"}, "pull_request": {"base": {"sha": SHA}}}


@pytest.mark.parametrize(
    ("environment", "kind", "event", "base"),
    [
        ({}, "none", "other", None),
        ({"CI": "true"}, "none", "other", None),
        ({"GITHUB_ACTIONS": "yes", "GITLAB_CI": "1"}, "none", "other", None),
        ({**GITHUB, "GITHUB_EVENT_NAME": "pull_request"}, "github", "proposal", SHA),
        (
            {**GITHUB, "GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_REF_PROTECTED": "true"},
            "github",
            "proposal",
            SHA,
        ),
        ({**GITHUB, "GITHUB_EVENT_NAME": "merge_group"}, "github", "proposal", None),
        ({**GITHUB, "GITHUB_EVENT_NAME": "push"}, "github", "trusted", None),
        ({**GITHUB, "GITHUB_EVENT_NAME": "schedule"}, "github", "trusted", None),
        ({**GITHUB, "GITHUB_EVENT_NAME": "push", "GITHUB_REF_NAME": "other"}, "github", "other", None),
        (
            {**GITHUB, "GITHUB_EVENT_NAME": "push", "GITHUB_REF_NAME": "other", "GITHUB_REF_PROTECTED": "true"},
            "github",
            "trusted",
            None,
        ),
        ({**GITHUB, "GITHUB_EVENT_NAME": "push", "GITHUB_REF_TYPE": "tag"}, "github", "other", None),
        ({**GITHUB, "GITHUB_EVENT_NAME": "workflow_run"}, "github", "other", None),
        ({**GITHUB, "GITHUB_EVENT_NAME": "issue_comment"}, "github", "other", None),
        ({"GITHUB_ACTIONS": "true"}, "github", "other", None),
        (
            {**GITLAB, "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": SHA},
            "gitlab",
            "proposal",
            SHA,
        ),
        (
            {**GITLAB, "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_BRANCH": "main"},
            "gitlab",
            "proposal",
            None,
        ),
        (
            {
                **GITLAB,
                "CI_PIPELINE_SOURCE": "external_pull_request_event",
                "CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA": SHA,
            },
            "gitlab",
            "proposal",
            SHA,
        ),
        ({**GITLAB, "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}, "gitlab", "trusted", None),
        ({**GITLAB, "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "other"}, "gitlab", "other", None),
        (
            {**GITLAB, "CI_PIPELINE_SOURCE": "web", "CI_COMMIT_BRANCH": "live", "CI_COMMIT_REF_PROTECTED": "true"},
            "gitlab",
            "trusted",
            None,
        ),
        ({**GITLAB, "CI_COMMIT_TAG": "main", "CI_COMMIT_REF_PROTECTED": "true"}, "gitlab", "other", None),
    ],
)
def test_server_and_event(environment: dict[str, str], kind: str, event: str, base: str | None) -> None:
    found = detect_build(environment, EVENT)
    assert (found.kind, found.event, found.base) == (kind, event, base)


def test_a_queue_of_merges_has_its_base_elsewhere() -> None:
    event = {"merge_group": {"base_sha": SHA}}
    assert detect_build({**GITHUB, "GITHUB_EVENT_NAME": "merge_group"}, event).base == SHA


@pytest.mark.parametrize("event", [None, 3, [], {"pull_request": 1}, {"pull_request": {"base": {"sha": 7}}}, "main"])
def test_an_event_of_any_shape_tells_nothing_more(event: object) -> None:
    assert detect_build({**GITHUB, "GITHUB_EVENT_NAME": "pull_request"}, event).base is None
    assert detect_build({**GITHUB, "GITHUB_EVENT_NAME": "push"}, event).event == "other"


@pytest.mark.parametrize("event", [None, {"schedule": "17 5 * * 1-5"}])
def test_a_schedule_of_github_runs_on_the_default_branch_which_its_event_lacks(event: object) -> None:
    scheduled = {**GITHUB, "GITHUB_EVENT_NAME": "schedule"}
    assert detect_build(scheduled, event) == BuildContext("github", "trusted", scheduled=True)
    assert detect_build({**scheduled, "GITHUB_REF_TYPE": "tag"}, event).event == "other"
    assert not detect_build({**GITHUB, "GITHUB_EVENT_NAME": "push"}, EVENT).scheduled


@pytest.mark.parametrize(("branch", "event"), [("main", "trusted"), ("other", "other")])
def test_a_schedule_of_gitlab_can_have_any_branch(branch: str, event: Event) -> None:
    scheduled = {**GITLAB, "CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": branch}
    assert detect_build(scheduled, None) == BuildContext("gitlab", event, scheduled=True)


def test_files_and_folder() -> None:
    told = {"GITHUB_OUTPUT": "o", "GITHUB_STEP_SUMMARY": "s", "GITHUB_WORKSPACE": "w"}
    assert detect_build({**GITHUB, **told}, None) == BuildContext("github", "other", None, "o", "s", "w")
    assert detect_build({**GITHUB, **dict.fromkeys(told, "")}, None) == BuildContext("github")
    assert detect_build({**GITLAB, "CI_PROJECT_DIR": "w"}, None).top == "w"
