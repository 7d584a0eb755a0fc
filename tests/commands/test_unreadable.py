"""Unreadable input never counts as empty: no command continues without it, or with a part of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seatsync import cli
from tests.commands.running import DAY, FILES, Run, write
from tests.gits import commit, git

SOMEBODY = 65534


@pytest.fixture(name="unlisted")
def _unlisted(loaded: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with an account, whose folder of teams can no longer be listed."""
    _refuse(loaded / "teams", monkeypatch)
    return loaded


def _refuse(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing: Callable[..., object] = os.scandir

    def refuse(path: str) -> object:
        if os.path.realpath(path) == str(folder.resolve()):
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)


@pytest.mark.parametrize(
    "command",
    [
        "validate",
        f"plan --at {DAY}",
        f"apply --at {DAY} --auto-approve --allow GUARD002",
        f"drift --at {DAY}",
        f"forecast --at {DAY}",
        "fmt",
        "fmt --check",
        f"codeowners --at {DAY}",
        f"edit unassign cho@acme.example AutoCAD --at {DAY}",
        "ci check",
    ],
)
def test_a_folder_that_cannot_be_listed_stops_every_command(unlisted: Path, run: Run, command: str) -> None:
    before = {file.name: file.read_bytes() for file in unlisted.iterdir() if file.is_file()}
    assert run(*command.split()) == 1
    assert "included folder 'teams' cannot be listed (permission denied)" in run.out + run.err
    assert {file.name: file.read_bytes() for file in unlisted.iterdir() if file.is_file()} == before


def test_finding_is_located_at_the_pattern(unlisted: Path, run: Run) -> None:
    assert run("validate") == 1
    assert run.out == (
        "seatsync.yaml:4:23: error SCHEMA001 included folder 'teams' cannot be listed (permission denied)\n"
        "    4 | include: [users.yaml, teams/*.yaml, subscriptions.yaml]\n"
        "      |                       ^^^^^^^^^^^^\n"
        "\n"
        "1 error. Run `seatsync explain SCHEMA001` for the reason and the remedy.\n"
    )


def test_an_account_described_by_an_unlisted_folder_is_no_empty_one(unlisted: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--target", "file:.") == 1
    assert run("account", "create", "--name", "acme", "--target", "sqlite:///other.db", "--at", DAY) == 0
    assert run("account", "load", ".", "--target", "sqlite:///other.db", "--at", DAY) == 1
    assert run.err.startswith(
        "seatsync: file:.: seatsync.yaml:4:23: SCHEMA001 included folder 'teams' cannot be listed"
    )


def test_the_working_tree_of_a_diff(unlisted: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(unlisted)
    commit(unlisted, "all")
    _refuse(unlisted / "teams", monkeypatch)
    assert run("diff", "all", "--at", DAY) == 1
    assert "included folder 'teams' cannot be listed (permission denied)" in run.out + run.err


def test_a_submodule_of_a_diff_is_no_empty_folder(loaded: Path, run: Run) -> None:
    commit(loaded, "first")
    git(loaded, "rm", "--quiet", "-r", "teams")
    git(loaded, "update-index", "--add", "--cacheinfo", f"160000,{git(loaded, 'rev-parse', 'first').strip()},teams")
    git(loaded, "commit", "--quiet", "--message=second")
    assert run("diff", "first", "HEAD", "--at", DAY) == 1
    assert "included folder 'teams' cannot be listed (it is a submodule" in run.out + run.err


@pytest.mark.parametrize(
    ("name", "to"),
    [("teams", "teams"), ("teams", "mount/gone"), ("seatsync.yaml", "seatsync.yaml"), ("seatsync.yaml", "gone.yaml")],
)
def test_links_that_lead_nowhere_or_round(loaded: Path, run: Run, name: str, to: str) -> None:
    shutil.move(loaded / name, loaded / "was")
    (loaded / name).symlink_to(to)
    why = "is a broken symbolic link" if to != name else "too many levels of symbolic links"
    assert run("apply", "--at", DAY, "--auto-approve", "--allow", "GUARD002") == 1
    assert name in run.out + run.err
    assert why in run.out + run.err


def test_a_project_file_that_leads_nowhere_is_not_looked_for_above(loaded: Path, run: Run) -> None:
    inner = loaded / "inner"
    inner.mkdir()
    (inner / "seatsync.yaml").symlink_to("gone.yaml")
    assert run("-C", "inner", "validate") == 1
    assert run.err == f"seatsync: {inner.resolve()}/seatsync.yaml: is a broken symbolic link\n"


def test_a_project_folder_that_cannot_be_looked_into(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    looking = Path.lstat

    def refuse(path: Path) -> os.stat_result:
        if path.name == "seatsync.yaml" and path.parent.name == "inner":
            raise OSError(5, "Input/output error", str(path))
        return looking(path)

    (loaded / "inner").mkdir()
    monkeypatch.setattr(Path, "lstat", refuse)
    for command in ("validate", "plan", "account verify", "diff HEAD"):
        if command.startswith("diff"):
            monkeypatch.setenv("GIT_CEILING_DIRECTORIES", "")
            commit(loaded, "all")
        assert run("-C", "inner", *command.split()) == 1
        assert run.err == f"seatsync: {loaded.resolve()}/inner/seatsync.yaml: cannot be read (input/output error)\n"


@pytest.fixture(name="shut_out")
def _shut_out() -> Iterator[Path]:
    """Return a repository with an account, whose folder of teams other users may not list."""
    folder = Path(tempfile.mkdtemp(prefix="seatsync-"))
    try:
        write(folder, FILES)
        (folder / "teams").chmod(0o311)
        for path in (folder, *(path for path in folder.rglob("*") if path.is_file())):
            path.chmod(0o755)
        yield folder
    finally:
        (folder / "teams").chmod(0o755)
        shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_permissions_of_another_user(shut_out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["-C", str(shut_out), "validate"]) in {0, 1}  # all modules are loaded then
    capfd.readouterr()
    assert _as_somebody(lambda: cli.main(["-C", str(shut_out), "validate"])) == 1
    assert capfd.readouterr().out.startswith(
        "seatsync.yaml:4:23: error SCHEMA001 included folder 'teams' cannot be listed (permission denied)\n"
    )


def _as_somebody(work: Callable[[], int]) -> int:
    """Run a function in a process without root rights; return its exit code."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setuid(SOMEBODY)
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
