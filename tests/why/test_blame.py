from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from seatsync.finding import Location
from seatsync.insight import blame
from seatsync.insight.why_answer import UNCOMMITTED, Commit, History
from tests.why.repositories import commit, git


def at(file: str, line: int) -> Location:
    return Location(file, line, 1, line, 2)


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CEILING_DIRECTORIES": "/", **more}


def said(found: History) -> dict[tuple[str, int], str]:
    """Return every line with the subject of its commit, or the reason for none."""
    return {key: value.summary if isinstance(value, Commit) else value for key, value in found.lines.items()}


def test_each_line_has_its_own_commit(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("one\ntwo\n")
    first = commit(tmp_path, "Begin", "2026-05-02T23:30:00-0500")
    (tmp_path / "a.yaml").write_text("one\nzwei\nthree\n")
    second = commit(tmp_path, "Say it in German", "2026-05-04T00:30:00+0200")
    (tmp_path / "a.yaml").write_text("one\nzwei\nthree\nfour\n")
    (tmp_path / "b.yaml").write_text("new\n")
    places = [at("a.yaml", 4), at("a.yaml", 1), at("a.yaml", 2), at("a.yaml", 3), at("b.yaml", 1)]
    assert blame.history(tmp_path, places, environment()) == History(
        {
            ("a.yaml", 1): Commit(first, "Ana Silva", "2026-05-02", "Begin"),
            ("a.yaml", 2): Commit(second, "Ana Silva", "2026-05-04", "Say it in German"),
            ("a.yaml", 3): Commit(second, "Ana Silva", "2026-05-04", "Say it in German"),
            ("a.yaml", 4): UNCOMMITTED,
            ("b.yaml", 1): UNCOMMITTED,
        }
    )


def test_more_lines_than_are_asked_for_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blame, "_AT_ONCE", 2)
    (tmp_path / "a.yaml").write_text("1\n2\n3\n4\n5\n")
    commit(tmp_path, "Begin")
    found = blame.history(tmp_path, [at("a.yaml", line) for line in range(1, 6)], environment())
    assert said(found) == {("a.yaml", line): "Begin" for line in range(1, 6)}


def test_a_repository_inside_a_larger_one_and_names_that_look_like_options(tmp_path: Path) -> None:
    inner = tmp_path / "in ner"
    inner.mkdir()
    (inner / "--help.yaml").write_text("one\n")
    (inner / ":(glob)ö*.yaml").write_text("one\n")
    commit(tmp_path, "Begin")
    found = blame.history(inner, [at("--help.yaml", 1), at(":(glob)ö*.yaml", 1)], environment())
    assert said(found) == {("--help.yaml", 1): "Begin", (":(glob)ö*.yaml", 1): "Begin"}


def test_lines_that_git_counts_otherwise(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("one\rtwo\u2028three\r\nfour\n".encode())
    commit(tmp_path, "Begin")
    (tmp_path / "a.yaml").write_bytes("one\rtwo\u2028three\r\nFOUR\n".encode())
    found = blame.history(tmp_path, [at("a.yaml", line) for line in (1, 2, 3, 4)], environment())
    assert said(found) == {
        ("a.yaml", 1): "Begin",
        ("a.yaml", 2): "Begin",
        ("a.yaml", 3): "Begin",
        ("a.yaml", 4): UNCOMMITTED,
    }


def test_no_commit_yet(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.yaml").write_text("one\n")
    assert said(blame.history(tmp_path, [at("a.yaml", 1)], environment())) == {("a.yaml", 1): UNCOMMITTED}
    git(tmp_path, "add", "a.yaml")
    assert said(blame.history(tmp_path, [at("a.yaml", 1)], environment())) == {("a.yaml", 1): UNCOMMITTED}


def test_a_line_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("one\n")
    commit(tmp_path, "Begin")
    (tmp_path / "a.yaml").write_text("")
    assert said(blame.history(tmp_path, [at("a.yaml", 1)], environment())) == {
        ("a.yaml", 1): "git: file a.yaml has only 0 lines"
    }
    (tmp_path / "a.yaml").unlink()
    found = said(blame.history(tmp_path, [at("a.yaml", 1)], environment()))
    assert found == {("a.yaml", 1): "a.yaml does not exist"}


def test_no_repository(tmp_path: Path) -> None:
    assert blame.history(tmp_path, [at("a.yaml", 1)], environment()) == History(
        problem="the folder is in no git repository"
    )


def test_no_git(tmp_path: Path) -> None:
    assert blame.history(tmp_path, [], environment(PATH=str(tmp_path))) == History(
        problem="the program git is not installed"
    )


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("#!/bin/sh\necho 'fatal: detected dubious ownership' >&2\nexit 128\n", "git: detected dubious ownership"),
        ("#!/bin/sh\nexit 1\n", "git: unknown error"),
        ("no program\n", "git: cannot be started ([Errno 8] Exec format error: '{git}')"),
    ],
)
def test_a_git_that_does_not_work(tmp_path: Path, script: str, problem: str) -> None:
    program = tmp_path / "git"
    program.write_text(script)
    program.chmod(0o755)
    found = blame.history(tmp_path, [at("a.yaml", 1)], environment(PATH=str(tmp_path)))
    assert found == History(problem=problem.replace("{git}", str(program)))


def test_a_git_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(command: list[str], *, timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    assert blame.history(tmp_path, [], environment()) == History(problem="git: no answer in time")


def test_a_git_with_an_answer_of_its_own(tmp_path: Path) -> None:
    program = tmp_path / "git"
    name = "ab" * 20
    lines = [f"{name} 1 1 1", "author Ana", "author-time never", "\tone", "what is this", f"{name} 2 2", "\ttwo"]
    answer = "\n".join(lines)
    program.write_text(f'#!/bin/sh\ncat <<"END"\n{answer}\nEND\n')
    program.chmod(0o755)
    (tmp_path / "a.yaml").write_text("one\ntwo\nthree\n")
    places = [at("a.yaml", 1), at("a.yaml", 2), at("a.yaml", 3)]
    found = blame.history(tmp_path, places, environment(PATH=f"{tmp_path}:{os.environ['PATH']}"))
    commit_of_both = Commit(name, "Ana", "", "")
    assert found.lines == {("a.yaml", 1): commit_of_both, ("a.yaml", 2): commit_of_both, ("a.yaml", 3): UNCOMMITTED}


def test_no_secret_is_handed_on(tmp_path: Path) -> None:
    program = tmp_path / "git"
    program.write_text('#!/bin/sh\necho "token: $SEATSYNC_TOKEN" >&2\nexit 1\n')
    program.chmod(0o755)
    found = blame.history(tmp_path, [], environment(PATH=str(tmp_path), SEATSYNC_TOKEN="canary"))
    assert found == History(problem="git: token: ")
