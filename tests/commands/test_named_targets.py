"""Several targets of one repository: `target:` maps names to URLs, and `--target NAME` chooses one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in
from tests.gits import commit

SEVERAL = "seatsync: the project has several targets; name one with --target or SEATSYNC_TARGET: {}\n"
BOTH = "prod and test"


@pytest.fixture(name="two")
def _two(repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with two accounts, of which only the second one is loaded."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    replace_in(
        repository / "seatsync.yaml",
        "target: sqlite:///account.db\n",
        "target: {prod: 'sqlite:///prod.db', test: 'sqlite:///test.db'}\n",
    )
    for name in ("prod", "test"):
        assert run("account", "create", "--target", name) == 0
    assert run("account", "load", ".", "--target", "test") == 0
    return repository


def planned(run: Run, *options: str) -> tuple[str, int]:
    assert run("plan", "--format", "json", *options) == 0, run.said
    plan = json.loads(run.out)
    return plan["target"], len(plan["steps"])


def test_one_is_chosen_by_name(two: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert planned(run, "--target", "prod") == ("sqlite:///prod.db", 7)
    assert planned(run, "--target", "test") == ("sqlite:///test.db", 0)
    monkeypatch.setenv("SEATSYNC_TARGET", "test")
    assert planned(run) == ("sqlite:///test.db", 0)
    assert planned(run, "--target", "sqlite:///prod.db") == ("sqlite:///prod.db", 7)


COMMANDS = [
    ("plan",),
    ("apply", "--auto-approve"),
    ("drift",),
    ("why", "ana@acme.example"),
    ("status",),
    ("ci", "plan"),
    ("report", "cost"),
    ("notify",),
    ("refresh",),
    ("account", "show"),
    ("account", "log"),
    ("account", "cases"),
    ("account", "verify"),
    ("account", "accept", "--user", "ana@acme.example"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_several_and_none_named(command: tuple[str, ...], two: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    if command == ("refresh",):
        with (two / "seatsync.yaml").open("a") as project:
            project.write("portal: {exports: exports/}\n")
    if command[0] == "ci":
        monkeypatch.setenv("GITLAB_CI", "true")
        monkeypatch.setenv("CI_PIPELINE_SOURCE", "push")
        monkeypatch.setenv("CI_COMMIT_BRANCH", "main")
        monkeypatch.setenv("CI_DEFAULT_BRANCH", "main")
        monkeypatch.setenv("CI_COMMIT_REF_PROTECTED", "true")
    assert run(*command) == 1
    assert run.err.endswith(SEVERAL.format(BOTH))
    if command[0] != "refresh":
        assert run(*command, "--target", "tset") == 1
        assert run.err.endswith("seatsync: there is no target tset; the project has prod and test\n")


def test_a_saved_plan_is_for_one(two: Path, run: Run) -> None:
    assert run("plan", "--target", "prod", "--out", "prod.json") == 0
    assert run("apply", "prod.json", "--auto-approve", "--target", "test") == 1
    assert "PLAN003" in run.err
    assert run("apply", "prod.json", "--auto-approve", "--target", "prod") == 3  # its subscription is not bought


def test_edits_show_the_plan_of_one(two: Path, run: Run) -> None:
    assert run("edit", "unassign", "cho@acme.example", "AutoCAD", "--team", "design") == 0
    assert run.err.endswith(SEVERAL.replace("seatsync: ", "no plan: ").format(BOTH))
    assert run("edit", "assign", "cho@acme.example", "AutoCAD", "--team", "design", "--target", "test") == 0
    assert "Nothing to change" in run.out or "as declared" in run.out


def test_import_takes_a_name(two: Path, run: Run) -> None:
    assert run("import", "test", "--out", "copy") == 0
    assert "2 teams" in run.out or "1 team" in run.out
    assert (two / "copy/teams/design.yaml").exists()


def test_a_single_one_needs_no_name(two: Path, run: Run) -> None:
    replace_in(
        two / "seatsync.yaml", "{prod: 'sqlite:///prod.db', test: 'sqlite:///test.db'}", "{test: 'sqlite:///test.db'}"
    )
    assert planned(run) == ("sqlite:///test.db", 0)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("{'a:b': 'file:x.yaml'}", "must be without a colon"),
        ("{a: 5}", "must be text, not the number 5"),
        ("{a: }", "must be text, not nothing"),
        ("{a: 'postgresql://ana:pw123@db/x'}", "contains a password"),
        ("[file:x.yaml]", "must be text or a mapping, not a list"),
    ],
)
def test_mappings_that_are_wrong(written: str, found: str, repository: Path, run: Run) -> None:
    replace_in(repository / "seatsync.yaml", "target: sqlite:///account.db", f"target: {written}")
    assert run("validate", "--at", DAY) == 1
    assert found in run.out
    assert "pw123" not in run.out


def test_a_proposed_change_cannot_name_an_account(two: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names are in the files, which somebody may have changed."""
    commit(two, "start")
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_PIPELINE_SOURCE", "merge_request_event")
    assert run("ci", "plan", "--target", "test") == 1
    assert "name the account to read by its URL, with --target or SEATSYNC_TARGET" in run.err


def test_a_diff_tells_targets(two: Path, run: Run) -> None:
    commit(two, "old")
    replace_in(two / "seatsync.yaml", "test.db", "trial.db")
    assert run("diff", "old") == 0
    assert "~ target: " in run.out
    assert "trial.db" in run.out
