"""The workflow that comments handles untrusted input as text only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from tests.ci.recipes import scripted, steps, workflow

BOT = "github-actions[bot]"
PLAN = "<!-- seatsync:plan:acme -->\n### Plan for account `acme`\n"
DIFF = "<!-- seatsync:diff:acme -->\n### Changed in the files of account `acme`\n"
DIFF_MARKER = "<!-- seatsync:diff -->"
TITLE = "What this pull request changes:"
REPO = {"owner": "acme", "repo": "seats"}


def commented(
    folder: Path, *, head: str = "acme/seats", sha: str = "a1", comments: Sequence[dict[str, Any]] = ()
) -> list[Any]:
    """Return the API calls of the script in order, as name and arguments."""
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    head_repository = {"full_name": head, "owner": {"login": head.partition("/")[0]}}
    run_of = {"head_repository": head_repository, "head_branch": "hand-over", "head_sha": "a1"}
    job = {
        "script": steps(workflow("comment"))[-1]["with"]["script"],
        "folder": str(kept),
        "payload": {"repository": {"full_name": "acme/seats"}, "workflow_run": run_of},
        "pulls": [{"number": 6, "head": {"sha": "other"}}, {"number": 7, "head": {"sha": sha}}],
        "comments": list(comments),
    }
    return scripted(folder, job)


def keep(folder: Path, name: str, text: str) -> None:
    (folder / "kept").mkdir(exist_ok=True)
    (folder / "kept" / name).write_text(text, encoding="utf-8", newline="")


def by(login: str, body: str, number: int) -> dict[str, Any]:
    return {"id": number, "user": {"login": login}, "body": body}


def test_a_plan_of_an_own_branch_is_commented_as_markdown(tmp_path: Path) -> None:
    keep(tmp_path, "plan.md", PLAN)
    assert commented(tmp_path) == [
        ["pulls", {**REPO, "state": "open", "head": "acme:hand-over"}],
        ["comments", {**REPO, "issue_number": 7}],
        ["create", {**REPO, "issue_number": 7, "body": PLAN}],
    ]


def test_the_next_plan_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    keep(tmp_path, "plan.md", PLAN)
    old = "<!-- seatsync:plan:acme -->\nold"
    comments = [by("mallory", old, 1), by(BOT, "<!-- seatsync:plan:other -->\nold", 2), by(BOT, old, 3)]
    assert commented(tmp_path, comments=comments)[-1] == ["update", {**REPO, "comment_id": 3, "body": PLAN}]


def test_a_diff_is_commented_as_code(tmp_path: Path) -> None:
    keep(tmp_path, "diff.txt", "team design\n\n  - member cho@acme.example\n")
    body = f"{DIFF_MARKER}\n\n{TITLE}\n\n    team design\n    \n      - member cho@acme.example\n    "
    assert commented(tmp_path, head="mallory/seats") == [
        ["pulls", {**REPO, "state": "open", "head": "mallory:hand-over"}],
        ["comments", {**REPO, "issue_number": 7}],
        ["create", {**REPO, "issue_number": 7, "body": body}],
    ]


def test_a_diff_of_an_own_branch_is_commented_as_markdown(tmp_path: Path) -> None:
    keep(tmp_path, "diff.txt", "team design\n")
    keep(tmp_path, "diff.md", DIFF)
    old = by(BOT, "<!-- seatsync:diff:acme -->\nold", 3)
    assert commented(tmp_path, comments=[old])[-1] == ["update", {**REPO, "comment_id": 3, "body": DIFF}]
    assert commented(tmp_path, head="mallory/seats")[-1][1]["body"].startswith(f"{DIFF_MARKER}\n\n{TITLE}\n")


@pytest.mark.parametrize(
    ("name", "text", "head"),
    [
        ("plan.md", PLAN, "mallory/seats"),
        ("diff.md", DIFF, "mallory/seats"),
        ("plan.md", "[click](https://evil.example) @ana\n", "acme/seats"),
        ("plan.md", "text\n<!-- seatsync:plan:acme -->\n", "acme/seats"),
        ("plan.md", PLAN + "x" * 65_536, "acme/seats"),
        ("other.md", PLAN, "acme/seats"),
    ],
    ids=[
        "a fork's plan",
        "a fork's Markdown",
        "no marker",
        "marker not first",
        "too long for a comment",
        "another file",
    ],
)
def test_nothing_else_is_taken_for_markdown(name: str, text: str, head: str, tmp_path: Path) -> None:
    keep(tmp_path, name, text)
    assert commented(tmp_path, head=head) == [["notice", "The run has nothing to show."]]


def test_a_link_to_a_file_of_the_runner_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "diff.txt").symlink_to(tmp_path / "secret")
    assert commented(tmp_path) == [["notice", "The run has nothing to show."]]


def test_run_of_an_older_commit_posts_nothing(tmp_path: Path) -> None:
    keep(tmp_path, "plan.md", PLAN)
    assert commented(tmp_path, sha="b2")[-1] == ["notice", "No open pull request has this commit as its head any more."]


HOSTILE = (
    "```\n@ana\n~~~\n\n\n<img src=x>\r[a](https://evil.example)\r\n--> https://evil.example\n"
    "\t# big\n\u2028@ben ${{ x }} `${y}`"
)


def test_every_text_of_a_diff_is_code(tmp_path: Path) -> None:
    keep(tmp_path, "diff.txt", HOSTILE)
    body = commented(tmp_path, head="mallory/seats")[-1][1]["body"]
    html = cmarkgfm.github_flavored_markdown_to_html(body, Options.CMARK_OPT_UNSAFE)
    escaped = HOSTILE.replace("\r\n", "\n").replace("\r", "\n").replace("<", "&lt;").replace(">", "&gt;")
    assert html == f"{DIFF_MARKER}\n<p>{TITLE}</p>\n<pre><code>{escaped}\n</code></pre>\n"


@pytest.mark.parametrize("text", ["x" * 70_000, "x\n" * 70_000, "é" * 60 + "\n" + "`\n" * 90_000])
def test_a_comment_is_never_larger_than_a_comment_may_be(text: str, tmp_path: Path) -> None:
    keep(tmp_path, "diff.txt", text)
    body = commented(tmp_path)[-1][1]["body"]
    assert len(body) <= 65_536
    assert body.endswith("\n\nThe rest is in the log of the run.")
