"""Detection of the build server, the event it runs for, and how far that can be trusted.

Everything is read from the environment. Only variables that the server itself sets count: a name that a pull request
can choose (a branch, a title) never decides anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["github", "gitlab", "none"]
Event: TypeAlias = Literal["proposal", "trusted", "other"]
"""Kind of event. `proposal`: a change not yet merged; `trusted`: the branch it is merged into; `other`: neither."""

_OF_PULL_REQUESTS = frozenset(
    {"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"}
)
_SCHEDULE = "schedule"
_OF_BRANCHES = frozenset({"push", _SCHEDULE, "workflow_dispatch"})
_TRUE = "true"


@dataclass(frozen=True, slots=True)
class BuildContext:
    """The build server that runs this job, and the event that started it.

    `base` is the revision that a proposal is compared with. `output` and `summary` are the files in which GitHub's
    runner expects outputs and the summary page; `top` is the folder that reported paths are relative to. Each is None
    if the server does not set it. `scheduled`: the job was started by a schedule, not by a change or a person.
    """

    kind: Kind = "none"
    event: Event = "other"
    base: str | None = None
    output: str | None = None
    summary: str | None = None
    top: str | None = None
    scheduled: bool = False


def event_file(environment: Mapping[str, str]) -> str | None:
    """Return the path of GitHub's event document, None if this is not a GitHub runner."""
    return environment.get("GITHUB_EVENT_PATH") or None if environment.get("GITHUB_ACTIONS") == _TRUE else None


def issue_text(event: object) -> str | None:
    """Return the text of the issue in an event of GitHub or GitLab as plain data, None if there is none."""
    return _text(event, "issue", "body") or _text(event, "object_attributes", "description")


def detect_build(environment: Mapping[str, str], event: object) -> BuildContext:
    """Return the build context of an environment; `event` is GitHub's event document as plain data."""
    if environment.get("GITHUB_ACTIONS") == _TRUE:
        return _github(environment, event)
    if environment.get("GITLAB_CI") == _TRUE:
        return _gitlab(environment)
    return BuildContext()


def _github(environment: Mapping[str, str], event: object) -> BuildContext:
    name = environment.get("GITHUB_EVENT_NAME", "")
    base, kind = None, _github_branch(environment, name, event)
    if name in _OF_PULL_REQUESTS:
        base, kind = _text(event, "pull_request", "base", "sha"), "proposal"
    elif name == "merge_group":
        base, kind = _text(event, "merge_group", "base_sha"), "proposal"
    return BuildContext(
        "github",
        kind,
        base,
        environment.get("GITHUB_OUTPUT") or None,
        environment.get("GITHUB_STEP_SUMMARY") or None,
        environment.get("GITHUB_WORKSPACE") or None,
        name == _SCHEDULE,
    )


def _github_branch(environment: Mapping[str, str], name: str, event: object) -> Event:
    branch = environment.get("GITHUB_REF_NAME") if environment.get("GITHUB_REF_TYPE") == "branch" else None
    if name not in _OF_BRANCHES or not branch:
        return "other"
    if name == _SCHEDULE:  # always runs on the default branch, which its event document does not contain
        return "trusted"
    default = _text(event, "repository", "default_branch")
    return "trusted" if environment.get("GITHUB_REF_PROTECTED") == _TRUE or branch == default else "other"


def _gitlab(environment: Mapping[str, str]) -> BuildContext:
    top = environment.get("CI_PROJECT_DIR") or None
    source = environment.get("CI_PIPELINE_SOURCE")
    if source == "merge_request_event":
        return BuildContext("gitlab", "proposal", environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or None, top=top)
    if source == "external_pull_request_event":
        base = environment.get("CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_SHA") or None
        return BuildContext("gitlab", "proposal", base, top=top)
    branch = environment.get("CI_COMMIT_BRANCH")
    default = branch == environment.get("CI_DEFAULT_BRANCH") or environment.get("CI_COMMIT_REF_PROTECTED") == _TRUE
    event: Event = "trusted" if branch and default else "other"
    return BuildContext("gitlab", event, top=top, scheduled=source == _SCHEDULE)


def _text(document: object, *path: str) -> str | None:
    """Return a non-empty text nested in plain data under the keys of `path`, None if it is not there."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, str) and document else None
