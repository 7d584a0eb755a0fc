"""The environments of build servers, for tests of `seatsync ci`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.ci.env_file import github
from tests.gits import git
from tests.reporting.workflow_commands import commands


class Server:
    """Return the environment of a build server, with its files beside the repository."""

    def __init__(self, here: Path, patch: pytest.MonkeyPatch) -> None:
        self.here, self.patch = here, patch
        self.output, self.summary = here.parent / "output", here.parent / "summary"

    def github(self, event: str, document: object = None, branch: str = "main") -> None:
        told = self.here.parent / "event.json"
        base = git(self.here, "rev-parse", "start").strip()
        known = {"repository": {"default_branch": "main"}, "pull_request": {"base": {"sha": base}}}
        told.write_text(json.dumps(known if document is None else document), encoding="utf-8")
        self.set(
            GITHUB_ACTIONS="true",
            GITHUB_EVENT_NAME=event,
            GITHUB_EVENT_PATH=str(told),
            GITHUB_REF_TYPE="branch",
            GITHUB_REF_NAME=branch,
            GITHUB_OUTPUT=str(self.output),
            GITHUB_STEP_SUMMARY=str(self.summary),
            GITHUB_WORKSPACE=str(self.here),
        )

    def gitlab(self, source: str, branch: str = "") -> None:
        base = git(self.here, "rev-parse", "start").strip()
        self.set(
            GITLAB_CI="true",
            CI_PIPELINE_SOURCE=source,
            CI_COMMIT_BRANCH=branch,
            CI_DEFAULT_BRANCH="main",
            CI_PROJECT_DIR=str(self.here),
            CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
        )

    def set(self, **variables: str) -> None:
        for name, value in variables.items():
            self.patch.setenv(name, value)

    @property
    def outputs(self) -> dict[str, str]:
        return dict(github(self.output.read_text(encoding="utf-8")))

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in (self.here / "seatsync-ci").iterdir())


def unquoted(log: str) -> str:
    """Return a log without the markers that disable workflow commands."""
    match = re.fullmatch(r"(.*)::stop-commands::(seatsync-[0-9a-f]{64})\n(.*)\n::\2::\n(.*)", log, re.DOTALL)
    assert match is not None, log
    assert commands(match[3]) == []
    return match[1] + match[3] + match[4]
