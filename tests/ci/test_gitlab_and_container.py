"""Required and forbidden content of the GitLab template and the container file."""

from __future__ import annotations

import re

from seatsync import __version__
from tests.ci.recipes import CI, ROOT, loaded

CONTAINER = (CI / "Containerfile").read_text(encoding="utf-8")
DEFAULT_BRANCH = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"
MERGE_REQUEST = '$CI_PIPELINE_SOURCE == "merge_request_event"'
OWN = f"{MERGE_REQUEST} && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"


def test_gitlab_jobs_come_in_order() -> None:
    template = loaded(CI / "gitlab-ci.yml")
    jobs = {name: job["stage"] for name, job in template.items() if name.startswith("seatsync ")}
    assert template["stages"] == ["check", "plan", "apply"]
    assert template["variables"]["SEATSYNC_PACKAGE"] == f"seatsync=={__version__}"
    assert jobs == {
        "seatsync check": "check",
        "seatsync plan": "plan",
        "seatsync apply": "apply",
    }
    assert [name for name in jobs if template[name]["extends"] != ".seatsync"] == []


def test_gitlab_shows_findings_where_people_review() -> None:
    check = loaded(CI / "gitlab-ci.yml")["seatsync check"]
    assert check["artifacts"]["when"] == "always"
    assert check["artifacts"]["paths"] == ["seatsync-ci"]
    assert check["artifacts"]["reports"] == {
        "codequality": "seatsync-ci/code-quality.json",
        "junit": "seatsync-ci/junit.xml",
    }


def test_gitlab_plans_for_own_branches_and_applies_by_hand_one_at_a_time() -> None:
    template = loaded(CI / "gitlab-ci.yml")
    plan, apply = template["seatsync plan"], template["seatsync apply"]
    assert plan["rules"] == [{"if": OWN}, {"if": DEFAULT_BRANCH}]
    assert plan["artifacts"]["paths"] == ["seatsync-ci"]
    assert plan["artifacts"]["reports"] == {"dotenv": "seatsync-ci/outputs.env"}
    assert apply["rules"] == [{"if": DEFAULT_BRANCH, "when": "manual"}]
    assert apply["needs"] == ["seatsync plan"]
    assert (apply["resource_group"], apply["interruptible"]) == ("seatsync-apply", False)
    assert apply["environment"] == {"name": "seatsync-apply"}
    assert apply["allow_failure"] == {"exit_codes": [3]}


def test_gitlab_gives_each_job_its_own_credential() -> None:
    template = loaded(CI / "gitlab-ci.yml")
    given = {name: job["variables"].get("SEATSYNC_TARGET") for name, job in template.items() if "variables" in job}
    assert given == {
        "seatsync check": None,
        "seatsync plan": "$SEATSYNC_READ_TARGET",
        "seatsync apply": "$SEATSYNC_WRITE_TARGET",
    }


def test_the_container_is_slim_pinned_and_nobodys_root() -> None:
    images = re.findall(r"^FROM (\S+)", CONTAINER, re.MULTILINE)
    assert len(images) == 2
    assert [image for image in images if not re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", image)] == []
    commands = [line for line in CONTAINER.splitlines() if line and not line.startswith(("#", " "))]
    assert commands[-2:] == ["USER 10001:10001", 'ENTRYPOINT ["seatsync"]']


def test_the_container_copies_what_is_there() -> None:
    copied = [words.split()[:-1] for words in re.findall(r"^COPY (?!--from)(.+)$", CONTAINER, re.MULTILINE)]
    names = [name for names in copied for name in names]
    assert names == ["pyproject.toml", "README.md", "LICENSE", "schemas", "seatsync"]
    assert [name for name in names if not (ROOT / name).exists()] == []
