"""A form becomes a pull or merge request, or a comment: the whole way, from the event of the build server."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from seatsync.staffing.requests import FIELDS, KINDS, read_request
from tests.ci import env_file
from tests.ci.recipes import CI, loaded, scripted, steps, workflow
from tests.ci.test_commands_of_recipes import bash, program, step
from tests.commands.forms import form
from tests.gits import ENVIRONMENT, commit, git

REQUESTS = CI / "requests"
REPO = {"owner": "acme", "repo": "seats"}
BOT = "github-actions[bot]"
BRANCH = "seatsync/request-7"
MARKER = "<!-- seatsync:request -->"
BACK = {"Request": "Give a product back", "People": "dee@acme.example", "Product": "AutoCAD"}
ELSEWHERE = {"Request": "Join a team", "People": "fay@elsewhere.example"}
SHELL = {
    **BACK,
    "Product": '$(touch pwned)`touch pwned`"; touch pwned; #',
    "Team": "--target=sqlite:///pwned",
    "Reason": "${{ github.token }} ::set-output name=x::y",
}
PROJECT = """\
version: 1
account: acme
include: [people.yaml]
policy: {email_domains: [acme.example]}
"""
PEOPLE = """\
users:
  ana@acme.example: {first_name: Ana}
  dee@acme.example: {}   # draws
teams:
  design:
    primary_admin: ana@acme.example
    seats: {AutoCAD: [dee@acme.example]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
AFTER = PEOPLE.replace("    seats: {AutoCAD: [dee@acme.example]}\n", "    seats: {}\n    members: [dee@acme.example]\n")


@pytest.fixture(name="repository")
def _repository(tmp_path: Path) -> Path:
    """Return a repository in git, with `seatsync` on the path."""
    here = tmp_path / "repository"
    here.mkdir()
    (here / "seatsync.yaml").write_text(PROJECT, encoding="utf-8")
    (here / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    commit(here, "start")
    program(tmp_path)
    return here


def test_forms_have_the_fields_that_are_read() -> None:
    github = yaml.safe_load((REQUESTS / "seat-request.yml").read_text(encoding="utf-8"))
    fields = [each["attributes"] for each in github["body"]]
    assert {each["label"] for each in fields} == set(FIELDS)
    assert fields[0]["options"] == [kind.name for kind in KINDS]
    template = (REQUESTS / "seat-request.md").read_text(encoding="utf-8")
    assert [line[4:] for line in template.splitlines() if line.startswith("### ")] == [each["label"] for each in fields]
    listed = template.partition("<!-- One of: ")[2].partition(" -->")[0].replace("\n", " ")
    assert listed.split("; ") == [kind.name for kind in KINDS]


def test_an_empty_template_has_only_what_is_missing() -> None:
    template = (REQUESTS / "seat-request.md").read_text(encoding="utf-8").replace('/label ~"seat request"\n', "")
    found = read_request(template)
    assert [each.message for each in found] == ["Request: it is empty"]  # type: ignore[union-attr]


def test_only_issues_with_the_label_of_the_form_are_read() -> None:
    (label,) = yaml.safe_load((REQUESTS / "seat-request.yml").read_text(encoding="utf-8"))["labels"]
    recipe = workflow("request")
    assert f"contains(github.event.issue.labels.*.name, '{label}')" in recipe["jobs"]["edit"]["if"]
    assert f'/label ~"{label}"' in (REQUESTS / "seat-request.md").read_text(encoding="utf-8")
    assert f'"{label}" in [label["title"]' in (REQUESTS / "gitlab-ci.yml").read_text(encoding="utf-8")


def test_the_job_that_may_write_runs_no_shell_and_checks_nothing_out() -> None:
    jobs = workflow("request")["jobs"]
    assert [each["uses"].split("@")[0] for each in jobs["propose"]["steps"]] == [
        "actions/download-artifact",
        "actions/github-script",
    ]
    assert "${{" not in jobs["propose"]["steps"][-1]["with"]["script"]
    assert "secrets." not in json.dumps(jobs)


def test_no_value_of_an_issue_is_part_of_a_script() -> None:
    texts = [json.dumps(each) for each in steps(workflow("request"))]
    assert [text for text in texts if "github.event" in text] == []


def edited(repository: Path, text: str) -> Path:
    """Run the step `Edit` for an issue, and return the folder of the artifact."""
    event = repository.parent / "event.json"
    event.write_text(json.dumps({"issue": {"number": 7, "body": text}}), encoding="utf-8")
    told = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "issues", "GITHUB_EVENT_PATH": str(event)}
    assert bash(repository, step(workflow("request"), "Edit"), **told) == 0
    return repository.parent / "request"


def proposed(folder: Path, artifact: Path, **there: list[dict[str, Any]]) -> list[Any]:
    """Run the script of `Propose`, and return the API calls; `there` are the pull requests, branches and comments."""
    job = {
        "script": steps(workflow("request"))[-1]["with"]["script"],
        "folder": str(artifact),
        "sha": "a1",
        "payload": {"issue": {"number": 7}, "repository": {"default_branch": "main"}},
        "pulls": [],
        "refs": [],
        "comments": [],
        **there,
    }
    return scripted(folder, job)


PULL = {"number": 12, "head": {"ref": BRANCH}}
LISTED = [["pulls", {**REPO, "state": "open", "head": f"acme:{BRANCH}"}]]
COMMENTS = ["comments", {**REPO, "issue_number": 7}]


def committed(sha: str) -> list[Any]:
    """Return the calls that make the commit; a stand-in's answer is the name and number of its call."""
    blob = {"content": base64.b64encode(AFTER.encode()).decode(), "encoding": "base64"}
    tree = [{"path": "people.yaml", "mode": "100644", "type": "blob", "sha": "create blob 2"}]
    made = {"message": "Seat request #7", "tree": "create tree 4", "parents": [sha]}
    return [
        ["create blob", {**REPO, **blob}],
        ["get commit", {**REPO, "commit_sha": sha}],
        ["create tree", {**REPO, "base_tree": f"tree of {sha}", "tree": tree}],
        ["create commit", {**REPO, **made}],
        ["refs", {**REPO, "ref": f"heads/{BRANCH}"}],
    ]


def test_a_form_becomes_a_pull_request(repository: Path, tmp_path: Path) -> None:
    artifact = edited(repository, form(BACK))
    assert sorted(str(path.relative_to(artifact)) for path in artifact.rglob("*") if path.is_file()) == [
        "comment.md",
        "files/people.yaml",
    ]
    body = f"{(artifact / 'comment.md').read_text(encoding='utf-8')}\nCloses #7\n"
    assert "- AutoCAD for dee@acme.example\n" in body
    said = f"{MARKER}\nThis is proposed in #12."
    made = {"title": "Seat request #7", "head": BRANCH, "base": "main", "body": body}
    assert proposed(tmp_path, artifact) == [
        *LISTED,
        *committed("a1"),
        ["create ref", {**REPO, "ref": f"refs/heads/{BRANCH}", "sha": "create commit 5"}],
        ["create pull", {**REPO, **made}],
        COMMENTS,
        ["create", {**REPO, "issue_number": 7, "body": said}],
    ]
    comments = [
        {"id": 1, "user": {"login": "mallory"}, "body": MARKER},
        {"id": 2, "user": {"login": BOT}, "body": f"{MARKER}\n### Not possible"},
    ]
    refs = [{"ref": f"refs/heads/{BRANCH}7"}, {"ref": f"refs/heads/{BRANCH}"}]
    assert proposed(tmp_path, artifact, pulls=[PULL], refs=refs, comments=comments) == [
        *LISTED,
        *committed("a1"),
        ["update ref", {**REPO, "ref": f"heads/{BRANCH}", "sha": "create commit 5", "force": True}],
        ["update pull", {**REPO, "pull_number": 12, "body": body}],
        COMMENTS,
        ["update", {**REPO, "comment_id": 2, "body": said}],
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (form(ELSEWHERE), "POLICY"),
        (form(SHELL), "error"),
        (form({**BACK, "Request": "Promote"}), "SCHEMA001"),
        (form({**BACK, "Reason": "### People\nana@acme.example"}), "SCHEMA001"),
        (form({**BACK, "Product": "x" * 70_000}), "SCHEMA001"),
        ("Please give me a seat", "SCHEMA001"),
    ],
    ids=["policy", "shell", "no kind", "heading", "too long", "no form"],
)
def test_a_refused_form_becomes_a_comment(text: str, code: str, repository: Path, tmp_path: Path) -> None:
    artifact = edited(repository, text)
    assert [path.name for path in artifact.rglob("*") if path.is_file()] == ["comment.md"]
    said = (artifact / "comment.md").read_text(encoding="utf-8")
    assert said.startswith("### Not possible\n\n    ")
    assert code in said
    assert len(said) < 65_000
    assert proposed(tmp_path, artifact) == [
        *LISTED,
        COMMENTS,
        ["create", {**REPO, "issue_number": 7, "body": f"{MARKER}\n{said}"}],
    ]
    assert proposed(tmp_path, artifact, pulls=[PULL])[1] == [
        "update pull",
        {**REPO, "pull_number": 12, "state": "closed"},
    ]
    assert git(repository, "status", "--porcelain") == ""
    assert not list(tmp_path.rglob("pwned"))


def test_a_form_in_a_command_line_would_be_noticed(repository: Path, tmp_path: Path) -> None:
    """The hostile form does harm where a recipe makes it a part of a script."""
    bash(repository, f'seatsync edit unassign dee@acme.example "{SHELL["Product"]}"')
    assert list(tmp_path.rglob("pwned"))


def test_an_event_that_cannot_be_read_fails_the_job(repository: Path) -> None:
    told = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(repository / "nowhere.json")}
    assert bash(repository, step(workflow("request"), "Edit"), **told) != 0


class Notes(BaseHTTPRequestHandler):
    """The part of GitLab that takes notes on issues."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        text = parse_qs(self.rfile.read(length).decode())["body"][0]
        self.server.posted.append((self.path, self.headers["PRIVATE-TOKEN"], text))  # type: ignore[attr-defined]
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture(name="gitlab")
def _gitlab() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Notes) as server:
        server.posted = []  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def payload(text: str, **more: object) -> dict[str, Any]:
    issue = {"iid": 7, "state": "opened", "action": "open", "description": text, **more}
    return {"object_kind": "issue", "object_attributes": issue, "labels": [{"title": "seat request"}], "changes": {}}


def pipeline(repository: Path, server: HTTPServer, event: dict[str, Any]) -> dict[str, str]:
    """Run both jobs for an event of GitLab, and return what the first passes to the second."""
    file = repository.parent / "payload"
    file.write_text(json.dumps(event), encoding="utf-8")
    jobs = loaded(REQUESTS / "gitlab-ci.yml")
    assert bash(repository, "\n".join(jobs["seatsync request"]["script"]), TRIGGER_PAYLOAD=str(file)) == 0
    passed = dict(env_file.gitlab((repository / "request" / "issue.env").read_text(encoding="utf-8")))
    git(repository, "checkout", "--quiet", "--force", "main")
    url = "https://seatsync:secret@gitlab.example/acme/seats.git"
    told = {
        "CI_API_V4_URL": f"http://127.0.0.1:{server.server_port}",
        "CI_PROJECT_ID": "3",
        "CI_PROJECT_PATH": "acme/seats",
        "CI_SERVER_URL": "https://gitlab.example",
        "CI_DEFAULT_BRANCH": "main",
        "SEATSYNC_REQUEST_TOKEN": "secret",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository.parent / 'origin.git'}.insteadOf",
        "GIT_CONFIG_VALUE_0": url,
    }
    assert bash(repository, "\n".join(jobs["seatsync propose"]["script"]), **passed, **told) == 0
    return passed


@pytest.fixture(name="origin")
def _origin(repository: Path) -> Path:
    """Return the repository that GitLab has, which takes push options."""
    bare = repository.parent / "origin.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(repository), str(bare)], check=True, env=ENVIRONMENT)
    git(bare, "config", "receive.advertisePushOptions", "true")
    hook = bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nenv | grep ^GIT_PUSH_OPTION_[0-9] | sort | cut -d= -f2- > options\n", encoding="utf-8")
    hook.chmod(0o755)
    return bare


def test_an_issue_becomes_a_merge_request(repository: Path, origin: Path, gitlab: HTTPServer) -> None:
    assert pipeline(repository, gitlab, payload(form(BACK))) == {"ISSUE": "7"}
    assert git(origin, "show", f"{BRANCH}:people.yaml") == AFTER
    assert git(origin, "log", "--format=%s", f"main..{BRANCH}") == "Seat request #7\n"
    assert (origin / "options").read_text(encoding="utf-8").splitlines() == [
        "merge_request.create",
        "merge_request.target=main",
        "merge_request.title=Seat request #7",
        "merge_request.description=Closes #7",
        "merge_request.remove_source_branch",
    ]
    ((path, token, text),) = gitlab.posted  # type: ignore[attr-defined]
    assert (path, token) == ("/projects/3/issues/7/notes", "secret")
    assert "- AutoCAD for dee@acme.example\n" in text


@pytest.mark.parametrize("values", [ELSEWHERE, SHELL], ids=["policy", "shell"])
def test_a_refused_issue_gets_a_note(
    values: dict[str, str], repository: Path, origin: Path, gitlab: HTTPServer, tmp_path: Path
) -> None:
    pipeline(repository, gitlab, payload(form(values)))
    ((_, _, text),) = gitlab.posted  # type: ignore[attr-defined]
    assert text.startswith("### Not possible\n\n    ")
    assert git(origin, "branch", "--list", "--format=%(refname:short)") == "main\n"
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize(
    "event",
    [
        payload(form(BACK), state="closed"),
        payload(form(BACK), action="update"),
        {**payload(form(BACK)), "labels": []},
        {**payload(form(BACK)), "object_kind": "note"},
    ],
    ids=["closed", "another change", "no label", "no issue"],
)
def test_other_events_do_nothing(event: dict[str, Any], repository: Path, origin: Path, gitlab: HTTPServer) -> None:
    assert pipeline(repository, gitlab, event) == {"ISSUE": "0"}
    assert gitlab.posted == []  # type: ignore[attr-defined]
    assert git(origin, "branch", "--list", "--format=%(refname:short)") == "main\n"


def test_a_changed_text_is_read_again(repository: Path, origin: Path, gitlab: HTTPServer) -> None:
    event = {**payload(form(BACK), action="update"), "changes": {"description": {}}}
    assert pipeline(repository, gitlab, event) == {"ISSUE": "7"}
    assert git(origin, "show", f"{BRANCH}:people.yaml") == AFTER


def test_the_job_of_gitlab_with_the_token_installs_nothing() -> None:
    jobs = loaded(REQUESTS / "gitlab-ci.yml")
    assert "before_script" not in {**jobs[".request"], **jobs["seatsync propose"]}
    assert "TOKEN" not in json.dumps(jobs["seatsync request"])
    assert jobs["seatsync propose"]["environment"] == {"name": "seatsync-request", "action": "access"}
    first = CI / "gitlab-ci.yml"
    assert jobs["variables"] == loaded(first)["variables"]
    assert jobs["stages"] == loaded(first)["stages"]
