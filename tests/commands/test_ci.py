"""`seatsync ci`: the job per environment, its output, and its files for people and later jobs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ci.env_file import gitlab
from tests.commands.build_servers import Server, unquoted
from tests.commands.running import DAY, FILES, Run, replace_in, write
from tests.documents import checked
from tests.gits import commit, git
from tests.reporting.any_findings import HOSTILE
from tests.reporting.workflow_commands import Command, commands

NOTHING_WRONG = "Nothing wrong: 1 team, 3 people, 1 subscription.\n"
NO_SERVER = "no known build server: "


@pytest.fixture(name="seats")
def _seats(folder: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """Return a git repository whose account matches `main`, with a commit on top that frees a seat."""
    here = folder / "seats"
    write(here, {**FILES, ".gitignore": "account.db*\nseatsync-ci/\n"})
    monkeypatch.chdir(here)
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    assert run("account", "create", "--name", "acme") == 0
    assert run("account", "load", ".") == 0
    commit(here, "start")
    replace_in(here / "teams" / "design.yaml", "[ben@acme.example, cho@acme.example]", "[cho@acme.example]")
    commit(here, "change")
    return here


@pytest.fixture(name="server")
def _server(seats: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(seats, monkeypatch)


DIFF = """
Account acme, from {} to HEAD, on 2026-11-21

team design
  - AutoCAD for ben@acme.example

Diff: 0 added, 0 changed, 1 removed.
"""


def test_unknown_server_checks_files(seats: Path, run: Run) -> None:
    assert run("ci") == 0
    assert run.said == (NOTHING_WRONG, f"{NO_SERVER}check\ncheck (sound): nothing wrong\n")
    assert not (seats / "seatsync-ci").exists()
    assert run("ci", "--base", "start") == 0
    assert run.out == NOTHING_WRONG + DIFF.format("start")
    assert run("ci", "plan", "--out", "made") == 0
    assert run.err == (
        f"{NO_SERVER}plan\nplan (changes): Plan: 0 to add, 0 to change, 1 to remove.\n"
        "Files: made/code-quality.json, made/findings.sarif, made/junit.xml, "
        "made/plan.html, made/plan.json, made/plan.md\n"
    )
    made = ["code-quality.json", "findings.sarif", "junit.xml", "plan.html", "plan.json", "plan.md"]
    assert sorted(path.name for path in (seats / "made").iterdir()) == made
    assert run("ci", "apply", "--plan", "made/plan.json") == 0
    assert "Apply: 1 step done." in run.out
    assert run.err == f"{NO_SERVER}apply\napply (applied): the plan is applied\n"


def test_the_form_of_somebody_else_is_handed_in_on_request(seats: Path, run: Run) -> None:
    replace_in(seats / "subscriptions.yaml", "manager: ana", "manager: ben")
    assert run("ci", "plan", "--out", "made") == 0
    assert run("ci", "apply", "--plan", "made/plan.json", "--hand-in") == 0
    assert "contract manager of subscription 574-1 (handed in by the owner for ana@acme.example)" in run.out
    replace_in(seats / "subscriptions.yaml", "manager: ben", "manager: ana")
    assert run("ci", "plan", "--out", "made") == 0
    assert run("ci", "apply", "--plan", "made/plan.json") == 3
    assert "(CASE-1, by form, which ben@acme.example hands in)" in run.out


def test_steps_with_an_open_case_are_not_new(server: Server, run: Run) -> None:
    replace_in(server.here / "teams" / "design.yaml", "[cho@acme.example]", "[ben@acme.example, cho@acme.example]")
    replace_in(server.here / "subscriptions.yaml", "manager: ana", "manager: ben")
    server.gitlab("push", "main")
    found = []
    for _ in range(2):
        assert run("ci") == 0
        outputs = dict(gitlab((server.here / "seatsync-ci" / "outputs.env").read_text(encoding="utf-8")))
        found.append((outputs["SEATSYNC_HAS_CHANGES"], outputs["SEATSYNC_HAS_NEW_STEPS"]))
        assert run("ci", "apply") == 3
    assert found == [("true", "true"), ("true", "false")]


def test_a_pull_request_is_checked_and_compared(server: Server, run: Run) -> None:
    server.github("pull_request")
    base = git(server.here, "rev-parse", "start").strip()
    assert run("ci") == 0
    assert unquoted(run.out) == DIFF.format(base)
    line = "nothing wrong. Diff: 0 added, 0 changed, 1 removed."
    files = "seatsync-ci/diff.md, seatsync-ci/findings.sarif"
    assert run.err == f"GitHub Actions, a proposed change: check\ncheck (sound): {line}\nFiles: {files}\n"
    assert server.outputs == {
        "job": "check",
        "verdict": "sound",
        "errors": "0",
        "warnings": "0",
        "has-changes": "true",
        "sarif": "seatsync-ci/findings.sarif",
        "diff": "seatsync-ci/diff.md",
    }
    assert server.files == ["diff.md", "diff.txt", "findings.sarif"]
    kept = server.here / "seatsync-ci"
    assert (kept / "diff.txt").read_text(encoding="utf-8") == DIFF.format(base).removeprefix("\n")
    page = (kept / "diff.md").read_text(encoding="utf-8")
    assert page.startswith("<!-- seatsync:diff:acme -->\n### Changed in the files of account `acme`\n")
    assert server.summary.read_text(encoding="utf-8") == f"### seatsync: {line}\n\n{page}\n"


def test_findings_are_annotations(server: Server, run: Run) -> None:
    replace_in(server.here / "teams" / "design.yaml", "[ben@acme.example]", "[ben@acme.example, ana@acme.example]")
    commit(server.here, "mistake")
    server.github("pull_request")
    assert run("ci") == 1
    (found,) = [each for each in commands(run.out) if each.name == "error"]
    assert found == Command(
        "error",
        {"file": "teams/design.yaml", "line": "4", "endLine": "4", "col": "42", "endColumn": "58", "title": "ROLE002"},
        "ana@acme.example is primary admin and secondary admin of team design\n"
        "teams/design.yaml:3:20: primary admin here\nhint: keep one of the two entries",
    )
    assert (server.outputs["verdict"], server.outputs["errors"]) == ("errors", "1")
    assert "- **error** ROLE002: " in server.summary.read_text(encoding="utf-8")
    server.github("push")
    assert run("ci") == 1
    assert (server.outputs["verdict"], "plan" in server.outputs) == ("errors", True)  # of the other teams
    assert run("ci", "--strict") == 1


def test_a_trusted_branch_is_planned(server: Server, run: Run) -> None:
    server.github("push")
    assert run("ci") == 0
    assert run.err.startswith("GitHub Actions, a trusted branch: plan\nplan (changes): Plan: 0 to add")
    assert "Plan: 0 to add, 0 to change, 1 to remove." in unquoted(run.out)
    assert server.files == ["findings.sarif", "plan.html", "plan.json", "plan.md"]
    saved = json.loads((server.here / "seatsync-ci" / "plan.json").read_text(encoding="utf-8"))
    assert server.outputs == {
        "job": "plan",
        "verdict": "changes",
        "errors": "0",
        "warnings": "0",
        "has-changes": "true",
        "has-new-steps": "true",
        "intent": saved["intent"],
        "digest": saved["digest"],
        "sarif": "seatsync-ci/findings.sarif",
        "plan": "seatsync-ci/plan.json",
        "markdown": "seatsync-ci/plan.md",
        "html": "seatsync-ci/plan.html",
    }
    page = (server.here / "seatsync-ci" / "plan.md").read_text(encoding="utf-8")
    assert page.startswith("<!-- seatsync:plan:acme -->\n")
    assert page in server.summary.read_text(encoding="utf-8")


def test_only_the_planned_file_is_applied(server: Server, run: Run) -> None:
    server.github("push")
    assert run("ci") == 0
    intent = server.outputs["intent"]
    for wrong in ("", "sha256:0"):
        server.set(SEATSYNC_INTENT=wrong)
        assert run("ci", "apply") == 1
        assert run.err.splitlines()[-1].endswith(
            f"plan.json: has the intent {intent}, not {wrong or 'none at all'}; plan and approve again"
        )
        assert server.outputs["verdict"] == "failed"
        assert "::error " in run.out
        assert f"has the intent {intent}, not {wrong or 'none at all'}" in run.out
    server.set(SEATSYNC_INTENT=intent)
    assert run("ci", "apply") == 0
    assert "  done     team design: take AutoCAD from ben@acme.example\n" in unquoted(run.out)
    assert (server.outputs["verdict"], server.outputs["outcome"]) == ("applied", "seatsync-ci/apply.json")
    outcome = checked((server.here / "seatsync-ci" / "apply.json").read_text(encoding="utf-8"), "apply")
    assert (outcome["intent"], outcome["summary"]["done"]) == (intent, 1)
    page = server.summary.read_text(encoding="utf-8")
    assert page.count("the job failed; see the log") == 2
    assert "#### What was done\n\n    Account acme" in page
    assert run("ci", "apply") == 1  # the account has moved on
    assert run.err.splitlines()[-1].startswith("seatsync: PLAN001: ")
    assert run("ci") == 0
    assert (server.outputs["verdict"], server.outputs["has-changes"]) == ("no-changes", "false")
    server.set(SEATSYNC_INTENT=server.outputs["intent"])
    assert run("ci", "apply") == 0
    assert server.outputs["verdict"] == "no-changes"


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_waiting_for_people_is_no_failure_where_there_is_no_third_way(server: Server, run: Run, kind: str) -> None:
    replace_in(server.here / "subscriptions.yaml", "seats: 3", "seats: 5")
    if kind == "github":
        server.github("push")
    else:
        server.gitlab("push", "main")
    assert run("ci") == 0
    assert run("ci", "apply") == (0 if kind == "github" else 3)
    if kind == "github":
        assert server.outputs["verdict"] == "waiting"
        note = Command("notice", {"title": "seatsync"}, "some steps are waiting for people; see the log")
        assert commands(run.out)[-1] == note


def test_nothing_is_applied_of_what_nobody_has_let_in(server: Server, run: Run) -> None:
    before = (server.here / "account.db").read_bytes()
    refused = "seatsync: ci apply: this run is for neither a protected nor the default branch, so nothing is applied\n"
    for event, branch in (("pull_request", "main"), ("push", "feature"), ("workflow_run", "main")):
        server.github(event, branch=branch)
        assert run("ci", "apply") == 1
        assert run.err == refused
        assert run("ci", "plan") == 1
        assert run.err.startswith(
            "seatsync: ci plan: the files of a proposed change could name any account; name the account to read"
        )
        assert run("ci") == 0
        assert server.outputs["job"] == "check"
    server.github("pull_request")
    assert run("ci", "plan", "--target", "sqlite:///account.db") == 0
    assert server.outputs["verdict"] == "changes"
    assert (server.here / "account.db").read_bytes() == before


def test_gitlab(server: Server, run: Run) -> None:
    server.gitlab("merge_request_event")
    assert run("ci") == 0
    assert run.out.startswith(NOTHING_WRONG)
    assert run.err.startswith("GitLab CI, a proposed change: check\n")
    assert server.files == ["code-quality.json", "diff.md", "diff.txt", "junit.xml", "outputs.env"]
    server.gitlab("push", "main")
    assert run("ci") == 0
    assert server.files == ["code-quality.json", "junit.xml", "outputs.env", "plan.html", "plan.json", "plan.md"]
    told = dict(gitlab((server.here / "seatsync-ci" / "outputs.env").read_text(encoding="utf-8")))
    assert told["SEATSYNC_PLAN"] == "seatsync-ci/plan.json"
    assert (told["SEATSYNC_VERDICT"], told["SEATSYNC_HAS_CHANGES"]) == ("changes", "true")
    assert len(told) <= 20
    server.set(**{name: told[name] for name in told if name != "SEATSYNC_PLAN"})
    assert run("ci", "apply") == 0


def test_an_account_that_cannot_be_read(server: Server, run: Run) -> None:
    (server.here / "account.db").unlink()
    server.github("push")
    assert run("ci") == 0
    assert commands(run.out)[0].data.startswith("not planned: sqlite:///account.db: there is no account here")
    assert (server.outputs["job"], server.outputs["verdict"]) == ("check", "sound")
    for arguments in (("plan",), ("--target", "sqlite:///account.db")):
        assert run("ci", *arguments) == 1
        assert run.err.splitlines()[-1].startswith("seatsync: sqlite:///account.db: there is no account here")
        assert server.outputs["verdict"] == "failed"
    replace_in(server.here / "seatsync.yaml", "target: sqlite:///account.db\n", "")
    assert run("ci") == 0
    assert server.outputs["job"] == "check"
    server.gitlab("push", "main")
    server.set(GITHUB_ACTIONS="")
    replace_in(server.here / "seatsync.yaml", "account: acme\n", "account: acme\ntarget: sqlite:///account.db\n")
    assert run("ci") == 0
    assert "\nnot planned: sqlite:///account.db: there is no account here; " in run.err


def test_approvals(server: Server, run: Run) -> None:
    server.github("push")
    server.set(SEATSYNC_REQUIRE_APPROVAL="1", SEATSYNC_AUTHOR="ana@acme.example")
    assert run("ci") == 0
    assert server.outputs["approved"] == "false"
    server.set(SEATSYNC_INTENT=server.outputs["intent"])
    assert run("ci", "apply") == 1
    assert run.err.endswith("\nnothing was done\n")
    server.set(SEATSYNC_APPROVALS=f"ben@acme.example {server.outputs['intent']}")
    assert run("ci", "apply") == 0


def test_findings_of_the_plan_are_annotations_too(server: Server, run: Run) -> None:
    replace_in(server.here / "seatsync.yaml", "50%", "0")
    server.github("push")
    assert run("ci") == 1
    assert [each.values["title"] for each in commands(run.out) if each.name == "error"] == ["GUARD001"]
    assert server.outputs["verdict"] == "errors"
    assert run("ci", "--allow", "GUARD001.seats=1") == 0


def test_an_event_without_a_document(server: Server, run: Run) -> None:
    server.github("pull_request")
    (server.here.parent / "event.json").unlink()
    assert run("ci") == 0
    (note,) = commands(run.out)
    assert note.data == "the base of this change is unknown, so nothing is compared; name it with --base REVISION"


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\udcff"])
def test_an_event_that_cannot_be_read(server: Server, run: Run, text: str) -> None:
    server.github("pull_request")
    event = server.here.parent / "event.json"
    event.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert run("ci") == 1
    remedy = "GITHUB_EVENT_PATH must name the runner's event payload"
    assert run.err == f"seatsync: {event}: is not a JSON document; {remedy}\n"
    with event.open("wb") as file:
        file.truncate((1 << 26) + 1)
    assert run("ci") == 1
    assert run.err == f"seatsync: {event}: is larger than 64 MB; {remedy}\n"
    event.unlink()
    event.mkdir()
    assert run("ci") == 1
    assert run.err == f"seatsync: {event}: cannot be read (is a directory); {remedy}\n"


def test_a_base_that_is_not_there(server: Server, run: Run) -> None:
    for base, said in (("f" * 40, "no such git revision"), ("--all", "is not a git revision")):
        server.github("pull_request", {"pull_request": {"base": {"sha": base}}})
        assert run("ci") == 1
        assert said in run.err
        assert run.err.endswith("fetch the whole history (GitHub: `fetch-depth: 0`, GitLab: `GIT_DEPTH: 0`)\n")
        assert server.outputs["verdict"] == "failed"


def test_no_git_repository_is_not_for_want_of_history(folder: Path, run: Run) -> None:
    write(folder, {"seatsync.yaml": "version: 1\naccount: acme\n"})
    assert run("ci", "--base", "main") == 1
    assert "not in a git repository" in run.err
    assert "history" not in run.err


def test_newer_commits_of_the_base_are_not_compared(server: Server, run: Run) -> None:
    git(server.here, "switch", "--quiet", "--detach", "start")
    replace_in(server.here / "users.yaml", "Ode", "Odel")
    commit(server.here, "elsewhere")
    git(server.here, "switch", "--quiet", "main")
    assert run("ci", "--base", "elsewhere") == 0
    assert run.out == NOTHING_WRONG + DIFF.format(git(server.here, "rev-parse", "start").strip())


def test_a_base_of_another_history_is_compared_with_as_it_is(server: Server, run: Run) -> None:
    git(server.here, "switch", "--quiet", "--orphan", "other")
    git(server.here, "commit", "--quiet", "--allow-empty", "--message=nothing")
    git(server.here, "switch", "--quiet", "main")
    assert run("ci", "--base", "other") == 0
    assert "from other to HEAD" in run.out


def test_files_in_the_checkout_are_not_mistaken_for_ours(server: Server, run: Run) -> None:
    kept = server.here / "seatsync-ci"
    kept.mkdir()
    (kept / "plan.md").write_text("<!-- seatsync:plan:acme -->\nall is well\n", encoding="utf-8")
    (kept / "diff.txt").symlink_to("../seatsync.yaml")
    server.github("pull_request")
    assert run("ci") == 0
    assert server.files == ["diff.md", "diff.txt", "findings.sarif"]
    assert (server.here / "seatsync.yaml").read_text(encoding="utf-8") == FILES["seatsync.yaml"]
    for path in kept.iterdir():
        path.unlink()
    kept.rmdir()
    kept.symlink_to("teams")
    assert run("ci") == 1
    assert run.err.endswith(
        "seatsync-ci: is a symbolic link, not a folder; delete it, or name another folder with --out\n"
    )


def test_problem_is_reported_if_nothing_can_be_posted(server: Server, run: Run) -> None:
    server.github("push")
    server.set(GITHUB_OUTPUT=str(server.here / "nowhere" / "output"), SEATSYNC_INTENT="sha256:0")
    assert run("ci", "apply") == 1
    first, second = run.err.splitlines()[-2:]
    assert "nowhere/output: cannot be written" in first
    assert second.startswith("seatsync: ")
    assert "plan.json" in second


def test_a_folder_with_other_files_is_left_alone(server: Server, run: Run) -> None:
    (server.here / "plan.json").write_text("mine", encoding="utf-8")
    server.github("pull_request")
    assert run("ci", "--out", ".") == 1
    assert run.err == (
        "GitHub Actions, a proposed change: check\n"
        f"seatsync: {server.here}: holds files that `seatsync ci` did not write; "
        "name an empty folder with --out\n"
    )
    assert (server.here / "plan.json").read_text(encoding="utf-8") == "mine"


def test_paths_are_told_from_the_top_of_the_job(server: Server, run: Run) -> None:
    server.github("push")
    outside = server.here.parent / "outside"
    assert run("-C", "teams", "ci", "check", "--out", "../made") == 0
    assert server.outputs["sarif"] == "made/findings.sarif"
    assert run("ci", "check", "--out", str(outside)) == 0
    assert server.outputs["sarif"] == str(outside / "findings.sarif")


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_a_file_of_the_runner_that_cannot_be_written(server: Server, run: Run, name: str) -> None:
    server.github("pull_request")
    server.set(**{name: str(server.here / "teams")})
    assert run("ci") == 1
    assert run.err.endswith("teams: cannot be written (is a directory)\n")
    server.set(**{name: ""})
    assert run("ci") == 0


def test_a_page_that_is_full_takes_no_more(server: Server, run: Run) -> None:
    server.github("pull_request")
    server.summary.write_text("x" * (1 << 20), encoding="utf-8")
    assert run("ci") == 0
    assert server.summary.stat().st_size == 1 << 20


@pytest.mark.parametrize("event", ["pull_request", "push"])
def test_names_in_files_break_out_of_nothing(server: Server, run: Run, event: str) -> None:
    groups = "\n".join(
        f"      {json.dumps(text, ensure_ascii=False)}: {{members: [cho@acme.example]}}"
        for text in HOSTILE
        if text.isprintable()
    )
    replace_in(server.here / "teams" / "design.yaml", "    seats:", f"    groups:\n{groups}\n    seats:")
    commit(server.here, "names")
    server.github(event)
    assert run("ci") in {0, 1}
    names = [each.name for each in commands(run.out) if not each.name.startswith("stop-commands")]
    assert set(names) <= {"error", "warning", "notice", ""} | {name for name in names if name.startswith("seatsync-")}
    assert server.outputs["job"] == ("check" if event == "pull_request" else "plan")
    assert set(server.outputs) <= {
        *("job", "verdict", "errors", "warnings", "has-changes", "has-new-steps", "intent", "digest"),
        *("sarif", "plan", "markdown", "html", "diff"),
    }
    assert server.outputs["verdict"] in {"sound", "changes"}
