"""Where a run is: on which build server, because of what, and how far that may be trusted.

All of it is told by the environment. Only what the server itself sets is believed: a name that a pull request could set
(a branch, a title) decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["github", "gitlab", "none"]
Event: TypeAlias = Literal["proposal", "trusted", "other"]
"""`proposal`: a change that nobody has let in yet. `trusted`: the branch they are let into. `other`: neither."""

_OF_PULL_REQUESTS = frozenset(
    {"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"}
)
_OF_BRANCHES = frozenset({"push", "schedule", "workflow_dispatch"})
_TRUE = "true"


@dataclass(frozen=True, slots=True)
class Where:
    """A run's place. `base` is the revision that a proposal is compared with, where that is known.

    `output` and `summary` are the files by which GitHub's runner takes outputs and a page; `top` is the folder that
    paths are told from. Each is None where there is none.
    """

    kind: Kind = "none"
    event: Event = "other"
    base: str | None = None
    output: str | None = None
    summary: str | None = None
    top: str | None = None


def event_file(environment: Mapping[str, str]) -> str | None:
    """Where GitHub's document about what has happened lies, on its own servers."""
    return environment.get("GITHUB_EVENT_PATH") or None if environment.get("GITHUB_ACTIONS") == _TRUE else None


def detected(environment: Mapping[str, str], event: object) -> Where:
    """The place that an environment tells of; `event` is GitHub's document about what has happened, as plain data."""
    if environment.get("GITHUB_ACTIONS") == _TRUE:
        return _github(environment, event)
    if environment.get("GITLAB_CI") == _TRUE:
        return _gitlab(environment)
    return Where()


def _github(environment: Mapping[str, str], event: object) -> Where:
    name = environment.get("GITHUB_EVENT_NAME", "")
    base, kind = None, _github_branch(environment, name, event)
    if name in _OF_PULL_REQUESTS:
        base, kind = _text(event, "pull_request", "base", "sha"), "proposal"
    elif name == "merge_group":
        base, kind = _text(event, "merge_group", "base_sha"), "proposal"
    return Where(
        "github",
        kind,
        base,
        environment.get("GITHUB_OUTPUT") or None,
        environment.get("GITHUB_STEP_SUMMARY") or None,
        environment.get("GITHUB_WORKSPACE") or None,
    )


def _github_branch(environment: Mapping[str, str], name: str, event: object) -> Event:
    branch = environment.get("GITHUB_REF_NAME") if environment.get("GITHUB_REF_TYPE") == "branch" else None
    if name not in _OF_BRANCHES or not branch:
        return "other"
    default = _text(event, "repository", "default_branch")
    return "trusted" if environment.get("GITHUB_REF_PROTECTED") == _TRUE or branch == default else "other"


def _gitlab(environment: Mapping[str, str]) -> Where:
    top = environment.get("CI_PROJECT_DIR") or None
    source = environment.get("CI_PIPELINE_SOURCE")
    if source == "merge_request_event":
        return Where("gitlab", "proposal", environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or None, top=top)
    if source == "external_pull_request_event":
        base = environment.get("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA") or None
        return Where("gitlab", "proposal", base, top=top)
    branch = environment.get("CI_COMMIT_BRANCH")
    default = branch == environment.get("CI_DEFAULT_BRANCH") or environment.get("CI_COMMIT_REF_PROTECTED") == _TRUE
    return Where("gitlab", "trusted" if branch and default else "other", top=top)


def _text(document: object, *path: str) -> str | None:
    """A text inside plain data, by the keys that lead to it."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, str) and document else None
