"""An interrupted change of files: the next command that changes files completes it, all others report it and stop."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.declaration.changing import transaction
from seatsync.declaration.changing.transaction import Changed, replace_files
from seatsync.lsp.workspace import read
from tests.commands.running import DAY, FILES, Run
from tests.gits import commit, git

WHAT = "the change of users.yaml, teams/design.yaml by `seatsync edit` was interrupted"
STOPS = f"{WHAT}; run `seatsync edit`, `seatsync fmt` or `seatsync drift --adopt` to finish it\n"
DONE = f"{WHAT}, and is finished now\n"


@pytest.fixture(name="unfinished")
def _unfinished(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with a person removed from one file, but not from the other."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    assert run("apply", "--auto-approve") == 0
    cut_short(loaded, monkeypatch)
    return loaded


def cut_short(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put = transaction._put

    def killed(staged: Path, place: Path, otherwise: str) -> None:
        if place.name == "design.yaml":
            raise KeyboardInterrupt
        put(staged, place, otherwise)

    users, team = FILES["users.yaml"], FILES["teams/design.yaml"]
    files = {
        root / "users.yaml": Changed(users.encode(), users.replace("  cho@acme.example: {}\n", "").encode()),
        root / "teams/design.yaml": Changed(team.encode(), team.replace(", cho@acme.example", "").encode()),
    }
    with monkeypatch.context() as patch:
        patch.setattr(transaction, "_put", killed)
        patch.setattr(transaction, "_roll_back", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            replace_files(root, files, "edit")


def finished(root: Path) -> bool:
    """Return True if both files are changed, and nothing else remains."""
    texts = [(root / name).read_text() for name in ("users.yaml", "teams/design.yaml")]
    return not any("cho@" in text for text in texts) and not (root / ".seatsync/change").exists()


READ = [
    "validate",
    "plan",
    "apply --auto-approve",
    "drift",
    "why ana@acme.example",
    "forecast",
    "codeowners --check",
    "fmt --check",
    "fmt --diff",
    "edit offboard ben@acme.example --dry-run",
    "account log",
    "import file:. --out other",
    "plan --target file:.",
]


@pytest.mark.parametrize("line", READ)
def test_commands_that_read_files_stop(line: str, unfinished: Path, run: Run) -> None:
    assert run(*line.split()) == 1
    assert run.out == ""
    assert run.err.endswith(f"{unfinished}: {STOPS}")
    assert run.err.count("\n") == 1
    assert not (unfinished / "other").exists()


def test_a_comparison_of_commits_does_not_stop(unfinished: Path, run: Run) -> None:
    commit(unfinished, "half")
    assert run("diff", "HEAD", "HEAD") == 0
    assert run("diff", "HEAD") == 1
    assert run.err == f"seatsync: {unfinished}: {STOPS}"


def test_an_editor_shows_that_and_nothing_else(unfinished: Path) -> None:
    view = read(unfinished, {}, lambda _: DAY)
    assert [finding.message for finding in view.findings] == [f"{unfinished}: {STOPS.rstrip()}"]


@pytest.mark.parametrize(
    "line", ["fmt", "edit offboard ben@acme.example", "edit assign ana@acme.example AutoCAD", "drift --adopt"]
)
def test_commands_that_change_files_finish_it_first(line: str, unfinished: Path, run: Run) -> None:
    run(*line.split())
    assert f"seatsync: {DONE}" in run.err or run.err.startswith(DONE), run.err
    assert finished(unfinished)
    run("validate")
    assert "was interrupted" not in run.err


def test_prepared_change_stops_no_command(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (loaded / "account.db").unlink()
    commit(loaded, "all")
    files = {loaded / name: Changed(FILES[name].encode(), b"") for name in ("users.yaml", "teams/design.yaml")}
    with monkeypatch.context() as patch:
        patch.setattr(transaction, "_discard", lambda _: None)
        patch.setattr(transaction, "_commit", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            replace_files(loaded, files, "edit")
    assert (loaded / ".seatsync/change/1.new").exists()
    assert git(loaded, "status", "--porcelain", "--untracked-files=all") == ""
    assert run("validate") == 0
    assert run("fmt") == 0
    assert not (loaded / ".seatsync/change").exists()


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt
