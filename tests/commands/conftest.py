"""Fixtures: a command line, an empty folder, a repository, and a repository with a matching account."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.running import DAY, FILES, Run, write


@pytest.fixture(name="run")
def _run(capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(capfd)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="repository")
def _repository(folder: Path) -> Path:
    """Return a repository without an account."""
    write(folder, FILES)
    return folder


@pytest.fixture(name="loaded")
def _loaded(repository: Path, run: Run) -> Path:
    """Return a repository with an account loaded from it."""
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    return repository
